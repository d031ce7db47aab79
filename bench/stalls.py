"""The window under load: a script drives it while a watchdog looks for stalls of its event loop.

Every key is an event of its own, as it comes from a keyboard, inside the running event loop.
What is long by nature (the Friday workbook, verifying, a backup) runs while somebody types.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from bench import world
from bench.hands import Hands, Step, desk
from bench.measure import Row, Spread, limit_row
from bench.operations import people
from bench.watchdog import Stall, Watchdog
from bench.world import Size
from services.clinic import Clinic

PAUSE_MS = 30  # between two keys
LONG_S, SHORT_S = 600.0, 20.0  # of typing beside the workbook, and beside what need not end
MOST, MOST_BESIDE = 100, 50  # ms: on the window's thread; while the workbook is written
TABS = ("入会", "到诊", "积分", "礼品", "回访")
PAGES = {
    "Ctrl+4": ("Alt+1", "Alt+2", "Alt+3", "Alt+4", "Alt+5"),
    "Ctrl+5": ("Ctrl+Shift+1", "Ctrl+Shift+2", "Ctrl+Shift+3", "Ctrl+Shift+4"),
}


def stalls(size: Size) -> list[Row]:
    """How long the window stood, doing what; and how long while a workbook was being written."""
    from bench.event import many_issues

    dice = random.Random(6)
    with world.copied(size, "stalls") as place:
        with world.opened(place, read_only=False) as clinic:
            many_issues(clinic)
        with desk(place) as hands:
            quick = watched(hands, script(hands, dice))
            beside = watched(hands, workbook_script(hands, dice, place / "friday.xlsx"))
            other = watched(hands, long_script(hands, dice))
    return [
        _row(f"longest stall of the window ({size.name})", quick, MOST),
        _row(f"longest stall while the workbook is written ({size.name})", beside, MOST_BESIDE),
        _row(f"longest stall while verifying and backing up ({size.name})", other, MOST),
    ]


def _row(what: str, found: list[Stall], most: float) -> Row:
    """The longest of them against the promise; the worst of each action is told below."""
    own = sorted((stall.own * 1e3 for stall in found), reverse=True) or [0.0]
    above = sum(each > most for each in own)
    note = f"{len(found)} over 50 ms, {above} over {most:g} ms"
    return limit_row(what, Spread.of(own, "ms"), own[0], most, "ms", note).telling(
        tuple(_told(found))
    )


def _told(found: list[Stall]) -> Iterator[str]:
    """Each action that stalled, the longest first: how often, the worst of it."""
    worst: dict[str, Stall] = {}
    for stall in sorted(found, key=lambda each: -each.own):
        worst.setdefault(stall.doing, stall)
    times = Counter(stall.doing for stall in found)
    for doing, stall in worst.items():
        often = f" ({times[doing]} times)" if times[doing] > 1 else ""
        yield stall.text().replace(doing, doing + often, 1)


def watched(hands: Hands, steps: Iterator[Step]) -> list[Stall]:
    """Do the steps inside the event loop; what stalled it."""
    with Watchdog() as watch:

        def doing(what: str) -> None:
            watch.doing = what

        hands.follow(steps, PAUSE_MS, doing)
    return watch.stalls


# -- what is done ------------------------------------------------------------------------------


def script(hands: Hands, dice: random.Random) -> Iterator[Step]:
    """All tabs and pages, the search box, opening people, the everyday keys, every dialog."""
    some = Somebody(hands, dice)
    for turn in ("first", "again"):
        for number, title in enumerate(TABS, 1):
            yield f"{turn}: tab {title}", partial(hands.press, f"Ctrl+{number}")
            for page in PAGES.get(f"Ctrl+{number}", ()):
                yield f"{turn}: {title} {page}", partial(hands.press, page)
    for text in some.texts():
        yield from search(hands, text)
        yield "Esc from the search", partial(hands.press, "Esc")
    for number, title in enumerate(TABS, 1):
        yield f"tab {title}", partial(hands.press, f"Ctrl+{number}")
        for person_id in some.several(4):
            yield f"open a person in {title}", partial(some.open, person_id)
        for page in PAGES.get(f"Ctrl+{number}", ()):
            yield f"{title} {page}, somebody open", partial(hands.press, page)
    yield "nobody open", partial(some.open, None)
    for person_id in some.several(6):
        yield "open a person", partial(some.open, person_id)
        yield from receipt(hands, dice.randint(50, 900))
    for person_id in some.due(6):
        yield "open somebody with a gift", partial(some.open, person_id)
        yield from hand_out(hands)
    for key in ("F7", "F8", "F4", "F9", "F2", "Ctrl+P", "F5", "Ctrl+Z"):
        yield "open a person", partial(some.open, some.several(1)[0])
        yield key, partial(hands.press, key)
        yield f"Esc after {key}", partial(hands.press, "Esc")
        yield f"dialogs of {key} closed", hands.close_dialogs
    for _ in range(4):
        yield "F9", partial(hands.press, "F9")
        yield "nobody answered", partial(hands.press, "Alt+3")
    for name in dialogs():
        yield f"dialog {name}", partial(hands.window.menus.open, name)
        yield f"dialog {name}, shown", hands.app.focusWidget
        yield f"dialog {name} closed", hands.close_dialogs
    yield "lock", partial(hands.press, "Ctrl+L")
    yield "sign in", partial(hands.window.enter, world.director(hands.context.clinic))


def search(hands: Hands, text: str) -> Iterator[Step]:
    """F3 and a text, a letter at a time."""
    yield "F3", partial(hands.press, "F3")
    for letter in text:
        yield f"search, a letter of {_kind(text)}", partial(hands.type, letter)


def receipt(hands: Hands, yuan: int) -> Iterator[Step]:
    """F6, an amount, Enter to look, Enter to post."""
    yield "F6", partial(hands.press, "F6")
    for digit in str(yuan):
        yield "amount", partial(hands.type, digit)
    yield "Enter to look", partial(hands.press, "Enter")
    yield "Enter to post", partial(hands.press, "Enter")


def hand_out(hands: Hands) -> Iterator[Step]:
    """The gift tab, the first gift that waits, Enter to look, Enter to hand out."""
    yield "tab 礼品", partial(hands.press, "Ctrl+4")
    yield "gifts, page 1", partial(hands.press, "Alt+1")
    for what in ("choose a gift", "Enter in the gift's card", "hand a gift out"):
        yield what, partial(hands.press, "Enter")
    yield "Esc", partial(hands.press, "Esc")


def workbook_script(hands: Hands, dice: random.Random, path: Path) -> Iterator[Step]:
    """The Friday workbook, 50,000 lines of it, while somebody types and posts."""
    from services.gifts.period import default_week
    from ui.widgets.friday_export import FridayExport

    made = FridayExport(hands.context)
    made.setParent(hands.window)
    made.set_week(default_week(hands.context.db, hands.context.today()))
    yield "start the workbook", partial(made.export, path)
    yield from beside(hands, dice, "the workbook is written", made.work, LONG_S)
    yield "workbook done", made.deleteLater
    if not path.exists():
        raise RuntimeError("the workbook was not written")


def long_script(hands: Hands, dice: random.Random) -> Iterator[Step]:
    """Verifying, then a backup, while somebody types."""
    from ui.dialogs.verify import check
    from ui.widgets.work import Work

    clinic = hands.context.clinic
    for what, call in (
        ("verifying", partial(check, clinic, [])),
        ("backing up", partial(_back_up, clinic)),
    ):
        work = Work(hands.context.tasks, hands.context.alerts)
        work.setParent(hands.window)
        yield f"start {what}", partial(work.start, what, call, _done, progress=True)
        yield from beside(hands, dice, what, work, SHORT_S)
        yield f"{what} stopped", work.cancel
        while work.busy:
            yield f"{what} is stopping", hands.app.focusWidget
        yield f"{what} done", work.deleteLater


def _done(_: object) -> None:
    """What was found is not looked at."""


def _back_up(clinic: Clinic, progress: Any) -> object:
    from services.backups.making import make_backup

    return make_backup(clinic, "bench", always=True, cancelled=progress.stopped)


def beside(hands: Hands, dice: random.Random, what: str, work: Any, most: float) -> Iterator[Step]:
    """Search, open and post until the work is done, at most so many seconds."""
    some, began = Somebody(hands, dice), time.monotonic()
    while work.busy and time.monotonic() - began < most:
        for step, call in search(hands, dice.choice(some.texts())):
            yield f"{what}: {step}", call
        yield f"{what}: Enter in the search", partial(hands.press, "Enter")
        for step, call in receipt(hands, dice.randint(50, 900)):
            yield f"{what}: {step}", call
        yield f"{what}: a tab", partial(hands.press, f"Ctrl+{dice.randint(1, 5)}")


def dialogs() -> tuple[str, ...]:
    """Every entry of the menu bar that opens a dialog."""
    from ui.menus import DIALOGS

    return tuple(DIALOGS)


class Somebody:
    """People to look for and to open."""

    def __init__(self, hands: Hands, dice: random.Random) -> None:
        self._hands, self._dice = hands, dice
        self._rows = people(hands.context.clinic, 60, dice.randrange(1000))

    def texts(self) -> list[str]:
        """A text of every kind the box takes."""
        from services.people.pinyin import initials

        (_, number, name, pinyin, _, _), (_, _, other, spelt, _, _), *_ = self._rows
        phones = [row[4] for row in self._rows if row[4]]
        found = [pinyin.replace(" ", "")[:6], initials(spelt), name, other[0], number]
        return [*found, *(phone[-4:] for phone in phones[:1]), *phones[1:2]]

    def several(self, count: int) -> list[int]:
        """Ids."""
        return [row[0] for row in self._dice.sample(self._rows, count)]

    def due(self, count: int) -> list[int]:
        """Ids of people with a gift that waits."""
        from services.gifts.lists import due_gifts

        context = self._hands.context
        return [row.person_id for row in due_gifts(context.db, context.today(), limit=count)]

    def open(self, person_id: int | None) -> None:
        """As the search box does it."""
        self._hands.context.current_person.select(person_id)
        focus = self._hands.window.tabs.current().first_focus()
        if focus is not None:
            focus.setFocus()


def _kind(text: str) -> str:
    if text.isdigit():
        return f"{len(text)} digits"
    return "a name" if not text.isascii() else "letters"


CASES: dict[str, Callable[[Size], list[Row]]] = {"stalls": stalls}
