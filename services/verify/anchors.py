"""Heads of the audit chain that are kept outside the file, compared with the chain inside (P13).

Whoever cuts off the newest rows, or puts an older copy in the file's place, leaves a chain that is
right in itself; so does whoever holds the key and writes it anew. Only a head noted elsewhere
tells: the manifests of the backups on this PC and on the sticks, and what stands on a Friday
workbook or an end-of-day slip, when somebody types it in.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from models.database import ClinicDatabase
from models.query import Prepared, slot
from models.system import Audit
from services.backups import manifest as manifests
from services.backups import shelf
from services.clock import local_text
from services.errors import RuleError
from services.i18n import tr
from services.verify.report import Findings

_RESTORED = "backup.restore"
_MINUTE = 16  # characters of 'YYYY-MM-DD HH:MM'
_WRITTEN = re.compile(r"\s*([0-9a-fA-F]{8})\s*[##]\s*(\d{1,15})\s*")
_MAC = Prepared(lambda: Audit.select(Audit.mac).where(Audit.seq == slot("seq")))
_NEWEST = Prepared(lambda: Audit.select(Audit.seq).order_by(Audit.seq.desc()).limit(1))
_RESTORES = Prepared(
    lambda: (
        Audit.select(Audit.at_utc)
        .where(Audit.action == slot("action"))
        .order_by(Audit.seq.desc())
        .limit(1)
    )
)


@dataclass(frozen=True)
class Anchor:
    """Where the chain stood when `name` was written: `head` begins the seal of row `seq`. `at` is
    local time, '' where nobody knows; `whole` says that a full check went before it."""

    name: str
    seq: int
    head: str
    at: str = ""
    whole: bool = False


def written(db: ClinicDatabase) -> str:
    """The head of the chain as papers and workbooks show it: '1a2b3c4d #123', '' without rows."""
    seq, mac = manifests.head(db)
    return f"{mac.hex()[:8]} #{seq}" if seq else ""


def typed(text: str) -> Anchor:
    """A head as somebody types it off a paper. Raises RuleError for what is none."""
    found = _WRITTEN.fullmatch(text)
    if found is None:
        raise RuleError(
            tr("操作链末端写成“8 位字符 #号码”，例如 1a2b3c4d #123，请照收尾单或核对表输入。")
        )
    head, seq = found.groups()
    return Anchor(tr("输入的"), int(seq), head.lower())


def outside(folder: Path, key: bytes, stopped: Callable[[], bool] | None = None) -> list[Anchor]:
    """What the manifests of the clinic's backups say, on its own shelf, in its second folder and
    on the sticks that are plugged in; only those that this clinic's key sealed. Raises
    VerifyCancelled after `stopped()` said so."""
    from services.backups import off_pc  # making a backup verifies it: it leads back to here

    home = shelf.folder_of(folder)
    second = shelf.read_state(home).second
    more = [Path(second)] if second else []
    found: dict[tuple[int, str], Anchor] = {}
    away = off_pc.places("", more, own=folder, stopped=stopped)
    for place in (home, *(each.folder for each in away)):
        for backup in shelf.known(place):
            made = backup.manifest
            if made.seq and manifests.seal_holds(made, key):
                whole = bool(made.counts) and not any(
                    code.startswith(("audit.", "anchor.")) for code in made.faults
                )
                anchor = Anchor(backup.path.name, made.seq, made.head, made.made_at, whole)
                found.setdefault((made.seq, made.head), anchor)
    return sorted(found.values(), key=lambda each: (each.at, each.seq), reverse=True)


def check_anchors(db: ClinicDatabase, found: Findings, anchors: list[Anchor]) -> None:
    """Every anchor must be a row of the chain; those of a state that a restore gave up need not."""
    if not anchors:
        return
    newest = _NEWEST.row(db)
    head = 0 if newest is None else int(newest[0])
    strange = [anchor for anchor in anchors if not fits(db, anchor)]
    given_up = _given_up(db) if strange else ""
    for anchor in strange:
        if anchor.at and anchor.at[:_MINUTE] <= given_up:
            continue
        code = "anchor.cut" if anchor.seq > head else "anchor.other"
        found.add(code, f"{anchor.name} → {anchor.head[:8]} #{anchor.seq}")
    found.count("anchors", len(anchors))


def _given_up(db: ClinicDatabase) -> str:
    """The local time of the last restore, '' without one. It is looked for through the whole
    chain, so only for an anchor that needs it."""
    restored = _RESTORES.row(db, action=_RESTORED)
    return "" if restored is None else local_text(restored[0])


def fits(db: ClinicDatabase, anchor: Anchor) -> bool:
    """Whether the chain has this row with this seal."""
    row = _MAC.row(db, seq=anchor.seq)
    return row is not None and bool(bytes(row[0]).hex().startswith(anchor.head))
