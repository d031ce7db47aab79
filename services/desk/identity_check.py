"""Who stands at the desk, and how that was seen: card, phone and name, or document (R039).

A reader types a number and Enter. `read_code` says whom or what the number belongs to; a card
that was reported lost names its owner and proves nothing (R124).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from models.database import ClinicDatabase
from models.people import Card, Person, SearchKey
from models.query import Prepared, slot
from services.errors import RuleError
from services.i18n import tr
from services.people.aliases import root_of
from services.people.cards import refuse_lost
from services.people.privacy import mask_name
from services.people.search import KeyKind, fold
from services.vouchers.numbers import PREFIX
from services.vouchers.records import by_number

CHECKS = ("", "card", "phone", "document")

# what somebody was found by → how they are identified by it, once the name was said too
_BY_MATCH = {
    "card": "card",
    "phone": "phone",
    "phone_tail": "phone",
    "id": "document",
    "id_tail": "document",
}

_BY_KEY = Prepared(
    lambda: (
        SearchKey.select(SearchKey.person_id)
        .where((SearchKey.kind == slot("kind")) & (SearchKey.key == slot("key")))
        .order_by(SearchKey.person_id)
        .limit(2)
    )
)
_CARD = Prepared(
    lambda: Card.select(Card.person_id, Card.number, Card.state).where(
        Card.number.in_([slot("plain"), slot("upper"), slot("lower")])
    )
)
_NAME = Prepared(lambda: Person.select(Person.number, Person.name).where(Person.id == slot("id")))

Found = Literal["person", "lost", "old", "voucher", "unknown"]


@dataclass(frozen=True)
class Code:
    """What a scanned number is. `person_id` is the owner of a card or number, None for the rest;
    `by` is what they were found by; `voucher` the number of a voucher. `sentence` says what to
    do where nothing can be opened without a word."""

    found: Found
    person_id: int | None = None
    by: str = ""
    voucher: str = ""
    sentence: str = ""


def checked_by(matched: str) -> str:
    """How somebody is identified who was found by this (`Hit.matched`): 'card', 'phone',
    'document', or '' for a name or a number that anybody may know (R039)."""
    return _BY_MATCH.get(matched, "")


def check_words(checked: str) -> str:
    """How a visitor was identified, as lists say it; '' for nobody looked."""
    return {
        "card": tr("刷卡"),
        "phone": tr("电话"),
        "document": tr("证件"),
    }.get(checked, "")


def check_identity(db: ClinicDatabase, person_id: int, checked: str) -> None:
    """Refuse a way of checking that is none, or a card that was reported lost (R039, R124).
    Raises RuleError."""
    if checked not in CHECKS:
        raise RuleError(tr("请选择核验方式：刷会员卡、电话核对、核对证件，或未核验。"))
    if checked == "card":
        refuse_lost(db, person_id, checked)


def read_code(db: ClinicDatabase, text: str) -> Code:
    """What a scanned number belongs to: a card or member number, an ID number, a voucher; a card
    that is lost or was replaced; or nothing this clinic knows (R039, R124, R132)."""
    key = fold(text)
    for kind, by in ((KeyKind.CARD, "card"), (KeyKind.NUMBER, "number"), (KeyKind.ID, "id")):
        people = _BY_KEY.rows(db, kind=int(kind), key=key)
        if len(people) == 1:
            return Code("person", int(people[0][0]), by)
    card = _CARD.row(db, plain=text, upper=text.upper(), lower=text.lower())
    if card is not None:
        return _out_of_use(db, *card)
    try:
        row = by_number(db, text)
    except RuleError as refused:
        sentence = tr("没有号码是 {code} 的卡或项目卡。请核对号码，或按 F3 查找。")
        known = text.upper().startswith(PREFIX)
        return Code("unknown", sentence=refused.sentence if known else sentence.format(code=text))
    return Code("voucher", voucher=row.number)


def _out_of_use(db: ClinicDatabase, person_id: int, number: str, state: str) -> Code:
    """A card that no longer counts, and whose it is."""
    root = root_of(db, person_id)
    member, name = _NAME.rows(db, id=root)[0]
    sentence = {
        "lost": tr("卡 {number} 已挂失，是 {name}({member})的卡，不能凭它办理。请核对来人证件。"),
        "replaced": tr("卡 {number} 已补办新卡，是 {name}({member})的旧卡。请收回，用新卡。"),
    }.get(state, tr("卡 {number} 已作废，是 {name}({member})的旧卡。请收回。"))
    words = sentence.format(number=number, name=mask_name(name), member=member)
    return Code("lost" if state == "lost" else "old", root, sentence=words)
