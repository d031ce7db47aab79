"""The gift catalogue: what may be handed out, its price band and its cost (R139, R140)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from peewee import fn

from models.database import ClinicDatabase
from models.gifts import Gift, StockLevel
from models.paperwork import GiftPart
from models.query import Prepared, slot
from services.changes import Changes, Kind
from services.commands import Tx, command
from services.errors import RuleError
from services.i18n import tr
from services.money import yuan

WAREHOUSE = "warehouse"
DESK = "desk"
PLACES = (WAREHOUSE, DESK)
SOURCES = ("purchased", "inhouse")
MOST_FEN = 1_000_000_00  # what one gift may be worth or cost
MOST_PIECES = 1_000_000

_GIFT = Prepared(
    lambda: Gift.select(Gift.name, Gift.unit, Gift.cost_fen, Gift.active).where(
        Gift.id == slot("id")
    )
)


@dataclass(frozen=True)
class GiftRow:
    """A gift of the catalogue. `band_fen` is its price band (R139), `cost_fen` what one costs;
    a pack costs what its parts cost."""

    id: int
    code: str
    name: str
    spec: str
    unit: str
    source: str
    band_fen: int
    cost_fen: int
    safety_stock: int
    active: bool
    pack: bool = False


@dataclass(frozen=True)
class GiftDefined:
    """A gift is in the catalogue, or was changed there."""

    gift_id: int
    changes: Changes


@command("gift.define", entity="gift")
def define_gift(
    tx: Tx,
    *,
    code: str,
    name: str,
    band_fen: int,
    spec: str = "",
    unit: str = "份",
    source: str = "purchased",
    cost_fen: int = 0,
    safety_stock: int = 0,
) -> GiftDefined:
    """Put a gift into the catalogue (R139, R140). Money is fen.

    Raises RuleError for an empty or taken code or name, an unknown source, a number below zero or
    beyond what a gift can be worth.
    """
    values = _checked(
        tx,
        None,
        {
            "code": code,
            "name": name,
            "spec": spec,
            "unit": unit,
            "source": source,
            "band_fen": band_fen,
            "cost_fen": cost_fen,
            "safety_stock": safety_stock,
        },
    )
    gift_id = tx.db.insert(Gift, **values, seq=tx.seq)
    for place in PLACES:
        tx.db.insert(StockLevel, gift_id=gift_id, place=place, quantity=0)
    tx.about(gift_id, band_fen=band_fen)
    return GiftDefined(gift_id, Changes((Kind.STOCK,)))


@command("gift.change", entity="gift")
def change_gift(
    tx: Tx,
    *,
    gift_id: int,
    code: str | None = None,
    name: str | None = None,
    spec: str | None = None,
    unit: str | None = None,
    source: str | None = None,
    band_fen: int | None = None,
    cost_fen: int | None = None,
    safety_stock: int | None = None,
    active: bool | None = None,
) -> GiftDefined:
    """Change a gift of the catalogue; what is None stays. Past moves and issues do not change.

    Raises RuleError as `define_gift`, and when a gift still in stock, or one that a pack in use
    holds, would be taken out of use, or a pack with a part out of use put back into it.
    """
    gift_facts(tx.db, gift_id)
    given = {
        "code": code,
        "name": name,
        "spec": spec,
        "unit": unit,
        "source": source,
        "band_fen": band_fen,
        "cost_fen": cost_fen,
        "safety_stock": safety_stock,
    }
    values = _checked(
        tx, gift_id, {key: value for key, value in given.items() if value is not None}
    )
    if active is not None:
        if not active and _in_stock(tx.db, gift_id):
            raise RuleError(tr("这种礼品还有库存，不能停用。请先发完、报损或调整为零。"))
        if active:
            _check_parts_in_use(tx.db, gift_id)
        else:
            _check_no_part(tx.db, gift_id)
        values["active"] = int(active)
    if not values:
        raise RuleError(tr("没有任何改动。"))
    tx.db.write(Gift.update(**values).where(Gift.id == gift_id))
    tx.about(gift_id, changed=sorted(values))
    return GiftDefined(gift_id, Changes((Kind.STOCK,)))


def _checked(tx: Tx, gift_id: int | None, values: dict[str, Any]) -> dict[str, Any]:
    """The given columns, trimmed. A gift may keep its own code and name."""
    values = {k: v.strip() if isinstance(v, str) else v for k, v in values.items()}
    for column, sentence in (
        ("code", tr("礼品编号“{text}”已有了，请换一个。")),
        ("name", tr("已有名叫“{text}”的礼品，请在名称里注明规格以便区分。")),
    ):
        text = values.get(column)
        if text is None:
            continue
        if not text:
            raise RuleError(tr("请填写礼品编号和名称。"))
        taken = tx.db.scalar(Gift.select(Gift.id).where(getattr(Gift, column) == text))
        if taken not in (None, gift_id):
            raise RuleError(sentence.format(text=text))
    if values.get("unit") == "":
        raise RuleError(tr("请填写计量单位，例如 份、支、盒。"))
    if values.get("source", "purchased") not in SOURCES:
        raise RuleError(tr("礼品来源请选“外购”或“院内产品”。"))
    if any(values.get(column, 0) < 0 for column in ("band_fen", "cost_fen", "safety_stock")):
        raise RuleError(tr("价值档、成本和安全库存不能小于零。"))
    for column, sentence in (
        ("band_fen", tr("价值档最多 {yuan} 元，请核对。")),
        ("cost_fen", tr("成本最多 {yuan} 元，请核对。")),
    ):
        if values.get(column, 0) > MOST_FEN:
            raise RuleError(sentence.format(yuan=yuan(MOST_FEN)))
    if values.get("safety_stock", 0) > MOST_PIECES:
        raise RuleError(tr("安全库存最多 {n} 件，请核对。").format(n=f"{MOST_PIECES:,}"))
    return values


def check_unit_cost(fen: int | None) -> None:
    """Raises RuleError for what one piece of a gift cannot cost; None is the catalogue's cost."""
    if fen is None:
        return
    if fen < 0:
        raise RuleError(tr("成本不能小于零。"))
    if fen > MOST_FEN:
        raise RuleError(tr("成本最多 {yuan} 元，请核对。").format(yuan=yuan(MOST_FEN)))


def list_gifts(db: ClinicDatabase, *, everything: bool = False) -> list[GiftRow]:
    """Gifts in use, by code (or everything ever defined)."""
    query = Gift.select(
        Gift.id,
        Gift.code,
        Gift.name,
        Gift.spec,
        Gift.unit,
        Gift.source,
        Gift.band_fen,
        Gift.cost_fen,
        Gift.safety_stock,
        Gift.active,
    ).order_by(Gift.code)
    if not everything:
        query = query.where(Gift.active == 1)
    costs = _pack_costs(db)
    return [
        GiftRow(*(*row, costs.get(row[0], cost), safety, bool(active), row[0] in costs))
        for *row, cost, safety, active in db.rows(query)
    ]


def _pack_costs(db: ClinicDatabase) -> dict[int, int]:
    """What the parts of each pack cost together."""
    query = (
        GiftPart.select(GiftPart.gift_id, fn.SUM(GiftPart.quantity * Gift.cost_fen))
        .join(Gift, on=(Gift.id == GiftPart.part_id))
        .group_by(GiftPart.gift_id)
    )
    return dict(db.rows(query))


def gift_facts(db: ClinicDatabase, gift_id: int) -> tuple[str, str, int, bool]:
    """Name, unit, cost in fen and whether it is in use. Raises RuleError when there is none."""
    row = _GIFT.row(db, id=gift_id)
    if row is None:
        raise RuleError(tr("没有找到这种礼品，请刷新后重试。"))
    return row[0], row[1], row[2], bool(row[3])


def _check_no_part(db: ClinicDatabase, gift_id: int) -> None:
    pack = Gift.select(Gift.name).join(GiftPart, on=(GiftPart.gift_id == Gift.id))
    name = db.scalar(pack.where((GiftPart.part_id == gift_id) & (Gift.active == 1)).limit(1))
    if name is not None:
        sentence = tr("礼包“{pack}”里有这种礼品。请先改礼包的内容，再停用。")
        raise RuleError(sentence.format(pack=name))


def _check_parts_in_use(db: ClinicDatabase, gift_id: int) -> None:
    parts = Gift.select(Gift.name).join(GiftPart, on=(GiftPart.part_id == Gift.id))
    retired = parts.where((GiftPart.gift_id == gift_id) & (Gift.active == 0)).order_by(Gift.code)
    name = db.scalar(retired.limit(1))
    if name is not None:
        sentence = tr("礼包里的“{part}”已停用。请先启用它，或改礼包的内容，再启用礼包。")
        raise RuleError(sentence.format(part=name))


def _in_stock(db: ClinicDatabase, gift_id: int) -> bool:
    held = StockLevel.select(StockLevel.gift_id).where(
        (StockLevel.gift_id == gift_id) & (StockLevel.quantity > 0)
    )
    return db.row(held) is not None
