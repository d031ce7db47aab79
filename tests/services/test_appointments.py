"""Appointments: by telephone for people on record and for new names, confirmed, come to or not."""

import msgspec
import pytest

from models.errors import ConstraintFault
from models.people import Person
from models.reception import Appointment
from models.schemes import Referral
from models.system import Audit
from services.changes import Kind
from services.clock import local_text
from services.desk import daily
from services.desk.appointment_list import (
    appointments_of,
    booking,
    booking_of_today,
    count_unconfirmed,
    foresee,
)
from services.desk.appointments import (
    appointment_title,
    arrive,
    book,
    cancel,
    change,
    confirm,
    known_as,
    no_show,
    outcome_title,
    reopen,
    reveal_phone,
)
from services.desk.visit_board import day_board, today_board
from services.desk.visits import check_in
from services.errors import Confirmable, RuleError
from services.people.merging import merge_people
from services.programmes.registry import main_timeline
from services.setup import change_settings
from services.verify import verify
from tests.conftest import TODAY
from tests.desk_world import doctor, member, person, visit_values
from tests.gift_world import in_command
from tests.money_world import sign, variant

TOMORROW = "2026-11-21"
PHONE = "13812345678"


@pytest.fixture(autouse=True)
def _nothing_is_wrong_afterwards(clinic):
    yield
    assert [fault.code for fault in verify(clinic).faults if fault.code != "search.missing"] == []


def rows(clinic, day=TODAY):
    return appointments_of(clinic.db, day, clinic.clock.now_utc())


def booked(session, **values):
    given = {"day": TODAY, "at": "10:00", **values}
    if "person_id" not in given and "name" not in given:
        given |= {"name": "孙朋友", "phone": PHONE}
    return book(session, **given).appointment_id


def head(clinic, appointment_id):
    return booking(clinic.db, appointment_id)


# -- booking ---------------------------------------------------------------------------------


def test_r098_an_appointment_is_a_line_of_the_day(clinic, frontdesk):
    own = doctor(frontdesk)
    patient = member(frontdesk, "M1", "赵国强", rank=3, sex="M", phone=PHONE)
    made = book(
        frontdesk, day=TOMORROW, at="930", person_id=patient, doctor_id=own, item=" 洁牙 ",
        note=" 怕疼 ",
    )  # fmt: skip
    assert made.changes.kinds == (Kind.VISIT,)
    (row,) = rows(clinic, TOMORROW)
    assert (row.at, row.name, row.title, row.doctor_name) == ("09:30", "赵国强", "先生", "陈医生")
    assert (row.phone_masked, row.item, row.note) == ("138****5678", "洁牙", "怕疼")
    assert (row.tier_name, row.tell_doctor, row.escort, row.open) == (
        "VIP会员", True, "带领至二楼", True,
    )  # fmt: skip
    assert rows(clinic) == []


def test_somebody_new_has_a_name_and_a_masked_phone(clinic, frontdesk):
    booked(frontdesk, name=" 孙 朋友 ", phone="138 1234 5678")
    (row,) = rows(clinic)
    assert (row.person_id, row.number, row.name, row.phone_masked) == (
        None, "", "孙 朋友", "138****5678",
    )  # fmt: skip
    assert (row.tier_name, row.tell_doctor, row.lent_by) == ("", False, "")


def test_a_name_and_phone_on_record_are_that_person(clinic, frontdesk):
    patient = person(frontdesk, "M1", "孙朋友", phone=PHONE)
    assert known_as(clinic.db, "孙朋友", PHONE) == patient
    assert known_as(clinic.db, "孙朋友", "") is None
    assert book(frontdesk, day=TODAY, at="9", name="孙朋友", phone=PHONE).person_id == patient
    person(frontdesk, "M2", "孙朋友", phone=PHONE)
    assert known_as(clinic.db, "孙朋友", PHONE) is None  # two of them: the desk has to say which


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"day": "2026-11-19"}, "已经过去"),
        ({"day": "11-21"}, "已经过去"),
        ({"day": "2028-01-01"}, "一年以后"),
        ({"at": "25"}, "时间写成"),
        ({"name": " ", "phone": PHONE}, "请填写姓名"),
        ({"name": "孙朋友"}, "请留电话"),
        ({"name": "孙朋友", "phone": "没有"}, "请留电话"),
        ({"person_id": 99}, "没有找到这位顾客"),
        ({"doctor_id": 99}, "没有这位医生"),
        ({"introduced_by_id": 99}, "介绍人须是另一位"),
    ],
)
def test_what_cannot_be_booked_is_refused(clinic, frontdesk, values, sentence):
    with pytest.raises(RuleError, match=sentence):
        booked(frontdesk, **values)
    assert rows(clinic) == []


def test_nobody_introduces_themselves(frontdesk):
    patient = person(frontdesk, "M1")
    with pytest.raises(RuleError, match="介绍人须是另一位"):
        booked(frontdesk, person_id=patient, introduced_by_id=patient)


def test_marketing_books_nothing(marketing):
    with pytest.raises(RuleError, match="没有这项权限"):
        booked(marketing)


# -- what it means ---------------------------------------------------------------------------


def seen(clinic, **values):
    given = {"day": TODAY, "at": "10:00", "person_id": None, "doctor_id": None}
    return foresee(
        clinic.db, clinic.clock.now_utc(), **{**given, "introduced_by_id": None, **values}
    )


def test_r129_the_friend_of_a_vip_is_told_to_the_doctor(clinic, frontdesk):
    vip = member(frontdesk, "M1", "赵贵宾", rank=3)
    booked(frontdesk, introduced_by_id=vip)
    (row,) = rows(clinic)
    assert (row.introduced_by, row.lent_by, row.tier_name, row.tell_doctor) == (
        "赵贵宾", "赵贵宾", "VIP会员", True,
    )  # fmt: skip
    before = seen(clinic, introduced_by_id=vip)
    assert (before.tier_name, before.lent_by, before.escort, before.tell_doctor) == (
        "VIP会员", "赵贵宾", "带领至二楼", True,
    )  # fmt: skip


def test_r129_a_member_of_the_first_tier_lends_nothing(clinic, frontdesk):
    plain = member(frontdesk, "M1", rank=1)
    booked(frontdesk, introduced_by_id=plain)
    (row,) = rows(clinic)
    assert (row.introduced_by, row.tell_doctor) == ("王小明", False)
    assert not seen(clinic, person_id=plain, introduced_by_id=plain).lent_by


def test_r019_a_tier_may_have_a_longer_time(clinic, frontdesk, director):
    programme = variant()
    top = programme.tiers[-1]
    care = msgspec.structs.replace(top.reception, extra_minutes=15)
    tiers = (*programme.tiers[:-1], msgspec.structs.replace(top, reception=care))
    sign(director, msgspec.structs.replace(programme, tiers=tiers))
    best = member(frontdesk, "M1", rank=main_timeline(clinic.db).at(TODAY).programme.tiers[-1].rank)
    own = doctor(frontdesk)
    booked(frontdesk, at="10:00", person_id=best, doctor_id=own)
    (row,) = rows(clinic)
    assert row.extra_minutes == 15
    assert seen(clinic, person_id=best).extra_minutes == 15
    assert seen(clinic, at="10:44", doctor_id=own).clashes == ("10:00 王小明",)
    assert seen(clinic, at="10:45", doctor_id=own).clashes == ()


def test_r098_the_same_time_of_a_doctor_is_warned_of_and_not_refused(clinic, frontdesk, director):
    own, other = doctor(frontdesk), doctor(frontdesk, "林医生")
    booked(frontdesk, at="10:00", name="李雷", phone=PHONE, doctor_id=own)
    booked(frontdesk, at="10:20", name="韩梅", phone=PHONE, doctor_id=own)
    booked(frontdesk, at="10:20", name="别人", phone=PHONE, doctor_id=other)
    booked(frontdesk, at="10:20", name="没定", phone=PHONE)
    assert [row.clashes for row in rows(clinic)] == [("10:20 韩梅",), ("10:00 李雷",), (), ()]
    assert seen(clinic, at="09:45", doctor_id=own).clashes == ("10:00 李雷",)
    assert seen(clinic, at="09:30", doctor_id=own).clashes == ()
    assert seen(clinic, at="10:50", doctor_id=own).clashes == ()
    assert seen(clinic, at="10:00").clashes == ()
    change_settings(director, appointment_minutes=15)
    assert [row.clashes for row in rows(clinic)] == [(), (), (), ()]
    with pytest.raises(RuleError, match="5 至 240 分钟"):
        change_settings(director, appointment_minutes=0)


def test_somebody_who_is_down_already_that_day_is_said(clinic, frontdesk):
    patient = person(frontdesk, "M1", "王芳")
    first = booked(frontdesk, at="9", person_id=patient)
    assert seen(clinic, person_id=patient).same_day == ("09:00 王芳",)
    assert seen(clinic, person_id=patient, appointment_id=first).same_day == ()
    cancel(frontdesk, appointment_id=first, reason="出差")
    assert seen(clinic, person_id=patient).same_day == ()


# -- changing, cancelling, confirming --------------------------------------------------------


def test_another_time_has_to_be_confirmed_anew(clinic, frontdesk):
    made = booked(frontdesk, day=TOMORROW)
    confirm(frontdesk, appointment_id=made, outcome="yes")
    words = {"name": "孙朋友", "appointment_id": made}
    change(frontdesk, **words, day=TOMORROW, at="10:00", note="带片子")
    assert (head(clinic, made).confirmed, head(clinic, made).phone) == ("yes", PHONE)
    change(frontdesk, **words, day=TOMORROW, at="11", phone="13900001111")
    found = head(clinic, made)
    assert (found.at, found.phone, found.confirmed, found.confirmed_on) == (
        "11:00", "13900001111", "", None,
    )  # fmt: skip


@pytest.mark.parametrize("outcome", ["yes", "no_answer", "wants_change"])
def test_r096_tomorrows_list_is_called_today(clinic, frontdesk, outcome):
    made = booked(frontdesk, day=TOMORROW)
    assert count_unconfirmed(clinic.db, TOMORROW) == 1
    confirm(frontdesk, appointment_id=made, outcome=outcome)
    (row,) = rows(clinic, TOMORROW)
    assert (row.confirmed, row.confirmed_on) == (outcome, TODAY)
    assert count_unconfirmed(clinic.db, TOMORROW) == int(outcome == "no_answer")
    assert outcome_title(outcome) != outcome_title("")


def test_an_outcome_that_does_not_exist_is_refused(frontdesk):
    with pytest.raises(RuleError, match="能来、没接通或要改期"):
        confirm(frontdesk, appointment_id=booked(frontdesk), outcome="perhaps")


def test_cancelling_asks_why_and_keeps_it_in_the_note(clinic, frontdesk):
    made = booked(frontdesk, note="怕疼")
    with pytest.raises(RuleError, match="为什么取消"):
        cancel(frontdesk, appointment_id=made, reason=" ")
    cancel(frontdesk, appointment_id=made, reason="出差")
    assert (head(clinic, made).state, head(clinic, made).note) == ("cancelled", "怕疼 · 取消：出差")
    with pytest.raises(RuleError, match="已取消，不能再改"):
        cancel(frontdesk, appointment_id=made, reason="又")


def test_a_cancelled_one_may_be_taken_up_again_until_the_day_is_over(clinic, frontdesk, clock):
    made = booked(frontdesk)
    with pytest.raises(RuleError, match="不用恢复"):
        reopen(frontdesk, appointment_id=made)
    no_show(frontdesk, appointment_id=made)
    reopen(frontdesk, appointment_id=made)
    assert head(clinic, made).state == "booked"
    cancel(frontdesk, appointment_id=made, reason="出差")
    reopen(frontdesk, appointment_id=made)
    no_show(frontdesk, appointment_id=made)
    clock.day = TOMORROW
    with pytest.raises(RuleError, match="另约一次"):
        reopen(frontdesk, appointment_id=made)


def test_nobody_is_missing_before_the_day(frontdesk):
    with pytest.raises(RuleError, match="还没到预约的日子"):
        no_show(frontdesk, appointment_id=booked(frontdesk, day=TOMORROW))


STATES = ("booked", "arrived", "no_show", "cancelled")
VERBS = {
    "change": lambda s, i: change(s, appointment_id=i, day=TODAY, at="11", name="孙朋友"),
    "cancel": lambda s, i: cancel(s, appointment_id=i, reason="出差"),
    "confirm": lambda s, i: confirm(s, appointment_id=i, outcome="yes"),
    "arrive": lambda s, i: arrive(s, appointment_id=i),
    "no_show": lambda s, i: no_show(s, appointment_id=i),
    "reopen": lambda s, i: reopen(s, appointment_id=i),
}
ALLOWED = {
    ("booked", "change"): "booked",
    ("booked", "cancel"): "cancelled",
    ("booked", "confirm"): "booked",
    ("booked", "arrive"): "arrived",
    ("booked", "no_show"): "no_show",
    ("no_show", "arrive"): "arrived",
    ("no_show", "reopen"): "booked",
    ("cancelled", "reopen"): "booked",
}


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("state", STATES)
def test_every_state_and_verb_is_walked(clinic, frontdesk, state, verb):
    made = booked(frontdesk)
    if state != "booked":
        VERBS[{"arrived": "arrive", "cancelled": "cancel"}.get(state, state)](frontdesk, made)
    assert head(clinic, made).state == state
    if (state, verb) in ALLOWED:
        VERBS[verb](frontdesk, made)
        assert head(clinic, made).state == ALLOWED[state, verb]
    else:
        with pytest.raises(RuleError):
            VERBS[verb](frontdesk, made)
        assert head(clinic, made).state == state


def test_every_state_has_a_title():
    assert len({appointment_title(state) for state in STATES}) == 4


@pytest.mark.parametrize("verb", VERBS)
def test_an_appointment_that_does_not_exist_is_refused(frontdesk, verb):
    with pytest.raises(RuleError, match="没有找到这个预约"):
        VERBS[verb](frontdesk, 99)


# -- arriving --------------------------------------------------------------------------------


def test_r128_the_friend_of_a_vip_arrives_as_a_person_received_like_the_vip(clinic, frontdesk):
    own = doctor(frontdesk)
    vip = member(frontdesk, "M1", "赵贵宾", rank=3)
    made = booked(frontdesk, introduced_by_id=vip, doctor_id=own, item="种植咨询", note="VIP 介绍")
    done = arrive(frontdesk, appointment_id=made, escort="李前台")
    assert (done.reception_rank, done.first_visit) == (3, True)
    row = visit_values(frontdesk, done.visit_id)
    assert (row.doctor_id, row.item, row.note, row.brought_by_id) == (
        own,
        "种植咨询",
        "VIP 介绍",
        vip,
    )
    found = head(clinic, made)
    assert (found.state, found.visit_id) == ("arrived", done.visit_id)
    columns = (Person.name, Person.phone, Person.doctor_id)
    query = Person.select(*columns).where(Person.id == found.person_id)
    assert clinic.db.row(query) == ("孙朋友", PHONE, None)
    referral = Referral.select(Referral.referrer_id, Referral.newcomer_id, Referral.state)
    assert clinic.db.rows(referral) == [(vip, found.person_id, "recorded")]
    (shown,) = today_board(clinic.db, TODAY, clinic.clock.now_utc())
    assert (shown.booked_at, shown.item, shown.brought_by) == ("10:00", "种植咨询", "赵贵宾")


def test_what_is_said_at_the_desk_goes_before_what_was_booked(frontdesk, clinic):
    one, other = doctor(frontdesk), doctor(frontdesk, "林医生")
    made = booked(frontdesk, person_id=person(frontdesk, "M1"), doctor_id=one, item="洁牙")
    done = arrive(frontdesk, appointment_id=made, doctor_id=other, item="补牙", note="改补牙")
    row = visit_values(frontdesk, done.visit_id)
    assert (row.doctor_id, row.item, row.note) == (other, "补牙", "改补牙")


def test_a_new_name_whose_record_was_made_meanwhile_is_that_person(clinic, frontdesk):
    made = booked(frontdesk)
    patient = person(frontdesk, "M1", "孙朋友", phone=PHONE)
    arrive(frontdesk, appointment_id=made)
    assert head(clinic, made).person_id == patient


def test_a_new_name_that_may_be_somebody_else_is_asked(clinic, frontdesk):
    made = booked(frontdesk)
    for number in ("M1", "M2"):
        person(frontdesk, number, "孙朋友", phone=PHONE)
    with pytest.raises(Confirmable) as asked:
        arrive(frontdesk, appointment_id=made)
    assert asked.value.code == "possible_duplicate"
    assert head(clinic, made).state == "booked"


def test_only_todays_appointment_is_arrived_at(frontdesk):
    made = booked(frontdesk, day=TOMORROW)
    with pytest.raises(RuleError, match="不是今天的"):
        arrive(frontdesk, appointment_id=made)


def test_f4_finds_the_appointment_by_itself(clinic, frontdesk):
    own = doctor(frontdesk)
    patient = person(frontdesk, "M1")
    late = booked(frontdesk, at="8", person_id=patient)
    no_show(frontdesk, appointment_id=late)
    early = booked(frontdesk, at="11", person_id=patient)
    made = booked(frontdesk, at="10", person_id=patient, doctor_id=own, item="洁牙")
    assert booking_of_today(clinic.db, TODAY, patient).id == made
    done = check_in(frontdesk, person_id=patient)
    assert head(clinic, made).visit_id == done.visit_id
    assert visit_values(frontdesk, done.visit_id).item == "洁牙"
    assert head(clinic, early).state == "booked"
    with pytest.raises(Confirmable):
        arrive(frontdesk, appointment_id=early)


def test_a_bringer_who_became_the_person_lends_nothing(clinic, frontdesk, member_admin):
    one = member(frontdesk, "M1", "王芳", rank=3)
    other = person(frontdesk, "M2", "王芳")
    made = booked(frontdesk, person_id=other, introduced_by_id=one)
    merge_people(member_admin, survivor_id=one, merged_id=other)
    (row,) = rows(clinic)
    assert (row.person_id, row.number, row.tier_name) == (one, "M1", "VIP会员")
    done = arrive(frontdesk, appointment_id=made)
    assert visit_values(frontdesk, done.visit_id).person_id == one
    assert visit_values(frontdesk, done.visit_id).brought_by_id is None
    assert head(clinic, made).person_id == one  # parted, the visit stays with the one who came


# -- the day goes by -------------------------------------------------------------------------


def test_who_is_late_is_said_in_minutes(clinic, frontdesk, clock):
    booked(frontdesk, at="9:10")
    clock.time = "09:00:00"
    assert rows(clinic)[0].late_minutes is None
    booked(frontdesk, at="上午0点", name="早约", phone="13900001111")
    hours, minutes = local_text(clock.now_utc())[11:].split(":")
    assert rows(clinic)[0].late_minutes == int(hours) * 60 + int(minutes)
    assert rows(clinic, TOMORROW) == []


def test_a_missed_appointment_stays_at_the_end_of_the_board(clinic, frontdesk):
    made = booked(frontdesk)
    no_show(frontdesk, appointment_id=made)
    (row,) = day_board(clinic.db, TODAY, clinic.clock.now_utc())
    assert (row.state, row.open, row.late_minutes) == ("no_show", False, None)
    assert arrive(frontdesk, appointment_id=made).visit_id  # late, but here


def test_r096_days_that_passed_are_closed_by_themselves_once(clinic, frontdesk, clock, monkeypatch):
    monkeypatch.setattr(daily, "ROWS", 1)
    old = [booked(frontdesk, at=f"{n}") for n in (9, 10, 11)]
    ahead = booked(frontdesk, day="2026-11-25")
    daily.catch_up(frontdesk)
    assert head(clinic, old[0]).state == "booked"
    clock.day = "2026-11-23"
    done = daily.catch_up(frontdesk, batch=2)
    assert Kind.VISIT in done.changes.kinds
    assert {head(clinic, each).state for each in old} == {"no_show"}
    assert head(clinic, ahead).state == "booked"
    clock.day = "2026-11-24"
    assert Kind.VISIT not in daily.catch_up(frontdesk).changes.kinds
    assert head(clinic, ahead).state == "booked"


# -- phones ----------------------------------------------------------------------------------


def test_the_number_is_read_with_a_trace(clinic, frontdesk):
    made = booked(frontdesk)
    known = booked(frontdesk, person_id=person(frontdesk, "M1", phone="13900001111"))
    assert reveal_phone(frontdesk, appointment_id=made) == PHONE
    assert reveal_phone(frontdesk, appointment_id=known) == "13900001111"
    query = Audit.select(Audit.action).order_by(Audit.seq.desc()).limit(2)
    assert clinic.db.rows(query) == [("person.reveal",), ("appointment.reveal",)]
    with pytest.raises(RuleError, match="没有找到这个预约"):
        reveal_phone(frontdesk, appointment_id=99)


def test_no_name_or_phone_stands_in_the_audit(clinic, frontdesk):
    booked(frontdesk)
    detail, result = clinic.db.row(
        Audit.select(Audit.detail, Audit.result).order_by(Audit.seq.desc()).limit(1)
    )
    assert "孙" not in detail + result
    assert PHONE not in detail + result


def test_an_appointment_is_never_deleted(clinic, frontdesk):
    booked(frontdesk)
    with pytest.raises(ConstraintFault):
        in_command(frontdesk, lambda tx: tx.db.write(Appointment.delete()))


def test_r128_what_the_desk_took_off_the_card_does_not_come_back_from_the_booking(
    clinic, frontdesk
):
    vip = member(frontdesk, "M8", rank=3)
    appointment = booked(frontdesk, introduced_by_id=vip, note="靠窗")
    arrive(frontdesk, appointment_id=appointment, as_booked=False)
    (row,) = today_board(clinic.db, TODAY, f"{TODAY}T09:00:00Z")
    assert (row.reception_rank, row.brought_by, row.note) == (0, "", "")
