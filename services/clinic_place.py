"""Whether a folder is a good place for a clinic's data: on this PC, out of reach of what copies
files behind the program's back, and not where an upgrade clears up.

A synced folder damages an open database: the sync takes the file, its -wal and its -shm at
different moments and puts back an older one after a conflict. Only finished backups may lie there.
Looking costs a few file attributes; nothing is opened or changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Literal

from services.errors import RuleError
from services.i18n import tr

Kind = Literal["program", "synced", "network", "stick"]

# names of folders that these programs keep, as they name them
_SYNCED_NAMES = (
    ("onedrive", "OneDrive"),
    ("dropbox", "Dropbox"),
    ("nutstore", "坚果云"),
    ("我的坚果云", "坚果云"),
    ("坚果云", "坚果云"),
    ("baidunetdisk", "百度网盘"),
    ("baidunetdiskworkspace", "百度网盘"),
    ("baidusyncdisk", "百度网盘"),
    ("百度网盘", "百度网盘"),
    ("百度云同步盘", "百度网盘"),
    ("weiyun", "微云"),
    ("微云", "微云"),
    ("wpsdrive", "WPS 云盘"),
    ("wps云盘", "WPS 云盘"),
    ("wps cloud files", "WPS 云盘"),
    ("icloud", "iCloud"),
    ("iclouddrive", "iCloud"),
    ("mobile documents", "iCloud"),
    ("google drive", "Google Drive"),
    ("googledrive", "Google Drive"),
    ("my drive", "Google Drive"),
    ("我的云端硬盘", "Google Drive"),
    ("nextcloud", "Nextcloud"),
    ("owncloud", "ownCloud"),
    ("syncthing", "Syncthing"),
    ("seafile", "Seafile"),
    ("阿里云盘", "阿里云盘"),
    ("天翼云盘", "天翼云盘"),
)
# what these programs leave in the folder they sync
_SYNCED_MARKS = (
    (".stfolder", "Syncthing"),
    (".dropbox.cache", "Dropbox"),
    (".nextcloudsync.log", "Nextcloud"),
    (".owncloudsync.log", "ownCloud"),
    (".seafile-data", "Seafile"),
    (".tmp.drivedownload", "Google Drive"),
)
# environment variable → whose folder it names
_SYNCED_VARIABLES = (
    ("OneDrive", "OneDrive"),
    ("OneDriveConsumer", "OneDrive"),
    ("OneDriveCommercial", "OneDrive"),
    ("APPDATA", "Windows 漫游配置"),  # goes with the user from PC to PC
)
_NETWORK = frozenset(
    {
        "afs",
        "ceph",
        "cifs",
        "davfs",
        "fuse.davfs2",
        "fuse.glusterfs",
        "fuse.gvfsd-fuse",
        "fuse.rclone",
        "fuse.s3fs",
        "fuse.sshfs",
        "ncpfs",
        "nfs",
        "nfs4",
        "smb3",
        "smbfs",
        "network",
    }
)
_STICKS = frozenset({"vfat", "msdos", "exfat", "fuse.exfat", "fat", "fat32", "removable"})


@dataclass(frozen=True)
class Surroundings:
    """What is looked at. `program`: the folder an upgrade replaces; `roots`: folders that sync
    programs say they keep, with the program's name; `file_system`: what a path lies on ('' when
    unknown), 'network' and 'removable' where only that much is known; `has`: whether there is
    such a file; `in_cloud`: whether the system itself marks a folder as one of a cloud."""

    environment: Mapping[str, str] = field(default_factory=dict)
    program: PurePath | None = None
    roots: tuple[tuple[PurePath, str], ...] = ()
    file_system: Callable[[PurePath], str] = lambda path: ""
    has: Callable[[PurePath], bool] = lambda path: False
    in_cloud: Callable[[PurePath], bool] = lambda path: False


@dataclass(frozen=True)
class Concern:
    """Why a folder is no good place; `who` names the program that syncs it."""

    kind: Kind
    who: str = ""


def concern(folder: PurePath, around: Surroundings) -> Concern | None:
    """What speaks against keeping a clinic in `folder`; None for a good place."""
    if around.program is not None and _within(folder, around.program):
        return Concern("program")
    who = _synced_by(folder, around)
    if who:
        return Concern("synced", who)
    lies_on = around.file_system(folder).lower()
    if _is_share(folder) or lies_on in _NETWORK:
        return Concern("network")
    return Concern("stick") if lies_on in _STICKS else None


def concern_here(folder: Path) -> Concern | None:
    """The same of a folder of this PC."""
    from services.place_probe import surroundings

    absolute = folder.expanduser().absolute()
    found = concern(absolute, surroundings())
    if found is None and absolute.resolve() != absolute:  # a link into another place
        found = concern(absolute.resolve(), surroundings())
    return found


def why_not(found: Concern) -> str:
    """The sentence for the desk: what it is, and what it does to the data."""
    if found.kind == "program":
        return tr("这个位置在程序自己的文件夹里，升级或卸载程序会清掉它。")
    if found.kind == "synced":
        words = tr("这个位置由“{who}”自动同步。同步会弄坏正在使用的数据，也会把它带到别处。")
        return words.format(who=found.who)
    if found.kind == "network":
        return tr("这个位置在网络盘上。网络一断，正在写的数据就可能损坏。")
    return tr("这个位置在 U 盘或存储卡上。拔出或松动时，正在写的数据就可能损坏。")


def refused(found: Concern) -> bool:
    """Whether no new clinic may be made there: it would be gone with the next upgrade."""
    return found.kind == "program"


def not_here(found: Concern) -> str:
    """Why no new clinic may be made there, and what to do."""
    return why_not(found) + tr("不能建在这里，请另选一个位置。")


def refuse_new(folder: Path) -> None:
    """Raises RuleError where no new clinic may come into being, whoever makes or restores it."""
    found = concern_here(folder)
    if found is not None and refused(found):
        raise RuleError(not_here(found))


def how_to_move(remembered: bool) -> str:
    """What to do about a clinic that stands in such a place. A `remembered` place that is empty
    leads to another screen than the usual one, and its button is called otherwise."""
    button = tr("选择其他位置") if remembered else tr("另选数据位置")
    return tr(
        "请在空闲时退出程序，把整个数据文件夹移到本机硬盘的普通位置，"
        "再启动程序，用“{button}”打开它。云盘和 U 盘只放备份。"
    ).format(button=button)


def _synced_by(folder: PurePath, around: Surroundings) -> str:
    of_same_kind = type(folder)
    for variable, who in _SYNCED_VARIABLES:
        value = around.environment.get(variable, "")
        if value and _within(folder, of_same_kind(value)):
            return who
    for root, who in around.roots:
        if _within(folder, root):
            return who
    for each in (folder, *folder.parents):
        who = _by_name(each.name.lower())
        if who:
            return who
        for mark, who in _SYNCED_MARKS:
            if around.has(each / mark):
                return who
        if around.in_cloud(each):
            return tr("云盘")
    return ""


def _by_name(name: str) -> str:
    """'OneDrive - 皓齿口腔' and 'Dropbox (Personal)' count as what they begin with."""
    for known, who in _SYNCED_NAMES:
        rest = name.removeprefix(known) if name.startswith(known) else None
        if rest is not None and (not rest or rest[0] in " -_(~" or not known.isascii()):
            return who
    return ""


def _within(folder: PurePath, root: PurePath) -> bool:
    """Windows and macOS know no difference of case; where it exists, nobody tells two folders
    apart by it."""
    inner, outer = list(_folded(folder)), list(_folded(root))
    return len(outer) > 1 and inner[: len(outer)] == outer


def _folded(path: PurePath) -> Iterator[str]:
    return (part.lower() for part in path.parts)


def _is_share(folder: PurePath) -> bool:
    r"""\\server\share of Windows."""
    return folder.drive.startswith("\\\\")
