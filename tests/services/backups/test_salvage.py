"""What was done after the newest backup is read from a damaged file, for entering again."""

import pytest
from openpyxl import load_workbook

from models import salvage as damaged
from models.errors import Fault, StoreFault
from models.people import Person
from services.backups import salvage
from services.backups.making import make_backup
from services.errors import RuleError
from services.loyalty.receipts import post_receipt
from services.people.enrolment import change_person
from services.people.form import PersonForm
from tests.conftest import PIN, STAFF
from tests.services.backups.conftest import enter

PAGE = 4096


@pytest.fixture
def backup(desk):
    """A backup of one person; after it came two more, a receipt and a changed address."""
    made = make_backup(desk.clinic, "by hand")
    session = desk.session()
    other = enter(session, "李小红", "13911112222")
    enter(session, "赵大", "13911113333")
    post_receipt(session, person_id=other, amount_fen=86_000)
    desk.close()
    return made


def take(desk, backup, tmp_path, **other):
    wanted = {"clock": desk.clock, "name": STAFF["director"], "pin": PIN, **other}
    code = wanted.pop("code", desk.code)
    path = tmp_path / salvage.file_name("2026-11-20")
    return salvage.salvage_rows(desk.folder, backup, code, path, **wanted)


def sheet(done, name):
    rows = load_workbook(done.path)[name].iter_rows(min_row=4, values_only=True)
    return [row for row in rows if any(row)]


def harm(desk, *pages):
    path = desk.folder / "clinic.db"
    data = bytearray(path.read_bytes())
    for page in pages:
        data[page * PAGE + 200] ^= 1
    path.write_bytes(data)
    return path


def test_only_what_the_backup_does_not_hold_comes_out_with_names(desk, backup, tmp_path):
    before = (desk.folder / "clinic.db").read_bytes()
    done = take(desk, backup, tmp_path)
    assert (desk.folder / "clinic.db").read_bytes() == before
    assert done.torn == 0
    assert [row[1] for row in sheet(done, "顾客")] == ["李小红", "赵大"]
    (receipt,) = sheet(done, "单据")
    assert receipt[1] == receipt[2] == "李小红"
    assert float(receipt[7]) == 860
    assert [row[3] for row in sheet(done, "操作记录")][:2] == ["person.enrol", "person.enrol"]
    head = load_workbook(done.path)["顾客"]["A2"].value
    assert "孙院长" in head
    assert done.rows >= 6
    assert "含姓名电话" in load_workbook(done.path)["顾客"].oddFooter.center.text


@pytest.mark.parametrize("table", ["receipt", "person", "points_entry"])
def test_p6_a_bad_page_loses_its_own_rows_only(desk, backup, tmp_path, table):
    root = "SELECT rootpage FROM sqlite_master WHERE name = ?"
    page = desk.open().db.execute_sql(root, (table,)).fetchone()[0]
    desk.close()
    harm(desk, page - 1)
    done = take(desk, backup, tmp_path)
    assert done.torn == 1
    titles = load_workbook(done.path).sheetnames
    assert ("单据" in titles, "顾客" in titles) == (table != "receipt", table != "person")
    assert "操作记录" in titles


def test_the_name_of_a_torn_sheet_says_so(desk, backup, tmp_path, monkeypatch):
    real = damaged.DamagedFile._ask

    def ask(self, query):
        return None if query.model is Person else real(self, query)

    monkeypatch.setattr(damaged.DamagedFile, "_ask", ask)
    done = take(desk, backup, tmp_path)
    assert done.torn == 1
    assert sheet(done, "单据")[0][1] == "#2"  # whose name is on the lost page


def test_rows_beside_a_bad_one_are_found_by_halving(desk, backup, monkeypatch):
    real = damaged.DamagedFile._ask

    def ask(self, query):
        rows = real(self, query)
        return None if any(row[0] == 2 for row in rows) and len(rows[0]) > 1 else rows

    key = salvage.restoring.unlock(backup, desk.code)
    monkeypatch.setattr(damaged.DamagedFile, "_ask", ask)
    with salvage._copied(desk.folder, backup) as part, damaged.DamagedFile(part, key) as file:
        found = file.rows(Person)
    assert sorted(row[0] for row in found.rows) == [1, 3]
    assert found.failures == 13  # the range, its halves, the row


def test_people_whose_details_were_changed_are_among_them(desk, tmp_path):
    made = make_backup(desk.clinic, "by hand")
    form = PersonForm(name="王小明", phone="13912345678", address="人民路 1 号")
    change_person(desk.session(), person_id=1, form=form, document_checked=False)
    desk.close()
    done = take(desk, made, tmp_path)
    assert [row[7] for row in sheet(done, "顾客")] == ["人民路 1 号"]


@pytest.mark.parametrize("keys_too", [False, True])
def test_a_broken_salt_is_mended_in_the_copy(desk, backup, tmp_path, keys_too):
    path = desk.folder / "clinic.db"
    data = bytearray(path.read_bytes())
    data[:16] = bytes(16)
    path.write_bytes(data)
    if keys_too:
        (desk.folder / "keys.json").unlink()
    assert len(sheet(take(desk, backup, tmp_path), "顾客")) == 2
    assert path.read_bytes()[:16] == bytes(16)


def test_it_takes_the_code_and_the_directors_pin(desk, backup, tmp_path):
    with pytest.raises(StoreFault) as caught:
        take(desk, backup, tmp_path, code="0" * 25)
    assert caught.value.fault is Fault.WRONG_KEY
    with pytest.raises(RuleError, match="密码不对"):
        take(desk, backup, tmp_path, pin="111222")
    with pytest.raises(RuleError, match="院长"):
        take(desk, backup, tmp_path, name=STAFF["frontdesk"])
    assert list(tmp_path.glob("*.xlsx")) == []


def test_nothing_newer_nothing_readable_and_nothing_there_are_sentences(desk, tmp_path):
    made = make_backup(desk.clinic, "by hand")
    desk.close()
    with pytest.raises(RuleError, match="没有读出"):
        take(desk, made, tmp_path)
    harm(desk, 0)
    with pytest.raises(RuleError, match="一行也读不出来"):
        take(desk, made, tmp_path)
    (desk.folder / "clinic.db").unlink()
    with pytest.raises(StoreFault) as caught:
        take(desk, made, tmp_path)
    assert caught.value.fault is Fault.MISSING


def test_a_bug_is_not_taken_for_damage(desk, backup, monkeypatch):
    key = salvage.restoring.unlock(backup, desk.code)

    def broken(self, query):
        raise TypeError

    with salvage._copied(desk.folder, backup) as part, damaged.DamagedFile(part, key) as file:
        monkeypatch.setattr(damaged.ClinicDatabase, "rows", broken)
        with pytest.raises(TypeError):
            file.rows(Person)


def test_a_table_that_cannot_be_read_at_all_is_given_up(desk, backup, monkeypatch):
    key = salvage.restoring.unlock(backup, desk.code)

    def broken(self, query):
        raise StoreFault(Fault.DAMAGED)

    monkeypatch.setattr(damaged, "_MOST_FAILURES", 3)
    monkeypatch.setattr(damaged, "_DEAD_RANGES", 2)
    with salvage._copied(desk.folder, backup) as part, damaged.DamagedFile(part, key) as file:
        monkeypatch.setattr(damaged.ClinicDatabase, "rows", broken)
        assert file.rows(Person, known_last=7) == damaged.Readable([], 3 + damaged._FEW_FAILURES)


def test_it_can_be_stopped(desk, backup, tmp_path):
    class Stopped(Exception):
        pass

    def going():
        raise Stopped

    with pytest.raises(Stopped):
        take(desk, backup, tmp_path, going=going)
