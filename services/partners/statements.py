"""Statements: drawn for a span that is over, settled under a voucher of the accounts with another
person's word, or voided before (反不正当竞争法 8 条).

What is settled stays: whatever changes later is a difference on the next statement.
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from models.partners import PartnerStatement, PartnerStatementLine
from services.changes import Changes, Kind
from services.clock import plus_days
from services.commands import Approval, Tx, command
from services.errors import Confirmable, RuleError
from services.i18n import tr
from services.partners.agreements import SIGNATURE, agreement
from services.partners.drafts import DRAWN, SETTLED, VOID, Draft, draft
from services.partners.switch import check_on
from services.partners.terms import ALLIANCE, EACH, direction_title

VOUCHER_AGAIN = "partner_voucher"
_MOST_TEXT = 300
_CHANGED = Changes((Kind.PARTNER,))


@dataclass(frozen=True)
class StatementChanged:
    """A statement was drawn, settled or voided; fen, below zero for what comes back."""

    statement_id: int
    lines: int
    amount_fen: int
    changes: Changes


@command("partner.draw", entity="partner_statement")
def draw(tx: Tx, *, agreement_id: int, direction: str) -> StatementChanged:
    """Draw the next statement of an agreement one way: of the first period since the last one in
    which anything is due, up to its last day (R181, R183).

    Raises RuleError: switched off, nothing to settle by agreement, one that waits to be settled,
    a period that is not over, nothing due.
    """
    check_on(tx.db)
    row = agreement(tx.db, agreement_id)
    if not row.takes(direction):
        words = tr("这份协议不管{direction}，请重新选择。")
        raise RuleError(words.format(direction=direction_title(direction)))
    if row.form.model == ALLIANCE:
        raise RuleError(tr("联盟互介没有费用，不用结算。"))
    found = draft(tx.db, tx.today, agreement_id, direction)
    _check_due(found)
    statement_id = tx.db.insert(
        PartnerStatement,
        number=_next_number(tx),
        partner_id=row.partner_id,
        agreement_id=agreement_id,
        direction=direction,
        from_on=found.first,
        until_on=found.last,
        amount_fen=found.amount_fen,
        state=DRAWN,
        staff_id=tx.actor.id,
        seq=tx.seq,
    )
    for line in found.lines:
        tx.db.insert(
            PartnerStatementLine,
            statement_id=statement_id,
            introduction_id=line.introduction.id,
            arrived=int(line.reckoned.arrived),
            amounts=msgspec.json.encode(line.reckoned.amounts).decode(),
            value_fen=line.reckoned.value_fen,
            fee_fen=line.reckoned.fee.fen,
            before_fen=line.before_fen,
            why=line.reckoned.fee.why,
        )
    tx.about(statement_id, agreement=agreement_id, fen=found.amount_fen, lines=len(found.lines))
    return StatementChanged(statement_id, len(found.lines), found.amount_fen, _CHANGED)


def _check_due(found: Draft) -> None:
    """Raises RuleError with what to do first."""
    if found.waiting_id:
        raise RuleError(tr("上一张结算单还没结清。请先登记凭证结清，或作废它，再出下一张。"))
    if not found.over and found.agreement.form.rhythm == EACH:
        raise RuleError(tr("今天已经出过结算单，请明天再出。"))
    if not found.over:
        words = tr("这一期到 {last} 才结束，请在 {day} 以后出结算单。")
        raise RuleError(words.format(last=found.last, day=plus_days(found.last, 1)))
    if not found.lines:
        raise RuleError(tr("没有要结算的介绍。有人到院、收款或退款以后再出结算单。"))


@command("partner.settle", entity="partner_statement")
def settle_statement(
    tx: Tx, *, statement_id: int, voucher: str, approval: Approval | None
) -> StatementChanged:
    """Settle a statement under the number of the accounts' voucher, with the word of the director,
    who is not the one at work (4.5.5).

    Raises RuleError: switched off, no voucher number, not waiting any more, no word or one's own;
    Confirmable for a voucher number that another statement has.
    """
    check_on(tx.db)
    number = " ".join(voucher.split())
    if not number or len(number) > 60:
        raise RuleError(tr("请填写财务的凭证号。没有入账凭证不能结清。"))
    lines, fen = _waiting(tx, statement_id)
    second = tx.require(approval, SIGNATURE, tr("结算须由院长输入密码批准。"))
    if second.staff_id == tx.actor.id:
        raise RuleError(tr("办理和批准须是两个人。请由会员管理员登录办理，院长批准。"))
    taken = PartnerStatement.select(PartnerStatement.number).where(
        (PartnerStatement.voucher == number) & (PartnerStatement.state == SETTLED)
    )
    other = tx.db.scalar(taken)
    if other is not None and VOUCHER_AGAIN not in tx.confirmed:
        words = tr("凭证号“{no}”已用于结算单 {other}。确实是同一张凭证吗？")
        raise Confirmable(VOUCHER_AGAIN, words.format(no=number, other=other))
    tx.db.write(
        PartnerStatement.update(
            state=SETTLED, voucher=number, settled_on=tx.today, approved_by=second.staff_id
        ).where(PartnerStatement.id == statement_id)
    )
    tx.about(statement_id, fen=fen, approved_by=second.staff_id)
    return StatementChanged(statement_id, lines, fen, _CHANGED)


@command("partner.void", entity="partner_statement")
def void_statement(tx: Tx, *, statement_id: int, reason: str) -> StatementChanged:
    """Void a statement that is not settled; its days and introductions wait for the next one.

    Raises RuleError: no reason, settled or void already.
    """
    check_on(tx.db)
    if not reason.strip():
        raise RuleError(tr("请填写作废的原因。"))
    lines, fen = _waiting(tx, statement_id)
    tx.db.write(
        PartnerStatement.update(state=VOID, reason=reason.strip()[:_MOST_TEXT]).where(
            PartnerStatement.id == statement_id
        )
    )
    tx.about(statement_id, fen=fen)
    return StatementChanged(statement_id, lines, fen, _CHANGED)


def _waiting(tx: Tx, statement_id: int) -> tuple[int, int]:
    """How many lines and what sum a drawn statement has. Raises RuleError."""
    row = tx.db.row(
        PartnerStatement.select(
            PartnerStatement.state, PartnerStatement.amount_fen, PartnerStatement.settled_on
        ).where(PartnerStatement.id == statement_id)
    )
    if row is None:
        raise RuleError(tr("没有找到这张结算单，请刷新后重试。"))
    if row[0] == SETTLED:
        words = tr("这张结算单已在 {day} 结清，不能再改。金额有变会在下一张里更正。")
        raise RuleError(words.format(day=row[2]))
    if row[0] == VOID:
        raise RuleError(tr("这张结算单已作废。请重新出一张。"))
    lines = PartnerStatementLine.select(PartnerStatementLine.id).where(
        PartnerStatementLine.statement_id == statement_id
    )
    return lines.count(tx.db), int(row[1])


def _next_number(tx: Tx) -> str:
    start = f"JS-{tx.today.replace('-', '')}-"
    today = PartnerStatement.select(PartnerStatement.id).where(
        (PartnerStatement.number >= start) & (PartnerStatement.number < start + "~")
    )
    return f"{start}{today.count(tx.db) + 1:02d}"
