"""Verify finds offers to people who had said no, and what was written past the commands."""

import pytest

from models.followup import FollowupTask, Mailing, MailingPerson
from models.people import Consent
from services.people.merging import merge_people, unmerge_people
from services.verify.run import verify
from tests.desk_world import consent
from tests.gift_world import in_command
from tests.services.outreach.letter_world import post, reader, task


def faults(clinic):
    return {f.code: f.count for f in verify(clinic).faults if f.code.startswith("mailing")}


def insert(session, *people, **values):
    def body(tx):
        plain = {
            "kind": "letter",
            "title": "信",
            "marketing": 1,
            "clear": 1,
            "number": f"X{tx.seq}",
        }
        made = tx.db.insert(
            Mailing,
            **{**plain, **values},
            occurred_on=tx.today,
            staff_id=tx.actor.id,
            seq=tx.seq,
        )
        for who in people:
            tx.db.insert(MailingPerson, mailing_id=made, person_id=who)

    in_command(session, body)


def test_an_offer_to_somebody_who_had_said_no_is_found(clinic, frontdesk, member_admin):
    fine = reader(frontdesk, "M1")
    post(frontdesk, fine)
    consent(frontdesk, fine, False)  # said afterwards
    assert faults(clinic) == {}
    insert(frontdesk, fine)
    assert faults(clinic) == {"mailing.refused": 1, "mailing.people": 1}


def test_e62_whose_word_counted_then_is_asked(clinic, frontdesk, member_admin):
    first, second = reader(frontdesk, "M1", word=None), reader(frontdesk, "M2")
    merge_people(member_admin, survivor_id=first, merged_id=second)
    post(frontdesk, first)
    unmerge_people(member_admin, merged_id=second)
    assert faults(clinic) == {}
    insert(frontdesk, first)
    assert faults(clinic)["mailing.refused"] == 1


@pytest.mark.parametrize(
    "values",
    [
        {"kind": "numbers", "marketing": 0},
        {"kind": "numbers", "marketing": 0, "reason": "发", "approved_by": 2},
        {"marketing": 0, "approved_by": 1},
    ],
)
def test_numbers_in_full_need_the_second_person_on_record(clinic, frontdesk, values):
    insert(frontdesk, reader(frontdesk, "M1"), **values)
    assert faults(clinic)["mailing.release"] == 1


def test_what_a_mailing_answered_is_a_task_of_its_people(clinic, frontdesk):
    who = reader(frontdesk, "M1")
    task_id = task(frontdesk, who)
    post(frontdesk, who, marketing=False, task_ids=(task_id,))
    assert faults(clinic) == {}
    in_command(frontdesk, lambda tx: tx.db.write(FollowupTask.update(state="open")))
    assert faults(clinic) == {"mailing.answered": 1}
    assert clinic.db.rows(Consent.select(Consent.id))
