"""应领未领 in the Friday workbook: what people could have claimed at the cut-off (R144).

As in `friday_data`, a closed period reads the same next year, although gifts are collected,
tiers change and members leave or turn out to be one person: draws, vouchers, memberships and
merges are read by their sequence numbers, and of a grant what it was before the first command
after the cut-off that changed it (`GrantBefore`).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import peewee
from peewee import JOIN, Case, fn

from models.database import ClinicDatabase
from models.followup import FollowupAttempt
from models.gifts import EntitlementGrant, GiftIssue, GrantBefore, ServiceUse
from models.paperwork import Voucher, VoucherStep
from models.people import ImportBatch, Membership, Person, PersonAlias
from services.clock import days_between
from services.followups.outcomes import outcome_title, standing
from services.gifts.hand_outs import direction, first_of_hand_out
from services.gifts.period import PeriodView
from services.people.privacy import mask_name
from services.workbooks.friday_data import STILL_OPEN, Row, TierNames

_THEN = GrantBefore.alias("then")


def unclaimed(db: ClinicDatabase, view: PeriodView) -> Iterator[Row]:
    """应领未领 at the cut-off: gifts, and services promised once (yearly quotas have a list of
    their own); of members, and of anybody what was given by hand. The days are counted from the
    day due."""
    last = FollowupAttempt.alias()
    newest = (
        last.select(last.person_id, fn.MAX(last.id).alias("id"))
        .where((last.seq <= view.cutoff_seq) & standing(last, view.cutoff_seq))
        .group_by(last.person_id)
        .alias("newest")
    )
    query = (
        unclaimed_grants(
            view,
            Person.number,
            Person.name,
            _then("version_id"),
            _then("rank"),
            _then("name"),
            _then("due_on").alias("due"),
            FollowupAttempt.occurred_on,
            FollowupAttempt.outcome,
        )
        .switch(EntitlementGrant)
        .join(newest, JOIN.LEFT_OUTER, on=(newest.c.person_id == EntitlementGrant.person_id))
        .join(FollowupAttempt, JOIN.LEFT_OUTER, on=(FollowupAttempt.id == newest.c.id))
        .order_by(peewee.SQL("due"), EntitlementGrant.id)
    )
    tier = TierNames(db)
    for number, name, version_id, rank, item, due_on, called_on, outcome in db.rows(query):
        yield (
            number,
            mask_name(name),
            tier(version_id, rank),
            item,
            date.fromisoformat(due_on),
            days_between(due_on, view.ended_on),
            f"{called_on} {outcome_title(outcome)}" if called_on else "",
        )


def unclaimed_grants(view: PeriodView, *columns: Any) -> Any:
    """The grants that were open at the cut-off, as a query of `columns`."""
    changed = (
        GrantBefore.select(GrantBefore.grant_id, fn.MIN(GrantBefore.seq).alias("seq"))
        .where(GrantBefore.seq > view.cutoff_seq)
        .group_by(GrantBefore.grant_id)
        .alias("changed")
    )
    later_issues = _drawn_later(GiftIssue, view)
    later_uses = _drawn_later(ServiceUse, view)
    held = _on_vouchers(view)
    back = fn.COALESCE(later_issues.c.n, 0) + fn.COALESCE(later_uses.c.n, 0)
    left = _then("quantity") - EntitlementGrant.used + back
    closed = _then_or(_THEN.closed, EntitlementGrant.state == "closed")
    ends = _then("valid_to")
    speaks = _speaks_for(view)
    query = (
        EntitlementGrant.select(*columns)
        .join(Person, on=(Person.id == EntitlementGrant.person_id))
        .join(ImportBatch, JOIN.LEFT_OUTER, on=(ImportBatch.id == Person.import_batch_id))
        .switch(EntitlementGrant)
    )
    for other in (changed, later_issues, later_uses, held):
        query = query.join(
            other, JOIN.LEFT_OUTER, on=(other.c.grant_id == EntitlementGrant.id)
        ).switch(EntitlementGrant)
    return (
        query.join(
            _THEN,
            JOIN.LEFT_OUTER,
            on=((_THEN.grant_id == EntitlementGrant.id) & (_THEN.seq == changed.c.seq)),
        )
        .where(
            (EntitlementGrant.seq <= view.cutoff_seq)
            & (closed == 0)
            & (left > fn.COALESCE(held.c.n, 0))
            & (_then("due_on") <= view.ended_on)
            & (ends.is_null() | (ends >= view.ended_on))
            & ((EntitlementGrant.kind == "gift") | ends.is_null())
            & ((_then("rank") == 0) | _was_member(view, speaks))
            & _was_there(view)
        )
        .with_cte(speaks)
    )


def _then(name: str) -> Any:
    """A column of a grant as it was at the cut-off."""
    return _then_or(getattr(_THEN, name), getattr(EntitlementGrant, name))


def _then_or(before: Any, now: Any) -> Any:
    return Case(None, ((_THEN.grant_id.is_null(False), before),), now)


# -- people at the cut-off -------------------------------------------------------------------


def _merged_then(alias: Any, view: PeriodView) -> Any:
    """Condition: a merge that was in force at the cut-off (E62)."""
    undone = alias.unmerged_seq
    return (alias.seq <= view.cutoff_seq) & (undone.is_null() | (undone > view.cutoff_seq))


def _speaks_for(view: PeriodView) -> Any:
    """Everybody who was merged at the cut-off, with everybody who spoke for them."""
    first, further = PersonAlias.alias(), PersonAlias.alias()
    start = (
        first.select(first.merged_id, first.survivor_id)
        .where(_merged_then(first, view))
        .cte("speaks", recursive=True, columns=("merged_id", "survivor_id"))
    )
    step = (
        further.select(start.c.merged_id, further.survivor_id)
        .join(start, on=(further.merged_id == start.c.survivor_id))
        .where(_merged_then(further, view))
    )
    return start.union_all(step)


def _was_member(view: PeriodView, speaks: Any) -> Any:
    """Condition: the grant's owner was a member at the cut-off, or spoke for one."""
    own, merged = Membership.alias(), Membership.alias()
    mine = (own.person_id == EntitlementGrant.person_id) & (
        own.programme_id == EntitlementGrant.programme_id
    )
    theirs = (
        merged.select(speaks.c.survivor_id, merged.programme_id)
        .join(speaks, on=(speaks.c.merged_id == merged.person_id))
        .where(_running_then(merged, view))
    )
    owner = peewee.Tuple(EntitlementGrant.person_id, EntitlementGrant.programme_id)
    return fn.EXISTS(own.select(own.id).where(mine & _running_then(own, view))) | owner.in_(theirs)


def _running_then(membership: Any, view: PeriodView) -> Any:
    ended_unnumbered = membership.end_seq.is_null() & (membership.state != "active")
    return (
        (membership.seq <= view.cutoff_seq)
        & (membership.end_seq.is_null() | (membership.end_seq > view.cutoff_seq))
        & ~ended_unnumbered  # before ends were numbered
    )


def _was_there(view: PeriodView) -> Any:
    """Condition: nobody else spoke for the person at the cut-off, and no import that brought
    them had been undone."""
    alias = PersonAlias.alias()
    merged = alias.select(alias.merged_id).where(_merged_then(alias, view))
    known = Person.state.in_(("active", "merged")) | (ImportBatch.undone_seq > view.cutoff_seq)
    return known & Person.id.not_in(merged)


# -- what was taken by then ------------------------------------------------------------------


def _on_vouchers(view: PeriodView) -> Any:
    """The pieces of each grant that were on vouchers at the cut-off: claimed already (R132)."""
    newest = VoucherStep.alias()
    then = newest.select(fn.MAX(newest.id)).where(
        (newest.voucher_id == Voucher.id) & (newest.seq <= view.cutoff_seq)
    )
    return (
        Voucher.select(Voucher.grant_id, fn.COUNT(Voucher.id).alias("n"))
        .join(VoucherStep, on=(VoucherStep.id == then))
        .where(VoucherStep.step.in_(STILL_OPEN))
        .group_by(Voucher.grant_id)
        .alias("held")
    )


def _drawn_later(table: type[peewee.Model], view: PeriodView) -> Any:
    """What was drawn from each grant after the cut-off: it was still unclaimed then."""
    drawn: Any = table.alias()
    later, count = drawn.seq > view.cutoff_seq, drawn.quantity
    if table is GiftIssue:  # a pack counts once
        later, count = later & first_of_hand_out(drawn), direction(drawn)
    return (
        drawn.select(drawn.grant_id, fn.SUM(count).alias("n"))
        .where(later)
        .group_by(drawn.grant_id)
        .alias(f"later_{table._meta.table_name}")
    )
