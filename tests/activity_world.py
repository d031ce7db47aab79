"""Activities for tests: a planned or open one, and what may be wrong with its books."""

from __future__ import annotations

from dataclasses import replace

from services.activities.door import attend
from services.activities.planning import (
    ActivityChanged,
    ActivityForm,
    change_activity,
    form_of,
    open_activity,
    plan_activity,
)
from services.activities.records import activity, places
from services.clinic import Clinic
from services.clock import plus_days
from services.commands import Session
from services.verify import activities as checking
from services.verify import points, things
from services.verify.report import Findings, Watch
from tests.conftest import TODAY
from tests.desk_world import person

DAY = plus_days(TODAY, 8)


def planned(session: Session, **values: object) -> int:
    """A lecture in eight days with these details."""
    words: dict[str, object] = {"name": "护牙讲座", "kind": "lecture", "day": DAY, **values}
    return plan_activity(session, form=ActivityForm(**words)).activity_id  # type: ignore[arg-type]


def opened(session: Session, **values: object) -> int:
    activity_id = planned(session, **values)
    open_activity(session, activity_id=activity_id)
    return activity_id


def altered(session: Session, activity_id: int, **values: object) -> ActivityChanged:
    """The same activity with some details otherwise."""
    form = replace(form_of(activity(session.db, activity_id)), **values)  # type: ignore[arg-type]
    return change_activity(session, activity_id=activity_id, form=form)


def stands(clinic: Clinic, activity_id: int) -> dict[int, str]:
    """person → how their place stands"""
    return {row.person_id: row.state for row in places(clinic.db, activity_id)}


def faults(clinic: Clinic) -> list[str]:
    """What is wrong with activities, points and grants."""
    found = Findings()
    checking.check_activities(clinic.db, found)
    points.check_points(clinic.db, found, Watch(1))
    points.check_allocations(clinic.db, found)
    things.check_grants(clinic.db, found)
    return [fault.code for fault in found.report(clinic.db).faults]


def guest(session: Session, number: str, name: str = "王小明", **values: object) -> int:
    """Somebody who can be called and written to."""
    reach = {"phone": f"138000000{int(number[1:]):02}", "address": "和平路 1 号"}
    return person(session, number, name, **reach | values)


def came_once(session: Session, person_id: int) -> int:
    """Somebody was at an activity of today; answers its id."""
    activity_id = opened(session, day=session.clinic.clock.today(), points=10)
    attend(session, activity_id=activity_id, person_id=person_id)
    return activity_id
