"""What the Windows setup is made of, as far as it shows without a Windows."""

import re
import sys
from pathlib import Path

import pytest
from windows import locked, make, try_out, winpython
from windows.wine import Pc, Trouble, Wine, tool, windows_path

from services import data_place
from services.scheduled import task_xml
from services.scheduled.plan import DUTIES
from services.version import VERSION
from ui.mutex import MUTEX

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = (ROOT / "packaging" / "windows" / "installer.nsi").read_text(encoding="utf-8")
CODE = "\n".join(line for line in SCRIPT.splitlines() if not line.lstrip().startswith(";"))
RUN, DEV = ROOT / "requirements.lock", ROOT / "requirements-dev.lock"
HASH = "sha256:" + "a" * 64


def lock(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "some.lock"
    path.write_text(text, encoding="utf-8")
    return path


# --- the lock files ---


def test_the_lock_holds_what_only_windows_needs() -> None:
    names = {pin.name for pin in locked.for_windows(RUN, DEV)}
    assert {"pywin32-ctypes", "pefile", "pyinstaller", "sqlcipher3", "pyside6-essentials"} <= names
    assert not names & {"jeepney", "secretstorage", "macholib", "pytest", "hypothesis", "ruff"}


def test_a_line_for_another_system_is_left_out(tmp_path: Path) -> None:
    pins = locked.read(
        lock(
            tmp_path,
            f"# a comment\none==1.0 ; sys_platform == 'linux' \\\n    --hash={HASH}\n"
            f"two==2.0 ; python_full_version < '3.12' \\\n    --hash={HASH} \\\n    --hash={HASH}\n"
            f"    # via one\n",
        )
    )
    assert [(pin.name, pin.version, pin.on_windows()) for pin in pins] == [
        ("one", "1.0", False),
        ("two", "2.0", True),
    ]
    assert pins[1].line() == f"two==2.0 \\\n    --hash={HASH} \\\n    --hash={HASH}\n"


@pytest.mark.parametrize(
    "line", [f"one>=1.0 --hash={HASH}", "one==1.0", "one==1.0 --hash=md5:abc", f"one --hash={HASH}"]
)
def test_a_loose_line_is_refused(tmp_path: Path, line: str) -> None:
    with pytest.raises(locked.BadLock):
        locked.read(lock(tmp_path, line + "\n"))


def test_the_build_may_not_differ_from_what_the_clinic_gets(tmp_path: Path) -> None:
    run = lock(tmp_path, f"setuptools==1.0 --hash={HASH}\n")
    with pytest.raises(locked.BadLock, match="setuptools differs"):
        locked.for_windows(run, DEV)


def test_a_lock_without_pyinstaller_is_refused(tmp_path: Path) -> None:
    with pytest.raises(locked.BadLock, match="pyinstaller"):
        locked.for_windows(RUN, lock(tmp_path, ""))


def test_the_windows_python_is_one_wheel_with_one_hash() -> None:
    path = ROOT / "packaging" / "windows" / "python-windows.lock"
    (pin,) = locked.read(path)
    assert len(pin.hashes) == 1
    assert "://" not in path.read_text(encoding="utf-8")


# --- signatures ---

GOOD = f"""Signature Index: 0  (Primary Signature)
Current message digest    : {"AB" * 32}
Calculated message digest : {"AB" * 32}
Signing certificate chain verified using:
\t\tSubject: /C=US/O=DigiCert Inc/CN=DigiCert Trusted Root G4
\t\tSubject: {winpython.SIGNER}
Signature verification: ok
Number of verified signatures: 1
Succeeded
"""


def test_a_whole_signature_is_taken() -> None:
    assert winpython.fault_of_signature(0, GOOD) == ""


@pytest.mark.parametrize(
    ("code", "said", "fault"),
    [
        (1, GOOD, "does not hold"),
        (0, GOOD.replace("Succeeded", "Failed"), "does not hold"),
        (0, GOOD.replace("AB" * 32, "CD" * 32, 1), "digest"),
        (0, GOOD.replace("signatures: 1", "signatures: 0"), "whole"),
        (0, GOOD.replace("Signature verification: ok", ""), "whole"),
        (0, GOOD.replace("CN=Python Software", "CN=Somebody"), "somebody else"),
        (0, GOOD.replace("Signing certificate chain", "Chain"), "somebody else"),
        (0, "", "does not hold"),
    ],
)
def test_anything_less_is_refused(code: int, said: str, fault: str) -> None:
    assert fault in winpython.fault_of_signature(code, said)


# --- the version ---


def test_the_version_fits_a_windows_resource() -> None:
    assert make.setup_name(VERSION) == f"皓齿前台-{VERSION}-setup.exe"


@pytest.mark.parametrize("version", ["1.2", "1.2.3.4", "1.2.3rc1", "1.2.x", ""])
def test_another_kind_of_version_is_refused(version: str) -> None:
    with pytest.raises(Trouble):
        make.setup_name(version)


def test_the_trial_goes_up_and_then_not_down() -> None:
    assert make.LATER == try_out.LATER
    assert tuple(map(int, VERSION.split("."))) < tuple(map(int, make.LATER.split(".")))


# --- the installer script ---


def test_nobody_is_asked_for_an_administrator() -> None:
    assert "RequestExecutionLevel user" in CODE
    assert not re.search(r"RequestExecutionLevel (admin|highest)|HKLM|HKCR|SHCTX", CODE)
    assert "SetShellVarContext all" not in CODE
    assert "$PROGRAMFILES" not in CODE


def test_the_installer_asks_for_the_mark_the_program_holds() -> None:
    assert f'!define MUTEX "{MUTEX}"' in CODE
    assert MUTEX.replace("\\", "\\\\") in (ROOT / "packaging/windows/probe.c").read_text()


def test_the_uninstaller_takes_every_task_away() -> None:
    assert f'!define TASKS "{task_xml.FOLDER}"' in CODE
    names = re.findall(r'ForgetTask "(\w+)"', CODE)
    deleted = {f"\\{task_xml.FOLDER}\\{name}" for name in names}
    assert deleted == {task_xml.task_name(duty) for duty in DUTIES}


def test_a_clinic_is_never_touched() -> None:
    """The data folder is named only where it is spoken of."""
    touching = [line for line in CODE.splitlines() if re.search(r"\b(RMDir|Delete|Rename)\b", line)]
    assert touching
    for line in touching:
        assert "haochi-desk\\" not in line.lower()
        assert "${DATA}" not in line
        if line.strip() == 'Rename "${from}" "${to}"':  # of the macro Move, looked at below
            continue
        assert re.search(r'"\$(INSTDIR|SMPROGRAMS|DESKTOP)\b|/Delete /F /TN|DeleteRegKey', line), (
            line
        )
    wiped = [line.split()[2] for line in touching if "RMDir /r" in line]
    ours = {"$INSTDIR\\_old", "$INSTDIR\\_new", "$INSTDIR\\_internal"}
    assert {name.strip('"') for name in wiped} <= ours
    moves = re.findall(r"!insertmacro Move (.+)", CODE)
    assert len(moves) == 6
    assert all(re.fullmatch(r'"\$INSTDIR\\\S+" "\$INSTDIR\\\S+"', move) for move in moves)


def test_a_file_in_use_is_seen_by_what_is_there_and_never_skipped() -> None:
    """${Errors} forgets what it said once it was asked."""
    assert "AllowSkipFiles off" in CODE
    swap = CODE[CODE.index("Function Swap") : CODE.index("Function .onInstFailed")]
    assert "${Errors}" not in swap
    moved = re.findall(r'Move "(\S+)"', swap)
    assert moved == [  # the program file goes first and comes last
        r"$INSTDIR\${PROGRAM}",
        r"$INSTDIR\_internal",
        r"$INSTDIR\_new\_internal",
        r"$INSTDIR\_new\${PROGRAM}",
    ]
    assert swap.count("Call GiveUp") == len(moved)
    section = CODE[CODE.index("\nSection\n") :]
    for earlier, later in (("Call PutBack", "RMDir /r"), ("File /r", "Call Swap")):
        assert section.index(earlier) < section.index(later)


def test_the_uninstaller_names_the_place_the_program_wrote_down() -> None:
    assert f'!define MEMORY "{data_place._KEY}"' in CODE
    assert f'ReadRegStr $2 HKCU "${{MEMORY}}" "{data_place._VALUE}"' in CODE
    assert CODE.count("$\\r$\\n$2$\\r$\\n") == 2  # in either language


def test_the_uninstaller_takes_what_the_setup_put_there() -> None:
    assert {"licences.txt", "uninstall.exe"} == set(
        re.findall(r'Rename "\$INSTDIR\\_new\\(\S+)"', CODE)
    )
    removing = CODE[CODE.index("Section Uninstall") :]
    for name in ("licences.txt", "uninstall.exe", "${PROGRAM}"):
        assert f'Delete "$INSTDIR\\{name}"' in removing


def test_every_sentence_speaks_chinese_and_english() -> None:
    said = re.findall(r'!insertmacro Say (\w+)\s*\\?\s*"([^"]*)"\s*\\?\s*"([^"]*)"', CODE)
    assert len(said) == CODE.count("!insertmacro Say ")
    used = set(re.findall(r"\$\((\w+)\)", CODE))
    assert used == {name for name, _, _ in said}
    for _, chinese, english in said:
        assert re.search(r"[\u4e00-\u9fff]", chinese)
        assert not re.search(r"[\u4e00-\u9fff]", english)


def test_the_silent_codes_are_the_ones_the_trial_expects() -> None:
    codes = (try_out.OLD_WINDOWS, try_out.RUNS, try_out.NO_ICU, try_out.NEWER, try_out.IN_USE)
    for code in codes:
        assert re.search(rf"(Refuse|SetErrorLevel) {code}\b", CODE)


def test_the_icon_has_every_size_windows_shows() -> None:
    icon = make.ICON.read_bytes()
    count = int.from_bytes(icon[4:6], "little")
    sizes = {icon[6 + 16 * index] or 256 for index in range(count)}
    assert {16, 24, 32, 48, 256} <= sizes


# --- the trial on a PC that somebody uses ---


@pytest.fixture
def trial(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> try_out.Trial:
    """On a PC of its own that only has folders."""
    for name in ("LOCALAPPDATA", "APPDATA", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.setattr(try_out, "CHINESE_PATH", str(tmp_path / "诊所电脑"))
    monkeypatch.setattr(Pc, "here", lambda _, path: Path(path.replace("\\", "/")))
    made = try_out.Trial(Pc(), tmp_path / "a.exe", tmp_path / "b.exe", tmp_path)
    monkeypatch.setattr(made, "registered", lambda _: "")
    return made


@pytest.mark.parametrize("number", range(4))
def test_a_pc_with_something_of_ours_is_left_alone_and_that_is_no_success(
    trial: try_out.Trial, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trial, "try_steps", lambda: pytest.fail("tried"))
    kept = trial.pc.here(trial.places()[number]) / "kept"
    kept.mkdir(parents=True)
    with pytest.raises(Trouble, match="not tried"):
        trial.run()
    assert kept.exists()


def test_a_pc_with_the_program_is_left_alone(
    trial: try_out.Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trial, "registered", lambda _: VERSION)
    with pytest.raises(Trouble, match="not tried"):
        trial.run()


def test_a_trial_that_fails_leaves_nothing_behind(
    trial: try_out.Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    removed: list[str] = []

    def fail() -> None:
        for place in trial.places():
            trial.pc.here(place).mkdir(parents=True)
        (trial.pc.here(trial.home) / "uninstall.exe").write_bytes(b"")
        raise Trouble("the second step")

    def remove(home: str) -> None:
        removed.append(home)
        raise Trouble("the uninstaller does not answer")

    monkeypatch.setattr(trial, "try_steps", fail)
    monkeypatch.setattr(trial, "remove", remove)
    with pytest.raises(Trouble, match="second step"):
        trial.run()
    assert removed == [trial.home]
    assert not [place for place in trial.places() if trial.pc.here(place).exists()]


# --- paths ---


def test_tools_are_spoken_to_in_utf_8(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C")
    assert tool([sys.executable, "-c", "import os; print(os.environ['LC_ALL'])"]).strip() == (
        "C.UTF-8"
    )


def test_the_windows_python_is_made_anew_when_its_makers_change() -> None:
    assert {"wine.py", "winpython.py", "locked.py"} <= set(winpython.MADE_OF)


def test_the_licences_lie_beside_the_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(make, "BUNDLE", tmp_path)
    make.write_licences("one\ntwo\n")
    assert (tmp_path / "licences.txt").read_bytes() == b"one\r\ntwo\r\n"


def test_a_path_here_is_a_path_there(tmp_path: Path) -> None:
    assert windows_path(Path("/some/place.txt")) == r"Z:\some\place.txt"
    assert windows_path("/S") == "/S"
    inside = Wine(tmp_path, tmp_path).here(r"C:\诊所电脑\皓齿")
    assert inside == tmp_path / "drive_c" / "诊所电脑" / "皓齿"
