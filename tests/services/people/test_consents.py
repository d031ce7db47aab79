"""Consents and wishes: a no is kept with what it ends (消法 29 条, 个保法 15 条)."""

import pytest

from models.activities import Activity, ActivityPlace
from models.people import Person
from services.desk.strip import member_strip
from services.errors import RuleError
from services.followups.calls import log_call
from services.people.consents import (
    CONTACT_BY,
    Wishes,
    channel_title,
    mark_reviewed,
    set_consent,
    set_contact,
    wishes_of,
    wishes_words,
)
from services.people.contact import contactable, left_out_words, may_contact
from services.people.merging import merge_people, unmerge_people
from tests.conftest import TODAY
from tests.desk_world import change, consent, person, tasks
from tests.gift_world import in_command
from tests.services.outreach.letter_world import task


def invited(session, *people, state="invited"):
    def setup(tx):
        activity = tx.db.insert(
            Activity,
            number=f"H{tx.seq}",
            name="讲座",
            kind="lecture",
            state="open",
            day=TODAY,
            staff_id=tx.actor.id,
            seq=tx.seq,
        )
        for who in people:
            tx.db.insert(
                ActivityPlace,
                activity_id=activity,
                person_id=who,
                state=state,
                staff_id=tx.actor.id,
                seq=tx.seq,
            )

    in_command(session, setup)


def places(session):
    return [
        row[0]
        for row in session.db.rows(
            ActivityPlace.select(ActivityPlace.state).order_by(ActivityPlace.id)
        )
    ]


def states(session, *people):
    return [row[3] for who in people for row in tasks(session, who)]


def test_a_no_ends_offers_and_invitations_but_no_service(frontdesk):
    who, other = person(frontdesk, "M1"), person(frontdesk, "M2")
    invited(frontdesk, who, other)
    invited(frontdesk, who, state="signed_up")
    for marketing in (1, 0):
        task(frontdesk, who, marketing=marketing)
    task(frontdesk, other, marketing=1)
    set_consent(frontdesk, person_id=who, item="marketing", granted=True)
    assert states(frontdesk, who) == ["open", "open"]
    done = set_consent(frontdesk, person_id=who, item="marketing", granted=False)
    assert [kind.value for kind in done.changes.kinds] == ["person", "followup"]
    assert states(frontdesk, who, other) == ["given_up", "open", "open"]
    assert places(frontdesk) == ["withdrawn", "invited", "signed_up"]
    # a later yes does not revive what ended
    set_consent(frontdesk, person_id=who, item="marketing", granted=True)
    assert states(frontdesk, who) == ["given_up", "open"]
    with pytest.raises(RuleError, match="没有这个同意项"):
        set_consent(frontdesk, person_id=who, item="all", granted=True)


def test_a_refused_call_is_a_no(frontdesk):
    who = person(frontdesk, "M1")
    invited(frontdesk, who)
    call = task(frontdesk, who, channel="phone")
    task(frontdesk, who, marketing=1, due_on="2026-12-24")
    log_call(frontdesk, person_id=who, task_ids=(call,), outcome="refused")
    assert not may_contact(frontdesk.db, who, "no_objection")
    assert "open" not in states(frontdesk, who)
    assert places(frontdesk) == ["withdrawn"]


def test_how_somebody_wants_to_be_reached_is_kept_and_told(clinic, frontdesk):
    who = person(frontdesk, "M1")
    task(frontdesk, who, marketing=1)
    done = set_contact(frontdesk, person_id=who, by="sms", note=" 下午三点\n后再打 ", quiet=False)
    assert [kind.value for kind in done.changes.kinds] == ["person"]
    assert states(frontdesk, who) == ["open"]
    assert wishes_of(clinic.db, who) == Wishes("sms", "下午三点 后再打", False, None)
    assert wishes_words(wishes_of(clinic.db, who)) == "希望用短信联系，下午三点 后再打"
    assert "免打扰" not in member_strip(clinic.db, TODAY, who).alerts
    set_contact(frontdesk, person_id=who, by="", note="", quiet=True)
    assert states(frontdesk, who) == ["given_up"]
    assert wishes_words(wishes_of(clinic.db, who)) == "免打扰"
    assert member_strip(clinic.db, TODAY, who).alerts[0] == "免打扰"
    assert wishes_words(Wishes()) == ""
    assert [channel_title(way) for way in CONTACT_BY] == ["方式不限", "电话", "短信", "信函"]


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"by": "fax"}, "请选电话"),
        ({"note": "好" * 61}, "最多 60 个字"),
        ({"person_id": 99}, "没有找到这个人"),
    ],
)
def test_wishes_that_cannot_be_kept(frontdesk, values, sentence):
    who = person(frontdesk, "M1")
    with pytest.raises(RuleError, match=sentence):
        set_contact(frontdesk, **{"person_id": who, "by": "", "note": "", "quiet": False, **values})


def test_r151_a_record_is_gone_through(clinic, frontdesk, marketing):
    who = person(frontdesk, "M1")
    mark_reviewed(frontdesk, person_id=who)
    assert wishes_of(clinic.db, who).reviewed_on == TODAY
    with pytest.raises(RuleError, match="没有这项权限"):
        mark_reviewed(marketing, person_id=who)
    with pytest.raises(RuleError, match="没有找到这个人"):
        mark_reviewed(frontdesk, person_id=99)


def test_e62_what_either_record_said_holds_for_both(clinic, frontdesk, member_admin):
    first, second = person(frontdesk, "M1"), person(frontdesk, "M2")
    change(frontdesk, second, quiet=1, contact_note="别打电话", contact_by="letter")
    invited(frontdesk, first)
    task(frontdesk, first, marketing=1)
    task(frontdesk, second, marketing=0)
    merge_people(member_admin, survivor_id=first, merged_id=second)
    assert states(frontdesk, first) == ["given_up", "open"]
    assert places(frontdesk) == ["withdrawn"]
    assert wishes_of(clinic.db, first) == Wishes("letter", "别打电话", True, None)
    assert not may_contact(clinic.db, second, "no_objection")
    unmerge_people(member_admin, merged_id=second)
    assert states(frontdesk, first, second) == ["open", "open"]
    assert may_contact(clinic.db, first, "no_objection")
    # a word for the survivor replaces what any of the records said
    merge_people(member_admin, survivor_id=first, merged_id=second)
    set_contact(frontdesk, person_id=first, by="", note="", quiet=False)
    assert wishes_of(clinic.db, first) == Wishes()
    assert clinic.db.scalar(Person.select(Person.quiet).where(Person.id == second)) == 0


def test_e62_parting_brings_no_offer_back_to_whoever_said_no_meanwhile(frontdesk, member_admin):
    first, second = person(frontdesk, "M1"), person(frontdesk, "M2")
    consent(frontdesk, second, False)
    task(frontdesk, first, marketing=1)
    merge_people(member_admin, survivor_id=first, merged_id=second)
    set_consent(frontdesk, person_id=first, item="marketing", granted=False)
    unmerge_people(member_admin, merged_id=second)
    assert states(frontdesk, first) == ["given_up"]


def test_the_gate_tells_why(clinic, frontdesk):
    yes, no, never = (person(frontdesk, f"M{n}") for n in range(3))
    consent(frontdesk, yes, True)
    consent(frontdesk, no, False)
    quiet = person(frontdesk, "M5", quiet=1)
    gone = person(frontdesk, "M6", state="erased")
    people = (yes, no, never, quiet, gone, yes)
    assert contactable(clinic.db, people, "service").people == (yes, no, never, quiet)
    assert contactable(clinic.db, people, "no_objection").people == (yes, never)
    found = contactable(clinic.db, people, "consent")
    assert (found.people, found.left_out) == ((yes,), 4)
    assert left_out_words(found) == (
        "1 位拒绝营销联系、1 位没有同意过、1 位设了免打扰、1 位资料已停用"
    )
    assert left_out_words(contactable(clinic.db, (yes,), "consent")) == ""
