"""One hand-out as rows: a pack leaves a row for each of its parts, all written by one command.

What counts hand-outs (a grant drawn from, the fold, a list) takes one row of each with these
conditions; what counts pieces (the stock, a Friday) takes them all.
"""

from __future__ import annotations

from typing import Any

from peewee import Case, fn

from models.gifts import GiftIssue


def first_of_hand_out(issue: Any = GiftIssue) -> Any:
    """Condition: the row that stands for its hand-out, be it a gift or the first part of a pack."""
    earlier = GiftIssue.alias()
    same = (
        (earlier.seq == issue.seq) & (earlier.grant_id == issue.grant_id) & (earlier.id < issue.id)
    )
    return ~fn.EXISTS(earlier.select(earlier.id).where(same))


def several(issue: Any = GiftIssue) -> Any:
    """Condition: other rows of the same hand-out follow this one."""
    later = GiftIssue.alias()
    same = (later.seq == issue.seq) & (later.grant_id == issue.grant_id) & (later.id > issue.id)
    return fn.EXISTS(later.select(later.id).where(same))


def direction(issue: Any = GiftIssue) -> Any:
    """1 for a row that handed something out, -1 for one that took it back."""
    return Case(None, ((issue.quantity > 0, 1),), -1)
