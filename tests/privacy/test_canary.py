"""P12, P14: one person's name, number and address, looked for in every file that was written.

The whole program runs in a folder of its own: data, settings, logs, temporary files, backups, the
masked exports and papers of a day. None of them says who the person is.
"""

from __future__ import annotations

import io
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication

from services import crash_report
from services.backups.making import make_backup
from services.forms.end_of_day import end_of_day
from services.forms.followup_register import followup_register
from services.forms.gift_register import gift_register
from services.forms.paper import texts
from services.forms.visit_slip import visit_slip
from services.outreach.mailings import send
from services.outreach.number_list import write_numbers
from services.partners.switch import phrase, switch_partners
from services.people.consents import set_consent, set_contact
from services.people.privacy import reveal
from services.privacy.copying import log_copy
from services.privacy.disclosures import DisclosureForm, disclose
from services.reports.handover import usual_span
from services.reports.reading import read
from services.reports.registry import offered
from services.reports.sheet import Ask
from services.reports.workbook import file_name, write_workbook
from tests.conftest import TODAY
from tests.privacy_world import CARD, PHONE, SECRETS, enrolled, lived, stored_texts, told
from tests.services.partners.partner_world import introduced, partner
from ui import crashlog
from ui.alerts import Alerts
from ui.bus import Bus
from ui.context import UiContext
from ui.idle import IdleWatch
from ui.main_window import MainWindow
from ui.printing import save_paper_pdf
from ui.tasks import Tasks
from ui.theme import Theme

ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be", "gb18030")


def leaks(folder: Path) -> list[str]:
    """Every file, also inside archives, whose bytes or name say one of the secrets."""
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            for name, data in _contents(path):
                words = [word for word in SECRETS if _says(data, word) or word in name]
                found += [f"{path.relative_to(folder)}: {name} ({len(word)})" for word in words]
    return found


def _contents(path: Path) -> Iterator[tuple[str, bytes]]:
    data = path.read_bytes()
    yield path.name, data
    if zipfile.is_zipfile(io.BytesIO(data)):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for name in archive.namelist():
                yield name, archive.read(name)


def _says(data: bytes, word: str) -> bool:
    # a PC keeps JSON escapes too
    forms = [word.encode(encoding) for encoding in ENCODINGS]
    forms.append(word.encode("unicode_escape"))
    return any(form in data for form in forms)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Everything the program may write to lies in here."""
    for name in ("TMPDIR", "TEMP", "TMP"):
        monkeypatch.setenv(name, str(tmp_path / "temp"))
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    monkeypatch.setattr(tempfile, "tempdir", None)
    for name in ("temp", "home", "out"):
        (tmp_path / name).mkdir()
    return tmp_path


@pytest.fixture
def day(home, clinic, frontdesk, member_admin, director):
    """The person's day, in all the rooms."""
    person_id = enrolled(frontdesk)
    lived(frontdesk, member_admin, person_id, cup="杯子")
    set_consent(frontdesk, person_id=person_id, item="marketing", granted=True)
    set_contact(frontdesk, person_id=person_id, by="", note="", quiet=False)
    reveal(frontdesk, person_id=person_id, field="phone")
    log_copy(frontdesk, place="今日到诊", values=1, person_id=person_id)
    form = DisclosureForm("市一院", "姓名、电话", "转诊", "consent", "书面同意")
    disclose(member_admin, person_id=person_id, form=form)
    switch_partners(director, on=True, typed=phrase())
    introduced(member_admin, partner(member_admin), person_id, "out")
    return person_id


def test_p12_the_audit_trail_keeps_no_number_and_no_name(clinic, day):
    texts_of = stored_texts(clinic)
    trail = {place: text for place, text in texts_of.items() if place.startswith("audit.")}
    assert len(trail) >= 5
    assert told(trail, (*SECRETS, CARD)) == []
    assert told({"all": "\n".join(texts_of.values())}, SECRETS)  # the test can see


def test_p14_every_report_is_masked_as_workbook_and_on_the_screen(home, clinic, day):
    today, seen = clinic.clock.today(), 0
    for report in offered(clinic.db):
        usual = usual_span(clinic.db, report, today)
        ask = Ask(*(usual if report.period == "friday" else ("2026-11-01", today)), today)
        write_workbook(clinic, home / "out" / f"{file_name(report, ask)}.xlsx", report, ask)
        shown = str([sheet.rows for sheet in read(clinic.db, report, ask).sheets])
        assert not [word for word in SECRETS if word in shown], report.name
        seen += "欧阳**" in shown
    assert seen > 8, seen
    assert len(list((home / "out").iterdir())) > 20
    assert leaks(home / "out") == []


def test_p14_a_list_of_numbers_is_masked(home, clinic, marketing, day):
    words = "您好，记得来复查。"
    sent = send(
        marketing,
        kind="numbers", title="复查", text=words, marketing=False, people=(day,),
    )  # fmt: skip
    path = home / "out" / "numbers.xlsx"
    write_numbers(clinic, path, sent.mailing_id, marketing.actor)
    assert leaks(home / "out") == []


def test_4_4_15_papers_that_lie_about_are_masked(home, clinic, day, qapp):
    papers = [
        gift_register(clinic.db, TODAY, TODAY, TODAY),
        visit_slip(clinic.db, TODAY, 1),
        followup_register(clinic.db, TODAY, TODAY),
        end_of_day(clinic),
    ]
    for number, paper in enumerate(papers):
        said = "\n".join(texts(paper))
        assert not [word for word in SECRETS if word in said + paper.name], paper.title
        save_paper_pdf(paper, home / "out" / f"{number}.pdf")
    assert leaks(home / "out") == []


def test_p12_no_file_of_the_program_says_who_it_is(home, clinic, frontdesk, day, qapp, qtbot):
    """Searching in the window, a bug with a phone in its message, a backup, a crash report."""
    folder = clinic.folder
    crashlog.start(folder / "logs")
    settings = QSettings(str(folder / "window.ini"), QSettings.Format.IniFormat)
    theme = Theme(qapp)
    bus = Bus()
    context = UiContext(clinic, bus, Alerts(bus, None), Tasks(), settings)
    context.signed_in.set(frontdesk)
    window = MainWindow(context, IdleWatch(qapp))
    qtbot.addWidget(window)
    window.show()
    search = window.header.search
    qtbot.keyClicks(search, PHONE)
    context.current_person.select(day)
    QApplication.processEvents()
    try:
        raise ValueError(" ".join(SECRETS))
    except ValueError as error:
        crashlog.report(error)
    kept = make_backup(clinic, "manual", always=True)
    assert kept is not None
    report = crash_report.gather(folder, clinic.clock, clinic=clinic)
    crash_report.save(report, home / "out" / crash_report.file_name(clinic.clock))
    settings.sync()
    window.close()
    crashlog.stop()
    assert (folder / "logs" / "window.log").exists()
    wal = folder / "clinic.db-wal"
    assert [path for path in folder.rglob("*") if path.suffix in (".db", ".ini", ".log")]
    assert leaks(home) == [], wal
    clinic.close()
    assert leaks(home) == []
    assert theme is not None


def test_the_test_would_see_a_leak(tmp_path):
    for number, encoding in enumerate(ENCODINGS):
        (tmp_path / f"{number}.txt").write_bytes(SECRETS[0].encode(encoding))
    with zipfile.ZipFile(tmp_path / "book.xlsx", "w") as archive:
        archive.writestr("xl/sheet1.xml", f"<c>{PHONE}</c>")
    assert len(leaks(tmp_path)) >= len(ENCODINGS) + 1
