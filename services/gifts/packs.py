"""Gift packs: several gifts handed out as one (R044, R106).

A pack stands in the catalogue like any gift, with a price band of its own, but has no stock: what
goes out are its parts. Packs do not hold packs. Where a programme names the parts of a gift and no
such pack is in the catalogue, the desk puts one together by name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from models.database import ClinicDatabase
from models.gifts import CountLine, Gift, Reconciliation, StockMove
from models.paperwork import GiftPart
from models.query import Prepared, slot
from services.changes import Changes, Kind
from services.commands import Tx, command
from services.errors import RuleError
from services.gifts.catalogue import DESK, WAREHOUSE, gift_facts
from services.gifts.lots import expired_of, split_usable
from services.gifts.stock import StockRow, stock_levels
from services.gifts.stock_ledger import is_pack
from services.i18n import tr

MOST_PARTS = 20
MOST_PIECES = 99

_PARTS_OF = Prepared(
    lambda: (
        GiftPart.select(GiftPart.part_id, Gift.code, Gift.name, Gift.unit, GiftPart.quantity)
        .join(Gift, on=(Gift.id == GiftPart.part_id))
        .where(GiftPart.gift_id == slot("gift_id"))
        .order_by(Gift.code)
    )
)


_ALL_PARTS = Prepared(
    lambda: (
        GiftPart.select(
            GiftPart.gift_id, GiftPart.part_id, Gift.code, Gift.name, Gift.unit, GiftPart.quantity
        )
        .join(Gift, on=(Gift.id == GiftPart.part_id))
        .order_by(Gift.code)
    )
)


@dataclass(frozen=True)
class PartRow:
    """One part of a pack: so many pieces of a gift."""

    gift_id: int
    code: str
    name: str
    unit: str
    quantity: int


@dataclass(frozen=True)
class PackSet:
    """The parts of a pack were written down; 0 parts: it is an ordinary gift again."""

    gift_id: int
    parts: int
    changes: Changes


@command("gift.parts", entity="gift")
def set_parts(tx: Tx, *, gift_id: int, parts: Sequence[tuple[int, int]]) -> PackSet:
    """Make a gift a pack of (gift, pieces), or change what is in it; no parts at all make it an
    ordinary gift again (R044). What was handed out stays as it was.

    Raises RuleError: a gift with stock moves of its own, one that is a part itself or stands on an
    open count sheet, a pack or an article out of use among the parts, a part twice, a number that
    cannot be.
    """
    name = gift_facts(tx.db, gift_id)[0]
    if not is_pack(tx.db, gift_id) and parts:
        _check_may_be_pack(tx.db, gift_id, name)
    _check_parts(tx.db, gift_id, parts)
    tx.db.write(GiftPart.delete().where(GiftPart.gift_id == gift_id))
    tx.db.insert_many(
        GiftPart,
        ("gift_id", "part_id", "quantity"),
        [(gift_id, part_id, quantity) for part_id, quantity in parts],
    )
    tx.about(gift_id, parts=[list(part) for part in parts])
    return PackSet(gift_id, len(parts), Changes((Kind.STOCK,)))


def _check_may_be_pack(db: ClinicDatabase, gift_id: int, name: str) -> None:
    moved = StockMove.select(StockMove.id).where(StockMove.gift_id == gift_id)
    if db.row(moved.limit(1)) is not None:
        sentence = tr("“{name}”有过出入库，不能改成礼包。请新建一种礼品作礼包。")
        raise RuleError(sentence.format(name=name))
    holder = (
        Gift.select(Gift.name)
        .join(GiftPart, on=(GiftPart.gift_id == Gift.id))
        .where(GiftPart.part_id == gift_id)
    )
    open_sheet = (
        CountLine.select(CountLine.gift_id)
        .join(Reconciliation, on=(Reconciliation.id == CountLine.reconciliation_id))
        .where((CountLine.gift_id == gift_id) & Reconciliation.state.in_(("counting", "compared")))
    )
    if db.row(open_sheet.limit(1)) is not None:
        sentence = tr("“{name}”在这次周五核对的盘点表上，不能改成礼包。请先核对结账，再改。")
        raise RuleError(sentence.format(name=name))
    held_by = db.scalar(holder.limit(1))
    if held_by is not None:
        sentence = tr("“{name}”已在礼包“{pack}”里，礼包里不能再放礼包。")
        raise RuleError(sentence.format(name=name, pack=held_by))


def _check_parts(db: ClinicDatabase, gift_id: int, parts: Sequence[tuple[int, int]]) -> None:
    if len(parts) > MOST_PARTS:
        raise RuleError(tr("一个礼包最多放 {n} 种礼品。").format(n=MOST_PARTS))
    if len({part_id for part_id, _ in parts}) < len(parts):
        raise RuleError(tr("同一种礼品请只写一行，把件数写在数量里。"))
    for part_id, quantity in parts:
        name, _, _, active = gift_facts(db, part_id)
        if part_id == gift_id or is_pack(db, part_id):
            sentence = tr("“{name}”是礼包，礼包里不能再放礼包。请选单件的礼品。")
            raise RuleError(sentence.format(name=name))
        if not active:
            raise RuleError(tr("“{name}”已停用，请另选一种礼品。").format(name=name))
        if not 1 <= quantity <= MOST_PIECES:
            sentence = tr("“{name}”的件数请填 1 至 {n}。")
            raise RuleError(sentence.format(name=name, n=MOST_PIECES))


# -- reading -----------------------------------------------------------------------------------


def parts_of(db: ClinicDatabase, gift_id: int) -> tuple[PartRow, ...]:
    """What is in a pack, by code; nothing for an ordinary gift."""
    return tuple(PartRow(*row) for row in _PARTS_OF.rows(db, gift_id=gift_id))


def all_parts(db: ClinicDatabase) -> dict[int, tuple[PartRow, ...]]:
    """`parts_of` every pack, in one go."""
    found: dict[int, tuple[PartRow, ...]] = {}
    for gift_id, *part in _ALL_PARTS.rows(db):
        found[gift_id] = (*found.get(gift_id, ()), PartRow(*part))
    return found


def offered(db: ClinicDatabase, today: str) -> list[StockRow]:
    """Every gift in use with what may be handed out of it today, by code: a pack counts as often
    as its scarcest part allows, and what has expired counts for nothing."""
    levels = stock_levels(db)
    expired = expired_of(db, (row.gift_id for row in levels if not row.pack), today)
    rows = [_usable(row, expired[row.gift_id]) if row.gift_id in expired else row for row in levels]
    plain = {row.gift_id: row for row in rows}
    parts = {
        gift_id: [(part.gift_id, part.quantity) for part in found]
        for gift_id, found in all_parts(db).items()
    }
    return [
        replace(
            row,
            warehouse=_fewest(plain, parts[row.gift_id], WAREHOUSE),
            desk=_fewest(plain, parts[row.gift_id], DESK),
            below_safety=False,
        )
        if row.gift_id in parts
        else row
        for row in rows
    ]


def _usable(row: StockRow, expired: int) -> StockRow:
    warehouse, desk = split_usable(row.warehouse, row.desk, expired)
    return replace(row, warehouse=warehouse, desk=desk)


def _fewest(rows: Mapping[int, StockRow], parts: Sequence[tuple[int, int]], place: str) -> int:
    return min(_held(rows.get(part_id), place) // quantity for part_id, quantity in parts)


def _held(row: StockRow | None, place: str) -> int:
    if row is None:  # out of use
        return 0
    return row.desk if place == DESK else row.warehouse


def choices_by_name(
    rows: Sequence[StockRow], contents: Sequence[str]
) -> tuple[tuple[StockRow, ...], ...]:
    """For each part a programme names the gifts that are called so, the best stocked first; a
    pack is no part."""
    return tuple(
        tuple(
            sorted(
                (row for row in rows if fits_name(row.name, part) and not row.pack),
                key=lambda row: (-row.desk, -row.warehouse, row.code),
            )
        )
        for part in contents
    )


def fits_name(gift: str, part: str) -> bool:
    """Whether a gift may stand for a part: '软毛牙刷' is a '牙刷'."""
    return part in gift


def sets_by_name(rows: Sequence[StockRow], contents: Sequence[str]) -> dict[str, int]:
    """place → how many sets of these parts can be put together there by name."""
    found = choices_by_name(rows, contents)
    return {
        DESK: min(sum(row.desk for row in rows) for rows in found),
        WAREHOUSE: min(sum(row.warehouse for row in rows) for rows in found),
    }
