"""Signing: a complete draft becomes an immutable, dated version (R058).

What a version may not do to the clinic's past is refused here: change what an old benefit means
under its key, or take a tier away from under those who hold it.
"""

from __future__ import annotations

from dataclasses import dataclass

from peewee import fn

from models.database import ClinicDatabase
from models.ledgers import Standing
from models.programmes import Programme as ProgrammeTable
from models.programmes import ProgrammeDraft
from services.changes import Changes, Kind
from services.clock import is_date, plus_days
from services.commands import Approval, Tx, command, read_setting, write_setting
from services.desk.daily import DATE, PLACE
from services.errors import RuleError
from services.i18n import tr
from services.loyalty.everybody import Cancelled, Progress
from services.loyalty.reckoning import reckon_today
from services.loyalty.starting import start_programme
from services.programmes.definition import Programme
from services.programmes.drafts import draft
from services.programmes.gaps import refuse_incomplete
from services.programmes.registry import Timeline, sign_version, timelines

RIGHT = "approve.programme"
CHANGED = Changes((Kind.SETTING, Kind.TIER, Kind.GRANT, Kind.POINTS))


@dataclass(frozen=True)
class Signed:
    """A version is signed. `people` had their standing reckoned with it at once."""

    version_id: int
    programme_id: int
    draft_id: int
    people: int
    changes: Changes


@command("programme.sign", entity="programme_version")
def sign(
    tx: Tx,
    *,
    draft_id: int,
    valid_from: str,
    scope: str = "all",
    note: str = "",
    approval: Approval | None = None,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> Signed:
    """Sign a draft as the next version of the programme of its name, in force from a day.

    `scope` 'new' leaves members of before on their version (R058, E41). A new name is a second
    active programme; it starts today and counts everybody's past. Raises RuleError: no second
    PIN, incomplete, a past day, a day that another version has, a changed key, a tier missing.
    """
    _check_approval(tx, approval)
    programme = draft(tx.db, draft_id)
    refuse_incomplete(programme)
    if scope not in ("all", "new"):
        raise RuleError(tr("请选择这一版给所有会员用，还是只给新会员用。"))
    known = _programme(tx.db, programme.name)
    _check_day(tx, known, programme.name, valid_from)
    if known is not None:
        check_keys(known, programme)
        if scope == "all":
            check_ranks(tx.db, known, programme)
    version_id = sign_version(tx, programme, valid_from, note.strip(), scope)
    tx.db.write(ProgrammeDraft.delete().where(ProgrammeDraft.id == draft_id))
    timeline = next(each for each in timelines(tx.db) if each.name == programme.name)
    people = 0
    if known is None:
        people = start_programme(tx, timeline, progress, cancelled)
    elif valid_from == tx.today:
        people = reckon_today(tx, timeline)
        run_today_again(tx)
    tx.about(version_id, programme=timeline.programme_id, valid_from=valid_from, scope=scope)
    return Signed(version_id, timeline.programme_id, draft_id, people, CHANGED)


def _check_approval(tx: Tx, approval: Approval | None) -> None:
    sentence = tr("签署方案要再次输入院长本人的密码。")
    if tx.require(approval, RIGHT, sentence).staff_id != tx.actor.id:
        raise RuleError(sentence)


def _programme(db: ClinicDatabase, name: str) -> Timeline | None:
    """The versions signed under a name. Raises RuleError for a programme that is retired."""
    state = db.scalar(
        ProgrammeTable.select(ProgrammeTable.state).where(ProgrammeTable.name == name)
    )
    if state is None:
        return None
    if state != "active":
        sentence = tr("“{name}”已停用。请先恢复使用，再签署新版；或换一个名称。")
        raise RuleError(sentence.format(name=name))
    return next(timeline for timeline in timelines(db) if timeline.name == name)


def _check_day(tx: Tx, known: Timeline | None, name: str, valid_from: str) -> None:
    if not is_date(valid_from):
        raise RuleError(tr("生效日期写成 2026-11-20 这样。"))
    if valid_from < tx.today:
        raise RuleError(tr("生效日期不能早于今天({today})。").format(today=tx.today))
    if known is None:
        if valid_from > tx.today:
            sentence = tr("“{name}”是新方案，从签署当天起生效。请把日期填成今天，或到那天再签署。")
            raise RuleError(sentence.format(name=name))
        return
    last = max(version.valid_from for version in known.versions)
    if last >= valid_from:
        sentence = tr("“{name}”已有 {day} 生效的版本，新版须在它以后生效，请改日期。")
        raise RuleError(sentence.format(name=name, day=last))


def check_keys(known: Timeline, programme: Programme) -> None:
    """A benefit's key keeps its meaning for ever: who was given it is known by the key (E49).

    Raises RuleError when a key of an earlier version has another kind or period.
    """
    before = {
        benefit.key: (benefit.kind, benefit.per)
        for version in known.versions
        for tier in version.programme.tiers
        for benefit in tier.benefits
    }
    for tier in programme.tiers:
        for benefit in tier.benefits:
            meaning = (benefit.kind, benefit.per)
            if before.get(benefit.key, meaning) != meaning:
                raise RuleError(
                    tr(
                        "{tier}的“{name}”换了种类或周期，会和以前发的混在一起。"
                        "请删掉这一项，另加一项新的权益。"
                    ).format(tier=tier.name, name=benefit.name)
                )


def check_ranks(db: ClinicDatabase, known: Timeline, programme: Programme) -> None:
    """Tiers that members hold stay where they are. Raises RuleError when one would be gone, or
    would stand at another rank, so that its holders were moved without a reason."""
    current = known.versions[-1].programme
    held = db.rows(
        Standing.select(Standing.rank, fn.COUNT(Standing.person_id))
        .where(
            (Standing.programme_id == known.programme_id)
            & (Standing.member == 1)
            & (Standing.rank > 0)
        )
        .group_by(Standing.rank)
        .order_by(Standing.rank)
    )
    for rank, count in held:
        name = current.tier_name(rank)
        if programme.tier(rank) is None:
            sentence = tr(
                "现有 {n} 位会员是第 {rank} 级“{name}”，新版没有这一级。"
                "请保留它，或只给新会员用，或另立方案再切换。"
            )
            raise RuleError(sentence.format(n=count, rank=rank, name=name))
        moved = programme.tier_named(name)
        if moved is not None and moved.rank != rank:
            sentence = tr(
                "“{name}”现在是第 {rank} 级，有 {n} 位会员；新版把它放到第 {to} 级，"
                "会员会跟着错位。请把它放回第 {rank} 级，或另立方案再切换。"
            )
            raise RuleError(sentence.format(name=name, rank=rank, n=count, to=moved.rank))


def run_today_again(tx: Tx) -> None:
    """Let the day's catch-up look at everybody once more: who reaches a tier by a version of
    today moves up today (E41). Running it again changes nothing else."""
    if read_setting(tx.db, DATE) in ("", tx.today):
        write_setting(tx, DATE, plus_days(tx.today, -1))
    write_setting(tx, PLACE, "")
