"""Many commands in one durable transaction: import, the demo clinic, the measured clinics.

    with bulk(front, billing) as (front, billing):
        post_receipt(front, person_id=7, amount_fen=86_000)

The verbs are the very same; each still checks its right and the clock, has its own seq and its
own audit row in the chain. Only the commit is shared, so either all of the block is there or
nothing. A command that is refused breaks the block: everything in it is given up, because half
a command must never be kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from services.commands import Session, open_batch, writing


@contextmanager
def bulk(*sessions: Session) -> Iterator[tuple[Session, ...]]:
    """The sessions (all of one clinic), acting inside one transaction.

    Raises what `writing` raises, and RuntimeError when the block goes on after a refusal.
    """
    with writing(sessions[0].clinic) as db:
        batch = open_batch(db)
        yield tuple(replace(session, batch=batch) for session in sessions)
        if batch.broken:
            raise RuntimeError("a command of this batch was refused; nothing of it is kept")
