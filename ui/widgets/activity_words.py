"""How an activity and the places in it are shown: columns, tones, sentences."""

from __future__ import annotations

from services.activities.records import ActivityRow, PlaceRow
from services.activities.seats import PlaceChanged
from services.activities.words import (
    ATTENDED,
    CANCELLED,
    DECLINED,
    HELD,
    MISSED,
    OPEN,
    ORDER,
    SIGNED,
    WAITING,
    kind_title,
    place_title,
    state_title,
)
from services.desk.appointment_times import weekday_of
from services.i18n import tr
from ui.tables.model import Column


def activity_columns() -> list[Column]:
    """An activity in one line of the calendar."""
    return [
        Column(tr("日期"), _day, sort=lambda r: (r.day, r.at), width=168),
        Column(tr("活动"), lambda r: r.name, width=208),
        Column(tr("种类"), lambda r: kind_title(r.kind), width=104),
        Column(tr("状态"), lambda r: state_title(r.state), width=112, tone=state_tone),
        Column(tr("报名"), seats_words, sort=lambda r: r.taken, align="right", width=88),
        Column(tr("候补"), lambda r: _count(r.waiting), lambda r: r.waiting, "right", 64),
        Column(tr("到场"), lambda r: _count(r.present), lambda r: r.present, "right", 64),
        Column(tr("负责人"), lambda r: r.owner, width=80),
        Column(tr("地点"), lambda r: r.place, width=96),
    ]


def place_columns() -> list[Column]:
    """Somebody's place in one line."""
    return [
        Column(tr("姓名"), lambda r: r.name, width=120),
        Column(tr("编号"), lambda r: r.number, width=104),
        Column(tr("电话"), lambda r: r.phone_masked, width=128),
        Column(tr("状态"), place_words, sort=_order, width=176, tone=place_tone),
        Column(tr("同行"), lambda r: _count(r.companions), lambda r: r.companions, "right", 64),
        Column(tr("报名日期"), lambda r: r.signed_on or "", width=104),
        Column(tr("积分"), lambda r: _count(r.points), lambda r: r.points, "right", 64),
        Column(tr("备注"), lambda r: r.note, width=120),
    ]


def state_tone(row: ActivityRow) -> str:
    """The tone of an activity's state."""
    return {OPEN: "success", HELD: "warning", CANCELLED: "muted"}.get(row.state, "")


def place_words(row: PlaceRow) -> str:
    """How a place stands, with its number in the queue or the time of coming."""
    if not row.state:
        return tr("没有报名")
    words = place_title(row.state)
    if row.state == WAITING:
        return tr("{state}第 {n} 位").format(state=words, n=row.turn) if row.turn else words
    if row.state == ATTENDED:
        how = tr("{state} {time}，现场来的") if row.walk_in else tr("{state} {time}")
        return how.format(state=words, time=row.time)
    return words


def place_tone(row: PlaceRow) -> str:
    """The tone of a place's state."""
    tones = {ATTENDED: "success", WAITING: "warning", MISSED: "error", SIGNED: "accent"}
    return tones.get(row.state, "muted" if row.state else "")


def seats_words(row: ActivityRow) -> str:
    """'12/30' of an activity with a limit, else '12'."""
    return str(row.taken) if row.capacity is None else f"{row.taken}/{row.capacity}"


def headline(row: ActivityRow) -> str:
    """An activity in one line: what, when, where, how it stands."""
    parts = (row.name, _day(row), row.place, state_title(row.state))
    return " · ".join(part for part in parts if part)


def counts_line(row: ActivityRow) -> str:
    """How many signed up, wait, were invited, are there."""
    parts = [tr("报名 {n} 人(含同行)").format(n=seats_words(row))]
    for count, words in (
        (row.waiting, tr("候补 {n} 位")),
        (row.invited, tr("已邀请未答复 {n} 位")),
        (row.declined, tr("不来 {n} 位")),
        (row.missed, tr("没有来 {n} 位")),
    ):
        if count:
            parts.append(words.format(n=count))
    if row.attended:
        parts.append(tr("到场 {n} 人").format(n=row.present))
    return tr("，").join(parts)


def changed_words(name: str, done: PlaceChanged) -> str:
    """What became of somebody's place, in a sentence."""
    words = {
        SIGNED: tr("{name} 已报名"),
        WAITING: tr("名额已满，{name} 排在候补"),
        ATTENDED: tr("{name} 已签到"),
        DECLINED: tr("{name} 不来，已记下"),
    }.get(done.state, tr("{name} 已退出"))
    parts = [words.format(name=name)]
    if done.companions:
        parts.append(tr("同行 {n} 位").format(n=done.companions))
    if done.points:
        parts.append(tr("积分 {n}").format(n=f"{done.points:+,}"))
    if done.gifts:
        parts.append(tr("礼品 {n} 件，在“礼品”里领取").format(n=done.gifts))
    if done.moved_up:
        parts.append(tr("候补 {n} 位转正，已安排电话告知").format(n=done.moved_up))
    return tr("{words}。").format(words=tr("，").join(parts))


def undone_words(name: str, done: PlaceChanged) -> str:
    """What a tick that was taken back took along."""
    parts = [tr("{name} 的签到已撤销").format(name=name)]
    if done.points:
        parts.append(tr("收回积分 {n}").format(n=f"{-done.points:,}"))
    if done.gifts:
        parts.append(tr("收回礼品 {n} 件").format(n=-done.gifts))
    if done.moved_up:
        parts.append(tr("候补 {n} 位转正，已安排电话告知").format(n=done.moved_up))
    return tr("{words}。可以重新签到。").format(words=tr("，").join(parts))


def _day(row: ActivityRow) -> str:
    words = tr("{day} 周{weekday} {at}")
    return words.format(day=row.day, weekday=weekday_of(row.day), at=row.at).strip()


def _count(number: int) -> str:
    return str(number) if number else ""


def _order(row: PlaceRow) -> tuple[int, int]:
    return (ORDER.index(row.state) if row.state else len(ORDER), row.turn)
