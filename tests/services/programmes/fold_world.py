"""Small programmes and events for tests of the fold."""

from __future__ import annotations

import itertools
from typing import Any

from services.programmes.definition import Benefit, Points, Programme, Reach, Tier
from services.programmes.evaluate import Evaluation, evaluate
from services.programmes.events import NOBODY, Event, Profile
from services.programmes.registry import Timeline, Version

DAY = "2026-03-01"
_refs = itertools.count(1)


def tier(rank: int, *reach: Reach, **more: Any) -> Tier:
    more.setdefault("name", f"级{rank}")
    return Tier(rank=rank, colour="#000000", reach=reach, **more)


def spend(yuan: int, **more: Any) -> Reach:
    """Cumulative spend of so many yuan."""
    return Reach(cumulative_spend_yuan=yuan, **more)


def programme(*tiers: Tier, points: Points | None = None, **more: Any) -> Programme:
    more.setdefault("kind", "mixed")
    return Programme(name="试", points=points or Points("threshold"), tiers=tiers, **more)


def service(key: str, **more: Any) -> Benefit:
    more.setdefault("name", key)
    return Benefit(key=key, kind="service", **more)


def line(*programmes: Programme, starts: tuple[str, ...] = ("2000-01-01",)) -> Timeline:
    pairs = zip(programmes, starts, strict=True)
    return Timeline(1, tuple(Version(i, start, p) for i, (p, start) in enumerate(pairs, 1)))


def buy(yuan: float, on: str = DAY, **more: Any) -> Event:
    more.setdefault("ref", next(_refs))
    return Event("money", on, amount_fen=round(yuan * 100), **more)


def back(event: Event, yuan: float, on: str = DAY, **more: Any) -> Event:
    return event._replace(on=on, amount_fen=-round(yuan * 100), **more)


def fee(rank: int, months: int, on: str = DAY) -> Event:
    return Event("fee", on, next(_refs), rank=rank, months=months)


def use(key: str, on: str = DAY, count: int = 1) -> Event:
    return Event("use", on, key=key, points=count)


def fold(
    rules: Programme | Timeline, *events: Event, as_of: str = DAY, person: Profile = NOBODY
) -> Evaluation:
    timeline = rules if isinstance(rules, Timeline) else line(rules)
    return evaluate(timeline, events, as_of, person)


def open_grants(found: Evaluation) -> dict[str, int]:
    """key → what may still be drawn, closed grants left out"""
    return {grant.key: grant.left for grant in found.grants if not grant.closed}


def spans(found: Evaluation) -> dict[str, tuple[str, str | None]]:
    return {grant.key: (grant.valid_from, grant.valid_to) for grant in found.grants}
