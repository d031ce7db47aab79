"""Which backups are kept, over years of synthetic days (storage.md: Keep)."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from services.backups.thinning import DAYS, MONTHS, WEEKS, Made, keep, paused
from services.clock import plus_days

START = "2024-01-01"


def made(day: str, time: str = "12:00:00") -> Made:
    return Made(f"haochi-{day}-{time}", f"{day} {time}")


def simulate(days: int, times: tuple[str, ...]) -> list[Made]:
    """A shelf that is thinned every evening."""
    shelf: list[Made] = []
    for offset in range(days):
        day = plus_days(START, offset)
        shelf += [made(day, time) for time in times]
        kept = keep(shelf, day)
        shelf = [each for each in shelf if each.name in kept]
    return shelf


def test_after_three_years_there_are_days_weeks_and_months():
    shelf = simulate(3 * 365, ("09:00:00", "18:00:00"))
    last = plus_days(START, 3 * 365 - 1)
    days = sorted({each.day for each in shelf}, reverse=True)
    assert days[:DAYS] == [plus_days(last, -n) for n in range(DAYS)]
    assert len({date.fromisoformat(day).isocalendar()[:2] for day in days}) >= WEEKS
    assert len({day[:7] for day in days}) == MONTHS
    assert len(shelf) <= 2 * 2 + DAYS + WEEKS + MONTHS


def test_everything_of_today_and_yesterday_stays_and_older_days_keep_their_newest():
    hours = tuple(f"{hour:02d}:00:00" for hour in range(8, 18))
    shelf = simulate(5, hours)
    by_day: dict[str, list[Made]] = {}
    for each in shelf:
        by_day.setdefault(each.day, []).append(each)
    counts = [len(by_day[day]) for day in sorted(by_day)]
    assert counts == [1, 1, 1, 10, 10]
    assert by_day[START] == [made(START, "17:00:00")]


def test_a_clinic_that_was_closed_for_a_year_keeps_what_it_had():
    shelf = simulate(30, ("12:00:00",))
    later = keep(shelf, plus_days(START, 400))
    assert len(later) == len({each.name for each in shelf if each.name in later}) >= DAYS


@given(
    st.lists(st.integers(0, 1500), min_size=1, max_size=60),
    st.integers(0, 1500),
)
def test_the_newest_always_stays_and_keeping_again_takes_nothing(offsets, today):
    day = plus_days(START, today)
    shelf = [made(plus_days(START, offset), f"10:00:{n:02d}") for n, offset in enumerate(offsets)]
    kept = keep(shelf, day)
    assert max(shelf, key=lambda each: (each.at, each.name)).name in kept
    assert keep([each for each in shelf if each.name in kept], day) == kept
    assert kept <= {each.name for each in shelf}


def test_thinning_waits_a_week_after_a_restore_or_a_failed_check():
    assert paused("2026-11-20", "", "2026-11-14")
    assert paused("2026-11-20", "2026-11-20")
    assert not paused("2026-11-20", "2026-11-13", "")
