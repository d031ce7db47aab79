"""A person's standing: loaded history in, settled consequences out.

After any command that touches a person's money, grants or overrides, `settle` folds the history
with `evaluate` and stores what follows: the standing row, tier events with their two notices,
and the grants that should exist. It is the only writer of those tables, and running it twice
changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from models.database import ClinicDatabase
from models.desk import FollowupTask
from models.gifts import EntitlementGrant
from models.ledgers import OpeningBalance, Standing, TierEvent, TierNotice
from models.people import Membership
from models.query import Prepared, slot
from services.commands import Tx
from services.errors import IntegrityAlarm
from services.i18n import tr
from services.loyalty.history import Ordered, history, ordered_history, profile_of
from services.loyalty.ledger import Source, StoredAccount, credit, debit, expiry_of
from services.people.aliases import group_of, root_of
from services.programmes.evaluate import evaluate
from services.programmes.events import Evaluation, Event, GrantState, Profile, Step
from services.programmes.plan import number
from services.programmes.registry import Timeline, timelines

_STANDING = Prepared(
    lambda: Standing.select(
        Standing.spend_fen,
        Standing.max_single_fen,
        Standing.earned,
        Standing.available,
        Standing.deficit,
        Standing.supported_rank,
        Standing.rank,
        Standing.reached_on,
        Standing.route,
        Standing.member,
        Standing.receipts,
        Standing.next_on,
        Standing.paid_until,
        Standing.tier_ends_on,
        Standing.redeemable,
    ).where(
        (Standing.person_id == slot("person_id")) & (Standing.programme_id == slot("programme_id"))
    )
)
_SETTLED_COLUMNS = (
    "spend_fen",
    "max_single_fen",
    "earned",
    "available",
    "deficit",
    "supported_rank",
    "rank",
    "reached_on",
    "route",
    "member",
    "receipts",
    "next_on",
    "paid_until",
    "tier_ends_on",
    "redeemable",
    "seq",
)
_UPDATE = Prepared(
    lambda: Standing.update(
        {getattr(Standing, name): slot(name) for name in _SETTLED_COLUMNS}
    ).where(
        (Standing.person_id == slot("person_id")) & (Standing.programme_id == slot("programme_id"))
    )
)
_STORED_GRANTS = Prepared(
    lambda: EntitlementGrant.select(
        EntitlementGrant.grant_key,
        EntitlementGrant.id,
        EntitlementGrant.quantity,
        EntitlementGrant.used,
        EntitlementGrant.state,
    ).where(
        (EntitlementGrant.person_id == slot("person_id"))
        & (EntitlementGrant.programme_id == slot("programme_id"))
    )
)
_STORED_STEPS = Prepared(
    lambda: (
        TierEvent.select(TierEvent.to_rank)
        .where(
            (TierEvent.person_id == slot("person_id"))
            & (TierEvent.programme_id == slot("programme_id"))
        )
        .order_by(TierEvent.id)
    )
)
_JOINED = Prepared(
    lambda: Membership.select(Membership.joined_on).where(
        (Membership.person_id == slot("person_id"))
        & (Membership.programme_id == slot("programme_id"))
        & (Membership.state == "active")
    )
)


@dataclass(frozen=True)
class StandingRow:
    """The stored standing of a person under a programme. Fen and points."""

    spend_fen: int = 0
    max_single_fen: int = 0
    earned: int = 0
    available: int = 0
    deficit: int = 0
    supported_rank: int = 0
    rank: int = 0
    reached_on: str | None = None
    route: str | None = None
    member: int = 0
    receipts: int = 0
    next_on: str | None = None
    paid_until: str | None = None
    tier_ends_on: str | None = None
    redeemable: int = 0


@dataclass(frozen=True)
class Folded:
    """A person's history and what it comes to, before anything of it is stored."""

    ordered: tuple[Ordered, ...]
    evaluation: Evaluation
    joined: str | None


@dataclass(frozen=True)
class Settled:
    """What settling changed: the evaluation, steps and grants that are new since the last time."""

    programme_id: int
    rank_before: int
    member: bool
    evaluation: Evaluation
    new_step_ids: tuple[int, ...]
    new_grant_ids: tuple[int, ...]


def standing_of(db: ClinicDatabase, person_id: int, programme_id: int) -> StandingRow:
    """The stored standing; zeros for somebody who never paid."""
    row = _STANDING.row(db, person_id=person_id, programme_id=programme_id)
    return StandingRow() if row is None else StandingRow(*row)


def joined_on(db: ClinicDatabase, person_id: int, programme_id: int) -> str | None:
    """The day of joining of an active member; None for others. Whoever was merged into a person
    brings their membership along (E62)."""
    days = [
        str(row[0])
        for each in group_of(db, person_id)
        for row in _JOINED.rows(db, person_id=each, programme_id=programme_id)
    ]
    return min(days, default=None)


# -- settling ------------------------------------------------------------------------------


def open_account(tx: Tx, person_id: int, timeline: Timeline) -> StoredAccount:
    """The person's points account under a programme, as stored."""
    row = standing_of(tx.db, person_id, timeline.programme_id)
    return StoredAccount(tx, person_id, timeline, row.available, row.deficit)


def open_accounts(tx: Tx, person_id: int) -> list[StoredAccount]:
    """The person's points account under every active programme, as stored."""
    return [open_account(tx, person_id, timeline) for timeline in timelines(tx.db)]


def account_of(tx: Tx, person_id: int, programme_id: int) -> StoredAccount:
    """The person's points account under one programme. Raises LookupError for a retired one."""
    for timeline in timelines(tx.db):
        if timeline.programme_id == programme_id:
            return open_account(tx, person_id, timeline)
    raise LookupError(programme_id)


def settle_person(tx: Tx, person_id: int) -> tuple[Settled, ...]:
    """Settle every programme of a person whose points did not move in this command."""
    person_id = root_of(tx.db, person_id)
    return tuple(settle(tx, account) for account in open_accounts(tx, person_id))


def settle(tx: Tx, account: StoredAccount) -> Settled:
    """Fold the history and store what follows from it. Raises IntegrityAlarm (E64)."""
    return store(tx, account, fold(tx, account))


def fold(tx: Tx, account: StoredAccount) -> Folded:
    """The person's history as it stands in this command, and where it leads."""
    joined = joined_on(tx.db, account.person_id, account.programme_id)
    timeline = account.timeline.for_member(joined)
    ordered = ordered_history(tx.db, account.person_id, timeline)
    person = _profile(tx.db, timeline, account.person_id)
    try:
        found = evaluate(timeline, (event for _, event in ordered), tx.today, person)
    except KeyError as error:
        raise _alarm() from error
    return Folded(tuple(ordered), found, joined)


def _profile(db: ClinicDatabase, timeline: Timeline, person_id: int) -> Profile:
    return profile_of(db, person_id, (version.programme for version in timeline.versions))


def store(tx: Tx, account: StoredAccount, folded: Folded) -> Settled:
    """Store what a fold found. Raises IntegrityAlarm (E64)."""
    found, joined = folded.evaluation, folded.joined
    before = standing_of(tx.db, account.person_id, account.programme_id)
    _check_spend(tx, before, folded)
    receipts = len({event.ref for _, event in folded.ordered if event.kind == "money"})
    _store_standing(tx, account, found, joined is not None, receipts)
    unsupported = before.rank > before.supported_rank
    return _consequences(tx, account, found, joined, before.rank, unsupported, new=False)


def settle_new(tx: Tx, account: StoredAccount, events: list[Event], joined: str | None) -> Settled:
    """Settle somebody of whom nothing is stored yet: the same, without looking (bulk import)."""
    timeline = account.timeline.for_member(joined)
    person = _profile(tx.db, timeline, account.person_id)
    found = evaluate(timeline, events, tx.today, person)
    values = _standing_values(tx, account, found, joined is not None, receipts=0)
    ids = {"person_id": account.person_id, "programme_id": account.programme_id}
    tx.db.insert(Standing, **ids, **values)
    return _consequences(tx, account, found, joined, 0, False, new=True)


def _consequences(
    tx: Tx,
    account: StoredAccount,
    found: Evaluation,
    joined: str | None,
    rank_before: int,
    was_unsupported: bool,
    *,
    new: bool,
) -> Settled:
    if joined is None:  # what was given to them all the same belongs to no tier
        awards = tuple(state for state in found.grants if state.rank == 0)
        given = _store_grants(tx, account, awards, "", new=new)
        return Settled(account.programme_id, rank_before, False, found, (), given)
    steps = _store_steps(tx, account, found, new=new)
    grants = _store_grants(tx, account, found.grants, joined, new=new)
    if found.unsupported:
        _ask_manager(tx, account.person_id, found)
    elif was_unsupported:
        _answered(tx, account.person_id)
    return Settled(account.programme_id, rank_before, True, found, steps, grants)


def _check_spend(tx: Tx, before: StandingRow, folded: Folded) -> None:
    """The stored spend plus this command's money must be the folded spend."""
    found = folded.evaluation
    now = sum(
        event.amount_fen
        for order, event in folded.ordered
        if order[0] == tx.seq and event.kind in ("money", "opening")
    )
    unchanged = before.spend_fen == found.spend_fen  # settled once already in this command
    if not unchanged and before.spend_fen + now != found.spend_fen:
        raise _alarm()
    if found.spend_fen < 0 or found.earned < 0:
        raise _alarm()


def _alarm() -> IntegrityAlarm:
    return IntegrityAlarm(tr("这位会员的账目与记录对不上，已停止为其登记。请院长运行“校验”。"))


def _standing_values(
    tx: Tx, account: StoredAccount, found: Evaluation, member: bool, receipts: int
) -> dict[str, object]:
    return {
        "spend_fen": found.spend_fen,
        "max_single_fen": found.max_single_fen,
        "earned": found.earned,
        "available": account.available,
        "deficit": account.deficit,
        "supported_rank": found.supported_rank,
        "rank": found.rank,
        "reached_on": found.reached_on,
        "route": found.route,
        "member": int(member),
        "receipts": receipts,
        "next_on": found.next_on if found.rank or found.terms else None,
        "paid_until": found.paid_until(tx.today),
        "tier_ends_on": found.tier_ends_on,
        "redeemable": int(found.redeemable),
        "seq": tx.seq,
    }


def _store_standing(
    tx: Tx, account: StoredAccount, found: Evaluation, member: bool, receipts: int
) -> None:
    values = _standing_values(tx, account, found, member, receipts)
    ids = {"person_id": account.person_id, "programme_id": account.programme_id}
    if _UPDATE.write(tx.db, **ids, **values) == 0:
        tx.db.insert(Standing, **ids, **values)


def _store_steps(
    tx: Tx, account: StoredAccount, found: Evaluation, *, new: bool
) -> tuple[int, ...]:
    ids = {"person_id": account.person_id, "programme_id": account.programme_id}
    told = [] if new or not found.steps else [row[0] for row in _STORED_STEPS.rows(tx.db, **ids)]
    made = []
    for step in _untold(told, found):
        made.append(
            tx.db.insert(
                TierEvent,
                **ids,
                version_id=step.version_id,
                from_rank=step.from_rank,
                to_rank=step.to_rank,
                occurred_on=step.on,
                route=step.route,
                receipt_id=step.ref or None,
                seq=tx.seq,
            )
        )
    # who comes from the paper register was told long ago
    if made and not new and found.steps[-1].to_rank > found.steps[-1].from_rank:
        for post in ("frontdesk", "billing"):  # S18-04: told by both posts
            tx.db.insert(TierNotice, tier_event_id=made[-1], post=post)
    return tuple(made)


def _untold(told: list[int], found: Evaluation) -> tuple[Step, ...]:
    """The steps that are not stored yet. Where a merge has changed the past, the stored history
    stays and one step leads from its end to the rank now held (E62)."""
    steps = found.steps
    if told == [step.to_rank for step in steps[: len(told)]]:
        return steps[len(told) :]
    last = steps[-1]
    if told[-1] == found.rank:
        return ()
    return (replace(last, from_rank=told[-1], to_rank=found.rank),)


def _store_grants(
    tx: Tx, account: StoredAccount, grants: Sequence[GrantState], joined: str, *, new: bool
) -> tuple[int, ...]:
    """Store the grants that should exist; answers the ids of new ones.

    A grant of somebody merged into this person closes with what it was drawn for; what is left
    of it is the survivor's (E62).
    """
    if not grants:
        return ()
    ids = {"person_id": account.person_id, "programme_id": account.programme_id}
    stored = {} if new else {row[0]: row[1:] for row in _STORED_GRANTS.rows(tx.db, **ids)}
    elsewhere = {} if new else _close_merged(tx, account)
    made = []
    for state in grants:
        known = stored.get(state.key)
        drawn = elsewhere.get(state.key, 0)
        used = state.used - drawn
        quantity = max(state.quantity - drawn, used)
        if known is None:
            lapsed = state.valid_to is not None and state.valid_to < joined
            if not lapsed and not (state.key in elsewhere and quantity == used):
                made.append(_insert_grant(tx, account, state, quantity, used, joined))
            continue
        wanted = (quantity, used, _state(state.closed, quantity, used))
        if known[1:] != wanted:
            tx.db.write(
                EntitlementGrant.update(quantity=wanted[0], used=wanted[1], state=wanted[2]).where(
                    EntitlementGrant.id == known[0]
                )
            )
    return tuple(made)


def _close_merged(tx: Tx, account: StoredAccount) -> dict[str, int]:
    """Close the grants of merged people; key → how much of it they had drawn."""
    drawn: dict[str, int] = {}
    for person_id in account.group[1:]:
        ids = {"person_id": person_id, "programme_id": account.programme_id}
        for key, grant_id, _, used, state in _STORED_GRANTS.rows(tx.db, **ids):
            drawn[key] = drawn.get(key, 0) + used
            if state != "closed":
                close = EntitlementGrant.update(state="closed")
                tx.db.write(close.where(EntitlementGrant.id == grant_id))
    return drawn


def _insert_grant(
    tx: Tx, account: StoredAccount, state: GrantState, quantity: int, used: int, joined: str
) -> int:
    benefit = state.benefit
    return tx.db.insert(
        EntitlementGrant,
        person_id=account.person_id,
        programme_id=account.programme_id,
        version_id=state.version_id,
        grant_key=state.key,
        kind="gift" if benefit.kind == "gift" else "service",
        form="" if benefit.kind in ("gift", "service") else benefit.kind,
        name=benefit.name,
        rank=state.rank,
        reason=benefit.reason,
        value_fen=(number(benefit.value_yuan) or 0) * 100,
        quantity=quantity,
        used=used,
        due_on=max(state.due_on, joined),
        valid_from=state.valid_from,
        valid_to=state.valid_to,
        state=_state(state.closed, quantity, used),
        seq=tx.seq,
    )


def _state(closed: bool, quantity: int, used: int) -> str:
    if closed:
        return "closed"
    return "used" if used >= quantity else "open"


def _ask_manager(tx: Tx, person_id: int, found: Evaluation) -> None:
    """A tier the money no longer carries waits for the manager's word, once per tier (E37)."""
    cycle = f"{found.rank}:{len(found.steps)}"
    known = tx.db.row(
        FollowupTask.select(FollowupTask.id).where(
            (FollowupTask.person_id == person_id)
            & (FollowupTask.rule == "tier_unsupported")
            & (FollowupTask.cycle == cycle)
        )
    )
    if known is None:
        tx.db.insert(
            FollowupTask,
            person_id=person_id,
            rule="tier_unsupported",
            cycle=cycle,
            due_on=tx.today,
            state="open",
            seq=tx.seq,
        )


def _answered(tx: Tx, person_id: int) -> None:
    """The tier is supported again or let go: there is nothing left to ask."""
    tx.db.write(
        FollowupTask.update(state="done").where(
            (FollowupTask.person_id == person_id)
            & (FollowupTask.rule == "tier_unsupported")
            & (FollowupTask.state == "open")
        )
    )


def settle_opening(tx: Tx, person_id: int, opening_id: int) -> Settled:
    """Credit the points of an opening balance (or take a reversed one back) and settle (E46)."""
    row = tx.db.row(
        OpeningBalance.select(
            OpeningBalance.programme_id, OpeningBalance.points, OpeningBalance.occurred_on
        ).where(OpeningBalance.id == opening_id)
    )
    if row is None:
        raise LookupError(opening_id)
    programme_id, points, on = row
    account = account_of(tx, person_id, programme_id)
    if points > 0:
        expires_on = expiry_of(account.timeline, on)
        credit(account, points, Source("opening", on, expires_on=expires_on, tier_counting=True))
    elif points < 0:
        debit(account, -points, Source("reversal", on, tier_counting=True), may_owe=True)
    return settle(tx, account)


def rebuild(db: ClinicDatabase, timeline: Timeline, person_id: int, as_of: str) -> Evaluation:
    """What the standing ought to be, from the ledgers alone (verify compares)."""
    timeline = timeline.for_member(joined_on(db, person_id, timeline.programme_id))
    person = _profile(db, timeline, person_id)
    return evaluate(timeline, history(db, person_id, timeline), as_of, person)
