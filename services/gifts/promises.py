"""欠领: gifts promised with a manager's word while there are none, and served in their order (E32).

A promise is a row beside the grant, which stays open and due; it ends with the grant, so nothing
has to be taken back. Who waits longer comes first: pieces of a price band are kept for the earlier
promises of that band, wherever they lie.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice

from models.database import ClinicDatabase
from models.followup import FollowupTask
from models.paperwork import GiftPromise
from services.changes import Changes, Kind
from services.commands import Approval, Tx, command
from services.errors import RuleError
from services.followups.tasks import ARRIVED, TASK_COLUMNS, UNCLAIMED
from services.gifts.bands import read_band
from services.gifts.claim_checks import check_member
from services.gifts.packs import choices_by_name, offered, parts_of, sets_by_name
from services.gifts.promise_queue import ahead_of, waiting
from services.i18n import tr
from services.loyalty.grants import GrantRow, benefit_of, check_drawable, grant
from services.money import yuan
from services.programmes.registry import version


@dataclass(frozen=True)
class OpenPromise:
    """A gift that was promised and not collected. `ahead` pieces of its band are promised before
    it, `left` are its own; `servable`: there are enough for all of these now."""

    grant_id: int
    person_id: int
    band_fen: int
    left: int
    ahead: int
    promised_on: str
    staff: str
    servable: bool


@dataclass(frozen=True)
class GiftPromised:
    """A gift was promised; `ahead` pieces of its band were promised before it."""

    promise_id: int
    grant_id: int
    ahead: int
    changes: Changes


def open_promises(db: ClinicDatabase, today: str) -> list[OpenPromise]:
    """What was promised and still waits, the earliest first (E32)."""
    found = []
    ahead: dict[int, int] = {}
    pieces: dict[int, int] = {}
    for each in waiting(db, today):
        before = ahead.get(each.band_fen, 0)
        if each.band_fen not in pieces:
            band = read_band(db, today, each.band_fen)
            pieces[each.band_fen] = band.pieces(band.both)
        have = pieces[each.band_fen]
        if _names_parts(db, each.version_id):
            have = max(have, _by_name(db, today, grant(db, each.grant_id)))
        ahead[each.band_fen] = before + each.left
        found.append(
            OpenPromise(
                each.grant_id,
                each.person_id,
                each.band_fen,
                each.left,
                before,
                each.promised_on,
                each.staff,
                have >= before + each.left,
            )
        )
    return found


def promise_of(db: ClinicDatabase, today: str, grant_id: int) -> OpenPromise | None:
    """The promise of a grant, while it still waits."""
    return next((each for each in open_promises(db, today) if each.grant_id == grant_id), None)


def _names_parts(db: ClinicDatabase, version_id: int) -> bool:
    """Whether a programme version names the parts of any gift at all."""
    programme = version(db, version_id)
    return any(benefit.contents for tier in programme.tiers for benefit in tier.benefits)


def _by_name(db: ClinicDatabase, today: str, row: GrantRow) -> int:
    """How many sets there are at both places where the programme names the parts (R106): put
    together, or a pack of that name. These may share their parts, so the larger number counts."""
    contents = benefit_of(db, row).contents
    if not contents:
        return 0
    rows = offered(db, today)
    named = sum(each.desk + each.warehouse for each in rows if each.name == row.name)
    return max(sum(sets_by_name(rows, contents).values()), named)


def goes_now(db: ClinicDatabase, today: str, row: GrantRow) -> bool:
    """Whether the desk has a piece for this grant that is nobody else's turn (E32)."""
    ahead = ahead_of(db, today, row.id)
    bands = [(pieces, read_band(db, today, band_fen)) for band_fen, pieces in ahead.items()]
    choices = read_band(db, today, row.value_fen).at_desk()
    choices += _named_at_desk(db, today, row)
    return any(not any(band.fails(n, goods) for n, band in bands) for goods in choices)


def _named_at_desk(db: ClinicDatabase, today: str, row: GrantRow) -> list[dict[int, int]]:
    """What the desk could hand out where the programme names the parts: the set of the best
    stocked articles, and a gift or a pack of that name."""
    contents = benefit_of(db, row).contents
    if not contents:
        return []
    rows = offered(db, today)
    found = [_goods(db, each.gift_id) for each in rows if each.name == row.name and each.desk]
    chosen: dict[int, int] = {}
    for choices in choices_by_name(rows, contents):
        best = (each.gift_id for each in choices if each.desk and each.gift_id not in chosen)
        chosen |= dict.fromkeys(islice(best, 1), 1)
    return [*found, chosen] if len(chosen) == len(contents) else found


def _goods(db: ClinicDatabase, gift_id: int) -> dict[int, int]:
    """The articles that leave the stock with a gift: itself, or the parts of a pack."""
    return {part.gift_id: part.quantity for part in parts_of(db, gift_id)} or {gift_id: 1}


def check_turn(tx: Tx, row: GrantRow, goods: Mapping[int, int]) -> None:
    """Refuse to hand out what is kept for earlier promises of any price band; `goods` is how many
    pieces of which article would go. Raises RuleError (E32)."""
    for band_fen, ahead in sorted(ahead_of(tx.db, tx.today, row.id).items()):
        band = read_band(tx.db, tx.today, band_fen)
        if band.fails(ahead, goods):
            sentence = tr(
                "前面还有 {n} 份 {band} 元档的欠领在等，现有 {have} 份要先留给他们。"
                "请登记欠领排队，或等市场部再入库。"
            )
            have = band.pieces(band.both)
            raise RuleError(sentence.format(n=ahead, band=yuan(band_fen), have=have))


# -- promising -----------------------------------------------------------------------------------


@command("gift.promise", entity="gift_promise")
def promise_gift(
    tx: Tx, *, grant_id: int, note: str = "", approval: Approval | None = None
) -> GiftPromised:
    """Promise a gift that is due and cannot be handed out now, with a manager's word (E32).

    Raises RuleError: no gift, not due, promised already, pieces at the desk that may go out now,
    no approval.
    """
    row = grant(tx.db, grant_id)
    if row.kind != "gift":
        raise RuleError(tr("“{name}”是院内服务，不用登记欠领。").format(name=row.name))
    check_member(tx.db, row)
    check_drawable(tx, row)
    _check_not_promised(tx, row)
    if goes_now(tx.db, tx.today, row):
        sentence = tr("“{name}”收费室现在有货可发，请直接发放，不用登记欠领。")
        raise RuleError(sentence.format(name=row.name))
    ahead = ahead_of(tx.db, tx.today, row.id).get(row.value_fen, 0)
    word = tx.require(
        approval,
        "approve.owed_gift",
        tr("登记欠领须由会员管理员或院长批准，请他们在窗口输入密码。"),
    )
    promise_id = write_promise(tx, row, word, note.strip())
    tx.about(promise_id, grant=grant_id, approved_by=word.staff_id)
    return GiftPromised(
        promise_id, grant_id, ahead, Changes((Kind.GRANT, Kind.FOLLOWUP), row.person_id)
    )


def write_promise(tx: Tx, row: GrantRow, word: Approval, note: str = "") -> int:
    """Write the promise of a grant inside a command; a call about it waits for the goods."""
    tx.db.write(
        FollowupTask.update(state="done", closed_as="settled").where(
            (FollowupTask.person_id == row.person_id)
            & (FollowupTask.rule == UNCLAIMED)
            & (FollowupTask.cycle == row.grant_key)
            & (FollowupTask.state == "open")
        )
    )
    return tx.db.insert(
        GiftPromise,
        grant_id=row.id,
        person_id=row.person_id,
        band_fen=row.value_fen,
        note=note,
        approved_by=word.staff_id,
        occurred_on=tx.today,
        staff_id=tx.actor.id,
        seq=tx.seq,
    )


def _check_not_promised(tx: Tx, row: GrantRow) -> None:
    known = promise_of(tx.db, tx.today, row.id)
    if known is not None:
        sentence = tr("这份礼品已登记欠领：{day}，经手 {staff}。有货后按先后发放。")
        raise RuleError(sentence.format(day=known.promised_on, staff=known.staff))


# -- telling that it has arrived -------------------------------------------------------------


def call_arrived(tx: Tx) -> int:
    """Make a call for every promise that can be served now, once each; answers how many."""
    made = []
    for promise in open_promises(tx.db, tx.today):
        row = grant(tx.db, promise.grant_id)
        cycle = ARRIVED + row.grant_key
        known = FollowupTask.select(FollowupTask.id).where(
            (FollowupTask.person_id == row.person_id)
            & (FollowupTask.rule == UNCLAIMED)
            & (FollowupTask.cycle == cycle)
        )
        if promise.servable and tx.db.row(known) is None:
            subject = tr("{gift}(欠领，已到货)").format(gift=row.name)
            made.append((row.person_id, UNCLAIMED, cycle, tx.today, "open", subject, tx.seq))
    tx.db.insert_many(FollowupTask, TASK_COLUMNS, made)
    return len(made)
