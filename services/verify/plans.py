"""Follow-up plans and their tasks (E62, E66)."""

from __future__ import annotations

from typing import Any

import msgspec
from peewee import JOIN, fn

from models.database import ClinicDatabase
from models.followup import FollowupPlan, FollowupTask
from models.ledgers import Standing
from services.followups.plans import plan_titles
from services.followups.tasks import MANUAL
from services.loyalty.tier_questions import UNSUPPORTED
from services.people.aliases import group_of, roots
from services.programmes.registry import main_timeline
from services.verify.report import Findings


def check_plans(db: ClinicDatabase, found: Findings) -> None:
    """What a plan says about days and words can be read."""
    columns = (FollowupPlan.id, FollowupPlan.offsets, FollowupPlan.scripts)
    rows = db.rows(FollowupPlan.select(*columns).order_by(FollowupPlan.id))
    for plan_id, offsets, scripts in rows:
        if not _readable(offsets, list[int]) or not _readable(scripts, list[str]):
            found.add("plan.unreadable", plan_id)
    found.count("plans", len(rows))


def check_tasks(db: ClinicDatabase, found: Findings) -> None:
    """Every task bears the rule of a plan or one of the program's own, and the tier that the call
    list is ordered by; nobody, under whichever of their records, is to be told the same thing
    twice."""
    rules = {*plan_titles(db), MANUAL, UNSUPPORTED} if _plans_readable(db) else None
    if rules is not None:
        strange = FollowupTask.select(FollowupTask.id).where(FollowupTask.rule.not_in(rules))
        for (task_id,) in db.rows(strange):
            found.add("task.rule", task_id)
    for (task_id,) in db.rows(_misplaced(db)):
        found.add("task.held", task_id)
    for survivor in sorted(set(roots(db).values())):
        _check_group(db, group_of(db, survivor), found)


def _misplaced(db: ClinicDatabase) -> Any:
    """Open tasks whose tier is not that of the standing in the main programme."""
    tier = fn.COALESCE(Standing.rank * Standing.member, 0)
    return (
        FollowupTask.select(FollowupTask.id)
        .join(
            Standing,
            JOIN.LEFT_OUTER,
            on=(
                (Standing.person_id == FollowupTask.person_id)
                & (Standing.programme_id == main_timeline(db).programme_id)
            ),
        )
        .where((FollowupTask.state == "open") & (FollowupTask.held != tier))
    )


def _check_group(db: ClinicDatabase, group: tuple[int, ...], found: Findings) -> None:
    query = FollowupTask.select(FollowupTask.id, FollowupTask.rule, FollowupTask.cycle).where(
        FollowupTask.person_id.in_(group) & (FollowupTask.state == "open")
    )
    known: set[tuple[str, str]] = set()
    for task_id, rule, cycle in db.rows(query.order_by(FollowupTask.id)):
        if (rule, cycle) in known:
            found.add("task.twice", task_id)
        known.add((rule, cycle))


def _plans_readable(db: ClinicDatabase) -> bool:
    try:
        plan_titles(db)
    except msgspec.MsgspecError:
        return False
    return True


def _readable(text: str, kind: type) -> bool:
    try:
        msgspec.json.decode(text, type=kind)
    except msgspec.MsgspecError:
        return False
    return True
