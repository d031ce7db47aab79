"""Every backup that can be reached from this PC, for a list to choose from.

Where the clinic itself cannot be opened, its keys may be gone too: then every stick with a marker
is looked at, and the key that is typed tells which of its backups are this clinic's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from models import keys
from services.backups import manifest as manifests
from services.backups import off_pc, shelf
from services.backups.shelf import Backup, Spoilt
from services.errors import EnvironmentFault, RuleError
from services.i18n import tr

HERE, SECOND, AWAY = "here", "second", "away"  # on this PC, in its second folder, elsewhere
Progress = Callable[[int, int], object]


@dataclass(frozen=True)
class Found:
    """A backup that was read through and is whole."""

    backup: Backup
    place: str

    @property
    def id(self) -> str:
        """Tells it from the others, also from its copies."""
        return str(self.backup.path)


@dataclass(frozen=True)
class Reachable:
    """What can be restored, the newest first, and how many files are spoilt."""

    found: tuple[Found, ...]
    spoilt: int


def reachable(folder: Path, progress: Progress = lambda done, total: None) -> Reachable:
    """Examine the backups of the clinic in `folder`: its own, and those on sticks and in its
    second folder. Reads every byte; `progress` counts bytes of the folder at hand."""
    home = shelf.folder_of(folder)
    found: list[Found] = []
    spoilt: list[Spoilt] = []
    for place, kind in _folders(folder, home):
        good, bad = shelf.examine(place, progress)
        found += [Found(each, kind) for each in good]
        spoilt += bad
    found.sort(key=lambda each: (each.backup.manifest.made_at, each.place == HERE), reverse=True)
    return Reachable(tuple(found), len(spoilt))


def of_clinic(reached: Reachable, key: bytes) -> tuple[Found, ...]:
    """Those that the clinic with this key wrote."""
    return tuple(each for each in reached.found if manifests.seal_holds(each.backup.manifest, key))


def chosen(path: Path) -> Found:
    """A file somebody picked. Raises RuleError when it is no whole backup."""
    manifest = manifests.read(path)
    if not path.is_file() or manifest is None:
        raise RuleError(
            tr("没有找到这份备份，或旁边缺少同名的 .json 文件。请把两个文件放在一起再试。")
        )
    if not shelf.same_bytes(path, manifest):
        raise RuleError(tr("这份备份已损坏，没有使用。请另选一份。"))
    return Found(Backup(path, manifest), AWAY)


def _folders(folder: Path, home: Path) -> list[tuple[Path, str]]:
    second = shelf.read_state(home).second
    more = [Path(second)] if second else []
    away = off_pc.places(_clinic_id(folder, home), more, own=folder)
    kinds = ((each.folder, SECOND if str(each.folder) == second else AWAY) for each in away)
    return [(home, HERE), *kinds]


def _clinic_id(folder: Path, home: Path) -> str:
    """Whose sticks to look for; '' for anybody's, when nothing here says."""
    try:
        return keys.load(folder).clinic_id
    except EnvironmentFault:
        known = shelf.known(home)
        return known[0].manifest.clinic_id if known else ""
