"""合作机构: what is owed to and by institutions, and through whom patients came and went
(R180, R183). Offered only while the module is switched on."""

from __future__ import annotations

from collections.abc import Iterator

from models.database import ClinicDatabase
from services.i18n import tr
from services.partners.drafts import VOID, drafts
from services.partners.introduction_list import introductions
from services.partners.introduction_words import consent_words, handed_words, state_title
from services.partners.reckoning import Books
from services.partners.statement_list import state_title as statement_title
from services.partners.statement_list import statements
from services.partners.switch import check_on
from services.partners.terms import IN, direction_title
from services.reports.names import day, day_or_none
from services.reports.sheet import Ask, Column, Row, Sheet


def payables(db: ClinicDatabase, ask: Ask) -> tuple[Sheet, ...]:
    """合作机构应付应收台账: statements whose last day lies in the days, and what is due besides.
    Raises RuleError while the module is off."""
    check_on(db)
    return (
        Sheet(
            tr("结算单"),
            (
                Column(tr("单号"), 16, total="count"),
                Column(tr("机构"), 24),
                Column(tr("合同号"), 16),
                Column(tr("方向"), 10),
                Column(tr("从"), 12, "date", detail=True),
                Column(tr("到"), 12, "date"),
                Column(tr("应付(元)"), 12, "money", "sum"),
                Column(tr("应收(元)"), 12, "money", "sum"),
                Column(tr("状态"), 9),
                Column(tr("凭证号"), 16),
                Column(tr("结清日期"), 12, "date"),
                Column(tr("批准"), 10, detail=True),
            ),
            _settled(db, ask),
            notes=(
                tr(
                    "负数是以前多结、这期退回的。作废的结算单不列。款项只与机构对公往来，如实入账。"
                ),
            ),
            signers=(tr("经办"), tr("财务"), tr("院长")),
        ),
        Sheet(
            tr("还没出单"),
            (
                Column(tr("机构"), 24),
                Column(tr("合同号"), 16),
                Column(tr("方向"), 10),
                Column(tr("从"), 12, "date"),
                Column(tr("到"), 12, "date"),
                Column(tr("介绍(条)"), 9, "int", "sum"),
                Column(tr("应付(元)"), 12, "money", "sum"),
                Column(tr("应收(元)"), 12, "money", "sum"),
            ),
            list(_open(db, ask.today)),
            notes=(tr("按今天为止的收款和协议测算，以结算单为准。"),),
        ),
    )


def _settled(db: ClinicDatabase, ask: Ask) -> list[Row]:
    return [
        (
            row.number,
            row.partner_name,
            row.contract,
            direction_title(row.direction),
            day(row.first),
            day(row.last),
            *_sides(row.direction, row.amount_fen),
            statement_title(row.state),
            row.voucher,
            day_or_none(row.settled_on),
            row.approver,
        )
        for row in reversed(statements(db, ask.first, ask.last))
        if row.state != VOID
    ]


def _open(db: ClinicDatabase, today: str) -> Iterator[Row]:
    """What no statement bears yet, up to the end of its period or to today."""
    for each in drafts(db, today):
        if each.lines and not each.waiting_id:
            yield (
                each.agreement.partner_name,
                each.agreement.form.contract,
                direction_title(each.direction),
                day(each.first),
                day(min(each.last, today)),
                len(each.lines),
                *_sides(each.direction, each.amount_fen),
            )


def _sides(direction: str, fen: int) -> tuple[int | None, int | None]:
    """(we pay, they pay)."""
    return (fen, None) if direction == IN else (None, fen)


def chains(db: ClinicDatabase, ask: Ask) -> tuple[Sheet, ...]:
    """介绍来源链: introductions of the days with where they came from before, what the patient
    agreed to, and value and fee up to the last day. Raises RuleError while the module is off."""
    check_on(db)
    return (
        Sheet(
            tr("介绍来源链"),
            (
                Column(tr("单号"), 18, total="count"),
                Column(tr("日期"), 13, "date"),
                Column(tr("方向"), 12),
                Column(tr("机构"), 17),
                Column(tr("会员号"), 10),
                Column(tr("姓名(遮蔽)"), 9),
                Column(tr("项目"), 8),
                Column(tr("状态"), 9),
                Column(tr("到院日期"), 13, "date"),
                Column(tr("金额(元)"), 11, "money", "sum"),
                Column(tr("费用(元)"), 11, "money", "sum"),
                Column(tr("上一段"), 18),
                Column(tr("同意"), 18, detail=True),
                Column(tr("提供资料"), 12, detail=True),
            ),
            _chain_rows(db, ask),
            notes=(
                tr("上一段是这位顾客先前由哪家介绍进来的。介绍进来的金额是到院以后的实收净额。"),
                tr("介绍要从病情出发，由患者自己决定；员工和个人不得收取介绍费。"),
            ),
        ),
    )


def _chain_rows(db: ClinicDatabase, ask: Ask) -> list[Row]:
    rows = introductions(db, ask.first, ask.last)
    books, until = Books(db, rows), min(ask.last, ask.today)
    brought = {row.id: row.partner_name for row in introductions(db) if row.direction == IN}
    found: list[Row] = []
    for row in reversed(rows):
        reckoned = books.at(row, until)
        before = brought.get(row.before_id or 0, "")
        found.append(
            (
                row.number,
                day(row.occurred_on),
                direction_title(row.direction),
                row.partner_name,
                row.person_number,
                row.person_name,
                row.item_class,
                state_title(row.state),
                day_or_none(row.arrived_on),
                reckoned.value_fen,
                reckoned.fee.fen,
                f"{row.before_number} {before}".strip(),
                consent_words(row.consent_by, row.consent_on, row.consent_note),
                handed_words(row.handed),
            )
        )
    return found
