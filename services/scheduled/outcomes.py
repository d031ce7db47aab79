"""How the last run of each duty went: a small file of each in the clinic's folder, without personal
data, that the window reads the next morning. Two duties may run at once."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from models import durable
from services.clock import is_moment
from services.i18n import tr
from services.scheduled.plan import DUTIES

_LARGEST = 64 * 1024  # bytes
_LONGEST = 400  # characters of a sentence


@dataclass(frozen=True)
class Outcome:
    """`at`: local time of its end, or of its beginning while it has not `ended`; `good`: whether
    it was done; `sentence`: why not, with what to do."""

    at: str
    good: bool
    sentence: str = ""
    ended: bool = True


def begun(at: str) -> Outcome:
    """What is kept of a run until it ends: one that is cut off is told by it."""
    words = tr("开始了，还没有做完。一直这样的，是电脑关了机，或做得太久被停下。")
    return Outcome(at, False, words, ended=False)


def file_of(folder: Path, duty: str) -> Path:
    """Where it is kept."""
    return folder / f"scheduled-{duty}.json"


def last(folder: Path) -> dict[str, Outcome]:
    """Duty → how its last run went; nothing for one that never ran or whose file is unreadable."""
    found = {}
    for duty in DUTIES:
        with (
            suppress(OSError, msgspec.MsgspecError, RecursionError),
            file_of(folder, duty).open("rb") as stream,
        ):
            outcome = msgspec.json.decode(stream.read(_LARGEST), type=Outcome)
            if is_moment(outcome.at):
                found[duty] = outcome
    return found


def note(folder: Path, duty: str, outcome: Outcome) -> None:
    """Keep it. A folder that is not there or takes no file keeps nothing: the window finds that
    out by itself."""
    kept = replace(outcome, sentence=outcome.sentence[:_LONGEST])
    with suppress(OSError):
        if folder.is_dir():
            durable.write_text(file_of(folder, duty), msgspec.json.encode(kept).decode())
