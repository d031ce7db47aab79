"""What has to be true before a gift leaves the desk: whose it is, which one it may be, whose hands.

Each check raises a RuleError that says what to do next.
"""

from __future__ import annotations

from models.database import ClinicDatabase
from models.gifts import Gift
from models.ledgers import Standing
from models.people import Person
from models.query import Prepared, slot
from services.errors import RuleError
from services.gifts.lots import usable
from services.i18n import tr
from services.loyalty.grants import GrantRow, benefit_of
from services.money import yuan
from services.programmes.definition import Benefit

COLLECTED = ("self", "proxy", "post")

_MEMBER = Prepared(
    lambda: (
        Person.select(Person.id)
        .join(Standing, on=(Standing.person_id == Person.id))
        .where(
            (Person.id == slot("person_id"))
            & (Person.state == "active")
            & (Standing.programme_id == slot("programme_id"))
            & (Standing.member == 1)
        )
    )
)
_PERSON = Prepared(lambda: Person.select(Person.id).where(Person.id == slot("id")))
_GIFT = Prepared(
    lambda: Gift.select(Gift.name, Gift.band_fen, Gift.active).where(Gift.id == slot("id"))
)


def check_member(db: ClinicDatabase, row: GrantRow) -> None:
    """The grant's person is a member; what was given or redeemed by itself asks for nobody's
    membership."""
    if row.rank == 0:
        return
    if _MEMBER.row(db, person_id=row.person_id, programme_id=row.programme_id) is None:
        raise RuleError(tr("这位顾客现在不是会员，不能领取会员礼品。请先办理入会。"))


def check_band(db: ClinicDatabase, row: GrantRow, benefit: Benefit, gift_id: int) -> None:
    """A gift in use of the grant's price band (R140), or the pack a programme names (R106)."""
    name, band_fen = _in_use(db, gift_id)
    if band_fen != row.value_fen and not (benefit.contents and name == row.name):
        sentence = tr(
            "“{name}”是 {band} 元档，这份权益是 {wanted} 元档。请换一种 {wanted} 元档的礼品。"
        )
        raise RuleError(sentence.format(name=name, band=yuan(band_fen), wanted=yuan(row.value_fen)))


def check_set(
    db: ClinicDatabase, row: GrantRow, benefit: Benefit, gift_ids: tuple[int, ...]
) -> None:
    """One gift for each part the programme names, by name (R106, R114)."""
    if not benefit.contents:
        sentence = tr("“{name}”没有写明内容，请选一种礼品，不用逐件选。")
        raise RuleError(sentence.format(name=row.name))
    if len(gift_ids) != len(benefit.contents):
        sentence = tr("“{name}”有 {n} 件，请每件选一种礼品：{parts}。")
        parts = "、".join(benefit.contents)
        raise RuleError(sentence.format(name=row.name, n=len(benefit.contents), parts=parts))
    if len(set(gift_ids)) < len(gift_ids):
        raise RuleError(tr("同一种礼品选了两次，请每件各选一种。"))
    for part, gift_id in zip(benefit.contents, gift_ids, strict=True):
        name, _ = _in_use(db, gift_id)
        if part not in name:
            sentence = tr("“{name}”不是“{part}”。请选名称里有“{part}”的礼品。")
            raise RuleError(sentence.format(name=name, part=part))


def check_fresh(db: ClinicDatabase, gift_id: int, today: str, wanted: int) -> None:
    """Goods past their last day are not handed out."""
    left = usable(db, gift_id, today)
    if left >= wanted:
        return
    name, _ = _in_use(db, gift_id)
    sentence = tr("“{name}”没过有效期的只有 {n} 份。过期的不能发，请先报损，再换一种或等入库。")
    raise RuleError(sentence.format(name=name, n=max(left, 0)))


def check_hands(
    db: ClinicDatabase, row: GrantRow, collected: str, beneficiary_id: int | None
) -> None:
    """How it is collected, and for whom if not for the member."""
    if collected not in COLLECTED:
        raise RuleError(tr("领取方式请选“本人”“代领”或“邮寄”。"))
    if beneficiary_id in (None, row.person_id):
        return
    if _PERSON.row(db, id=beneficiary_id) is None:
        raise RuleError(tr("没有找到受益人，请先建立档案。"))
    if not benefit_of(db, row).transferable:
        sentence = tr("“{name}”不能转赠。家人代取请选“代领”。")
        raise RuleError(sentence.format(name=row.name))


def _in_use(db: ClinicDatabase, gift_id: int) -> tuple[str, int]:
    found = _GIFT.row(db, id=gift_id)
    if found is None:
        raise RuleError(tr("没有找到这种礼品，请刷新后重试。"))
    name, band_fen, active = found
    if not active:
        raise RuleError(tr("“{name}”已停用，请另选一种礼品。").format(name=name))
    return name, band_fen
