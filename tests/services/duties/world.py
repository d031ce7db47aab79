"""Duties for tests: the shipped ones taken up on a day, and one by its key."""

from __future__ import annotations

from services.commands import Session
from services.duties.board import DutyRow, duty_board
from services.duties.doing import do_duty
from services.duties.editing import DutyWish, add_duty, take_up_presets
from services.duties.records import DutyRecord, duties
from tests.gift_world import in_command


def take_up(session: Session) -> None:
    in_command(session, take_up_presets)


def by_key(session: Session, key: str) -> DutyRecord:
    return next(each for each in duties(session.db, everything=True) if each.key == key)


def rows(session: Session, key: str, role: str = "director") -> list[DutyRow]:
    today = session.clinic.clock.today()
    return [row for row in duty_board(session.db, today, role) if row.duty.key == key]


def row(session: Session, key: str) -> DutyRow:
    (found,) = rows(session, key)
    return found


def own(session: Session, name: str = "擦展柜", rhythm: str = "week", day: int = 2, **more) -> str:
    """A duty of the clinic's own; answers its key."""
    wish = DutyWish(name, rhythm, day, **more)
    duty_id = add_duty(session, wish=wish).duty_id
    return next(each.key for each in duties(session.db) if each.id == duty_id)


def own_done(session: Session) -> None:
    """A duty of the clinic's own that is done."""
    made = by_key(session, own(session, rhythm="once", day=3))
    do_duty(session, duty_id=made.id, cycle="once")
