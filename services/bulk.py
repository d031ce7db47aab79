"""Many commands in one durable transaction: import, the demo clinic, the measured clinics.

    with bulk(front, billing) as (front, billing):
        post_receipt(front, person_id=7, amount_fen=86_000)

The verbs are the very same; each still checks its right and the clock, has its own seq and its
own audit row in the chain. Only the commit is shared, so either all of the block is there or
nothing. A command that is refused breaks the block: everything in it is given up, because half
a command must never be kept.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from services.commands import Session, open_batch, writing

MOST_KEPT = 20_000


class Memory(OrderedDict[Any, Any]):
    """What commands of batches keep for those after them, at most so many things: what was kept
    longest ago goes. Whoever misses something finds it out again."""

    def __init__(self, most: int = MOST_KEPT) -> None:
        super().__init__()
        self._most = most

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__(key, value)
        self.move_to_end(key)
        if len(self) > self._most:
            self.popitem(last=False)


@contextmanager
def bulk(*sessions: Session, memory: Memory | None = None) -> Iterator[tuple[Session, ...]]:
    """The sessions (all of one clinic), acting inside one transaction.

    The commands keep what they found out in `memory`; whoever hands the same one to the next block
    spares it the looking up. A block that is given up leaves it empty. Raises what `writing`
    raises, and RuntimeError when the block goes on after a refusal.
    """
    kept = Memory() if memory is None else memory
    try:
        with writing(sessions[0].clinic, many=True) as db:
            batch = open_batch(db, kept)
            yield tuple(replace(session, batch=batch) for session in sessions)
            if batch.broken:
                raise RuntimeError("a command of this batch was refused; nothing of it is kept")
    except BaseException:
        kept.clear()  # it tells of rows that are gone, under numbers that are given out again
        raise
