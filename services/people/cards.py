"""Member cards: issued, reported lost, found again, replaced (R124, S18-05)."""

from __future__ import annotations

from dataclasses import dataclass

from models.database import ClinicDatabase
from models.people import Card, Person
from models.query import Prepared, slot
from services.changes import Changes, Kind
from services.commands import Tx, command
from services.errors import RuleError
from services.i18n import tr
from services.people.aliases import group_of, root_of
from services.people.search import reindex

# which state may follow which; 'replaced' and 'void' are the end of a card
ALLOWED = frozenset(
    {
        ("active", "lost"),
        ("lost", "active"),
        ("active", "replaced"),
        ("lost", "replaced"),
        ("active", "void"),
        ("lost", "void"),
    }
)

_OF_PERSON = Prepared(
    lambda: (
        Card.select(Card.id, Card.number, Card.state, Card.replaces_id)
        .where(Card.person_id == slot("person_id"))
        .order_by(Card.id.desc())
    )
)


@dataclass(frozen=True)
class CardRow:
    """A card; `replaces_id` is the one it came in place of."""

    id: int
    number: str
    state: str
    replaces_id: int | None


@dataclass(frozen=True)
class CardChanged:
    """A card was issued or changed its state; `card_id` is the one that counts now."""

    card_id: int
    person_id: int
    changes: Changes


def cards_of(db: ClinicDatabase, person_id: int) -> list[CardRow]:
    """Every card of a person, newest first; those of people merged into them work too (E62)."""
    rows = [row for each in group_of(db, person_id) for row in _OF_PERSON.rows(db, person_id=each)]
    return [CardRow(*row) for row in sorted(rows, reverse=True)]


def is_lost(db: ClinicDatabase, person_id: int) -> bool:
    """Whether the person's card was reported lost and no other is in use."""
    states = {card.state for card in cards_of(db, person_id)}
    return "lost" in states and "active" not in states


def refuse_lost(db: ClinicDatabase, person_id: int, checked: str) -> None:
    """While the card is reported lost, nobody spends or passes on by showing it, nor without being
    looked at; by phone or document they still do (R124). Raises RuleError."""
    if checked in ("card", "") and is_lost(db, root_of(db, person_id)):
        sentence = tr("会员卡已挂失，不能凭卡办理。请核对本人证件，“核验”选“核对证件”，或先补办。")
        raise RuleError(sentence)


@command("card.issue", entity="card")
def issue_card(tx: Tx, *, person_id: int, number: str) -> CardChanged:
    """Hand a card to an active person who has none in use. Raises RuleError."""
    found = tx.db.row(
        Person.select(Person.id).where((Person.id == person_id) & (Person.state == "active"))
    )
    if found is None:
        raise RuleError(tr("没有找到这个人，请刷新后重试。"))
    if any(card.state in ("active", "lost") for card in cards_of(tx.db, person_id)):
        raise RuleError(tr("这位顾客已有会员卡。遗失请先挂失，再补办。"))
    card_id = _insert(tx, person_id, number, None)
    tx.about(card_id, person=person_id)
    return CardChanged(card_id, person_id, Changes((Kind.PERSON,), person_id))


@command("card.change", entity="card")
def change_card(
    tx: Tx, *, card_id: int, to_state: str, document_checked: bool, new_number: str = ""
) -> CardChanged:
    """Report a card lost, found, void, or replace it by `new_number`; with a document (S18-05).

    Raises RuleError without a document seen, for a step that is not allowed, or for a taken
    number.
    """
    found = tx.db.row(Card.select(Card.person_id, Card.state).where(Card.id == card_id))
    if found is None:
        raise RuleError(tr("没有找到这张卡，请刷新后重试。"))
    person_id, state = found
    if (state, to_state) not in ALLOWED:
        raise RuleError(tr("这张卡现在不能这样变更，请刷新后查看它的状态。"))
    if not document_checked:
        raise RuleError(tr("挂失、补办和作废须先核对本人证件，再勾选“已核对证件”。"))
    tx.db.write(Card.update(state=to_state).where(Card.id == card_id))
    current = card_id
    if to_state == "replaced":
        current = _insert(tx, person_id, new_number, card_id)
    else:
        reindex(tx.db, person_id)
    tx.about(card_id, person=person_id, before=state, after=to_state, current=current)
    person_id = root_of(tx.db, person_id)
    return CardChanged(current, person_id, Changes((Kind.PERSON,), person_id))


def _insert(tx: Tx, person_id: int, number: str, replaces_id: int | None) -> int:
    number = number.strip()
    if not number:
        raise RuleError(tr("请刷卡或填写卡号。"))
    if tx.db.row(Card.select(Card.id).where(Card.number == number)):
        raise RuleError(tr("这个卡号已经用过，请换一张卡。"))
    card_id = tx.db.insert(
        Card,
        person_id=person_id,
        number=number,
        state="active",
        replaces_id=replaces_id,
        seq=tx.seq,
    )
    reindex(tx.db, person_id)
    return card_id
