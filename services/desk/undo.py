"""Ctrl+Z: take back one's own last posting by a reversing entry, within 30 seconds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from models.gifts import EntitlementGrant, GiftIssue, ServiceUse
from models.ledgers import Receipt
from models.schemes import RedemptionReturn
from models.system import Audit
from services.bulk import bulk
from services.changes import Changes
from services.commands import Session
from services.desk.visits import undo_step
from services.errors import RuleError
from services.followups.undoing import undo_call
from services.gifts.hand_outs import first_of_hand_out
from services.gifts.handout import return_gift
from services.i18n import tr
from services.loyalty.receipts import void_receipt
from services.loyalty.redemption import return_redemption
from services.loyalty.service_use import void_use
from services.vouchers.billing import take_back_bill
from services.vouchers.bills import bill_of
from services.vouchers.claim import return_voucher
from services.vouchers.records import voucher

SECONDS = 30
_STAMP = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True)
class Undone:
    """What was taken back, in words, and what changed."""

    sentence: str
    changes: Changes


def undo_last(session: Session) -> Undone:
    """Reverse this operator's last receipt, gift, use, voucher, redemption, call or step of a
    visit.

    A gift that was redeemed and handed out in one go is taken back with its points (E18).
    Raises RuleError when the last posting is older than 30 seconds, somebody else's, or of a
    kind that has its own way back (refund, move, reconciliation).
    """
    last = session.db.row(
        Audit.select(Audit.action, Audit.entity_id, Audit.at_utc, Audit.actor_id, Audit.seq)
        .where(Audit.action.not_in(_SILENT))
        .order_by(Audit.seq.desc())
        .limit(1)
    )
    if last is not None and (last[0], last[3]) == ("followup.log", session.actor.id):
        changes = undo_call(session, call_seq=last[4]).changes  # has minutes of its own
        return Undone(tr("已撤销刚才的回访登记。"), changes)
    if last is None or last[3] != session.actor.id or _age(session, last[2]) > SECONDS:
        sentence = tr("只能撤销自己 {n} 秒内的最后一笔登记。更早的请用作废、退款或退回。")
        raise RuleError(sentence.format(n=SECONDS))
    action, entity_id = last[0], last[1]
    reason = tr("登记后立即撤销")
    if action == "receipt.post" and _live_receipt(session, entity_id):
        changes = void_receipt(session, receipt_id=entity_id, reason=reason).changes
        return Undone(tr("已作废刚才的单据。"), changes)
    if action == "gift.issue" and _not_returned(session, entity_id):
        return _undo_gift(session, entity_id, reason)
    if action == "points.redeem" and _not_given_back(session, entity_id):
        changes = return_redemption(session, redemption_id=entity_id, reason=reason).changes
        return Undone(tr("已退回刚才的兑换，积分已还。"), changes)
    if action == "service.use" and _not_voided(session, entity_id):
        return _undo_use(session, entity_id, reason)
    if action == "voucher.claim" and voucher(session.db, entity_id).open:
        changes = return_voucher(session, voucher_id=entity_id, note=reason).changes
        return Undone(tr("已退回刚才领的卡。"), changes)
    if action in ("visit.check_in", "visit.change"):
        changes = undo_step(session, visit_id=entity_id).changes
        return Undone(tr("已撤销刚才的到诊步骤。"), changes)
    raise RuleError(
        tr(
            "刚才的操作不能用 Ctrl+Z 撤销。单据请用作废、退款或移单，"
            "礼品请用退回，其他请到原处更改。"
        )
    )


def _undo_use(session: Session, use_id: int, reason: str) -> Undone:
    """The use, and first the bill that was written with it."""
    with bulk(session) as (one,):
        if bill_of(session.db, use_id) is not None:
            take_back_bill(one, use_id=use_id, note=reason)
        changes = void_use(one, use_id=use_id, reason=reason).changes
    return Undone(tr("已撤销刚才的服务使用。"), changes)


def _undo_gift(session: Session, issue_id: int, reason: str) -> Undone:
    """The gift alone, or with the redemption it was handed out with and all its pieces."""
    redemption_id, pieces = _redeemed_just_now(session, issue_id)
    with bulk(session) as (one,):
        for each in pieces or [issue_id]:
            changes = return_gift(
                one, issue_id=each, sellable=True, reason=reason, points_back=False
            ).changes
        if pieces:  # with what of it was not handed out at once
            back = return_redemption(one, redemption_id=redemption_id, reason=reason).changes
            changes = Changes((*changes.kinds, *back.kinds), back.person_id)
    if pieces:
        return Undone(tr("已退回刚才兑换的礼品，积分已还。"), changes)
    return Undone(tr("已退回刚才的礼品。"), changes)


def _redeemed_just_now(session: Session, issue_id: int) -> tuple[int, list[int]]:
    """The redemption that this operator posted with a piece handed out, and all its pieces that
    are out, newest first; (0, []) for another gift."""
    grant_id, key = session.db.row(
        GiftIssue.select(EntitlementGrant.id, EntitlementGrant.grant_key)
        .join(EntitlementGrant, on=(EntitlementGrant.id == GiftIssue.grant_id))
        .where(GiftIssue.id == issue_id)
    ) or (0, "")
    source, _, number = str(key).partition(".")
    if source != "redeem":
        return 0, []
    posted = session.db.row(
        Audit.select(Audit.at_utc, Audit.actor_id).where(
            (Audit.entity == "redemption")
            & (Audit.entity_id == int(number))
            & (Audit.action == "points.redeem")
        )
    )
    if posted is None or posted[1] != session.actor.id or _age(session, posted[0]) > SECONDS:
        return 0, []
    issues = GiftIssue.select(GiftIssue.id).where(
        (GiftIssue.grant_id == grant_id) & (GiftIssue.quantity > 0) & first_of_hand_out()
    )
    found = [row[0] for row in session.db.rows(issues.order_by(GiftIssue.id.desc()))]
    return int(number), [each for each in found if _not_returned(session, each)]


# reading and looking after the clinic are not postings
_SILENT = (
    *("person.reveal", "appointment.reveal", "clinic.daily", "export.workbook"),
    *("followup.plans", "paper.personal", "privacy.copied", "privacy.copy"),
)


def _age(session: Session, at_utc: str) -> float:
    now = datetime.strptime(session.clinic.clock.now_utc(), _STAMP)  # noqa: DTZ007 - both are UTC
    then = datetime.strptime(at_utc, _STAMP)  # noqa: DTZ007 - both are UTC
    return (now - then).total_seconds()


def _live_receipt(session: Session, receipt_id: int) -> bool:
    return session.db.scalar(Receipt.select(Receipt.void).where(Receipt.id == receipt_id)) == 0


def _not_returned(session: Session, issue_id: int) -> bool:
    query = GiftIssue.select(GiftIssue.id).where(GiftIssue.returns_id == issue_id)
    return session.db.row(query) is None


def _not_given_back(session: Session, redemption_id: int) -> bool:
    query = RedemptionReturn.select(RedemptionReturn.id)
    return session.db.row(query.where(RedemptionReturn.redemption_id == redemption_id)) is None


def _not_voided(session: Session, use_id: int) -> bool:
    query = ServiceUse.select(ServiceUse.id).where(ServiceUse.voids_id == use_id)
    return session.db.row(query) is None
