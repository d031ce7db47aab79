"""What appointments say, without a widget in it."""

from __future__ import annotations

from services.clock import days_between
from services.desk.appointment_list import TO_CALL, AppointmentRow, Foreseen
from services.desk.appointment_times import weekday_of
from services.desk.appointments import appointment_title, outcome_title
from services.i18n import tr


def day_words(day: str, today: str) -> str:
    """'11月21日 周六 · 明天'."""
    word = tr("{month}月{day}日 周{weekday}").format(
        month=int(day[5:7]), day=int(day[8:]), weekday=weekday_of(day)
    )
    return f"{word} · {distance_words(days_between(today, day))}"


def distance_words(days: int) -> str:
    """How far a day is from today."""
    near = {0: tr("今天"), 1: tr("明天"), 2: tr("后天"), -1: tr("昨天")}.get(days)
    if near is not None:
        return near
    return tr("{n} 天后").format(n=days) if days > 0 else tr("{n} 天前").format(n=-days)


def count_words(rows: list[AppointmentRow]) -> str:
    """How many there are, and how many are still to be called."""
    awaited = [row for row in rows if row.open]
    words = tr("{n} 位").format(n=sum(row.state != "cancelled" for row in rows))
    unsaid = sum(row.confirmed in TO_CALL for row in awaited)
    return words + (tr(" · 待确认 {n}").format(n=unsaid) if unsaid else "")


def late_words(row: AppointmentRow) -> str:
    """'晚 12 分钟' while somebody is awaited, '' else."""
    late = row.late_minutes
    if late is None:
        return ""
    if late < 60:
        return tr("晚 {n} 分钟").format(n=late)
    return tr("晚 {h} 小时").format(h=late // 60)


def state_words(row: AppointmentRow) -> str:
    """What the telephone said while they are awaited, then whether they came."""
    return outcome_title(row.confirmed) if row.open else appointment_title(row.state)


def state_tone(row: AppointmentRow) -> str:
    """The tone that goes with `state_words`."""
    if not row.open:
        return "muted"
    return {"yes": "success", "no_answer": "warning", "wants_change": "error"}.get(
        row.confirmed, ""
    )


def level_words(
    *, tell_doctor: bool, tier: str, lent_by: str, escort: str, extra: int
) -> list[tuple[str, str]]:
    """What the level of somebody means before they come, as (words, tone) (R019, R129)."""
    words = []
    if lent_by:
        words.append((tr("{who} 介绍，按{tier}接待").format(who=lent_by, tier=tier), "accent"))
    elif tier:
        words.append((tier, "accent"))
    if tell_doctor:
        words.append((tr("请告知医生"), "warning"))
    if escort:
        words.append((escort, "accent"))
    if extra:
        words.append((tr("多留 {n} 分钟").format(n=extra), "accent"))
    return words


def promise_words(row: AppointmentRow) -> list[tuple[str, str]]:
    """Of a line of the list, with what else is at that time."""
    words = level_words(
        tell_doctor=row.tell_doctor,
        tier=row.tier_name,
        lent_by=row.lent_by,
        escort=row.escort,
        extra=row.extra_minutes,
    )
    return words + clash_words(row.clashes)


def foreseen_words(found: Foreseen) -> list[tuple[str, str]]:
    """Of an appointment that is being typed."""
    words = level_words(
        tell_doctor=found.tell_doctor,
        tier=found.tier_name,
        lent_by=found.lent_by,
        escort=found.escort,
        extra=found.extra_minutes,
    )
    words += clash_words(found.clashes)
    already = tr("这天已约 {what}")
    return words + [(already.format(what=each), "warning") for each in found.same_day]


def clash_words(clashes: tuple[str, ...]) -> list[tuple[str, str]]:
    """Warnings, one for each other appointment of the doctor at that time."""
    return [(tr("与 {what} 时间重叠").format(what=each), "warning") for each in clashes]


def remark_words(row: AppointmentRow) -> str:
    """What is to be known of a line, the most urgent first: telling the doctor, the time it takes,
    the clash, who introduced them, the note."""
    parts = [
        tr("请告知医生") if row.tell_doctor else "",
        tr("多留 {n} 分钟").format(n=row.extra_minutes) if row.extra_minutes else "",
        *(words for words, _ in clash_words(row.clashes)),
        tr("{who}介绍").format(who=row.introduced_by) if row.introduced_by else "",
        row.note,
    ]
    return " · ".join(part for part in parts if part)
