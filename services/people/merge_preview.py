"""What a merge would come to, before it is done: the same fold over both pasts (E62)."""

from __future__ import annotations

from dataclasses import dataclass

from models.database import ClinicDatabase
from services.loyalty.history import ordered_history, profile_of
from services.loyalty.own_timeline import joinings_of, together
from services.loyalty.redemption_list import spendable
from services.loyalty.standing import StandingRow, joined_on, standing_of
from services.people.merge_facts import Conflict, Fact, conflicts, facts, fillings
from services.people.records import PersonRecord, person
from services.programmes.evaluate import evaluate
from services.programmes.events import Evaluation
from services.programmes.registry import Timeline, timelines


@dataclass(frozen=True)
class MergedStanding:
    """A programme before and after: tier names ('' for none), spend in fen, points usable today
    and points owed. `grants_after` is what could be drawn then: name and how many."""

    programme: str
    tier_survivor: str
    tier_merged: str
    tier_after: str
    spend_survivor_fen: int
    spend_merged_fen: int
    spend_after_fen: int
    points_survivor: int
    points_merged: int
    points_after: int
    owed_after: int
    member_after: bool
    grants_after: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class MergePreview:
    """Both records beside each other; `conflicts` are asked about or forbid the merge."""

    survivor_id: int
    merged_id: int
    survivor_number: str
    merged_number: str
    facts: tuple[Fact, ...]
    programmes: tuple[MergedStanding, ...]
    conflicts: tuple[Conflict, ...]

    @property
    def possible(self) -> bool:
        """Whether no conflict forbids the merge."""
        return not any(conflict.blocking for conflict in self.conflicts)


def merge_preview(db: ClinicDatabase, today: str, survivor_id: int, merged_id: int) -> MergePreview:
    """What merging `merged_id` into `survivor_id` would do. Raises RuleError for an unknown id."""
    mine, theirs = person(db, survivor_id), person(db, merged_id)
    taken = fillings(db, mine, theirs)
    standings = []
    for timeline in timelines(db):
        before = standing_of(db, survivor_id, timeline.programme_id)
        other = standing_of(db, merged_id, timeline.programme_id)
        if (before, other) != (StandingRow(), StandingRow()):
            standings.append(_standing(db, today, timeline, (mine, theirs), (before, other)))
    return MergePreview(
        survivor_id,
        merged_id,
        mine.number,
        theirs.number,
        facts(mine.form, theirs.form, taken),
        tuple(standings),
        conflicts(db, today, survivor_id, merged_id),
    )


def _standing(
    db: ClinicDatabase,
    today: str,
    timeline: Timeline,
    records: tuple[PersonRecord, PersonRecord],
    rows: tuple[StandingRow, StandingRow],
) -> MergedStanding:
    days = [joined_on(db, record.id, timeline.programme_id) for record in records]
    joined = min((day for day in days if day is not None), default=None)
    after = _together(db, today, timeline, records, joined)
    mine, theirs = rows
    programme = timeline.at(today).programme
    usable = [spendable(db, today, record.id, timeline) for record in records]
    owed = mine.deficit + theirs.deficit
    paid = min(sum(usable), owed)
    left = [(g.benefit.name, g.left) for g in after.grants if g.left and g.valid_on(today)]
    return MergedStanding(
        programme=timeline.name,
        tier_survivor=programme.tier_name(mine.rank if mine.member else 0),
        tier_merged=programme.tier_name(theirs.rank if theirs.member else 0),
        tier_after=programme.tier_name(after.rank if joined else 0),
        spend_survivor_fen=mine.spend_fen,
        spend_merged_fen=theirs.spend_fen,
        spend_after_fen=after.spend_fen,
        points_survivor=usable[0],
        points_merged=usable[1],
        points_after=sum(usable) - paid,
        owed_after=owed - paid,
        member_after=joined is not None,
        grants_after=tuple(left) if joined else (),
    )


def _together(
    db: ClinicDatabase,
    today: str,
    timeline: Timeline,
    records: tuple[PersonRecord, PersonRecord],
    joined: str | None,
) -> Evaluation:
    """Both pasts folded as one, with the birthday the survivor would have."""
    days = together(joinings_of(db, each.id, timeline.programme_id) for each in records)
    kept = timeline.for_member(*days)
    survivor, merged = records
    programmes = [version.programme for version in kept.versions]
    born = survivor if survivor.form.birthday or not merged.form.birthday else merged
    events = [event for _, event in ordered_history(db, survivor.id, kept, merged.id)]
    return evaluate(kept, events, today, profile_of(db, born.id, programmes))
