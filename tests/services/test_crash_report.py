"""A crash report says what the program did and nothing about anybody (P12)."""

import zipfile

import pytest

from models.errors import Fault, StoreFault
from models.schema import latest_version
from services import crash_report
from services.crash_report import clean, gather, save
from services.errors import RuleError
from services.loyalty.receipts import post_receipt
from services.people.enrolment import enrol
from services.people.form import PersonForm
from services.setup import change_settings
from services.version import VERSION
from ui import crashlog

ID, PHONE, NAME, ADDRESS = "11010519491231002X", "13812345678", "欧阳晓明", "幸福路 12 号 3 单元"


@pytest.fixture
def worked(clinic, frontdesk, director, clock):
    """A desk that served the canary and met a bug that holds all of it."""
    form = PersonForm(name=NAME, phone=PHONE, id_number=ID, address=ADDRESS)
    who = enrol(frontdesk, form=form).person_id
    post_receipt(frontdesk, person_id=who, amount_fen=123_400)
    change_settings(director, name=f"{NAME}口腔", address=ADDRESS)
    crashlog.start(clinic.folder / "logs")
    try:
        raise ValueError(f"{NAME} {PHONE} {ID} {ADDRESS}")
    except ValueError as error:
        crashlog.report(error)
    crashlog.stop()
    return clinic


def test_p12_nothing_of_a_person_is_in_a_report(worked, clock, tmp_path):
    log = worked.folder / "logs" / "window.log"
    with log.open("a", encoding="utf-8") as stream:  # as if a log had taken in what it must not
        stream.write(f'{NAME} {PHONE} {ID} {ADDRESS} File "/home/{NAME}/x.py", line 3\n')
    report = gather(
        worked.folder, clock, clinic=worked, window_settings=["tables/people", f"of/{NAME}"]
    )
    saved = save(report, tmp_path / crash_report.file_name(clock))
    assert saved.path.name == "haochi-report-20261120-090000.zip"
    assert saved.size == saved.path.stat().st_size
    with zipfile.ZipFile(saved.path) as archive:
        whole = "\n".join(archive.read(name).decode() for name in archive.namelist())
        assert archive.namelist() == list(report.files)
    for canary in (ID, PHONE, NAME, ADDRESS, "1,234", "李前台", "幸福路", str(worked.folder)):
        assert canary not in whole
        assert canary not in report.text
    assert NAME[0] not in whole


def test_it_says_versions_commands_settings_and_where_a_bug_was(worked, clock):
    files = gather(worked.folder, clock, clinic=worked, window_settings=["window/tab"]).files
    assert f"haochi-desk {VERSION}" in files["about.txt"]
    assert f"schema of the file {latest_version()}" in files["about.txt"]
    assert "sqlcipher3 0.6.4" in files["about.txt"]
    newest = files["commands.txt"].splitlines()[0]
    assert newest == f"2026-11-20T09:00:00Z clinic.settings {VERSION}"
    assert "receipt.post" in files["commands.txt"]
    assert "clinic clinic_name" in files["settings.txt"]
    assert "window window/tab" in files["settings.txt"]
    assert "ValueError" in files["window.log"]
    assert "test_crash_report.py" in files["window.log"]
    assert "clinic.db-wal" in files["files.txt"]


def test_only_the_last_fifty_commands_are_named(worked, clock, director):
    for _ in range(60):
        change_settings(director, idle_minutes=9)
    found = gather(worked.folder, clock, clinic=worked).files["commands.txt"]
    assert len(found.splitlines()) == crash_report.COMMANDS


def test_a_clinic_that_does_not_open_has_a_report_too(tmp_path, clock):
    fault = f"DAMAGED SQLITE_NOTADB /home/{NAME}/data/clinic.db"
    files = gather(tmp_path, clock, fault=fault).files
    assert "cannot open: DAMAGED SQLITE_NOTADB clinic.db" in files["about.txt"]
    assert "clinic.db FileNotFoundError" in files["files.txt"]
    assert files["commands.txt"] == "no file is open"
    assert set(files) == {"about.txt", "files.txt", "commands.txt", "settings.txt"}


@pytest.mark.parametrize(
    ("error", "said"),
    [(StoreFault(Fault.DAMAGED, "x"), "DAMAGED"), (ZeroDivisionError(NAME), "ZeroDivisionError")],
)
def test_a_file_that_gives_way_does_not_stop_the_report(clinic, clock, monkeypatch, error, said):
    def broken(*_):
        raise error

    monkeypatch.setattr(crash_report, "_commands", broken)
    files = gather(clinic.folder, clock, clinic=clinic).files
    assert files["commands.txt"] == f"cannot be read: {said}"


def test_a_frozen_program_may_not_know_its_parts(clinic, clock, monkeypatch):
    monkeypatch.setattr(crash_report, "_PACKAGES", ("no-such-package",))
    assert "no-such-package ?" in gather(clinic.folder, clock).files["about.txt"]


def test_it_is_saved_whole_or_not_at_all(clinic, clock, tmp_path):
    with pytest.raises(RuleError, match="没有找到文件夹"):
        save(gather(clinic.folder, clock), tmp_path / "none" / "a.zip")


@pytest.mark.parametrize(
    ("line", "left"),
    [
        ('File "C:\\Users\\Li Ming\\app\\a.py", line 3', 'File "a.py", line 3'),
        ("open /home/li/data/clinic.db failed", "open clinic.db failed"),
        ("call 13812345678 now", "call # now"),
        ("王", "?"),
        ("plain words\t1234", "plain words\t1234"),
    ],
)
def test_a_log_is_cleaned_once_more(line, left):
    assert clean(line) == left
