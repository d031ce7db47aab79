"""Folds that the commands of a batch hand on, so that a receipt does not fold the whole past again.

A batch that posts a year folds everybody's history once per receipt otherwise. What was kept
counts only while the standing is the very one that was stored with it: everything that changes
somebody's events settles, and so writes the standing anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from services.loyalty.history import tells_all
from services.loyalty.ledger import StoredAccount
from services.programmes.evaluate import Fold
from services.programmes.events import Evaluation
from services.programmes.registry import Timeline


@dataclass(frozen=True, slots=True)
class Kept:
    """The fold of somebody whose standing the command `seq` stored: of how many events, under
    which versions, what it gave then (see `gives`), and the day the person had joined."""

    seq: int
    timeline: Timeline
    fold: Fold
    events: int
    gives: tuple[object, ...]
    joined: str | None


def gives(found: Evaluation) -> tuple[object, ...]:
    """What of an evaluation makes rows of steps and grants."""
    grants = (
        (each.key, each.quantity, each.used, each.closed, each.due_on, each.valid_to)
        for each in found.grants
    )
    return found.rank, found.unsupported, found.steps, *grants


def kept_fold(memory: dict[Any, Any], account: StoredAccount) -> Kept | None:
    """The fold to go on from, as far as the stored standing; None where there is none."""
    kept: Kept | None = memory.get(_key(account))
    if kept is None or kept.seq != account.seq or kept.timeline != account.timeline:
        return None
    return kept


def keep_fold(memory: dict[Any, Any], account: StoredAccount, kept: Kept) -> None:
    """Keep the fold of a standing that is stored now, where nothing beside events can change it."""
    key = _key(account)
    if kept.events and len(account.group) == 1 and _tells_all(memory, kept.timeline):
        memory[key] = kept
    else:
        memory.pop(key, None)


def _tells_all(memory: dict[Any, Any], timeline: Timeline) -> bool:
    known: tuple[Timeline, bool] | None = memory.get("tells all")
    if known is None or known[0] is not timeline:
        found = all(tells_all(version.programme) for version in timeline.versions)
        known = memory["tells all"] = timeline, found
    return known[1]


def _key(account: StoredAccount) -> tuple[str, int, int]:
    return "fold", account.person_id, account.programme_id
