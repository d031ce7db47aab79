"""合作结算单: what is settled with an institution, line by line with its why (4.5.5)."""

from __future__ import annotations

from models.database import ClinicDatabase
from services.forms.letterhead import clinic_title
from services.forms.paper import Grid, Pairs, Paper, Signatures, Text
from services.i18n import tr
from services.money import yuan
from services.partners.agreements import agreement
from services.partners.introduction_list import IntroductionRow, introductions_under
from services.partners.statement_list import (
    StatementLine,
    StatementRow,
    state_title,
    statement,
    statement_lines,
)
from services.partners.terms import direction_title, owed_words, rhythm_title


def partner_statement_paper(db: ClinicDatabase, statement_id: int) -> Paper:
    """The paper of a statement; patients stand on it masked. Raises RuleError for none."""
    row = statement(db, statement_id)
    agreed = agreement(db, row.agreement_id)
    people = {each.id: each for each in introductions_under(db, row.agreement_id, row.direction)}
    return Paper(
        title=tr("合作机构结算单"),
        name=tr("合作结算单_{no}").format(no=row.number),
        clinic=clinic_title(db),
        number=row.number,
        blocks=(
            Pairs(
                (
                    (tr("合作机构"), row.partner_name),
                    (tr("合同号"), row.contract),
                    (tr("方向"), direction_title(row.direction)),
                    (
                        tr("结算期"),
                        tr("{first} 至 {last}({rhythm})").format(
                            first=row.first, last=row.last, rhythm=rhythm_title(agreed.form.rhythm)
                        ),
                    ),
                    (tr("计费"), agreed.words),
                    (tr("状态"), _state(row)),
                    (tr("财务凭证号"), row.voucher),
                )
            ),
            Grid(
                (
                    tr("介绍单号"),
                    tr("日期"),
                    tr("患者"),
                    tr("项目"),
                    tr("累计金额(元)"),
                    tr("怎样算"),
                    tr("累计费用(元)"),
                    tr("已结(元)"),
                    tr("本期(元)"),
                ),
                tuple(_line(each, people) for each in statement_lines(db, statement_id)),
                widths=(5, 4, 2, 2, 4, 7, 4, 3, 3),
                figures=(4, 6, 7, 8),
            ),
            Text(
                (tr("本期合计：{owed}。").format(owed=owed_words(row.direction, row.amount_fen)),)
            ),
            Text(
                (
                    tr("款项只通过双方机构的对公账户收付，明示并如实入账，不付给任何个人。"),
                    tr("“本期”是累计费用减去以前已结的部分；收款或退款有变，在下一张里更正。"),
                ),
                small=True,
            ),
            Signatures((tr("经办"), tr("院长"), tr("财务"), tr("合作机构(盖章)"))),
        ),
    )


def _state(row: StatementRow) -> str:
    if row.settled_on:
        words = tr("{day} 结清，{who}批准")
        return words.format(day=row.settled_on, who=row.approver)
    return tr("已作废：{why}").format(why=row.reason) if row.reason else state_title(row.state)


def _line(line: StatementLine, people: dict[int, IntroductionRow]) -> tuple[str, ...]:
    return (
        line.number,
        line.occurred_on,
        people[line.introduction_id].person_name,
        line.item_class or tr("全部"),
        yuan(line.value_fen),
        line.why,
        yuan(line.fee_fen),
        yuan(line.before_fen),
        yuan(line.amount_fen),
    )
