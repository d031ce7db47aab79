"""What the Debian package is made of, as far as it can be told without making one."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import licences
import pytest
import spoken
import stamp
import trimming
from debian import package, try_out

LIB = "/usr/lib/x86_64-linux-gnu"


@pytest.mark.parametrize(
    ("name", "source", "stays"),
    [
        ("PySide6/Qt/plugins/platforms/libqxcb.so", "/v/site-packages/PySide6/x", True),
        ("PySide6/Qt/plugins/platforms/libqoffscreen.so", "/v/site-packages/PySide6/x", True),
        ("PySide6/Qt/plugins/platforms/libqeglfs.so", "/v/site-packages/PySide6/x", False),
        ("PySide6/Qt/translations/qtbase_zh_CN.qm", "/v/site-packages/PySide6/x", True),
        ("PySide6/Qt/translations/qtbase_fr.qm", "/v/site-packages/PySide6/x", False),
        ("PySide6/Qt/lib/libicudata.so.73", "/v/site-packages/PySide6/x", True),
        ("PySide6\\icuuc.dll", "C:/v/site-packages/PySide6/x", False),
        ("stdnum/cn/loc.dat", "/v/site-packages/stdnum/x", True),
        ("stdnum/isbn.dat", "/v/site-packages/stdnum/x", False),
        ("pypinyin/pinyin_dict.json", "/v/site-packages/pypinyin/x", True),
        ("pypinyin/phrases_dict.json", "/v/site-packages/pypinyin/x", False),
    ],
)
def test_what_the_bundle_keeps(name: str, source: str, stays: bool) -> None:
    assert trimming.kept((name, source, "BINARY")) is stays


@pytest.mark.parametrize(
    ("library", "stays"),
    [
        ("libglib-2.0.so.0", False),
        ("libfontconfig.so.1", False),
        ("libz.so.1", False),
        ("libzstd.so.1", False),
        ("libcrypto.so.3", True),
        ("libpython3.11.so.1.0", True),
    ],
)
def test_libraries_of_a_desktop_are_the_systems_own(
    library: str, stays: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trimming, "WINDOWS", False)
    assert trimming.kept((library, f"{LIB}/{library}", "BINARY")) is stays
    monkeypatch.setattr(trimming, "WINDOWS", True)
    assert trimming.kept((library, f"{LIB}/{library}", "BINARY"))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program that needs exactly what is written down, each from a package of that name."""
    (tmp_path / "program").write_bytes(b"\x7fELF")
    names = [line.split(" | ")[0] for line in package.DEPENDS.strip().splitlines()]
    monkeypatch.setattr(package, "needed", lambda _: list(names))
    monkeypatch.setattr(package, "owners", lambda wanted: {name: name for name in wanted})
    monkeypatch.setattr(package, "floor", lambda _: {"libc6": "2.35", "libstdc++6": "11"})
    return tmp_path


def test_the_package_depends_on_what_its_files_name(home: Path) -> None:
    told = package.depends(home)
    assert "libc6 (>= 2.35)" in told
    assert "libstdc++6 (>= 11)" in told
    assert "libglib2.0-0t64 | libglib2.0-0" in told
    assert len(told) == len(package.DEPENDS.split("\n")) - 2


def test_a_library_nobody_wrote_down_ends_the_build(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = package.needed(home)
    monkeypatch.setattr(package, "needed", lambda _: [*known, "libsurprise1"])
    with pytest.raises(SystemExit, match="libsurprise1 is not written down"):
        package.depends(home)


def test_a_library_of_no_package_ends_the_build(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = package.needed(home)
    monkeypatch.setattr(package, "needed", lambda _: [*known, "libodd.so.1"])
    monkeypatch.setattr(
        package, "owners", lambda wanted: {name: name for name in wanted if "odd" not in name}
    )
    with pytest.raises(SystemExit, match=r"libodd\.so\.1 belongs to no package"):
        package.depends(home)


def test_a_plug_in_that_got_lost_ends_the_build(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = [name for name in package.needed(home) if name != "libcups2t64"]
    monkeypatch.setattr(package, "needed", lambda _: left)
    with pytest.raises(SystemExit, match=r"libcups2t64 \| libcups2 is written down"):
        package.depends(home)


def test_what_a_python_may_bring_itself_may_be_missing(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = [name for name in package.needed(home) if name not in package.OF_PYTHON]
    monkeypatch.setattr(package, "needed", lambda _: left)
    assert not package.OF_PYTHON & set(package.depends(home))


def test_the_oldest_libraries_that_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    said = "0 *UND* (GLIBC_2.2.5) a\n0 *UND* (GLIBC_2.35) b\n0 *UND* (GLIBCXX_3.4.29) c\n"
    monkeypatch.setattr(package, "_say", lambda *_: said)
    assert package.floor([]) == {"libc6": "2.35", "libstdc++6": "11"}
    monkeypatch.setattr(package, "_say", lambda *_: said + "(GLIBC_2.38) d\n")
    with pytest.raises(SystemExit, match=r"glibc 2\.38"):
        package.floor([])


def test_the_menu_entry_speaks_chinese_and_finds_its_window() -> None:
    lines = dict(line.split("=", 1) for line in package.DESKTOP.splitlines() if "=" in line)
    assert lines["Name[zh_CN]"] == "皓齿前台"
    assert lines["Exec"] == lines["Icon"] == lines["StartupWMClass"] == "haochi-desk"
    assert all(value.endswith(";") for key, value in lines.items() if key.startswith("Keywords"))


def test_a_build_carries_the_date_of_its_source(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    assert stamp.epoch() == 1_700_000_000
    assert stamp.environment()["PYTHONHASHSEED"] == "0"
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "")
    assert stamp.epoch() > 1_700_000_000


def test_every_shipped_package_is_named_with_its_licence() -> None:
    text = licences.text()
    summary = text.partition("-" * 72)[0]
    assert "PySide6_Essentials 6" in summary
    for each in licences.shipped():
        assert re.search(rf"^{re.escape(each.metadata['Name'])} .+: \S", summary, re.MULTILINE)


def test_the_licences_of_another_python_are_read_where_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "PyPinyin-0.1.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Name: pypinyin\nVersion: 0.1\nLicense: MIT\n")
    (folder / "LICENSE").write_text("do what you like with it")
    (folder / "RECORD").write_text("PyPinyin-0.1.dist-info/LICENSE,,\n")
    assert [each.version for each in licences.shipped(tmp_path)] == ["0.1"]
    text = licences.text(tmp_path, "3.11.9")
    assert "Python 3.11.9: PSF-2.0" in text
    assert "pypinyin 0.1: MIT" in text
    assert "do what you like with it" in text
    assert "PySide6_Essentials 6" not in text


SAID = {
    "self-test": ["ok clinic 0.95s 0.5.0", "ok every page 0.00s", "self-test passed"],
    "demo": [
        "0%",
        "演示诊所：/home/desk/data",
        "孟建平\t院长\t123456",
        "people 50  receipts 1,266",
    ],
    "verify": ["没有发现问题。已核对：顾客 50，单据 266，操作记录 1,080。"],
    "reconcile": ["已写出 2026-11-20 的礼品核对表：已签，共 53 行。", "文件：o/礼品核对.xlsx"],
}


@pytest.mark.parametrize("command", SAID)
def test_one_line_more_or_less_fails_the_trial(command: str) -> None:
    good = SAID[command]
    assert not spoken.surprises(command, good)
    for odd in (
        "qt.qpa: something is odd",
        "FAILED search: x",
        "Traceback (most recent call last):",
    ):
        assert odd in spoken.surprises(command, [odd, *good])
        assert odd in spoken.surprises(command, [*good, odd])
    assert spoken.surprises(command, [])


def test_a_trial_that_tried_nothing_fails() -> None:
    assert spoken.surprises("self-test", ["self-test passed"])
    assert spoken.surprises("demo", SAID["demo"][:-1])
    assert spoken.surprises("verify", ["发现 1 类问题，没有改动任何数据。"])
    assert not spoken.surprises(spoken.SILENT, [])
    assert spoken.surprises(spoken.SILENT, ["anything"])


@pytest.mark.parametrize(("user", "begins"), [(0, "mmdebstrap"), (1000, "sudo")])
def test_mmdebstrap_works_as_root(
    user: int, begins: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[list[str]] = []

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        called.append(command)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(try_out.os, "geteuid", lambda: user, raising=False)
    monkeypatch.setattr(try_out.subprocess, "run", run)
    assert try_out.in_new_system("bookworm", tmp_path / "a.deb", tmp_path / "b.deb")
    assert called[0][0] == begins
    assert "mmdebstrap" in called[0]
