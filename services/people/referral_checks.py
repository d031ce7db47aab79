"""Who may refer whom: somebody new, by somebody else, and nobody in a circle (E56)."""

from __future__ import annotations

from models.database import ClinicDatabase
from models.ledgers import Receipt
from models.people import Person
from services.commands import Tx
from services.errors import Confirmable, RuleError
from services.i18n import tr
from services.loyalty.first_visit import is_first_visit
from services.people.aliases import group_of, root_of

_PHONES = (Person.phone, Person.phone_alt, Person.guardian_phone)


def has_paid(db: ClinicDatabase, person_id: int) -> bool:
    """Whether a receipt stands on a person, as who paid or who was treated."""
    group = group_of(db, person_id)
    return any(
        db.row(Receipt.select(Receipt.id).where(whose.in_(group) & (Receipt.void == 0)).limit(1))
        for whose in (Receipt.credited_id, Receipt.patient_id)
    )


def is_new(db: ClinicDatabase, person_id: int, day: str) -> bool:
    """Whether somebody is new on a day: no receipt yet, no visit or service before (E56)."""
    return is_first_visit(db, person_id, day) and not has_paid(db, person_id)


def check_locked(tx: Tx, person_id: int) -> None:
    """Refuse another referrer once the newcomer has paid (E56)."""
    if has_paid(tx.db, person_id):
        raise RuleError(tr("这位顾客已有消费，推荐人不能再改。"))


def check_referrer(tx: Tx, newcomer_id: int, referrer_id: int) -> None:
    """Refuse somebody who is gone, oneself, and a circle; ask about kin.

    Raises RuleError; Confirmable 'referrer_phone', 'referrer_family', 'referrer_payer'.
    """
    root = root_of(tx.db, referrer_id)
    if tx.db.scalar(Person.select(Person.state).where(Person.id == root)) != "active":
        raise RuleError(tr("没有找到推荐人的有效档案，请重新选择。"))
    if root == root_of(tx.db, newcomer_id):
        raise RuleError(tr("推荐人不能是本人，请重新选择。"))
    if _leads_back(tx.db, root, newcomer_id):
        raise RuleError(tr("两人不能互相推荐：推荐人自己就是这位顾客介绍来的。"))
    for code, sentence in kinship(tx.db, newcomer_id, root):
        if code not in tx.confirmed:
            raise Confirmable(code, sentence + tr("仍要登记这位推荐人吗？"))


def may_be_referred(db: ClinicDatabase, newcomer_id: int, referrer_id: int, day: str) -> bool:
    """Whether somebody would count as brought by this referrer without a question: new, brought
    by nobody else, no circle, no family (E56)."""
    root = root_of(db, referrer_id)
    brought = db.scalar(Person.select(Person.referrer_id).where(Person.id == newcomer_id))
    return (
        brought is None
        and root != root_of(db, newcomer_id)
        and is_new(db, newcomer_id, day)
        and not _leads_back(db, root, newcomer_id)
        and not kinship(db, newcomer_id, root)
    )


def _leads_back(db: ClinicDatabase, referrer_id: int, newcomer_id: int) -> bool:
    """Whether the referrer came by the newcomer, directly or by others."""
    goal, at = root_of(db, newcomer_id), referrer_id
    seen: set[int] = set()
    while at not in seen:
        seen.add(at)
        above = db.scalar(Person.select(Person.referrer_id).where(Person.id == at))
        if above is None:
            return False
        at = root_of(db, above)
        if at == goal:
            return True
    return False


def kinship(db: ClinicDatabase, newcomer_id: int, referrer_id: int) -> list[tuple[str, str]]:
    """What makes two people look like one or like a family: code and sentence."""
    new, old = group_of(db, newcomer_id), group_of(db, root_of(db, referrer_id))
    found = []
    if _phones(db, new) & _phones(db, old):
        found.append(("referrer_phone", tr("推荐人和这位顾客留的是同一个电话。")))
    if _households(db, new) & _households(db, old):
        found.append(("referrer_family", tr("推荐人和这位顾客是一家人。")))
    together = Receipt.select(Receipt.id).where(
        (Receipt.credited_id.in_(old) & Receipt.patient_id.in_(new))
        | (Receipt.credited_id.in_(new) & Receipt.patient_id.in_(old))
    )
    if db.row(together.limit(1)) is not None:
        found.append(("referrer_payer", tr("推荐人和这位顾客替对方付过款。")))
    return found


def referrer_note(
    db: ClinicDatabase, today: str, *, newcomer_id: int | None, referrer_id: int, phones: set[str]
) -> str:
    """What the desk should know before it keeps a referrer, as a sentence; '' for nothing (E56).

    `newcomer_id` None is somebody not on record yet, who only has `phones`.
    """
    if newcomer_id is None:
        same = phones & _phones(db, group_of(db, root_of(db, referrer_id)))
        return tr("推荐人和这位顾客留的是同一个电话。") if same else ""
    if has_paid(db, newcomer_id):
        return tr("这位顾客已有消费，推荐人不能再改。")
    if not is_new(db, newcomer_id, today):
        return tr("这位顾客以前来过，不算新顾客，推荐不奖励。")
    return "".join(sentence for _, sentence in kinship(db, newcomer_id, referrer_id))


def _phones(db: ClinicDatabase, group: tuple[int, ...]) -> set[str]:
    rows = db.rows(Person.select(*_PHONES).where(Person.id.in_(group)))
    return {phone for row in rows for phone in row if phone}


def _households(db: ClinicDatabase, group: tuple[int, ...]) -> set[int]:
    query = Person.select(Person.household_id).where(Person.id.in_(group))
    return {household for (household,) in db.rows(query) if household is not None}
