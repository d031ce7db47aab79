"""Redeeming points: for goods, services, coupons or a higher tier; and giving that back.

A redemption takes the points at the price of the day (E30) and leaves a grant behind, from which
the gift is handed out or the service used. Giving it back returns the points to the lots they
came from (E18, E19, E31). Money off a receipt is in `money_off`.
"""

from __future__ import annotations

from dataclasses import dataclass

from peewee import fn

from models.gifts import EntitlementGrant
from services.changes import Changes, Kind
from services.clock import days_between, plus_days
from services.commands import Approval, Tx, command
from services.errors import RuleError
from services.gifts.bands import band_stock
from services.gifts.promises import write_promise
from services.gifts.return_days import return_days
from services.i18n import tr
from services.loyalty.grants import grant
from services.loyalty.ledger import StoredAccount
from services.loyalty.receipt_checks import check_person
from services.loyalty.redemption_document import (
    RedemptionRow,
    check_open,
    redemption,
    returned_points,
    spend,
    take_back,
)
from services.loyalty.scheme_past import redemption_key
from services.loyalty.standing import account_of, fold, open_account, settle
from services.people.aliases import group_of, root_of
from services.people.cards import refuse_lost
from services.programmes.active import active_timeline
from services.programmes.definition import Programme
from services.programmes.plan import number, purchase_points
from services.programmes.registry import version

CHANGED = (Kind.POINTS, Kind.GRANT, Kind.TIER)


@dataclass(frozen=True)
class Redeemed:
    """Points were spent. `grant_id` is what may now be drawn, 0 for a tier; `left` points."""

    redemption_id: int
    person_id: int
    points: int
    left: int
    grant_id: int
    rank: int
    changes: Changes


@dataclass(frozen=True)
class RedemptionReturned:
    """A redemption was given back."""

    return_id: int
    redemption_id: int
    person_id: int
    points: int
    changes: Changes


@command("points.redeem", entity="redemption")
def redeem(
    tx: Tx,
    *,
    person_id: int,
    item_key: str,
    quantity: int = 1,
    programme_id: int | None = None,
    checked: str = "",
    approval: Approval | None = None,
) -> Redeemed:
    """Spend points on something of the catalogue, or on a tier ('tier.3') (R040, R102, R166).

    What was redeemed becomes a grant: `issue_gift` hands it out, `use_service` uses it. A gift
    the billing desk has not got is promised with a manager's word and waits its turn (E32).
    `checked` says how the member was verified ('card', 'document', 'phone'). Raises RuleError:
    spending not open (R165), too few points, out of stock, not in the catalogue, not a member, a
    card that was reported lost (R124).
    """
    check_person(tx, person_id)
    refuse_lost(tx.db, person_id, checked)
    account = open_account(tx, person_id, active_timeline(tx.db, programme_id))
    programme = account.timeline.at(tx.today).programme
    check_open(tx, account, programme)
    if quantity < 1:
        raise RuleError(tr("数量至少是 1。"))
    if item_key.startswith("tier."):
        return _buy_tier(tx, account, programme, int(item_key[5:]), checked)
    item = next((each for each in programme.points.catalogue if each.key == item_key), None)
    price = None if item is None else number(item.points)
    if item is None or price is None:
        raise RuleError(tr("兑换目录里没有这一项，请重新选择。"))
    value_fen = (number(item.value_yuan) or 0) * 100
    owed: Approval | None = None
    if item.kind == "gift":
        owed = _check_stock(tx, item.name, value_fen, quantity, approval)
    ends = None if item.valid_days is None else plus_days(tx.today, item.valid_days - 1)
    row_id = spend(
        tx,
        account,
        price * quantity,
        kind=item.kind,
        item_key=item.key,
        name=item.name,
        quantity=quantity,
        value_fen=value_fen,
        checked=checked,
        valid_to=ends,
    )
    settled = settle(tx, account)
    tx.about(
        row_id,
        item=item.key,
        quantity=quantity,
        points=price * quantity,
        approved_by=approval.staff_id if approval else None,
    )
    grant_id = tx.db.scalar(
        EntitlementGrant.select(EntitlementGrant.id).where(
            (EntitlementGrant.person_id == person_id)
            & (EntitlementGrant.programme_id == account.programme_id)
            & (EntitlementGrant.grant_key == redemption_key(row_id))
        )
    )
    if owed is not None:
        write_promise(tx, grant(tx.db, int(grant_id)), owed)
    return Redeemed(
        row_id,
        person_id,
        price * quantity,
        account.available,
        int(grant_id),
        settled.evaluation.rank,
        Changes(CHANGED, person_id),
    )


def _check_stock(
    tx: Tx, name: str, band_fen: int, quantity: int, approval: Approval | None
) -> Approval | None:
    """Any gift of the band will do (R140); one that is not there, or that waits for somebody who
    has paid for it already, is owed by a manager's word, which is answered (E32)."""
    have = band_stock(tx.db, tx.today, band_fen)
    if not have.short(quantity):
        return None
    sentence = tr(
        "“{name}”收费室现有 {desk} 份{kept}，仓库 {warehouse} 份，不够发 {n} 份。"
        "请先申领，或由会员管理员、院长批准欠领。"
    )
    kept = tr("(其中 {n} 份已兑换、待领)").format(n=have.waiting) if have.waiting else ""
    sentence = sentence.format(
        name=name, desk=have.desk, kept=kept, warehouse=have.warehouse, n=quantity
    )
    return tx.require(approval, "approve.owed_gift", sentence)


def _buy_tier(
    tx: Tx, account: StoredAccount, programme: Programme, rank: int, checked: str
) -> Redeemed:
    tier = programme.tier(rank)
    price = None if tier is None else purchase_points(tier)
    if tier is None or price is None:
        raise RuleError(tr("这个等级不能用积分换取。"))
    held = fold(tx, account).evaluation.rank
    if rank <= held:
        sentence = tr("现在已是{tier}，不需要再换。")
        raise RuleError(sentence.format(tier=programme.tier_name(held)))
    row_id = spend(
        tx,
        account,
        price,
        kind="tier",
        item_key=f"tier.{rank}",
        name=tier.name,
        rank=rank,
        checked=checked,
    )
    settled = settle(tx, account)
    tx.about(row_id, rank=rank, points=price)
    changes = Changes(CHANGED, account.person_id)
    rank_after = settled.evaluation.rank
    return Redeemed(row_id, account.person_id, price, account.available, 0, rank_after, changes)


@command("points.unredeem", entity="redemption")
def return_redemption(
    tx: Tx, *, redemption_id: int, reason: str, approval: Approval | None = None
) -> RedemptionReturned:
    """Give a redemption back, or what is left of it after some of its pieces came back: points
    return to their lots, the grant closes (E18, E31).

    After the clinic's days with approval. Raises RuleError while the gift is out or the service
    was used, and for money off a receipt, which comes back with the refund of the receipt.
    """
    row = redemption(tx.db, redemption_id)
    if not reason.strip():
        raise RuleError(tr("请填写退回兑换的原因。"))
    points = row.points - returned_points(tx.db, redemption_id)
    if not points:
        raise RuleError(tr("这次兑换已退回，不能再退。"))
    if row.kind == "cash":
        raise RuleError(tr("积分抵扣随单据的退款或作废一起退回，请去办理退款。"))
    days = return_days(tx.db)
    if days_between(row.occurred_on, tx.today) > days:
        sentence = tr("兑换已超过 {days} 天，须由会员管理员或院长批准退回。")
        tx.require(approval, "approve.return", sentence.format(days=days))
    _check_not_drawn(tx, row)
    account = account_of(tx, root_of(tx.db, row.person_id), row.programme_id)
    return_id = take_back(tx, account, row, points, reason.strip(), whole=True)
    settle(tx, account)
    tx.about(
        return_id,
        returns=redemption_id,
        points=points,
        approved_by=approval.staff_id if approval else None,
    )
    return RedemptionReturned(
        return_id, redemption_id, row.person_id, points, Changes(CHANGED, row.person_id)
    )


def _check_not_drawn(tx: Tx, row: RedemptionRow) -> None:
    """Nothing is out of what the redemption brought: its own grant, or those of the tier."""
    if row.kind == "tier":
        brought = EntitlementGrant.rank == row.rank
    else:
        brought = EntitlementGrant.grant_key == redemption_key(row.id)
    used = tx.db.scalar(
        EntitlementGrant.select(fn.SUM(EntitlementGrant.used)).where(
            EntitlementGrant.person_id.in_(group_of(tx.db, root_of(tx.db, row.person_id)))
            & (EntitlementGrant.programme_id == row.programme_id)
            & brought
        )
    )
    if not used:
        return
    if row.kind == "tier":
        tier = version(tx.db, row.version_id).tier_name(row.rank)
        sentence = tr("“{tier}”的权益已经用过。请先撤销使用、退回礼品，再退回兑换。")
        raise RuleError(sentence.format(tier=tier))
    gift = tr("礼品已经发出。请先办理礼品退回，再退回兑换。")
    service = tr("服务已经使用。请先撤销使用，再退回兑换。")
    raise RuleError(gift if row.kind == "gift" else service)


def unredeem_piece(tx: Tx, grant_key: str, reason: str) -> None:
    """Give back the points of one piece of a redemption, inside a command (E18, E31): its price of
    the day (E30). The grant keeps the other pieces; with the last one it closes."""
    row = redemption(tx.db, int(grant_key.partition(".")[2]))
    account = account_of(tx, root_of(tx.db, row.person_id), row.programme_id)
    points = row.points // row.quantity
    last = returned_points(tx.db, row.id) + points == row.points
    take_back(tx, account, row, points, reason, whole=last)
    settle(tx, account)
