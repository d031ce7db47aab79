"""候诊屏: who is called where and who comes next, as everybody in the waiting room may read it.

Surnames and stars only; nothing of tiers, doctors' alerts or what somebody comes for.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from services.desk.visit_board import VisitRow
from services.i18n import tr
from services.people.privacy import mask_name


@dataclass(frozen=True)
class Called:
    """Somebody who is asked in: masked name, and where to."""

    name: str
    where: str


@dataclass(frozen=True)
class Waiting:
    """Somebody who waits: their place in the queue, from 1 on, and the masked name."""

    place: int
    name: str


@dataclass(frozen=True)
class WaitingList:
    """Everybody the screen shows: who was called last first, who waits in the board's order."""

    called: tuple[Called, ...]
    waiting: tuple[Waiting, ...]


def waiting_list(board: Iterable[VisitRow]) -> WaitingList:
    """What the screen of the waiting room says of a board (front-desk.md 4.2)."""
    rows = list(board)
    called = sorted((row for row in rows if row.state == "called"), key=_called_at, reverse=True)
    waiting = [row for row in rows if row.state == "waiting"]
    return WaitingList(
        tuple(Called(mask_name(row.name), _where(row)) for row in called),
        tuple(Waiting(place, mask_name(row.name)) for place, row in enumerate(waiting, 1)),
    )


def _called_at(row: VisitRow) -> int:
    """The number of the step that called them; 0 for a visit from before steps were kept."""
    return row.last_step.id if row.last_step is not None else 0


def _where(row: VisitRow) -> str:
    if row.room:
        return tr("请到{room}").format(room=row.room)
    if row.doctor_name:
        return tr("请到{doctor}处").format(doctor=row.doctor_name)
    return tr("请到前台")
