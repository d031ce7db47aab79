"""The one answer to which programme is meant: the one of an id, as long as it is in use; for
books that go on after a programme was retired, also then."""

from __future__ import annotations

from models.database import ClinicDatabase
from services.errors import RuleError
from services.i18n import tr
from services.programmes.registry import Timeline, every_timeline, main_timeline, timelines


def active_timeline(db: ClinicDatabase, programme_id: int | None) -> Timeline:
    """An active programme with its versions; None is the clinic's main one. Raises RuleError for
    a retired one."""
    if programme_id is None:
        return main_timeline(db)
    for timeline in timelines(db):
        if timeline.programme_id == programme_id:
            return timeline
    raise RuleError(tr("这个方案没有在使用，请刷新后重新选择。"))


def known_timeline(db: ClinicDatabase, programme_id: int) -> Timeline:
    """A programme with its versions, in use or retired. Raises RuleError for one nobody signed."""
    for timeline in every_timeline(db):
        if timeline.programme_id == programme_id:
            return timeline
    raise RuleError(tr("没有找到这个方案，请刷新后重新选择。"))
