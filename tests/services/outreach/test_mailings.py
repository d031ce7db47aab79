"""Mailings: on record first, to those who may be written to, and to nobody else (R037, R146)."""

import uuid

import pytest

from models.activities import Activity
from models.followup import FollowupAttempt, FollowupTask, Mailing, MailingPerson
from models.groups import CustomerGroup
from models.system import Audit
from services.errors import Confirmable, RuleError
from services.outreach.audience import MOST, audience_of, left_out_lines
from services.outreach.mailings import (
    mailing,
    mailing_to_make,
    mailings,
    mailings_to,
    people_of_mailing,
    send,
)
from services.outreach.preview import foresee, readers_of, sample, sent_to, texts_for
from services.outreach.waiting import subjects_of, waiting
from services.people.consents import set_contact
from services.people.merging import merge_people
from services.reports.clear_text import APPROVAL
from services.staff import approve
from services.verify.run import verify
from tests.conftest import PIN, STAFF, TODAY
from tests.desk_world import change, consent
from tests.gift_world import in_command
from tests.services.outreach.letter_world import TEXT, post, reader, task


@pytest.fixture(autouse=True)
def _nothing_is_wrong_afterwards(clinic):
    yield
    assert [f.code for f in verify(clinic).faults if f.code.startswith("mailing")] == []


def release(clinic, name="member_admin"):
    return approve(clinic, STAFF[name], PIN, APPROVAL)


def numbers(session, *people, **values):
    return post(session, *people, **{"kind": "numbers", **values})


# -- who is written to -------------------------------------------------------------------------


def test_r046_an_offer_goes_to_those_who_agreed_and_says_who_is_left_out(clinic, frontdesk):
    fine = reader(frontdesk, "M1")
    refused = reader(frontdesk, "M2", word=False)
    unasked = reader(frontdesk, "M3", word=None)
    quiet = reader(frontdesk, "M4", quiet=1)
    nowhere = reader(frontdesk, "M5", address="")
    by_phone = reader(frontdesk, "M6", contact_by="phone")
    people = (fine, refused, unasked, quiet, nowhere, by_phone, fine, 999)
    found = audience_of(clinic.db, people, "letter", marketing=True)
    assert (found.people, found.left_out) == ((fine,), 6)
    assert left_out_lines(found, "letter") == (
        "1 位拒绝营销联系、1 位没有同意过、1 位设了免打扰、1 位资料已停用、"
        "1 位没有住址、1 位希望用别的方式联系"
    )
    sent = post(frontdesk, *people)
    assert (sent.people, sent.left_out, sent.answered) == (1, 6, 0)
    assert sent.number == "XH-20261120-01"
    assert people_of_mailing(clinic.db, sent.mailing_id) == [fine]
    assert (
        mailing(clinic.db, sent.mailing_id).text.splitlines()[-1]
        == "如果不想再收到这类信函，请告诉前台，我们马上停寄。"
    )


def test_r146_a_service_letter_goes_to_everybody_with_an_address(clinic, frontdesk):
    people = [
        reader(frontdesk, "M1", word=False),
        reader(frontdesk, "M2", quiet=1, contact_by="phone"),
    ]
    gone = change(frontdesk, reader(frontdesk, "M3"), state="withdrawn")
    sent = post(frontdesk, *people, gone, marketing=False)
    assert people_of_mailing(clinic.db, sent.mailing_id) == people


def test_r037_a_number_of_somebody_who_said_no_is_written_to_under_no_name(
    clinic, frontdesk, marketing
):
    child = reader(frontdesk, "M1", phone="", guardian_phone="13900139000")
    reader(frontdesk, "M2", "李四", word=False, phone="13900139000")
    other = reader(frontdesk, "M3", phone="13900139001")
    nobody = reader(frontdesk, "M4", phone="")
    found = audience_of(clinic.db, (child, other, nobody), "numbers", marketing=True)
    assert (found.people, found.others_no, found.unreachable) == ((other,), 1, 1)
    assert left_out_lines(found, "numbers") == "1 位没有电话、1 位的号码属于拒绝营销联系的人"
    service = audience_of(clinic.db, (child, other), "numbers", marketing=False)
    assert service.people == (child, other)
    # the family's own number is theirs
    assert audience_of(clinic.db, (other,), "numbers", marketing=True).people == (other,)


def test_e62_merged_people_are_one_and_the_newest_word_of_either_counts(
    clinic, frontdesk, member_admin
):
    first = reader(frontdesk, "M1", phone="13800138001")
    second = reader(frontdesk, "M2", phone="13800138001", contact_by="sms")
    merge_people(member_admin, survivor_id=first, merged_id=second)
    found = audience_of(clinic.db, (second, first), "numbers", marketing=True)
    assert found.people == (first,)
    assert audience_of(clinic.db, (first,), "letter", marketing=True).elsewhere == 1
    consent(frontdesk, second, False)
    assert audience_of(clinic.db, (first,), "numbers", marketing=True).gate.refused == 1
    with pytest.raises(RuleError, match="没有可以寄的人：1 位拒绝营销联系"):
        post(frontdesk, second)


# -- sending -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"kind": "fax"}, "请选择信函"),
        ({"title": "  "}, "写这批信函的名称"),
        ({"title": "会" * 41}, "最多 40 个字"),
        ({"text": ""}, "先写正文"),
        ({"people": ()}, "还没有选人"),
    ],
)
def test_r146_what_is_missing_is_asked_for(frontdesk, values, sentence):
    person_id = reader(frontdesk, "M1")
    usual = {"kind": "letter", "title": "信", "text": TEXT, "marketing": True}
    with pytest.raises(RuleError, match=sentence):
        send(frontdesk, **{**usual, "people": (person_id,), **values})


def test_r146_posts_and_measures(clinic, frontdesk, billing, marketing, monkeypatch):
    one, two = reader(frontdesk, "M1"), reader(frontdesk, "M2")
    with pytest.raises(RuleError, match="没有这项权限。请由前台"):
        post(marketing, one)
    with pytest.raises(RuleError, match="没有这项权限。请由收费"):
        numbers(frontdesk, one)
    with pytest.raises(RuleError, match="没有这项权限。请由市场"):
        numbers(billing, one, clear=True)
    monkeypatch.setitem(MOST, "letter", 1)
    with pytest.raises(RuleError, match="一次最多 1 位，现在有 2 位。请分几批"):
        post(frontdesk, one, two)
    assert post(frontdesk, one, one).people == 1


def test_a_service_notice_that_sounds_like_an_offer_is_asked_about(frontdesk):
    person_id = reader(frontdesk, "M1", word=False)
    words = {"text": "洁牙优惠，{姓氏}{称谓}请来。", "marketing": False}
    with pytest.raises(Confirmable, match="文字里有“优惠”") as asked:
        post(frontdesk, person_id, **words)
    assert asked.value.code == "is_no_offer"
    assert post(frontdesk.confirming("is_no_offer"), person_id, **words).people == 1


def test_r037_numbers_in_full_take_a_reason_and_a_second_person(
    clinic, frontdesk, member_admin, marketing
):
    person_id = reader(frontdesk, "M1")
    with pytest.raises(RuleError, match="为什么要导出明文"):
        numbers(marketing, person_id, clear=True, approval=release(clinic))
    with pytest.raises(RuleError, match="另行批准"):
        numbers(marketing, person_id, clear=True, reason="发通知")
    with pytest.raises(RuleError, match="两个人"):
        numbers(member_admin, person_id, clear=True, reason="发通知", approval=release(clinic))
    sent = numbers(marketing, person_id, clear=True, reason="发通知", approval=release(clinic))
    row = clinic.db.row(
        Mailing.select(Mailing.clear, Mailing.reason, Mailing.approved_by, Mailing.staff_id)
    )
    assert row == (1, "发通知", member_admin.actor.id, marketing.actor.id)
    detail = clinic.db.scalar(Audit.select(Audit.detail).order_by(Audit.seq.desc()).limit(1))
    assert "人民路" not in detail
    assert "138" not in detail
    assert mailing(clinic.db, sent.mailing_id).clear


def test_p4_a_second_press_sends_nothing_twice(clinic, frontdesk):
    person_id = reader(frontdesk, "M1")
    once = frontdesk.once(uuid.uuid4())
    assert post(once, person_id) == post(once, person_id)
    assert len(mailings(clinic.db)) == 1


# -- tasks -------------------------------------------------------------------------------------


def test_r146_the_tasks_a_letter_was_written_for_are_done(clinic, frontdesk):
    one, two = reader(frontdesk, "M1"), reader(frontdesk, "M2", address="")
    mine, theirs = task(frontdesk, one), task(frontdesk, two)
    other = task(frontdesk, one, subject="别的事")
    call = task(frontdesk, one, channel="phone")
    sent = post(frontdesk, one, two, marketing=False, task_ids=(mine, theirs, call))
    assert sent.answered == 1
    state = dict(clinic.db.rows(FollowupTask.select(FollowupTask.id, FollowupTask.closed_as)))
    assert state == {mine: "sent", theirs: "", other: "", call: ""}
    attempt = clinic.db.row(
        FollowupAttempt.select(
            FollowupAttempt.task_id, FollowupAttempt.outcome, FollowupAttempt.channel
        )
    )
    assert attempt == (mine, "sent", "letter")
    assert clinic.db.scalar(FollowupTask.select(FollowupTask.attempts)) == 1
    # another window had the same list open
    with pytest.raises(RuleError, match="已经办过"):
        post(frontdesk, one, marketing=False, task_ids=(mine,))
    with pytest.raises(RuleError, match="没有住址"):
        post(frontdesk, one, two, marketing=False, task_ids=(mine, theirs))


def test_r146_a_letter_written_instead_of_a_text_answers_it_too(clinic, frontdesk):
    who = reader(frontdesk, "M1")
    text = task(frontdesk, who, channel="sms")
    assert post(frontdesk, who, marketing=False, task_ids=(text,)).answered == 1
    row = clinic.db.row(
        FollowupAttempt.select(FollowupAttempt.channel, FollowupAttempt.was_channel)
    )
    assert row == ("letter", "sms")


def test_r037_what_was_planned_for_the_same_activity_or_group_is_done(clinic, frontdesk):
    def setup(tx):
        group = tx.db.insert(
            CustomerGroup, name="老会员", rule="{}", staff_id=tx.actor.id, seq=tx.seq
        )
        activity = tx.db.insert(
            Activity,
            number="H1",
            name="讲座",
            kind="lecture",
            state="open",
            day=TODAY,
            staff_id=tx.actor.id,
            seq=tx.seq,
        )
        return group, activity

    group_id, activity_id = in_command(frontdesk, setup)
    person_id = reader(frontdesk, "M1")
    task(frontdesk, person_id, group_id=group_id, marketing=1)
    task(frontdesk, person_id, activity_id=activity_id, marketing=1)
    task(frontdesk, person_id)
    assert post(frontdesk, person_id, group_id=group_id).answered == 1
    assert (
        post(frontdesk, person_id, activity_id=activity_id, text="来{活动}。{地点}").answered == 1
    )
    assert [row.about for row in mailings(clinic.db)] == ["讲座", "老会员"]
    with pytest.raises(RuleError, match="没有找到这个分组"):
        post(frontdesk, person_id, group_id=9)
    with pytest.raises(RuleError, match="没有找到这次活动"):
        post(frontdesk, person_id, activity_id=9)
    in_command(frontdesk, lambda tx: tx.db.write(Activity.update(state="cancelled")))
    with pytest.raises(RuleError, match="不能再发邀请"):
        post(frontdesk, person_id, activity_id=activity_id)
    sent = post(frontdesk, person_id, activity_id=activity_id, marketing=False)
    assert mailing(clinic.db, sent.mailing_id).activity_id == activity_id


def test_r146_a_masked_list_answers_no_task_and_reaches_nobody(clinic, frontdesk, marketing):
    person_id = reader(frontdesk, "M1")
    waits = task(frontdesk, person_id, channel="sms")
    sent = numbers(marketing, person_id, task_ids=(waits,))
    assert sent.answered == 0
    assert not mailings(clinic.db)[0].clear
    clear = {"clear": True, "reason": "发通知", "approval": release(clinic)}
    assert numbers(marketing, person_id, task_ids=(waits,), **clear).answered == 1


def test_an_offer_cannot_be_called_a_service(frontdesk):
    person_id = reader(frontdesk, "M1")
    offer = task(frontdesk, person_id, marketing=1)
    with pytest.raises(RuleError, match="改选“营销”"):
        post(frontdesk, person_id, marketing=False, task_ids=(offer,))


def test_r146_what_waits_is_grouped_by_the_plan_that_asked(clinic, frontdesk):
    one, two = reader(frontdesk, "M1"), reader(frontdesk, "M2")
    refused = reader(frontdesk, "M3", word=False)
    first = task(frontdesk, one, due_on="2026-11-18", rule="birthday", subject="2026-11-18")
    second = task(frontdesk, two, rule="birthday", subject=TODAY)
    by_hand = task(frontdesk, one, channel="sms")
    task(frontdesk, two, due_on="2026-12-01")
    task(frontdesk, two, rule="unclaimed_gift", cycle="gone", subject="牙膏")
    task(frontdesk, refused, marketing=1)
    task(frontdesk, change(frontdesk, reader(frontdesk, "M4"), state="withdrawn"))
    rows = waiting(clinic.db, TODAY)
    assert [(row.channel, row.people, row.task_ids, row.since) for row in rows] == [
        ("letter", (one, two), (first, second), "2026-11-18"),
        ("sms", (one,), (by_hand,), TODAY),
    ]
    assert rows[1].name == "问复查"
    assert subjects_of(clinic.db, (second, by_hand))[one][0] == "问复查"
    assert texts_for(clinic.db, "birthday")[0].title.startswith(rows[0].name)
    assert texts_for(clinic.db, "manual")[0].key == texts_for(clinic.db, "")[0].key


def test_r146_who_cannot_be_written_to_waits_apart_with_the_reason(clinic, frontdesk):
    fine, unasked = reader(frontdesk, "M1"), reader(frontdesk, "M2", word=None)
    nowhere = reader(frontdesk, "M3", address="")
    tasks = [
        task(frontdesk, each, rule="birthday", subject=TODAY, marketing=1)
        for each in (unasked, fine, nowhere)
    ]
    alone = task(frontdesk, nowhere, subject="问复查")
    rows = waiting(clinic.db, TODAY)
    assert [(row.people, row.task_ids, row.why) for row in rows] == [
        ((fine,), (tasks[1],), ""),
        ((unasked, nowhere), (tasks[0], tasks[2]), "1 位没有同意过、1 位没有住址"),
        ((nowhere,), (alone,), "1 位没有住址"),
    ]


def test_e62_the_tasks_of_a_merged_record_are_written_to_its_survivor(
    clinic, frontdesk, member_admin
):
    survivor, merged = reader(frontdesk, "M1"), reader(frontdesk, "M2")
    merge_people(
        member_admin.confirming("two_names", "two_phones"), survivor_id=survivor, merged_id=merged
    )
    task(frontdesk, survivor)
    assert [row.why for row in waiting(clinic.db, TODAY)] == [""]


# -- the past ----------------------------------------------------------------------------------


def test_r146_what_left_is_known_by_day_number_and_people(clinic, frontdesk, billing, clock):
    one, two = reader(frontdesk, "M1"), reader(frontdesk, "M2", "赵六")
    first = post(frontdesk, one, two)
    second = post(frontdesk, two, kind="labels", text="", marketing=False)
    assert [row.number for row in mailings(clinic.db)] == [second.number, first.number]
    assert [row.title for row in mailings_to(clinic.db, (one,))] == ["会员日邀请"]
    assert [row.id for row in sent_to(clinic.db, two)] == [second.mailing_id, first.mailing_id]
    assert [row.name for row in readers_of(clinic.db, first.mailing_id)] == ["王小明", "赵六"]
    with pytest.raises(RuleError, match="没有找到这批"):
        mailing(clinic.db, 99)
    made = mailing_to_make(clinic.db, first.mailing_id, TODAY, frontdesk.actor.id)
    assert made.title == "会员日邀请"
    for day, staff in ((TODAY, billing), ("2026-11-21", frontdesk)):
        with pytest.raises(RuleError, match="再寄一次"):
            mailing_to_make(clinic.db, first.mailing_id, day, staff.actor.id)
    with pytest.raises(Exception, match="what left stays on record"):
        in_command(frontdesk, lambda tx: tx.db.write(MailingPerson.delete()))


# -- before it is sent -------------------------------------------------------------------------


def test_r146_what_somebody_reads_is_seen_before(clinic, frontdesk):
    who = reader(frontdesk, "M1", sex="M")
    seen = foresee(clinic.db, (who, 999), "letter", marketing=True)
    assert (seen.people, seen.left_out, seen.why) == ((who,), 1, "1 位资料已停用")
    letter = sample(clinic.db, TODAY, who, "letter", TEXT, marketing=False)
    assert letter.where == "人民路 1 …　王小明　先生　收"
    assert (letter.text, letter.measure, letter.doubt) == (
        "尊敬的王先生：您好！请打电话预约。",
        "17 个字",
        "",
    )
    text = sample(clinic.db, TODAY, who, "numbers", "{姓氏}{称谓}，保证好！", marketing=True)
    assert text.text == "【试验口腔】王先生，保证好！拒收请回复T"
    assert text.where == "王小明　138****1000"
    assert text.measure == "20 个字，按 1 条短信计费"
    assert "“保证”" in text.doubt
    assert sample(clinic.db, TODAY, who, "labels", "", marketing=False).measure == ""


def test_r146_quiet_ends_offers_at_once(clinic, frontdesk):
    who = reader(frontdesk, "M1")
    task(frontdesk, who, marketing=1)
    set_contact(frontdesk, person_id=who, by="", note="", quiet=True)
    assert waiting(clinic.db, TODAY) == []
    assert foresee(clinic.db, (who,), "letter", marketing=True).why == "1 位设了免打扰"
