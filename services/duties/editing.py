"""The clinic's own list of duties: take up the shipped ones, change, add, switch off and on."""

from __future__ import annotations

from dataclasses import dataclass

from models.duties import Duty
from services.changes import Changes, Kind
from services.commands import Tx, command
from services.duties.cycles import MONTHS, ONCE, RHYTHMS, rhythm_title
from services.duties.presets import presets
from services.duties.records import DutyRecord, duties, duty, points_text
from services.errors import RuleError
from services.i18n import tr
from services.rights import ROLES

MOST_DUTIES = 100
MOST_POINTS = 20
LONGEST_NAME = 30
LONGEST_POINT = 60
LONGEST_NOTE = 200
LONGEST_WAIT = 366  # days after somebody came, or until something that comes once
# rhythm → bounds of the day; and days of notice, fewer than the shortest turn
_DAYS = {"day": (5, 7), "week": (1, 7)}
_AHEAD = {"day": 0, "week": 6, "month": 27, "quarter": 60, "half": 90, "year": 180}


@dataclass(frozen=True)
class DutyWish:
    """A duty as the form has it. `day` and `month` as in `DutyRecord`."""

    name: str
    rhythm: str
    day: int
    month: int = 0
    ahead: int = 0
    post: str = ""
    points: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class DutyChanged:
    """A duty was added or changed."""

    duty_id: int
    changes: Changes


_CHANGED = Changes((Kind.DUTY,))


def take_up_presets(tx: Tx) -> int:
    """Shipped duties the clinic has not got yet; they count from today on. Answers how many."""
    known = {each.key for each in duties(tx.db, everything=True)}
    fresh = [each for each in presets().values() if each.key not in known]
    for each in fresh:
        tx.db.insert(
            Duty,
            key=each.key,
            name=each.name,
            rhythm=each.rhythm,
            day=each.day,
            month=each.month,
            ahead=each.ahead,
            post=each.post,
            ask=each.ask,
            points=points_text(each.points),
            note=each.note,
            active=1,
            from_on=tx.today,
            seq=tx.seq,
        )
    return len(fresh)


@command("duty.add", entity="duty")
def add_duty(tx: Tx, *, wish: DutyWish) -> DutyChanged:
    """A duty of the clinic's own; it counts from today on. Raises RuleError as `_checked`."""
    everything = duties(tx.db, everything=True)
    if len(everything) >= MOST_DUTIES:
        raise RuleError(tr("事项最多 {n} 项，请改用停用的那些。").format(n=MOST_DUTIES))
    wish = _checked(wish, fixed_day=False)
    _check_name(everything, wish.name, 0)
    duty_id = tx.db.insert(
        Duty,
        **_values(wish),
        key=f"own.{tx.seq}",
        rhythm=wish.rhythm,
        active=1,
        from_on=tx.today,
        seq=tx.seq,
    )
    tx.about(duty_id, rhythm=wish.rhythm, points=len(wish.points))
    return DutyChanged(duty_id, _CHANGED)


@command("duty.change", entity="duty")
def change_duty(tx: Tx, *, duty_id: int, wish: DutyWish) -> DutyChanged:
    """Change name, days, post, points or note; the rhythm stays, as what was done is kept by it.

    Raises RuleError: nothing changed, another rhythm, the day of what the calendar decides, and as
    `_checked`.
    """
    old = duty(tx.db, duty_id)
    if wish.rhythm != old.rhythm:
        sentence = tr("“{name}”的周期不能改。请停用它，再新建一项{rhythm}的。")
        raise RuleError(sentence.format(name=old.name, rhythm=rhythm_title(old.rhythm)))
    wish = _checked(wish, fixed_day=bool(old.ask))
    if old.ask and old.rhythm == "week" and wish.day != old.day:
        raise RuleError(tr("“{name}”的日子由制度和节假日表决定，不能改。").format(name=old.name))
    _check_name(duties(tx.db, everything=True), wish.name, duty_id)
    values = _values(wish)
    changed = [name for name, value in values.items() if value != _values(_wish_of(old))[name]]
    if not changed:
        raise RuleError(tr("没有改动，不用保存。"))
    tx.db.write(Duty.update(**values).where(Duty.id == duty_id))
    tx.about(duty_id, changed=sorted(changed))
    return DutyChanged(duty_id, _CHANGED)


@command("duty.switch", entity="duty")
def switch_duty(tx: Tx, *, duty_id: int, active: bool) -> DutyChanged:
    """Switch a duty off, or on again from today: nothing counts as missed meanwhile. Raises
    RuleError when it is so already."""
    old = duty(tx.db, duty_id)
    if old.active == active:
        words = tr("“{name}”已经启用。") if active else tr("“{name}”已经停用。")
        raise RuleError(words.format(name=old.name))
    values: dict[str, object] = {"active": int(active)}
    if active and old.rhythm != ONCE:
        values["from_on"] = tx.today
    tx.db.write(Duty.update(**values).where(Duty.id == duty_id))
    tx.about(duty_id, active=active)
    return DutyChanged(duty_id, _CHANGED)


def _wish_of(old: DutyRecord) -> DutyWish:
    """A duty as a form would have it."""
    return DutyWish(
        old.name, old.rhythm, old.day, old.month, old.ahead, old.post, old.points, old.note
    )


def _values(wish: DutyWish) -> dict[str, object]:
    return {
        "name": wish.name,
        "day": wish.day,
        "month": wish.month,
        "ahead": wish.ahead,
        "post": wish.post,
        "points": points_text(wish.points),
        "note": wish.note,
    }


def _checked(wish: DutyWish, *, fixed_day: bool) -> DutyWish:
    """The same without blanks around its words. Raises RuleError: no name, a rhythm, day, month,
    notice or post that does not exist, points that are too many, too long or twice; points where a
    fact of the program does the duty (`fixed_day`)."""
    name, note = wish.name.strip(), wish.note.strip()
    points = tuple(text for text in (point.strip() for point in wish.points) if text)
    if not 0 < len(name) <= LONGEST_NAME:
        raise RuleError(tr("请写事项的名称，最多 {n} 个字。").format(n=LONGEST_NAME))
    if wish.rhythm not in RHYTHMS:
        raise RuleError(tr("请选择多久一次。"))
    if wish.post not in ("", *ROLES):
        raise RuleError(tr("岗位不在名单里，请重新选择。"))
    _check_days(wish)
    if fixed_day and points:
        raise RuleError(tr("这一项由程序里的事实算完成，不用清单，请把清单清空。"))
    if len(points) > MOST_POINTS or any(len(text) > LONGEST_POINT for text in points):
        sentence = tr("清单最多 {n} 条，每条最多 {length} 个字，请精简。")
        raise RuleError(sentence.format(n=MOST_POINTS, length=LONGEST_POINT))
    if len(set(points)) < len(points):
        raise RuleError(tr("清单里有两条一样的，请删去一条。"))
    if len(note) > LONGEST_NOTE:
        raise RuleError(tr("说明最多 {n} 个字，请写短一些。").format(n=LONGEST_NOTE))
    month = wish.month if MONTHS.get(wish.rhythm, 1) > 1 else 0
    return DutyWish(name, wish.rhythm, wish.day, month, wish.ahead, wish.post, points, note)


def _check_days(wish: DutyWish) -> None:
    least, most = _DAYS.get(wish.rhythm, (1, 31) if wish.rhythm in MONTHS else (0, LONGEST_WAIT))
    if not least <= wish.day <= most:
        sentence = tr("日子请填 {least} 至 {most}。")
        raise RuleError(sentence.format(least=least, most=most))
    length = MONTHS.get(wish.rhythm, 1)
    if length > 1 and not 1 <= wish.month <= length:
        raise RuleError(tr("月份请填 1 至 {most}。").format(most=length))
    ahead = _AHEAD.get(wish.rhythm, 0)
    if not 0 <= wish.ahead <= ahead:
        raise RuleError(tr("提前天数请填 0 至 {most}。").format(most=ahead))


def _check_name(everything: list[DutyRecord], name: str, own_id: int) -> None:
    if any(each.name == name and each.id != own_id for each in everything):
        raise RuleError(tr("已有同名的事项，请换一个名称，或改用原来那一项。"))
