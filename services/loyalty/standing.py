"""A person's standing: loaded history in, settled consequences out.

After any command that touches a person's money, grants or overrides, `settle` folds the history
with `evaluate` and stores what follows: the standing row, tier events with their two notices,
and the grants that should exist. It is the only writer of those tables, and running it twice
changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

from models.database import ClinicDatabase
from models.ledgers import Standing
from models.query import Prepared, slot
from services.commands import Tx
from services.errors import IntegrityAlarm, RuleError
from services.i18n import tr
from services.loyalty.history import (
    history,
    member_since,
    ordered_history,
    profile_of,
)
from services.loyalty.kept_folds import Kept, gives, keep_fold, kept_fold
from services.loyalty.ledger import StoredAccount
from services.loyalty.own_timeline import own_timeline
from services.loyalty.stored_grants import store_grants
from services.loyalty.stored_steps import store_steps
from services.loyalty.tier_questions import answered, ask_manager
from services.people.aliases import group_of, root_of
from services.programmes.definition import Programme
from services.programmes.evaluate import Fold, evaluate
from services.programmes.events import Evaluation, Event, Profile
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
        Standing.seq,
    ).where(
        (Standing.person_id == slot("person_id")) & (Standing.programme_id == slot("programme_id"))
    ),
    steady=(Standing,),
)


@lru_cache(maxsize=256)
def _update(columns: tuple[str, ...]) -> Prepared:
    """Only what changed is written: most of what a receipt changes stands in no index."""
    return Prepared(
        lambda: Standing.update({getattr(Standing, name): slot(name) for name in columns}).where(
            (Standing.person_id == slot("person_id"))
            & (Standing.programme_id == slot("programme_id"))
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
    """What a person's history comes to, before anything of it is stored: of how many events, how
    many fen of this command's are among them, and the fold itself, to go on from."""

    events: int
    now_fen: int
    evaluation: Evaluation
    joined: str | None
    fold: Fold
    gives_the_same: bool = False  # steps and grants as when they were stored last


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
    return _standing(db, person_id, programme_id)[0]


def _standing(db: ClinicDatabase, person_id: int, programme_id: int) -> tuple[StandingRow, int]:
    """The stored standing and the command that stored it."""
    row = _STANDING.row(db, person_id=person_id, programme_id=programme_id)
    return (StandingRow(), 0) if row is None else (StandingRow(*row[:-1]), row[-1])


def joined_on(db: ClinicDatabase, person_id: int, programme_id: int) -> str | None:
    """The day of joining of an active member; None for others. Whoever was merged into a person
    brings their membership along (E62)."""
    days = (member_since(db, each, programme_id) for each in group_of(db, person_id))
    return min((day for day in days if day is not None), default=None)


# -- settling ------------------------------------------------------------------------------


def open_account(tx: Tx, person_id: int, timeline: Timeline) -> StoredAccount:
    """The person's points account under a programme, as stored, and the rules as they apply."""
    row, seq = _standing(tx.db, person_id, timeline.programme_id)
    own = own_timeline(tx.db, person_id, timeline)
    account = StoredAccount(tx, person_id, own, row.available, row.deficit)
    account.seq = seq
    if len(account.group) > 1:
        account.recount()
    return account


def open_accounts(tx: Tx, person_id: int) -> list[StoredAccount]:
    """The points account under every active programme, as stored: the person's own, or that of
    the survivor they were merged into (E62)."""
    person_id = root_of(tx.db, person_id)
    return [open_account(tx, person_id, timeline) for timeline in timelines(tx.db)]


def account_of(tx: Tx, person_id: int, programme_id: int) -> StoredAccount:
    """The account under one programme. Raises RuleError for a retired one."""
    for account in open_accounts(tx, person_id):
        if account.programme_id == programme_id:
            return account
    raise RuleError(tr("这笔积分所在的方案已停用，不能再改动。"))


def settle_person(tx: Tx, person_id: int) -> tuple[Settled, ...]:
    """Settle every programme of a person whose points did not move in this command."""
    return tuple(settle(tx, account) for account in open_accounts(tx, person_id))


def settle_after(
    tx: Tx, person_id: int, programme_id: int = 0, events: tuple[Event, ...] = ()
) -> tuple[Settled, ...]:
    """The same where these `events` of one programme are all that this command has written of the
    person's past (nothing at all for somebody who only joins)."""
    settled = []
    for account in open_accounts(tx, person_id):
        own = events if account.programme_id == programme_id else ()
        settled.append(store(tx, account, fold_on(tx, account, own)))
    return tuple(settled)


def resettle_person(
    tx: Tx, person_id: int, asks: Callable[[Programme], bool]
) -> tuple[Settled, ...]:
    """Settle a person whose past reads otherwise now (another birthday, a visit that never was),
    in the programmes of which some version `asks` for what changed.

    Raises IntegrityAlarm when something was drawn that this past never gave.
    """
    return tuple(
        store(tx, account, fold(tx, account), reread=tx.seq)
        for account in open_accounts(tx, person_id)
        if any(asks(version.programme) for version in account.timeline.versions)
    )


def settle(tx: Tx, account: StoredAccount) -> Settled:
    """Fold the history and store what follows from it. Raises IntegrityAlarm (E64)."""
    return store(tx, account, fold(tx, account))


def fold(tx: Tx, account: StoredAccount) -> Folded:
    """The person's history as it stands in this command, and where it leads."""
    joined = joined_on(tx.db, account.person_id, account.programme_id)
    timeline = account.timeline
    ordered = ordered_history(tx.db, account.person_id, timeline)
    running = Fold(timeline, _profile(tx.db, timeline, account.person_id))
    _take(tx, running, (event for _, event in ordered))
    now = sum(
        event.amount_fen
        for order, event in ordered
        if order[0] == tx.seq and event.kind in ("money", "opening")
    )
    return Folded(len(ordered), now, running.result(), joined, running)


def fold_on(tx: Tx, account: StoredAccount, events: tuple[Event, ...]) -> Folded:
    """The same after `events` that are all this command has written of the person: in a batch it
    goes on from where the fold had come when the standing was stored. Whatever else becomes of a
    person is settled, so that the standing tells of it. What is drawn now was given by this very
    past, so that a draw needs not say what it was."""
    kept = None if tx.memory is None else kept_fold(tx.memory, account)
    if kept is None:
        return fold(tx, account)
    # whoever joins or leaves writes no event
    joined = kept.joined if events else joined_on(tx.db, account.person_id, account.programme_id)
    _take(tx, kept.fold, events)
    found, now = kept.fold.result(), sum(event.amount_fen for event in events)
    same = (kept.joined, kept.gives) == (joined, gives(found))
    return Folded(kept.events + len(events), now, found, joined, kept.fold, same)


def _take(tx: Tx, running: Fold, events: Iterable[Event]) -> None:
    try:
        for event in events:
            running.take(event)
        running.advance(tx.today)
    except KeyError as error:
        raise _alarm() from error


def _profile(db: ClinicDatabase, timeline: Timeline, person_id: int) -> Profile:
    return profile_of(db, person_id, (version.programme for version in timeline.versions))


def store(tx: Tx, account: StoredAccount, folded: Folded, *, reread: int | None = None) -> Settled:
    """Store what a fold found. Raises IntegrityAlarm (E64).

    `reread`: the past itself reads otherwise now, as it did until this command (a merge, its end,
    another birthday): the spend may jump, grants that this past never gave close, and nobody is
    told of a tier.
    """
    found, joined = folded.evaluation, folded.joined
    before = standing_of(tx.db, account.person_id, account.programme_id)
    _check_spend(tx, before, folded, known=reread is None)
    receipts = len(folded.fold.counters.receipts)
    values = _standing_values(tx, account, found, joined is not None, receipts)
    _write_standing(tx, account.person_id, account.programme_id, before, values)
    if tx.memory is not None:
        kept = Kept(
            tx.seq,
            account.timeline,
            folded.fold,
            folded.events,
            gives(found),
            joined,
        )
        keep_fold(tx.memory, account, kept)
    for merged_id in account.group[1:]:
        blank_standing(tx, merged_id, account.programme_id)
    paid = before.route == "paid" and (before.paid_until or "") >= tx.today
    unsupported = before.rank > before.supported_rank and not paid
    if folded.gives_the_same and not unsupported and not found.unsupported:
        member = joined is not None
        return Settled(account.programme_id, before.rank, member, found, (), ())
    return _consequences(
        tx, account, found, joined, before.rank, unsupported, new=False, reread=reread
    )


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
    reread: int | None = None,
) -> Settled:
    grants = store_grants(tx, account, found.grants, joined, new=new, reread=reread)
    if was_unsupported and not found.unsupported:
        answered(tx, account)
    if joined is None:
        return Settled(account.programme_id, rank_before, False, found, (), grants)
    steps = store_steps(tx, account, found, new=new, quiet=new or reread is not None)
    if found.unsupported:
        ask_manager(tx, account, found, anew=reread is not None)
    return Settled(account.programme_id, rank_before, True, found, steps, grants)


def _check_spend(tx: Tx, before: StandingRow, folded: Folded, *, known: bool) -> None:
    """The stored spend plus this command's money must be the folded spend, where the past is
    `known` to be as it was."""
    found = folded.evaluation
    unchanged = before.spend_fen == found.spend_fen  # settled once already in this command
    if known and not unchanged and before.spend_fen + folded.now_fen != found.spend_fen:
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


def blank_standing(tx: Tx, person_id: int, programme_id: int) -> None:
    """Somebody who was merged, or of whom nothing is left, stands for nothing (E62)."""
    ids = {"person_id": person_id, "programme_id": programme_id}
    nothing = {**asdict(StandingRow()), "seq": tx.seq}
    _update(tuple(nothing)).write(tx.db, **ids, **nothing)


def _write_standing(
    tx: Tx, person_id: int, programme_id: int, before: StandingRow, values: dict[str, Any]
) -> None:
    ids = {"person_id": person_id, "programme_id": programme_id}
    changed = {
        name: value
        for name, value in values.items()
        if name == "seq" or value != getattr(before, name)
    }
    if _update(tuple(changed)).write(tx.db, **ids, **changed) == 0:
        tx.db.insert(Standing, **ids, **values)


def rebuild(db: ClinicDatabase, timeline: Timeline, person_id: int, as_of: str) -> Evaluation:
    """What the standing ought to be, from the ledgers alone (verify compares)."""
    timeline = own_timeline(db, person_id, timeline)
    person = _profile(db, timeline, person_id)
    return evaluate(timeline, history(db, person_id, timeline), as_of, person)
