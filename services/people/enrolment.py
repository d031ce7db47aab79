"""People: enrolling and changing a person, and noticing that they are here already."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from models.database import ClinicDatabase
from models.people import Alert, Consent, Person
from models.query import Prepared, slot
from models.system import Doctor
from services.care.team import (
    begin_attending,
    check_first,
    set_attending,
    working_doctor,
)
from services.changes import Changes, Kind
from services.commands import Tx, command
from services.errors import Confirmable, RuleError
from services.i18n import tr
from services.loyalty.history import asks_birthday
from services.loyalty.standing import resettle_person
from services.people.aliases import root_of
from services.people.closed import refuse_closed
from services.people.form import (
    FORM_FIELDS,
    FieldIssue,
    FormCheck,
    PersonForm,
    check_form,
)
from services.people.pinyin import full_pinyin
from services.people.privacy import fingerprint, mask, mask_phone
from services.people.records import CONSENT_ITEMS, NOTICE_VERSION, put_in_household
from services.people.referrals import record_referral
from services.people.search import insert_keys, keys_for, reindex

__all__ = [
    "DuplicateHint",
    "FieldIssue",
    "FormCheck",
    "PersonChanged",
    "PersonEnrolled",
    "PersonForm",
    "change_person",
    "check_form",
    "enrol",
    "find_duplicates",
    "insert_person",
    "keep_person",
]

# facts that a document proves; the audit row keeps them masked and fingerprinted (E54)
_PROVEN = ("name", "birthday", "id_type", "id_number", "phone")
_MASKED = ("name", "id_number", "phone", "phone_alt", "address", "guardian_name", "guardian_phone")
_PLAIN = ("sex", "birthday", "id_type", "referrer_id", "doctor_id")

_CANDIDATE = (
    Person.id,
    Person.number,
    Person.name,
    Person.birthday,
    Person.phone,
    Person.id_type,
    Person.state,
)
_KNOWN = ("active", "merged")
_SAME_ID = Prepared(
    lambda: Person.select(*_CANDIDATE).where(
        (Person.id_number == slot("id_number"))
        & (Person.id_number != "")
        & Person.state.in_(_KNOWN)
    )
)
_SAME_NAME = Prepared(
    lambda: Person.select(*_CANDIDATE).where(
        (Person.name == slot("name"))
        & Person.state.in_(_KNOWN)
        & ((Person.phone == slot("phone")) | (Person.birthday == slot("birthday")))
    )
)
_ONE = Prepared(lambda: Person.select(*_CANDIDATE).where(Person.id == slot("id")))
_DOCTOR = Prepared(
    lambda: Doctor.select(Doctor.id).where(Doctor.id == slot("id")), steady=(Doctor,)
)
_NUMBER = Prepared(lambda: Person.select(Person.number).where(Person.id == slot("id")))
_LAST_ID = Prepared(lambda: Person.select(Person.id).order_by(Person.id.desc()).limit(1))
_BY_NUMBER = Prepared(lambda: Person.select(Person.id).where(Person.number == slot("number")))
_FORM = Prepared(
    lambda: Person.select(*(getattr(Person, name) for name in FORM_FIELDS)).where(
        (Person.id == slot("id")) & (Person.state == "active")
    )
)


@dataclass(frozen=True)
class DuplicateHint:
    """Somebody who may be the same person. `strong`: the same document number."""

    person_id: int
    number: str
    name: str
    birth_year: str
    phone_masked: str
    reason: str
    strong: bool


@dataclass(frozen=True)
class PersonEnrolled:
    """A person record exists."""

    person_id: int
    number: str
    changes: Changes


@dataclass(frozen=True)
class PersonChanged:
    """A person's record, consents or alerts changed."""

    person_id: int
    changes: Changes


def find_duplicates(
    db: ClinicDatabase, form: PersonForm, exclude: int | None = None
) -> list[DuplicateHint]:
    """Active persons who may be this one, strong ones first; a record that was merged leads to
    its survivor. `form` must be a checked one."""
    found: dict[int, DuplicateHint] = {}
    for row in _SAME_ID.rows(db, id_number=form.id_number) if form.id_number else ():
        if row[5] == form.id_type:
            hint = _hint(db, row, tr("证件号相同"), strong=True)
            found[hint.person_id] = hint
    rows = _SAME_NAME.rows(
        db, name=form.name, phone=form.phone or None, birthday=form.birthday or None
    )
    for row in rows:
        same_phone = bool(form.phone) and row[4] == form.phone
        reason = tr("姓名和电话相同") if same_phone else tr("姓名和出生日期相同")
        hint = _hint(db, row, reason, strong=False)
        found.setdefault(hint.person_id, hint)
    found.pop(exclude or 0, None)
    return list(found.values())


def _hint(db: ClinicDatabase, row: tuple[Any, ...], reason: str, *, strong: bool) -> DuplicateHint:
    if row[6] == "merged":
        row = _ONE.row(db, id=root_of(db, row[0])) or row
    person_id, number, name, birthday, phone = row[:5]
    year = (birthday or "")[:4]
    return DuplicateHint(person_id, number, name, year, mask_phone(phone), reason, strong)


# -- enrolling -----------------------------------------------------------------------------


@command("person.enrol", entity="person")
def enrol(
    tx: Tx,
    *,
    form: PersonForm,
    consents: tuple[str, ...] = (),
    alerts: tuple[str, ...] = (),
    household_with: int | None = None,
    number: str | None = None,
) -> PersonEnrolled:
    """Keep a new person: record, consents given, alerts, household (R120, R121).

    `consents` are the items agreed to (record, health, marketing, transfer). Raises RuleError
    with the first error of the form or for a taken number; Confirmable 'same_id',
    'possible_duplicate', 'no_phone', and the questions about a referrer (E56).
    """
    checked = _accepted(tx, form)
    person_id = _keep(tx, checked, number)
    for item in consents:
        if item not in CONSENT_ITEMS:
            raise RuleError(tr("没有这个同意项，请重新打开表单。"))
        tx.db.insert(
            Consent,
            person_id=person_id,
            item=item,
            granted=1,
            notice_version=NOTICE_VERSION,
            seq=tx.seq,
        )
    for text in alerts:
        if text.strip():
            tx.db.insert(Alert, person_id=person_id, text=text.strip(), seq=tx.seq)
    if household_with is not None:
        put_in_household(tx, person_id, household_with)
    if checked.form.referrer_id is not None:
        record_referral(tx, person_id, checked.form.referrer_id)
    tx.about(person_id, consents=list(consents), alerts=len(alerts), **_after(tx, checked.form))
    number = _NUMBER.rows(tx.db, id=person_id)[0][0]
    return PersonEnrolled(person_id, number, Changes((Kind.PERSON,), person_id))


def keep_person(tx: Tx, form: PersonForm) -> int:
    """Make a record of somebody inside another command, with the checks and questions of `enrol`;
    answers the id. Who brought them is for the caller to keep. Raises RuleError, Confirmable."""
    return _keep(tx, _accepted(tx, form), None)


def _keep(tx: Tx, checked: FormCheck, number: str | None) -> int:
    if checked.form.doctor_id is not None:
        working_doctor(tx.db, checked.form.doctor_id)
    _ask_duplicate(tx, checked.form, None)
    if checked.lacks_phone and "no_phone" not in tx.confirmed:
        raise Confirmable("no_phone", tr("没有留任何电话，以后将联系不上这位顾客。仍要建档吗？"))
    return insert_person(tx, checked.form, number=number)


def insert_person(
    tx: Tx, form: PersonForm, number: str | None = None, batch_id: int | None = None
) -> int:
    """Write a checked form as a person with search keys; answers the id.

    Without a `number` it becomes 'M' and the row's id in seven digits. Raises RuleError when the
    number is taken. Nothing else is checked: `enrol`, the importer and the demo have done that.
    """
    person_id = next_person_id(tx.db)
    wanted = (number or "").strip()
    if wanted and _BY_NUMBER.row(tx.db, number=wanted):
        raise RuleError(tr("会员号 {number} 已有人使用，请换一个。").format(number=wanted))
    while not wanted:
        candidate = auto_number(person_id)
        if _BY_NUMBER.row(tx.db, number=candidate):
            person_id += 1  # somebody was given this number by hand
        else:
            wanted = candidate
    tx.db.insert(
        Person,
        id=person_id,
        number=wanted,
        import_batch_id=batch_id,
        created_on=tx.today,
        seq=tx.seq,
        **form_values(form),
    )
    keys = keys_for(
        number=wanted,
        name=form.name,
        pinyin=form.pinyin,
        id_number=form.id_number,
        phones=(form.phone, form.phone_alt, form.guardian_phone),
    )
    insert_keys(tx.db, [(kind, key, person_id) for kind, key in keys])
    begin_attending(tx, [(person_id, form.doctor_id)])
    return person_id


def next_person_id(db: ClinicDatabase) -> int:
    """The id the next person gets; people are never deleted, so it is never an old one."""
    row = _LAST_ID.row(db)
    return 1 if row is None else int(row[0]) + 1


def auto_number(person_id: int) -> str:
    """The member number that goes with an id."""
    return f"M{person_id:07d}"


def form_values(form: PersonForm) -> dict[str, object]:
    """The form's fields by column name."""
    return {name: getattr(form, name) for name in FORM_FIELDS}


def _accepted(tx: Tx, form: PersonForm) -> FormCheck:
    checked = check_form(form, tx.today)
    if checked.errors:
        raise RuleError(checked.errors[0].sentence)
    for known, row_id, sentence in (
        (_NUMBER, checked.form.referrer_id, tr("没有找到推荐人，请重新选择。")),
        (_DOCTOR, checked.form.doctor_id, tr("没有找到主治医师，请重新选择。")),
    ):
        if row_id is not None and known.row(tx.db, id=row_id) is None:
            raise RuleError(sentence)
    return checked


def _ask_duplicate(tx: Tx, form: PersonForm, exclude: int | None) -> None:
    hints = find_duplicates(tx.db, form, exclude)
    strong = [hint for hint in hints if hint.strong]
    if strong and "same_id" not in tx.confirmed:
        sentence = tr("证件号与{number} {name}相同，很可能是同一个人。仍要保存吗？")
        raise Confirmable("same_id", sentence.format(number=strong[0].number, name=strong[0].name))
    hint = next((hint for hint in hints if not hint.strong), None)
    if hint is not None and exclude is None and "possible_duplicate" not in tx.confirmed:
        sentence = tr("{reason}：{number} {name}，可能已经建过档。仍要新建吗？")
        raise Confirmable(
            "possible_duplicate",
            sentence.format(reason=hint.reason, number=hint.number, name=hint.name),
        )


def _after(tx: Tx, form: PersonForm) -> dict[str, object]:
    return {
        name: [mask(name, value), fingerprint(tx.clinic, name, value)]
        for name in ("name", "id_number", "phone")
        if (value := getattr(form, name))
    }


# -- changing ------------------------------------------------------------------------------


@command("person.change", entity="person")
def change_person(
    tx: Tx, *, person_id: int, form: PersonForm, document_checked: bool
) -> PersonChanged:
    """Replace a person's record by `form` (R124, S18-05, E54).

    A name, birthday, document or phone that was on record changes only after a document was
    seen; one that was missing may be added. A corrected birthday moves this year's gift, and
    brings no second one; the referrer is fixed with the first payment (E56); the attending doctor
    can be chosen, but not changed (R130). The audit row keeps before and after, masked, each with
    a keyed fingerprint. Raises RuleError; Confirmable 'same_id', 'no_phone', and the questions
    about a referrer.
    """
    refuse_closed(tx.db, person_id)
    row = _FORM.row(tx.db, id=person_id)
    if row is None:
        raise RuleError(tr("没有找到这个人，请刷新后重试。"))
    before = PersonForm(*row)
    if form.name.strip() != before.name and form.pinyin == before.pinyin == full_pinyin(
        before.name
    ):
        form = replace(form, pinyin="")  # the automatic pinyin follows the name
    checked = _accepted(tx, form)
    after = checked.form
    changed = [name for name in FORM_FIELDS if getattr(before, name) != getattr(after, name)]
    if not document_checked and any(
        name in _PROVEN and (getattr(before, name) and (name != "id_type" or before.id_number))
        for name in changed
    ):
        raise RuleError(
            tr("修改姓名、出生日期、证件或手机，须先核对本人证件，再勾选“已核对证件”。")
        )
    if "id_number" in changed:
        _ask_duplicate(tx, after, person_id)
    had_phone = before.phone or before.phone_alt or before.guardian_phone
    if had_phone and checked.lacks_phone and "no_phone" not in tx.confirmed:
        raise Confirmable("no_phone", tr("改后没有任何电话，以后将联系不上这位顾客。仍要保存吗？"))
    if "doctor_id" in changed:
        check_first(tx.db, person_id, after.doctor_id)
    tx.db.write(Person.update(**form_values(after)).where(Person.id == person_id))
    reindex(tx.db, person_id)
    if "doctor_id" in changed:
        set_attending(tx, person_id, after.doctor_id)
    if "referrer_id" in changed:
        record_referral(tx, person_id, after.referrer_id)
    if "birthday" in changed:
        resettle_person(tx, person_id, asks_birthday)
    tx.about(
        person_id, document_checked=document_checked, **_difference(tx, before, after, changed)
    )
    return PersonChanged(person_id, Changes((Kind.PERSON,), person_id))


def _difference(
    tx: Tx, before: PersonForm, after: PersonForm, changed: list[str]
) -> dict[str, object]:
    """Before and after for the audit row: masked with a fingerprint, or just 'changed'."""
    detail: dict[str, object] = {}
    for name in changed:
        pair = (getattr(before, name), getattr(after, name))
        if name in _MASKED:
            detail[name] = [
                [mask(name, value), fingerprint(tx.clinic, name, value)] if value else []
                for value in pair
            ]
        elif name in _PLAIN:
            detail[name] = list(pair)
        else:
            detail[name] = True  # free text may say anything about anybody
    return detail
