"""What everybody in the waiting room may read (front-desk.md 4.2)."""

from services.desk.visits import change_visit, check_in, today_board
from services.desk.waiting_list import waiting_list
from tests.conftest import TODAY
from tests.desk_world import doctor, member, person


def screen(clinic):
    return waiting_list(today_board(clinic.db, TODAY, clinic.clock.now_utc()))


def test_surnames_places_and_where_to(clinic, frontdesk):
    who = [
        person(frontdesk, "M1", name="王小明"),
        person(frontdesk, "M2", name="欧阳静怡"),
        person(frontdesk, "M3", name="李雷"),
        member(frontdesk, "M4", name="赵国强", rank=4),
        person(frontdesk, "M5", name="周到"),
    ]
    visits = [
        check_in(
            frontdesk,
            person_id=each,
            doctor_id=doctor(frontdesk, "陈医生") if number == 1 else None,
            room="VIP诊室" if number == 3 else "",
        ).visit_id
        for number, each in enumerate(who)
    ]
    for number in (1, 2, 3):
        change_visit(frontdesk, visit_id=visits[number], to_state="called")
    change_visit(frontdesk, visit_id=visits[4], to_state="in_treatment")
    found = screen(clinic)
    assert {(each.name, each.where) for each in found.called} == {
        ("赵**", "请到VIP诊室"),
        ("欧阳**", "请到陈医生处"),
        ("李*", "请到前台"),
    }
    assert found.called[0].name == "赵**"  # the order of the board
    assert [(each.place, each.name) for each in found.waiting] == [(1, "王**")]


def test_nothing_of_tier_or_treatment_is_on_it(clinic, frontdesk):
    check_in(
        frontdesk, person_id=member(frontdesk, "M4", name="赵国强", rank=4), room="VIP诊室",
        item="种植", note="轮椅",
    )  # fmt: skip
    words = repr(screen(clinic))
    for secret in ("国强", "钻石", "种植", "轮椅", "M4"):
        assert secret not in words
