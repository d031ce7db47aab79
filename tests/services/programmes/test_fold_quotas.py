"""Quotas by period, birthdays, carry-over, words that are waited for (E43–E54, R003, R081)."""

from __future__ import annotations

import msgspec
import pytest

from services.programmes.definition import Benefit, Birthday
from services.programmes.events import Event, Profile
from services.programmes.periods import span_within
from tests.services.programmes.fold_world import (
    DAY,
    buy,
    fold,
    line,
    open_grants,
    programme,
    service,
    spans,
    spend,
    tier,
    use,
)


def giving(*benefits: Benefit, **more):
    return programme(tier(1, spend(100), benefits=benefits), **more)


@pytest.mark.parametrize(
    ("per", "first", "second"),
    [
        ("month", ("q@2026-03", (DAY, "2026-03-31")), ("q@2026-04", ("2026-04-01", "2026-04-30"))),
        ("quarter", ("q@2026Q1", (DAY, "2026-03-31")), ("q@2026Q2", ("2026-04-01", "2026-06-30"))),
        ("half", ("q@2026H1", (DAY, "2026-06-30")), ("q@2026H2", ("2026-07-01", "2026-12-31"))),
        ("year", ("q@2026", (DAY, "2026-12-31")), ("q@2027", ("2027-01-01", "2027-12-31"))),
    ],
)
def test_e43_every_calendar_period_has_a_grant_of_its_own(per, first, second):
    rules = giving(service("q", per=per, quantity=2))
    found = fold(rules, buy(100))
    assert spans(found) == dict([first])
    found = fold(rules, buy(100), as_of=second[1][0])
    assert spans(found) == dict([first, second])
    assert (found.next_on or "") > second[1][0]


def test_c13_anniversaries_count_from_the_day_the_tier_was_reached():
    rules = giving(service("q", per="quarter"), year_basis="anniversary")
    found = fold(rules, buy(100, "2026-01-31"), as_of="2026-05-01")
    assert spans(found) == {
        "q@2026-01-31": ("2026-01-31", "2026-04-29"),
        "q@2026-04-30": ("2026-04-30", "2026-07-30"),
    }
    mixed = giving(service("q", per="year", basis="anniversary"))
    assert spans(fold(mixed, buy(100), as_of="2027-03-01")) == {
        "q@2026-03-01": (DAY, "2027-02-28"),
        "q@2027-03-01": ("2027-03-01", "2028-02-29"),
    }


@pytest.mark.parametrize(
    ("day", "span"),
    [
        ("2026-04-29", ("2026-01-31", "2026-04-29")),  # April has no 31st
        ("2026-04-30", ("2026-04-30", "2026-07-30")),
        ("2026-02-01", ("2026-01-31", "2026-04-29")),
    ],
)
def test_e26_an_anniversary_at_the_end_of_a_month(day, span):
    assert span_within("2026-01-31", 3, day) == span


def test_e48_nothing_is_carried_over_unless_the_programme_says_so():
    plain = giving(service("q", per="month", quantity=2))
    assert open_grants(fold(plain, buy(100), as_of="2026-04-01"))["q@2026-04"] == 2
    kept = giving(service("q", per="month", quantity=2, carry_over=True))
    assert open_grants(fold(kept, buy(100), as_of="2026-04-01"))["q@2026-04"] == 4
    assert open_grants(fold(kept, buy(100), use("q@2026-03"), as_of="2026-05-01")) == {
        "q@2026-03": 1, "q@2026-04": 3, "q@2026-05": 5,
    }  # fmt: skip


def test_r004_once_in_a_lifetime_term_is_once():
    assert spans(fold(giving(service("white", per="term")), buy(100), as_of="2040-01-01")) == {
        "white": (DAY, None)
    }


def test_a_grant_may_end_so_many_days_after_it_began():
    found = fold(giving(service("a", valid_days=30), service("b", per="month", valid_days=99)),
                 buy(100))  # fmt: skip
    assert spans(found) == {"a": (DAY, "2026-03-30"), "b@2026-03": (DAY, "2026-03-31")}


def test_a_pending_quantity_gives_nothing_yet():
    assert fold(giving(service("q", quantity="待定")), buy(100)).grants == ()


def test_e44_a_running_quarter_is_replaced_less_what_was_used():
    rules = programme(
        tier(1, spend(100), benefits=(service("a", name="洁牙", per="quarter", quantity=2),)),
        tier(2, spend(200), benefits=(service("b", name="洁牙", per="quarter", quantity=4),)),
    )
    found = fold(rules, buy(100), use("a@2026Q1"), buy(100))
    assert open_grants(found) == {"b@2026Q1": 3}
    next_quarter = fold(rules, buy(100), use("a@2026Q1"), buy(100), as_of="2026-04-01")
    assert open_grants(next_quarter)["b@2026Q2"] == 4
    other_period = programme(
        rules.tiers[0],
        tier(2, spend(200), benefits=(service("b", name="洁牙", per="month", quantity=4),)),
    )
    assert open_grants(fold(other_period, buy(100), use("a@2026Q1"), buy(100))) == {"b@2026-03": 4}


def test_e44_a_tier_that_brings_no_quota_closes_the_one_below():
    rules = programme(
        tier(1, spend(100), benefits=(service("a", per="year"),)), tier(2, spend(200))
    )
    assert open_grants(fold(rules, buy(100), buy(100))) == {}
    assert open_grants(fold(rules, buy(100), use("a@2026"), buy(100))) == {"a@2026": 0}


def test_e43_written_down_a_quarter_late_the_quota_is_todays():
    rules = giving(service("q", per="quarter"))
    late = buy(100, "2026-01-10")._replace(recorded="2026-05-05")
    found = fold(rules, buy(1, "2026-05-05"), late, as_of="2026-05-05")
    assert spans(found) == {"q@2026Q2": ("2026-04-01", "2026-06-30")}


def test_a_new_version_of_the_programme_rules_the_next_period():
    old, new = (giving(service("q", per="month", quantity=n)) for n in (1, 3))
    rules = line(old, new, starts=("2000-01-01", "2026-03-15"))
    assert open_grants(fold(rules, buy(100), as_of="2026-04-01")) == {
        "q@2026-03": 1,
        "q@2026-04": 3,
    }
    gone = line(old, programme(), starts=("2000-01-01", "2026-03-15"))
    late = buy(100, "2026-03-01")._replace(recorded="2026-05-05")
    found = fold(gone, buy(1, "2026-05-05"), late, as_of="2026-05-05")
    assert open_grants(found) == {"q@2026-05": 1}


# -- birthdays (R035, R061, E52, E54, C11) -----------------------------------------------------

GIFT = Benefit(key="cake", kind="gift", name="生日礼", per="birthday", reason="birthday")


def born(day: str) -> Profile:
    return Profile(day)


def test_r061_the_gift_of_the_birthday_month():
    rules = giving(GIFT, birthday=Birthday("month"))
    found = fold(rules, buy(100), person=born("1990-03-31"))
    assert spans(found) == {"cake@2026": (DAY, "2026-03-31")}
    assert fold(rules, buy(100), person=born("1990-02-10")).grants == ()
    later = fold(rules, buy(100), as_of="2027-02-01", person=born("1990-02-10"))
    assert spans(later) == {"cake@2027": ("2027-02-01", "2027-02-28")}
    assert fold(rules, buy(100), person=Profile()).grants == ()
    assert fold(rules, buy(100), person=Profile()).next_on is None


@pytest.mark.parametrize(
    ("as_of", "given"), [("2026-05-09", False), ("2026-05-10", True), ("2027-05-09", True)]
)
def test_r035_the_gift_of_the_day_itself(as_of, given):
    rules = giving(GIFT, birthday=Birthday("day"))
    found = fold(rules, buy(100), as_of=as_of, person=born("1990-05-10"))
    assert (spans(found) == {"cake@2026": ("2026-05-10", "2026-05-10")}) == given


def test_e52_a_window_across_new_year_belongs_to_the_birthdays_year():
    rules = giving(GIFT, birthday=Birthday("around", 7))
    found = fold(rules, buy(100), as_of="2026-12-28", person=born("1990-01-03"))
    assert spans(found) == {"cake@2027": ("2026-12-27", "2027-01-10")}


def test_e52_29_february():
    rules = giving(GIFT, birthday=Birthday("day"))
    found = fold(rules, buy(100), as_of="2028-02-29", person=born("2000-02-29"))
    assert spans(found) == {
        "cake@2027": ("2027-02-28", "2027-02-28"),
        "cake@2028": ("2028-02-29", "2028-02-29"),
    }


def test_e53_a_lunar_birthday_moves_with_the_year():
    rules = giving(GIFT, birthday=Birthday("day"))
    person = Profile("1990-05-10", {2026: "2026-04-20", 2027: "2027-05-09"})
    found = fold(rules, buy(100), as_of="2027-12-31", person=person)
    assert [grant.valid_from for grant in found.grants] == ["2026-04-20", "2027-05-09"]


def test_e54_one_gift_a_year_whatever_the_birthday_is_changed_to():
    """The key is the year: a birthday moved on brings no second gift of that year."""
    rules = giving(GIFT, birthday=Birthday("day"))
    keys = {
        grant.key
        for day in ("1990-03-10", "1990-11-20")
        for grant in fold(rules, buy(100), as_of="2026-12-31", person=born(day)).grants
    }
    assert keys == {"cake@2026"}


def test_e48_written_down_after_the_birthday_the_gift_of_it_has_lapsed():
    rules = giving(GIFT, birthday=Birthday("month"))
    late = buy(100, "2026-03-10", recorded="2026-05-05")
    found = fold(rules, buy(1, "2026-05-05"), late, as_of="2026-05-05", person=born("1990-03-31"))
    assert (found.rank, found.grants) == (1, ())


def test_e52_the_gift_of_the_month_comes_back_with_the_tier():
    rules = giving(GIFT, birthday=Birthday("month"))
    bill = buy(100)
    events = (bill, bill._replace(amount_fen=-10_000))
    assert open_grants(fold(rules, *events, person=born("1990-03-31"))) == {}
    again = fold(rules, *events, buy(100, "2026-03-20"), person=born("1990-03-31"))
    assert (open_grants(again), spans(again)) == (
        {"cake@2026": 1},
        {"cake@2026": (DAY, "2026-03-31")},
    )


# -- words and awards (R081, E49, E62) ----------------------------------------------------------


def test_r081_automatic_confirmed_or_by_hand():
    rules = giving(
        service("auto"), service("ask", given="confirm"), service("hand", given="manual")
    )
    found = fold(rules, buy(100))
    assert open_grants(found) == {"auto": 1}
    assert [(key, benefit.name) for key, benefit in found.awaiting] == [("ask", "ask")]
    said = fold(rules, buy(100), Event("confirm", DAY, key="ask"))
    assert (open_grants(said), said.awaiting) == ({"auto": 1, "ask": 1}, ())
    assert said.grants[1].rank == 1
    with pytest.raises(KeyError):
        fold(rules, buy(100), Event("confirm", DAY, key="auto"))


def test_an_award_belongs_to_no_tier_and_may_be_taken_back():
    voucher = Benefit(key="award.1", kind="coupon", name="券", reason="event")
    given = Event("award", DAY, key="award.1", points=2, until="2026-04-01", benefit=voucher)
    rules = giving(service("a"))
    found = fold(rules, given)
    assert (found.rank, found.grants[0].rank, found.grants[0].left) == (0, 0, 2)
    valid = [found.grants[0].valid_on(f"2026-04-0{n}") for n in (1, 2)]
    assert valid == [True, False]
    assert open_grants(fold(rules, given, Event("award_void", DAY, key="award.1"))) == {}
    bill = buy(100)
    kept = fold(rules, given, bill, bill._replace(amount_fen=-10_000))
    assert open_grants(kept) == {"award.1": 2}


def test_e62_what_somebody_merged_had_drawn_is_known_though_never_given():
    rules = giving(service("a"))
    drawn = use("below")._replace(benefit=Benefit(key="below", kind="gift", name="礼"))
    found = fold(rules, buy(100), drawn)
    below = next(grant for grant in found.grants if grant.key == "below")
    assert (below.used, below.closed, below.left) == (1, True, 0)


# -- rates (R048, R074, R094, E39) and redemption ------------------------------------------------


def test_the_day_something_changes_next():
    rules = giving(service("q", per="month"))
    assert fold(rules, buy(99)).next_on is None
    assert fold(rules, buy(100)).next_on == "2026-04-01"
    assert fold(msgspec.structs.replace(rules, tiers=()), buy(100)).next_on is None
