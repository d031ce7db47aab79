"""Where a clinic's data should not lie: synced, on the net, on a stick, beside the program."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath
from types import ModuleType
from typing import TYPE_CHECKING, cast

import pytest

from models.vault import FileVault
from services import data_place, place_probe
from services.backups import restoring
from services.clinic_place import (
    Concern,
    Surroundings,
    concern,
    concern_here,
    how_to_move,
    refuse_new,
    refused,
    why_not,
)
from services.clock import ManualClock
from services.demo import build
from services.errors import RuleError
from services.setup import create_clinic

if TYPE_CHECKING:
    from services.backups.shelf import Backup

WIN, NIX = PureWindowsPath, PurePosixPath


@pytest.mark.parametrize(
    "good",
    [
        WIN(r"C:\Users\li\AppData\Local\haochi-desk"),
        WIN(r"D:\haochi-desk"),
        WIN(r"D:\Dropboxes of wood"),
        NIX("/home/li/.local/share/haochi-desk"),
        NIX("/home/li/onedriver"),
    ],
    ids=str,
)
def test_an_ordinary_folder_of_this_pc_is_a_good_place(good: PurePath) -> None:
    around = Surroundings(
        environment={
            "OneDrive": r"C:\Users\li\OneDrive",
            "APPDATA": r"C:\Users\li\AppData\Roaming",
        },
        program=type(good)(r"C:\Users\li\AppData\Local\Programs\HaochiDesk"),
        roots=((type(good)("/home/li/Dropbox"), "Dropbox"),),
        file_system=lambda path: "ext4",
    )
    assert concern(good, around) is None


@pytest.mark.parametrize(
    ("place", "who"),
    [
        (WIN(r"C:\Users\li\OneDrive - 皓齿口腔\data"), "OneDrive"),
        (WIN(r"C:\Users\li\Dropbox (Personal)\data"), "Dropbox"),
        (WIN(r"D:\Nutstore\1\我的坚果云\data"), "坚果云"),
        (NIX("/home/li/Nutstore Files/data"), "坚果云"),
        (WIN(r"D:\我的坚果云备份"), "坚果云"),
        (WIN(r"D:\BaiduSyncdisk\data"), "百度网盘"),
        (WIN(r"D:\BaiduNetdiskWorkspace\data"), "百度网盘"),
        (WIN(r"D:\百度网盘同步空间\data"), "百度网盘"),
        (WIN(r"D:\微云同步助手\123\data"), "微云"),
        (WIN(r"D:\Weiyun\data"), "微云"),
        (WIN(r"C:\Users\li\WPS Cloud Files\123\data"), "WPS 云盘"),
        (WIN(r"C:\Users\li\WPSDrive\data"), "WPS 云盘"),
        (WIN(r"D:\WPS云盘\data"), "WPS 云盘"),
        (WIN(r"C:\Users\li\iCloudDrive\data"), "iCloud"),
        (WIN(r"G:\My Drive\data"), "Google Drive"),
        (WIN(r"G:\我的云端硬盘\data"), "Google Drive"),
        (NIX("/home/li/Google Drive/data"), "Google Drive"),
        (NIX("/home/li/Nextcloud/data"), "Nextcloud"),
        (NIX("/home/li/Syncthing/data"), "Syncthing"),
    ],
    ids=str,
)
def test_a_synced_folder_is_known_by_its_name(place: PurePath, who: str) -> None:
    assert concern(place, Surroundings()) == Concern("synced", who)


def test_a_synced_folder_is_known_by_what_its_program_says() -> None:
    said = Surroundings(
        environment={
            "OneDriveCommercial": r"D:\云\诊所",
            "APPDATA": r"C:\Users\li\AppData\Roaming",
        },
        roots=((WIN(r"E:\Box"), "Dropbox"),),
    )
    assert concern(WIN(r"d:\云\诊所\data"), said) == Concern("synced", "OneDrive")
    assert concern(WIN(r"E:\box"), said) == Concern("synced", "Dropbox")
    roaming = concern(WIN(r"C:\Users\li\AppData\Roaming\haochi-desk"), said)
    assert roaming == Concern("synced", "Windows 漫游配置")


@pytest.mark.parametrize(
    ("mark", "who"), [(".stfolder", "Syncthing"), (".dropbox.cache", "Dropbox")]
)
def test_a_synced_folder_is_known_by_what_lies_in_it(mark: str, who: str) -> None:
    around = Surroundings(has=lambda path: path == NIX("/srv/box") / mark)
    assert concern(NIX("/srv/box/clinic/data"), around) == Concern("synced", who)
    assert concern(NIX("/srv/other"), around) is None


def test_a_folder_that_windows_itself_marks_as_one_of_a_cloud() -> None:
    around = Surroundings(in_cloud=lambda path: path.name == "box")
    assert concern(WIN(r"D:\box\data"), around) == Concern("synced", "云盘")
    assert place_probe.is_cloud(0x0040_0000, 0)
    assert place_probe.is_cloud(0x10, 0x9000_701A)
    assert not place_probe.is_cloud(0x10 | 0x400, 0xA000_000C)  # a folder, a link


@pytest.mark.parametrize("kind", ["nfs4", "cifs", "fuse.sshfs", "network"])
def test_a_network_drive(kind: str) -> None:
    assert concern(NIX("/mnt/x"), Surroundings(file_system=lambda path: kind)) == Concern("network")
    assert concern(WIN(r"\\server\share\data"), Surroundings()) == Concern("network")


@pytest.mark.parametrize("kind", ["vfat", "exFAT", "FAT32", "removable"])
def test_a_stick(kind: str) -> None:
    assert concern(WIN("E:/data"), Surroundings(file_system=lambda path: kind)) == Concern("stick")


def test_beside_the_program_is_no_place_for_a_new_clinic() -> None:
    around = Surroundings(program=WIN(r"C:\Users\li\AppData\Local\Programs\HaochiDesk"))
    found = concern(WIN(r"c:\users\li\appdata\local\programs\haochidesk\data"), around)
    assert found == Concern("program")
    assert refused(found)
    assert not refused(Concern("synced", "OneDrive"))


def test_each_concern_is_said_with_what_it_does() -> None:
    words = [why_not(Concern(kind, "坚果云")) for kind in ("program", "synced", "network", "stick")]
    assert len(set(words)) == 4
    assert "坚果云" in words[1]
    assert "退出程序" in how_to_move(False)


def test_the_way_to_move_names_the_button_of_the_screen_that_will_be_there() -> None:
    assert "“另选数据位置”" in how_to_move(False)  # as on the first start
    assert "“选择其他位置”" in how_to_move(True)  # as on the screen that says what is not found


def test_no_clinic_comes_into_the_program_s_own_folder_by_any_door(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(place_probe, "program_folder", lambda: tmp_path / "program")
    inside, vault = tmp_path / "program" / "data", FileVault(tmp_path / "vault")
    refuse_new(tmp_path / "data")

    def create() -> None:
        create_clinic(
            inside,
            ManualClock("2026-11-20"),
            name="试验口腔",
            programme="医院方案A",
            director="孙院长",
            pin="274159",
            vault=vault,
        )

    def restore() -> None:
        nothing = cast("Backup", None)  # it is not even looked at
        restoring.restore(
            inside, nothing, b"", clock=ManualClock("2026-11-20"), vault=vault, holder="test"
        )

    for door in (create, lambda: build(inside, 5, vault=vault), restore):
        with pytest.raises(RuleError, match="不能建在这里"):
            door()
    assert not inside.exists()


# --- what this PC says ---

MOUNTS = r"""22 1 0:20 / / rw - ext4 /dev/sda1 rw
30 22 0:30 / /media/li/USB\040STICK rw shared:1 - vfat /dev/sdb1 rw
31 22 0:31 / /home/li rw - nfs4 server:/home rw
broken
32 22 0:32 / /home/li/.local rw - btrfs /dev/sdc rw
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/srv/data", "ext4"),
        ("/media/li/USB STICK/data", "vfat"),
        ("/home/li/data", "nfs4"),
        ("/home/li/.local/share/x", "btrfs"),
        ("relative", ""),
    ],
)
def test_what_a_path_lies_on(path: str, kind: str) -> None:
    assert place_probe.of_mount(NIX(path), MOUNTS) == kind


def test_folders_that_sync_programs_name_in_their_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dropbox = '{"personal": {"path": "/home/li/Box", "host": 1}}'
    assert place_probe.dropbox_roots(dropbox) == [(PurePath("/home/li/Box"), "Dropbox")]
    for nothing in ("", "[]", "{", '{"personal": {}}', '{"personal": 1}'):
        assert place_probe.dropbox_roots(nothing) == []
    settings = "[Accounts]\n0\\Folders\\1\\localPath=/home/li/NC/\n0\\url=x\nlocalPath=\n"
    assert place_probe.nextcloud_roots(settings) == [(PurePath("/home/li/NC"), "Nextcloud")]
    (tmp_path / "Nextcloud").mkdir()
    (tmp_path / "Nextcloud" / "nextcloud.cfg").write_text(settings, encoding="utf-8")
    monkeypatch.setenv("APPDATA", str(tmp_path))
    assert (PurePath("/home/li/NC"), "Nextcloud") in place_probe.surroundings().roots


def test_a_folder_of_this_pc_and_a_link_into_a_synced_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert concern_here(tmp_path / "data") is None
    (tmp_path / "real" / "data").mkdir(parents=True)
    (tmp_path / "real" / ".stfolder").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real" / "data")
    assert concern_here(tmp_path / "link") == Concern("synced", "Syncthing")
    monkeypatch.setattr("sys.frozen", True, raising=False)
    monkeypatch.setattr("sys.executable", str(tmp_path / "program" / "haochi-desk"))
    assert concern_here(tmp_path / "program" / "data") == Concern("program")


# --- the place that is remembered ---


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.delenv("HAOCHI_DATA", raising=False)
    return tmp_path


def test_the_place_is_what_was_said_then_what_was_chosen_then_the_usual(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = home / "XDG_DATA_HOME" / "haochi-desk"
    assert data_place.data_folder(None) == usual
    data_place.remember(home / "chosen")
    assert data_place.data_folder(None) == home / "chosen"
    assert not data_place.said_by_start(home / "chosen")
    assert data_place.said_by_start(usual)
    monkeypatch.setenv("HAOCHI_DATA", str(home / "said"))
    assert data_place.data_folder(None) == home / "said"
    assert data_place.data_folder(home / "option") == home / "option"
    monkeypatch.delenv("HAOCHI_DATA")
    data_place.remember(usual)
    assert data_place.remembered() is None


def test_a_memory_that_is_spoilt_or_cannot_be_kept_is_none(home: Path) -> None:
    data_place.remember(home / "chosen")
    file = home / "XDG_CONFIG_HOME" / "haochi-desk" / "place.txt"
    for spoilt in (b"", b"\xff\xff", b"relative/folder\n"):
        file.write_bytes(spoilt)
        assert data_place.remembered() is None
    file.unlink()
    file.mkdir()
    data_place.remember(home / "chosen")
    assert data_place.remembered() is None


class Registry:
    """As far as `winreg` is asked: the values of one key."""

    HKEY_CURRENT_USER, REG_SZ = 1, 1

    def __init__(self) -> None:
        self.values: dict[tuple[str, str], str] = {}

    @contextmanager
    def CreateKey(self, root: int, key: str) -> Iterator[str]:
        assert root == self.HKEY_CURRENT_USER
        yield key

    def SetValueEx(self, key: str, name: str, _: int, kind: int, value: str) -> None:
        assert kind == self.REG_SZ
        self.values[key, name] = value

    def DeleteValue(self, key: str, name: str) -> None:
        if (key, name) not in self.values:
            raise FileNotFoundError(name)
        del self.values[key, name]


def test_on_windows_the_uninstaller_is_told_where_the_clinic_is(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry, usual = Registry(), home / "usual"
    monkeypatch.setattr("services.data_place.usual", lambda: usual)
    monkeypatch.setattr("services.data_place._file", lambda: home / "pc" / "place.txt")
    monkeypatch.setitem(sys.modules, "winreg", cast(ModuleType, registry))
    monkeypatch.setattr(sys, "platform", "win32")
    data_place.remember(home / "诊所")
    assert registry.values == {(r"Software\HaochiDesk", "Place"): str(home / "诊所")}
    assert data_place.remembered() == home / "诊所"
    for _ in range(2):  # the second time nothing is there any more
        data_place.remember(usual)
        assert not registry.values
        assert data_place.remembered() is None


def test_a_picked_folder_with_other_things_in_it_gets_one_of_its_own(tmp_path: Path) -> None:
    assert data_place.place_for(tmp_path, exists=False) == tmp_path
    (tmp_path / "other.txt").write_text("", encoding="utf-8")
    assert data_place.place_for(tmp_path, exists=False) == tmp_path / "haochi-desk"
    assert data_place.place_for(tmp_path, exists=True) == tmp_path
    assert data_place.place_for(tmp_path / "none", exists=False) == tmp_path / "none/haochi-desk"
