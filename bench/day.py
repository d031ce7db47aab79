"""A day at the desk, pressed together, with the window open: memory at every hour.

Each minute people are looked for, opened on some tab, and mostly pay, come or are called; dialogs
are opened and left. What a program loads and keeps it has after the first hour; what grows after
that leaks. (`bench.reliability shift` does the same to the services, and looks at the books.)
"""

from __future__ import annotations

import gc
import random
from collections.abc import Callable, Iterator
from functools import partial

from bench import world
from bench.hands import Hands, Step, desk
from bench.measure import Row, Spread, ratio_row
from bench.stalls import Somebody, dialogs, hand_out, receipt, search
from bench.windows import resident_mib
from bench.world import Size

HOURS, MINUTES = 8, 60
PAUSE_MS = 1
MOST = 1.05


def day(size: Size) -> list[Row]:
    """Resident memory at the end of the last hour against the end of the first."""
    hours: list[tuple[float, int, int]] = []
    with world.copied(size, "day") as place, desk(place) as hands:
        hands.follow(_day(hands, hours), PAUSE_MS)
    first, last = hours[0], hours[-1]
    told = tuple(
        f"hour {n}: {mib:.1f} MiB, {widgets:,} widgets, {objects:,} Python objects"
        for n, (mib, widgets, objects) in enumerate(hours, 1)
    )
    row = ratio_row(
        f"memory after {HOURS} hours, against the first hour ({size.name})",
        Spread.of([last[0]], "MiB"),
        Spread.of([first[0]], "MiB"),
        MOST,
        f"{last[1] - first[1]:+,} widgets, {last[2] - first[2]:+,} Python objects",
    )
    return [row.telling(told)]


def _day(hands: Hands, hours: list[tuple[float, int, int]]) -> Iterator[Step]:
    dice = random.Random(9)
    for hour in range(HOURS):
        for minute in range(MINUTES):
            yield from _minute(hands, dice)
            if minute % 4 == 0:
                name = dialogs()[(minute // 4 + hour) % len(dialogs())]
                yield f"dialog {name}", partial(hands.window.menus.open, name)
                yield f"dialog {name} closed", hands.close_dialogs
        yield "what there is", partial(_weigh, hands, hours)


def _minute(hands: Hands, dice: random.Random) -> Iterator[Step]:
    """Somebody is looked for and opened; then one thing is done."""
    some = Somebody(hands, dice)
    yield f"tab {dice.randint(1, 5)}", partial(hands.press, f"Ctrl+{dice.randint(1, 5)}")
    yield from search(hands, dice.choice(some.texts()))
    yield "open", partial(hands.press, "Enter")
    what = dice.randrange(6)
    if what < 3:
        yield from receipt(hands, dice.randint(50, 900))
    elif what == 3:
        for person_id in some.due(1):
            yield "somebody with a gift", partial(some.open, person_id)
            yield from hand_out(hands)
    elif what == 4:
        yield "F9", partial(hands.press, "F9")
        yield "nobody answered", partial(hands.press, "Alt+3")
    else:
        yield "F4", partial(hands.press, "F4")
    yield "dialogs closed", hands.close_dialogs


def _weigh(hands: Hands, hours: list[tuple[float, int, int]]) -> None:
    gc.collect()
    hours.append((resident_mib(), len(hands.app.allWidgets()), len(gc.get_objects())))
    world.say(f"  hour {len(hours)}: {hours[-1][0]:.1f} MiB")


CASES: dict[str, Callable[[Size], list[Row]]] = {"day": day}
