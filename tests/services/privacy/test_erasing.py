"""Erasing (个保法 47 条, R135): nothing is left about the person, everything about the books."""

from __future__ import annotations

import msgspec
import pytest

from models.people import Consent, Person
from models.privacy import DataRequest
from models.reception import Appointment
from models.system import Audit
from services.errors import RuleError
from services.gifts.handout import issue_gift
from services.gifts.lists import due_gifts
from services.loyalty.membership import join
from services.loyalty.receipts import post_receipt
from services.people.enrolment import PersonForm, enrol
from services.people.lunar import LunarDate, set_lunar_birthday
from services.people.merging import merge_people, unmerge_people
from services.people.privacy import reveal
from services.people.search import find
from services.privacy.erasing import NOBODY, erase
from services.privacy.open_matters import open_matters
from services.privacy.requests import requests_of
from services.privacy.stored import parts
from services.privacy.written import ANSWERED
from services.privacy.written import WORDS as WRITTEN
from services.programmes.definition import Benefit
from services.verify.run import verify
from tests.conftest import TODAY
from tests.gift_world import add_gift, in_command, stocked
from tests.money_world import sign, variant
from tests.privacy_world import (
    BOSS,
    CARD,
    ID_NUMBER,
    NAME,
    PHONE,
    WORDS,
    asked,
    enrolled,
    finished,
    lived,
    stored_texts,
    told,
)

FIGURES = {
    "receipt": "number, net_fen, billed_fen, occurred_on, seq, void",
    "money_event": "kind, amount_fen, occurred_on, seq",
    "points_entry": "kind, points, occurred_on, seq, receipt_id",
    "points_allocation": "debit_id, lot_id, points",
    "visit": "visit_date, state, seq",
    "award": "kind, value_fen, quantity, seq",
    "tier_event": "from_rank, to_rank, seq",
}


@pytest.fixture
def gone(clinic, frontdesk, member_admin):
    """Somebody who lived here and left with nothing open."""
    person_id = enrolled(frontdesk)
    lived(frontdesk, member_admin, person_id)
    finished(member_admin, person_id)
    return person_id


def figures(clinic):
    return {
        table: clinic.db.execute_sql(f"SELECT {columns} FROM {table} ORDER BY 1, 2").fetchall()
        for table, columns in FIGURES.items()
    }


def gone_for_good(session, person_id):
    return erase(session, request_id=asked(session, person_id, "erase"), approval=BOSS)


def test_r135_nothing_of_the_person_is_left_in_any_table(clinic, member_admin, gone):
    assert {"person.name", "search_key.key", "visit.note", "money_event.reason", "award.name"} <= {
        *told(stored_texts(clinic))
    }
    done = gone_for_good(member_admin, gone)
    assert (done.person_id, done.records) == (gone, 1)
    assert told(stored_texts(clinic)) == []
    row = clinic.db.row(
        Person.select(Person.state, Person.name, Person.number, Person.birthday, Person.quiet)
    )
    assert row == ("erased", NOBODY, f"X{gone:07d}", None, 1)
    for text in (PHONE, ID_NUMBER, NAME, CARD, "M0000001"):
        assert find(clinic.db, text) == []


def test_r135_the_books_and_the_chain_stay_whole(clinic, member_admin, gone):
    before = figures(clinic)
    assert all(before.values())
    gone_for_good(member_admin, gone)
    assert figures(clinic) == before
    report = verify(clinic)
    assert report.good, report.faults
    assert report.checked["data requests"] == 1


def test_the_audit_row_and_the_answer_name_who_said_the_word(clinic, member_admin, gone):
    gone_for_good(member_admin, gone)
    detail = clinic.db.scalar(Audit.select(Audit.detail).where(Audit.action == "privacy.erase"))
    assert msgspec.json.decode(detail) == {"request": 1, "records": 1, "approved_by": 1}
    row = clinic.db.row(DataRequest.select(DataRequest.state, DataRequest.approved_by))
    assert row == ("done", 1)
    assert clinic.db.scalar(Consent.select(Consent.item).limit(1))  # what was agreed to, by nobody


def test_only_the_director_can_say_the_word(clinic, member_admin, gone):
    with pytest.raises(RuleError, match="院长批准"):
        erase(member_admin, request_id=asked(member_admin, gone, "erase"), approval=None)


def test_what_is_open_is_named_with_what_to_do_first(clinic, frontdesk, member_admin):
    person_id = enrolled(frontdesk)
    lived(frontdesk, member_admin, person_id)
    sentences = open_matters(clinic.db, TODAY, person_id)
    assert [each.split("。")[0] for each in sentences] == [
        "还是会员",
        "积分还没清零",
        "还有没领的礼品或没用的项目",
    ]
    with pytest.raises(RuleError, match="请先办理退会"):
        gone_for_good(member_admin, person_id)


def test_the_telephone_book_of_before_goes_too(clinic, frontdesk, member_admin, gone):
    def booked(tx):
        values = {"day": "2026-01-05", "at": "09:00", "state": "cancelled", "staff_id": 2}
        tx.db.insert(Appointment, **values, name=NAME, phone=PHONE, note=WORDS, seq=tx.seq)
        tx.db.insert(Appointment, **values, person_id=gone, note=WORDS, seq=tx.seq)
        tx.db.insert(Appointment, **values, name="别人", phone="13100000000", seq=tx.seq)

    in_command(frontdesk, booked)
    gone_for_good(member_admin, gone)
    query = Appointment.select(Appointment.name, Appointment.phone, Appointment.note)
    assert clinic.db.rows(query) == [(NOBODY, "", ""), ("", "", ""), ("别人", "13100000000", "")]


def test_e62_a_merged_record_goes_with_the_one_that_speaks_for_it(clinic, frontdesk, member_admin):
    gone = enrolled(frontdesk)
    twin = enrol(frontdesk.confirming("possible_duplicate"), form=PersonForm(NAME, phone=PHONE))
    merge_people(
        member_admin.confirming("two_documents", "two_birthdays"),
        survivor_id=gone,
        merged_id=twin.person_id,
    )
    lived(frontdesk, member_admin, gone)
    finished(member_admin, gone)
    assert gone_for_good(member_admin, twin.person_id).records == 2
    assert told(stored_texts(clinic)) == []
    with pytest.raises(RuleError, match="已匿名化"):
        unmerge_people(member_admin, merged_id=twin.person_id)
    other = enrol(frontdesk, form=PersonForm("李四", phone="13100000000")).person_id
    for pair in ((gone, other), (other, gone)):
        with pytest.raises(RuleError, match="已匿名化"):
            merge_people(member_admin, survivor_id=pair[0], merged_id=pair[1])
    assert verify(clinic).good


def test_nobody_looks_at_what_is_no_more(clinic, director, member_admin, gone):
    gone_for_good(member_admin, gone)
    with pytest.raises(RuleError, match="没有个人信息可看"):
        reveal(director, person_id=gone, field="phone")
    with pytest.raises(RuleError, match="没有个人信息可看"):
        asked(director, gone, "copy")
    assert requests_of(clinic.db, TODAY, gone)[0].state == "done"


def test_a_lunar_birthday_goes_too(clinic, frontdesk, member_admin, gone):
    set_lunar_birthday(frontdesk, person_id=gone, lunar=LunarDate(8, 15, False))
    gone_for_good(member_admin, gone)
    for table in ("lunar_birthday", "lunar_day"):
        assert clinic.db.execute_sql(f"SELECT COUNT(*) FROM {table}").fetchone() == (0,)


def test_verify_names_what_is_left_of_somebody_or_still_used(clinic, member_admin, gone):
    gone_for_good(member_admin, gone)
    for damage, code in (
        ("UPDATE person SET note = 'x'", "privacy.left"),
        ("INSERT INTO search_key VALUES (7, 'x', 1)", "privacy.used"),
        ("UPDATE person SET erased_on = NULL", "privacy.undated"),
    ):
        clinic.db.execute_sql(damage)
        faults = {fault.code: fault.sentence for fault in verify(clinic).faults}
        assert f"X{gone:07d}" in faults[code]


# -- nothing is forgotten --------------------------------------------------------------------

# texts beside WRITTEN that hold codes, days and numbers of the clinic's own, never words
_CODES = {
    "state", "kind", "basis", "item", "outcome", "reason", "channel", "rule", "cycle", "post",
    "collected", "place", "checked", "borne_by", "method", "fault", "payment", "direction",
    "contact_by", "sex", "part", "mode", "step", "grant_key", "item_key", "benefit_key", "form",
    "closed_as", "recovery", "was_channel", "topic", "source", "route", "worksheet", "from_word",
    "to_word", "notice_version", "number", "bill_number", "item_class", "handed", "consent_by",
    "receiver", "what", "basis_note", "purpose", "confirmed", "at", "arrived_at", "attended_at",
    "room", "day", "week", "valid_from", "visit_date", "reply_by",
}  # fmt: skip


def test_every_column_of_words_about_somebody_is_emptied_or_known_to_hold_none(clinic):
    """A new column of text on a table with a person in it must be thought about here."""
    forgotten = {"person", "alert", "card", "appointment", "receipt", "award", "search_key"}
    names = clinic.db.execute_sql("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    written = {table._meta.table_name: set(words) for table, words in (WRITTEN | ANSWERED).items()}
    open_questions = []
    for (table,) in names:
        info = clinic.db.execute_sql(f'PRAGMA table_info("{table}")').fetchall()
        columns = {row[1]: row[2] for row in info}
        if "person_id" not in columns or table in forgotten:
            continue
        for column, kind in columns.items():
            known = column in written.get(table, set()) | _CODES or column.endswith("_on")
            if kind == "TEXT" and not known and not column.endswith(("_to", "until")):
                open_questions.append(f"{table}.{column}")
    assert open_questions == ["entitlement_grant.name", "redemption.name"]  # see `empty_names`


def test_my_data_tells_of_every_table_with_somebody_in_it(clinic):
    shown = {part.table._meta.table_name for part in parts(clinic.db)}
    derived = {
        "search_key", "standing", "lunar_day", "benefit_confirmation",
        "person", "appointment",
    }  # fmt: skip
    names = clinic.db.execute_sql("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    for (table,) in names:
        info = clinic.db.execute_sql(f'PRAGMA table_info("{table}")').fetchall()
        if any(row[1] == "person_id" for row in info):
            assert table in shown | derived, table


def test_e52_a_birthday_gift_that_was_handed_out_stays_in_the_books(
    clinic, director, frontdesk, billing, marketing, member_admin
):
    benefit = Benefit("new", "gift", "礼品", value_yuan=10, per="birthday", reason="birthday")
    programme = variant()
    first = programme.tiers[0]
    first = msgspec.structs.replace(first, benefits=(*first.benefits, benefit))
    sign(director, msgspec.structs.replace(programme, tiers=(first, *programme.tiers[1:])))
    goods = add_gift(marketing)
    stocked(marketing, goods, 2, 5)
    form = PersonForm(NAME, birthday="1990-11-25", phone=PHONE)
    who = enrol(frontdesk, form=form).person_id
    post_receipt(frontdesk, person_id=who, amount_fen=100_000)
    join(frontdesk, person_id=who, benefits_explained=True)
    for row in due_gifts(clinic.db, TODAY):
        issue_gift(billing, grant_id=row.grant_id, gift_id=goods)
    before = clinic.db.execute_sql("SELECT reason, quantity FROM gift_issue").fetchall()
    assert ("birthday", 1) in before
    finished(member_admin, who)
    gone_for_good(member_admin, who)
    assert clinic.db.execute_sql("SELECT reason, quantity FROM gift_issue").fetchall() == before
    assert verify(clinic).good
