"""Services that look at everybody, run beside the window over a connection of their own.

Both are made for `ui.widgets.work.Work`: it hands over the `Progress` they tell and ask.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from services.clinic import Clinic
from services.commands import Session
from services.loyalty.everybody import WorkCancelled
from ui.tasks import Cancelled, Progress


def read_beside(clinic: Clinic, call: Callable[..., Any], progress: Progress, **values: Any) -> Any:
    """`call(db, today, …)` over a connection that can only read."""
    with clinic.reading() as reader:
        return _stoppable(call, progress, reader.db, clinic.clock.today(), **values)


def write_beside(
    session: Session, command: Callable[..., Any], progress: Progress, **values: Any
) -> Any:
    """A command, all or nothing, over a second writing connection."""
    backed_up(session.clinic, "bulk", progress)
    with session.clinic.long_writing() as writer:
        return _stoppable(command, progress, replace(session, clinic=writer), **values)


def backed_up(clinic: Clinic, why: str, progress: Progress) -> None:
    """A backup before work that changes much; nothing when the newest holds everything. The work
    does not begin without one. Raises what `make_backup` raises."""
    from services.backups.making import make_backup
    from services.verify import VerifyCancelled

    try:
        make_backup(clinic, why, cancelled=progress.stopped)
    except VerifyCancelled as stopped:
        raise Cancelled from stopped


def _stoppable(call: Callable[..., Any], progress: Progress, *args: Any, **values: Any) -> Any:
    try:
        return call(*args, progress=progress.show, cancelled=progress.stopped, **values)
    except WorkCancelled as stopped:
        raise Cancelled from stopped
