"""Statements as lists and papers show them, and everything that is due when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec
from peewee import JOIN

from models.database import ClinicDatabase
from models.partners import (
    Introduction,
    Partner,
    PartnerAgreement,
    PartnerStatement,
    PartnerStatementLine,
)
from models.system import Staff
from services.clock import plus_days
from services.errors import RuleError
from services.i18n import tr
from services.partners.agreement_days import OPEN_END
from services.partners.agreements import agreements
from services.partners.drafts import DRAWN, drafts
from services.partners.introduction_list import introductions
from services.partners.terms import OUT, direction_title, owed_words

SOON = 60  # days in which the end of an agreement is told


@dataclass(frozen=True)
class StatementRow:
    """A statement. `amount_fen` is below zero when more comes back than is due."""

    id: int
    number: str
    partner_name: str
    agreement_id: int
    contract: str
    direction: str
    first: str
    last: str
    amount_fen: int
    state: str
    voucher: str
    settled_on: str | None
    approver: str
    drawn_by: str
    reason: str

    @property
    def waits(self) -> bool:
        """Whether it is neither settled nor void."""
        return self.state == DRAWN


@dataclass(frozen=True)
class StatementLine:
    """An introduction on a statement: the whole value and fee so far, what was settled before."""

    introduction_id: int
    number: str
    occurred_on: str
    item_class: str
    person_id: int
    arrived: bool
    amounts: dict[str, int]
    value_fen: int
    fee_fen: int
    before_fen: int
    why: str

    @property
    def amount_fen(self) -> int:
        """What this statement bears."""
        return self.fee_fen - self.before_fen


@dataclass(frozen=True)
class DueRow:
    """Something to do: `kind` draw, settle, report (a partner's figures) or ending; `on` the day
    it is due from; the row it is about."""

    kind: str
    on: str
    partner_name: str
    text: str
    agreement_id: int = 0
    direction: str = ""
    statement_id: int = 0
    introduction_id: int = 0

    @property
    def id(self) -> tuple[str, int, str, int, int]:
        """What tells it from others."""
        return (
            self.kind,
            self.agreement_id,
            self.direction,
            self.statement_id,
            self.introduction_id,
        )


def state_title(state: str) -> str:
    """Where a statement stands."""
    return {"drawn": tr("待结清"), "settled": tr("已结清"), "void": tr("已作废")}[state]


def statements(db: ClinicDatabase, first: str = "", last: str = OPEN_END) -> list[StatementRow]:
    """Statements whose last day lies in some days, the newest first."""
    return _rows(db, (PartnerStatement.until_on >= first) & (PartnerStatement.until_on <= last))


def statement(db: ClinicDatabase, statement_id: int) -> StatementRow:
    """One statement. Raises RuleError when there is none."""
    found = _rows(db, PartnerStatement.id == statement_id)
    if not found:
        raise RuleError(tr("没有找到这张结算单，请刷新后重试。"))
    return found[0]


def statement_lines(db: ClinicDatabase, statement_id: int) -> list[StatementLine]:
    """The introductions on a statement."""
    query = (
        PartnerStatementLine.select(
            Introduction.id,
            Introduction.number,
            Introduction.occurred_on,
            Introduction.item_class,
            Introduction.person_id,
            PartnerStatementLine.arrived,
            PartnerStatementLine.amounts,
            PartnerStatementLine.value_fen,
            PartnerStatementLine.fee_fen,
            PartnerStatementLine.before_fen,
            PartnerStatementLine.why,
        )
        .join(Introduction, on=(Introduction.id == PartnerStatementLine.introduction_id))
        .where(PartnerStatementLine.statement_id == statement_id)
        .order_by(PartnerStatementLine.id)
    )
    return [
        StatementLine(
            row_id, number, on, name, person_id, bool(arrived), msgspec.json.decode(amounts),
            value, fee, before, why,
        )
        for (
            row_id, number, on, name, person_id, arrived, amounts, value, fee, before, why,
        ) in db.rows(query)
    ]  # fmt: skip


def _rows(db: ClinicDatabase, wanted: Any) -> list[StatementRow]:
    approver, drawer = Staff.alias(), Staff.alias()
    query = (
        PartnerStatement.select(
            PartnerStatement.id,
            PartnerStatement.number,
            Partner.name,
            PartnerStatement.agreement_id,
            PartnerAgreement.contract,
            PartnerStatement.direction,
            PartnerStatement.from_on,
            PartnerStatement.until_on,
            PartnerStatement.amount_fen,
            PartnerStatement.state,
            PartnerStatement.voucher,
            PartnerStatement.settled_on,
            approver.name,
            drawer.name,
            PartnerStatement.reason,
        )
        .join(Partner, on=(Partner.id == PartnerStatement.partner_id))
        .switch(PartnerStatement)
        .join(PartnerAgreement, on=(PartnerAgreement.id == PartnerStatement.agreement_id))
        .switch(PartnerStatement)
        .join(approver, JOIN.LEFT_OUTER, on=(approver.id == PartnerStatement.approved_by))
        .switch(PartnerStatement)
        .join(drawer, on=(drawer.id == PartnerStatement.staff_id))
        .where(wanted)
        .order_by(PartnerStatement.until_on.desc(), PartnerStatement.id.desc())
    )
    return [
        StatementRow(
            row_id, number, name, agreement_id, contract, direction, first, last, fen, state,
            voucher, settled_on, signer or "", drawn_by, reason,
        )
        for (
            row_id, number, name, agreement_id, contract, direction, first, last, fen, state,
            voucher, settled_on, signer, drawn_by, reason,
        ) in db.rows(query)
    ]  # fmt: skip


# -- what is due when ------------------------------------------------------------------------


def due(db: ClinicDatabase, today: str) -> list[DueRow]:
    """What waits, the earliest first: statements to draw and to settle, figures to ask a partner
    for, agreements that end soon."""
    found = [*_to_draw(db, today), *_to_settle(db), *_figures(db), *_endings(db, today)]
    return sorted(found, key=lambda row: (row.on, row.id))


def _to_draw(db: ClinicDatabase, today: str) -> list[DueRow]:
    """Periods that are over and bear something."""
    words = tr("出结算单：{first} 至 {last}，{owed}")
    return [
        DueRow(
            "draw",
            plus_days(each.last, 1) if each.last < today else today,
            each.agreement.partner_name,
            words.format(
                first=each.first,
                last=each.last,
                owed=owed_words(each.direction, each.amount_fen),
            ),
            each.agreement.id,
            each.direction,
        )
        for each in drafts(db, today)
        if not each.waiting_id and each.over and each.lines
    ]


def _to_settle(db: ClinicDatabase) -> list[DueRow]:
    """Statements without a voucher."""
    words = tr("登记凭证、结清 {number}：{owed}")
    return [
        DueRow(
            "settle",
            plus_days(row.last, 1),
            row.partner_name,
            words.format(number=row.number, owed=owed_words(row.direction, row.amount_fen)),
            row.agreement_id,
            row.direction,
            row.id,
        )
        for row in statements(db)
        if row.waits
    ]


def _figures(db: ClinicDatabase) -> list[DueRow]:
    """People sent to a partner who have not been told of what they spent."""
    words = tr("向对方要 {number} 的金额")
    return [
        DueRow(
            "report",
            row.arrived_on or row.occurred_on,
            row.partner_name,
            words.format(number=row.number),
            row.agreement_id or 0,
            row.direction,
            introduction_id=row.id,
        )
        for row in introductions(db)
        if row.direction == OUT
        and row.arrived_on is not None
        and row.value_fen is None
        and (row.terms.per_mille or row.terms.steps)
    ]


def _endings(db: ClinicDatabase, today: str) -> list[DueRow]:
    """Agreements that end soon: extended, or told in time."""
    words = tr("合同“{no}”({direction}) {day} 到期，请续期或另签")
    return [
        DueRow(
            "ending",
            row.last_on,
            row.partner_name,
            words.format(
                no=row.form.contract, direction=direction_title(row.form.direction), day=row.last_on
            ),
            row.id,
        )
        for row in agreements(db)
        if row.ended_on is None and today <= row.last_on <= plus_days(today, SOON)
    ]
