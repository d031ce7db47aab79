"""Who may enjoy a service of somebody's grant, and whether the card has to be seen for it
(R133, R161, R162, R168)."""

from __future__ import annotations

from models.database import ClinicDatabase
from models.people import Person
from models.query import Prepared, slot
from services.errors import RuleError
from services.i18n import tr
from services.loyalty.grants import GrantRow
from services.people.birthdays import age_on
from services.people.cards import refuse_lost
from services.programmes.definition import Benefit

_FAMILY = Prepared(
    lambda: Person.select(Person.household_id, Person.birthday).where(Person.id == slot("id"))
)


def passes_on(benefit: Benefit) -> bool:
    """Whether the member may give the service to somebody outside the family."""
    return benefit.transferable and benefit.beneficiary == "anyone"


def asks_for_card(benefit: Benefit, row: GrantRow) -> bool:
    """Whether giving it to somebody else needs the member's card: where the programme says so,
    and for whatever points were spent on (R168)."""
    return benefit.card_required or row.reason == "points"


def check_beneficiary(
    db: ClinicDatabase, today: str, row: GrantRow, benefit: Benefit, owner: int, receiver: int
) -> None:
    """Refuse somebody this service is not for. Raises RuleError."""
    if benefit.beneficiary == "family":
        _check_family(db, today, row, benefit, owner, receiver)
    elif receiver != owner and not passes_on(benefit):
        raise RuleError(tr("“{name}”只限会员本人使用。").format(name=row.name))


def check_card(db: ClinicDatabase, row: GrantRow, benefit: Benefit, checked: str) -> None:
    """Refuse to pass a service on against a card that was reported lost (R124), or without the
    card where it is asked for. Raises RuleError."""
    refuse_lost(db, row.person_id, checked)
    if asks_for_card(benefit, row) and checked != "card":
        sentence = tr("“{name}”转给他人，要凭会员卡。请刷卡或核对卡号后再登记。")
        raise RuleError(sentence.format(name=row.name))


def _check_family(
    db: ClinicDatabase, today: str, row: GrantRow, benefit: Benefit, owner: int, receiver: int
) -> None:
    age_from, age_below = benefit.beneficiary_age_from, benefit.beneficiary_age_below
    mine, theirs = _FAMILY.row(db, id=owner), _FAMILY.row(db, id=receiver)
    if receiver == owner or not mine or not theirs or not mine[0] or mine[0] != theirs[0]:
        raise RuleError(
            tr("“{name}”只限会员的家人。请先把孩子登记为家人，再选择孩子。").format(name=row.name)
        )
    if age_below is None and age_from is None:
        return
    if not theirs[1]:
        raise RuleError(tr("请先补登孩子的出生日期，“{name}”有年龄限制。").format(name=row.name))
    age = age_on(theirs[1], today)
    if age_from is not None and age < age_from:
        sentence = tr("“{name}”限满 {age} 岁，这位家人今年 {actual} 岁。")
        raise RuleError(sentence.format(name=row.name, age=age_from, actual=age))
    if age_below is not None and age >= age_below:
        sentence = tr("“{name}”限 {age} 岁以下，这位家人今年 {actual} 岁。")
        raise RuleError(sentence.format(name=row.name, age=age_below, actual=age))
