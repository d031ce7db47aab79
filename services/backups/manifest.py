"""What is known of a backup without opening it: the small file beside it.

It holds the fingerprint, how many rows there were, where the audit chain stood (an anchor outside
the file), and the key slots that open the backup on another PC by the recovery code. A seal made
with the clinic's key shows that nobody else wrote it.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec

from models import durable, keys
from models.database import ClinicDatabase
from models.errors import StoreFault
from models.keys import KeyFile
from models.query import Prepared
from models.system import Audit
from services.clock import is_moment

SUFFIX = ".json"
_LARGEST = 256 * 1024  # bytes of a manifest; it takes some 3,000
_PURPOSE = "backup manifest"
_HEAD = Prepared(lambda: Audit.select(Audit.seq, Audit.mac).order_by(Audit.seq.desc()).limit(1))


@dataclass(frozen=True)
class Manifest:
    """`made_at` is local wall-clock time, `seq` and `head` the newest audit row, `counts` rows by
    table, `keys` the slots in their plain form, `why` the occasion, `faults` the codes of what
    `verify` found in the books (the copy itself is whole)."""

    made_at: str
    business_date: str
    app_version: str
    schema: int
    size: int
    sha256: str
    seq: int
    head: str
    counts: dict[str, int]
    keys: dict[str, Any]
    why: str
    faults: tuple[str, ...] = ()
    seal: str = ""

    def key_file(self) -> KeyFile:
        """The slots. Raises StoreFault(KEYS_DAMAGED)."""
        return keys.parse(self.keys)

    @property
    def clinic_id(self) -> str:
        """Which clinic it is a copy of."""
        return str(self.keys.get("clinic_id", ""))


def sealed(manifest: Manifest, key: bytes) -> Manifest:
    """The manifest with its seal."""
    return replace(manifest, seal=_seal(manifest, key))


def seal_holds(manifest: Manifest, key: bytes) -> bool:
    """Whether the manifest is as this clinic wrote it."""
    return hmac.compare_digest(_seal(manifest, key).encode(), manifest.seal.encode())


def _seal(manifest: Manifest, key: bytes) -> str:
    text = msgspec.json.encode(replace(manifest, seal=""), order="deterministic")
    return hmac.new(keys.derive(key, _PURPOSE), text, "sha256").hexdigest()


def beside(path: Path) -> Path:
    """Where the manifest of a backup is."""
    return path.with_suffix(SUFFIX)


def write(path: Path, manifest: Manifest) -> None:
    """Write the manifest of the backup at `path`, whole or not at all. Raises OSError."""
    text = msgspec.json.format(msgspec.json.encode(manifest)).decode()
    durable.write_text(beside(path), text)


def read(path: Path) -> Manifest | None:
    """The manifest of the backup at `path`; None when it is missing or says nothing."""
    try:
        with beside(path).open("rb") as stream:
            found = msgspec.json.decode(stream.read(_LARGEST), type=Manifest)
        found.key_file()
    except (OSError, msgspec.MsgspecError, ValueError, RecursionError, StoreFault):
        return None
    return found if is_moment(found.made_at) else None


def head(db: ClinicDatabase) -> tuple[int, bytes]:
    """Where the audit chain stands: the newest row's number and seal; (0, b'') without one."""
    found = _HEAD.row(db)
    return (0, b"") if found is None else (int(found[0]), bytes(found[1]))
