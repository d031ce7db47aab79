"""Spending points: goods, services, coupons, a higher tier, or money off a receipt.

A redemption takes the points at the price of the day (E30) and leaves a grant behind, from which
the gift is handed out or the service used. Giving it back returns the points to the lots they
came from (E18, E19, E31).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from peewee import fn

from models.database import ClinicDatabase
from models.gifts import EntitlementGrant, Gift, StockLevel
from models.query import Prepared, slot
from models.schemes import Redemption, RedemptionReturn
from services.changes import Changes, Kind
from services.clock import days_between, plus_days
from services.commands import Approval, Tx, command
from services.errors import RuleError
from services.i18n import tr
from services.loyalty.ledger import (
    Source,
    StoredAccount,
    debit,
    expire_lots,
    give_back,
)
from services.loyalty.receipt_checks import check_person
from services.loyalty.scheme_past import redemption_key
from services.loyalty.standing import (
    account_of,
    fold,
    joined_on,
    open_account,
    settle,
    store,
)
from services.people.aliases import group_of, root_of
from services.programmes.definition import Programme
from services.programmes.plan import number
from services.programmes.registry import Timeline, main_timeline, timelines
from services.programmes.words import ways_words

RETURN_DAYS = 7
CHANGED = (Kind.POINTS, Kind.GRANT, Kind.TIER)

_ONE = Prepared(
    lambda: Redemption.select(
        Redemption.id,
        Redemption.person_id,
        Redemption.programme_id,
        Redemption.version_id,
        Redemption.kind,
        Redemption.item_key,
        Redemption.name,
        Redemption.quantity,
        Redemption.points,
        Redemption.value_fen,
        Redemption.rank,
        Redemption.entry_id,
        Redemption.receipt_id,
        Redemption.occurred_on,
        Redemption.staff_id,
    ).where(Redemption.id == slot("id"))
)
_RETURNED = Prepared(
    lambda: RedemptionReturn.select(fn.COALESCE(fn.SUM(RedemptionReturn.points), 0)).where(
        RedemptionReturn.redemption_id == slot("id")
    )
)
_STOCK = Prepared(
    lambda: (
        Gift.select(StockLevel.place, fn.SUM(StockLevel.quantity))
        .join(StockLevel, on=(StockLevel.gift_id == Gift.id))
        .where((Gift.active == 1) & (Gift.band_fen == slot("band")))
        .group_by(StockLevel.place)
    )
)
_OF_RECEIPT = Prepared(
    lambda: Redemption.select(Redemption.id).where(Redemption.receipt_id == slot("receipt_id"))
)


@dataclass(frozen=True)
class RedemptionRow:
    """A redemption as stored; `points` in all, `value_fen` a piece (money off: in all)."""

    id: int
    person_id: int
    programme_id: int
    version_id: int
    kind: str
    item_key: str
    name: str
    quantity: int
    points: int
    value_fen: int
    rank: int
    entry_id: int
    receipt_id: int | None
    occurred_on: str
    staff_id: int


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


def programme_of(db: ClinicDatabase, programme_id: int | None) -> Timeline:
    """The active programme of that id, or the main one. Raises RuleError for a retired one."""
    if programme_id is None:
        return main_timeline(db)
    found = next((t for t in timelines(db) if t.programme_id == programme_id), None)
    if found is None:
        raise RuleError(tr("这个方案已停用，请刷新后重试。"))
    return found


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
    the billing desk has not got is owed with a manager's word and waits in the due list (E32).
    `checked` says how the member was verified ('card', 'document', 'phone'). Raises RuleError:
    spending not open (R165), too few points, out of stock, not in the catalogue, not a member.
    """
    check_person(tx, person_id)
    timeline = programme_of(tx.db, programme_id)
    account = open_account(tx, person_id, timeline)
    programme = timeline.at(tx.today).programme
    _check_open(tx, account, programme)
    if quantity < 1:
        raise RuleError(tr("数量至少是 1。"))
    if item_key.startswith("tier."):
        return _buy_tier(tx, account, programme, int(item_key[5:]), checked)
    item = next((each for each in programme.points.catalogue if each.key == item_key), None)
    price = None if item is None else number(item.points)
    if item is None or price is None:
        raise RuleError(tr("兑换目录里没有这一项，请重新选择。"))
    value_fen = (number(item.value_yuan) or 0) * 100
    if item.kind == "gift":
        _check_stock(tx, item.name, value_fen, quantity, approval)
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
    return Redeemed(
        row_id,
        person_id,
        price * quantity,
        account.available,
        int(grant_id),
        settled.evaluation.rank,
        Changes(CHANGED, person_id),
    )


def band_stock(db: ClinicDatabase, band_fen: int) -> dict[str, int]:
    """How many gifts of a price band lie where: 'desk' and 'warehouse'; any of them will do."""
    return {place: int(quantity) for place, quantity in _STOCK.rows(db, band=band_fen)}


def _check_stock(
    tx: Tx, name: str, band_fen: int, quantity: int, approval: Approval | None
) -> None:
    """Any gift of the band will do (R140); one that is not there is owed by a manager's word."""
    have = band_stock(tx.db, band_fen)
    if have.get("desk", 0) < quantity:
        sentence = tr(
            "“{name}”收费室现有 {desk} 份，仓库 {warehouse} 份，不够发 {n} 份。"
            "请先申领，或由会员管理员、院长批准欠领。"
        )
        sentence = sentence.format(
            name=name, desk=have.get("desk", 0), warehouse=have.get("warehouse", 0), n=quantity
        )
        tx.require(approval, "approve.owed_gift", sentence)


def _buy_tier(
    tx: Tx, account: StoredAccount, programme: Programme, rank: int, checked: str
) -> Redeemed:
    tier = programme.tier(rank)
    price = None if tier is None else tier_price(programme, rank)
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


def tier_price(programme: Programme, rank: int) -> int | None:
    """The points that buy a tier, or None (R102)."""
    tier = programme.tier(rank)
    prices = [number(way.purchase_points) for way in tier.reach] if tier else []
    known = [price for price in prices if price is not None]
    return min(known, default=None)


def _check_open(tx: Tx, account: StoredAccount, programme: Programme) -> None:
    if programme.points.mode != "spend":
        raise RuleError(tr("“{name}”的积分不能兑换。").format(name=programme.name))
    if joined_on(tx.db, account.person_id, account.programme_id) is None:
        raise RuleError(tr("还不是会员，不能用积分。请先办理入会。"))
    if not fold(tx, account).evaluation.redeemable:
        sentence = tr("还没到兑换点({ways})，暂时不能用积分。")
        raise RuleError(sentence.format(ways=ways_words(programme.points.opens)))


def spend(tx: Tx, account: StoredAccount, points: int, **document: Any) -> int:
    """Take points for a redemption and write its document; answers the document's id.

    Lots past their last day are written off first, so that they cannot be spent (E22). Raises
    RuleError when there are too few points.
    """
    expire_lots(account)
    reason = tr("兑换：{name}").format(name=document["name"])
    entry_id = debit(account, points, Source("redeem", tx.today, reason))
    return tx.db.insert(
        Redemption,
        person_id=account.person_id,
        programme_id=account.programme_id,
        version_id=account.timeline.at(tx.today).id,
        points=points,
        entry_id=entry_id,
        occurred_on=tx.today,
        staff_id=tx.actor.id,
        seq=tx.seq,
        **{"quantity": 1, **document},
    )


def redemption(db: ClinicDatabase, redemption_id: int) -> RedemptionRow:
    """One redemption. Raises RuleError when there is none."""
    row = _ONE.row(db, id=redemption_id)
    if row is None:
        raise RuleError(tr("没有找到这次兑换，请刷新后重试。"))
    return RedemptionRow(*row)


def returned_points(db: ClinicDatabase, redemption_id: int) -> int:
    """How many points of a redemption were given back so far."""
    found = _RETURNED.row(db, id=redemption_id)
    return int(found[0]) if found else 0


@command("points.unredeem", entity="redemption")
def return_redemption(
    tx: Tx, *, redemption_id: int, reason: str, approval: Approval | None = None
) -> RedemptionReturned:
    """Give a redemption back: points return to their lots, the grant closes (E18, E31).

    After 7 days with approval. Raises RuleError while the gift is out or the service was used,
    and for money off a receipt, which comes back with the refund of the receipt.
    """
    row = redemption(tx.db, redemption_id)
    if not reason.strip():
        raise RuleError(tr("请填写退回兑换的原因。"))
    if returned_points(tx.db, redemption_id):
        raise RuleError(tr("这次兑换已退回，不能再退。"))
    if row.kind == "cash":
        raise RuleError(tr("积分抵扣随单据的退款或作废一起退回，请去办理退款。"))
    if days_between(row.occurred_on, tx.today) > RETURN_DAYS:
        sentence = tr("兑换已超过 {days} 天，须由会员管理员或院长批准退回。")
        tx.require(approval, "approve.return", sentence.format(days=RETURN_DAYS))
    _check_not_drawn(tx, row)
    account = account_of(tx, root_of(tx.db, row.person_id), row.programme_id)
    return_id = take_back(tx, account, row, row.points, reason.strip(), whole=True)
    settle(tx, account)
    tx.about(
        return_id,
        returns=redemption_id,
        points=row.points,
        approved_by=approval.staff_id if approval else None,
    )
    return RedemptionReturned(
        return_id, redemption_id, row.person_id, row.points, Changes(CHANGED, row.person_id)
    )


def _check_not_drawn(tx: Tx, row: RedemptionRow) -> None:
    used = tx.db.scalar(
        EntitlementGrant.select(fn.SUM(EntitlementGrant.used)).where(
            EntitlementGrant.person_id.in_(group_of(tx.db, root_of(tx.db, row.person_id)))
            & (EntitlementGrant.programme_id == row.programme_id)
            & (EntitlementGrant.grant_key == redemption_key(row.id))
        )
    )
    if used:
        gift = tr("礼品已经发出。请先办理礼品退回，再退回兑换。")
        service = tr("服务已经使用。请先撤销使用，再退回兑换。")
        raise RuleError(gift if row.kind == "gift" else service)


def take_back(
    tx: Tx, account: StoredAccount, row: RedemptionRow, points: int, reason: str, *, whole: bool
) -> int:
    """Give back points of a redemption inside a command; answers the return's id."""
    before = returned_points(tx.db, row.id)
    source = Source(
        "return", tx.today, reason, reverses_id=row.entry_id if points == row.points else None
    )
    give_back(account, row.entry_id, source, points=points, before=before)
    return tx.db.insert(
        RedemptionReturn,
        redemption_id=row.id,
        person_id=row.person_id,
        points=points,
        whole=int(whole),
        reason=reason,
        occurred_on=tx.today,
        staff_id=tx.actor.id,
        seq=tx.seq,
    )


def unredeem(tx: Tx, grant_key: str, reason: str) -> None:
    """Give back the redemption of a grant none of which is out any more, inside a command."""
    row = redemption(tx.db, int(grant_key.partition(".")[2]))
    account = account_of(tx, root_of(tx.db, row.person_id), row.programme_id)
    take_back(tx, account, row, row.points, reason, whole=True)
    settle(tx, account)


# -- money off a receipt ---------------------------------------------------------------------


def money_off_fen(programme: Programme, points: int) -> int:
    """What so many points pay of a receipt, in fen; 0 where they pay nothing (R033)."""
    rate = number(programme.points.per_yuan_off)
    return 0 if not rate else points * 100 // rate


def pay_with_points(
    tx: Tx, person_id: int, receipt_id: int, points: int, programme_id: int | None
) -> int:
    """Take points as part of the payment of a receipt, inside its command (E6).

    Answers the fen they pay; the caller has seen that it is more than nothing. Raises RuleError.
    """
    timeline = programme_of(tx.db, programme_id)
    account = open_account(tx, person_id, timeline)
    programme = timeline.at(tx.today).programme
    _check_open(tx, account, programme)
    fen = money_off_fen(programme, points)
    spend(
        tx,
        account,
        points,
        kind="cash",
        item_key="cash",
        name=tr("积分抵现"),
        value_fen=fen,
        receipt_id=receipt_id,
    )
    store(tx, account, fold(tx, account))
    return fen


def paid_with_points(db: ClinicDatabase, receipt_id: int) -> list[RedemptionRow]:
    """The redemptions that paid part of a receipt."""
    return [redemption(db, row[0]) for row in _OF_RECEIPT.rows(db, receipt_id=receipt_id)]


def return_with_refund(
    tx: Tx, receipt_id: int, received_fen: int, left_fen: int, reason: str
) -> int:
    """Points that paid part of a receipt come back with its money, pro rata (E18).

    `received_fen` in all, `left_fen` after this refund: what has to be back is reckoned from the
    remaining amount, so any split of a refund ends the same (E16). Answers the points.
    """
    given = 0
    for row in paid_with_points(tx.db, receipt_id):
        before = returned_points(tx.db, row.id)
        gone = received_fen - left_fen
        back = row.points * gone // received_fen if left_fen else row.points
        if back > before:
            account = account_of(tx, root_of(tx.db, row.person_id), row.programme_id)
            take_back(tx, account, row, back - before, reason, whole=False)
            store(tx, account, fold(tx, account))
            given += back - before
    return given
