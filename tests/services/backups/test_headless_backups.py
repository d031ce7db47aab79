"""backup and restore as commands, run as people run them."""

import pytest

from services.backups import manifest, shelf
from services.backups.making import make_backup
from services.errors import RuleError
from services.headless import main as headless
from services.setup import create_clinic
from services.staff import add_staff, change_staff
from tests.conftest import PIN, STAFF
from tests.services.backups.conftest import enter


@pytest.fixture
def run(desk, monkeypatch, capsys):
    """A command on the desk's folder; answers exit code, output, complaints."""
    from services.headless import backups, verbs

    monkeypatch.setattr(backups, "system_vault", lambda: desk.vault)
    monkeypatch.setattr("services.clinic.system_vault", lambda: desk.vault)
    monkeypatch.setattr(verbs, "SystemClock", lambda: desk.clock)

    def call(*words, lines=()):
        answers = iter(lines)
        for module in (backups, verbs):
            monkeypatch.setattr(module, "read_pin", lambda question: next(answers))
        code = headless([*words, "--data", str(desk.folder)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


def test_a_backup_beside_the_open_window_and_once_only(desk, run, tmp_path):
    code, out, _ = run("backup")
    assert code == 0
    assert "已备份并检查：haochi-20261120-090000-" in out
    stick = tmp_path / "usb"
    stick.mkdir()
    code, out, _ = run("backup", "--to", str(stick))
    assert code == 0
    assert "没有再备份" in out
    assert "读回核对" in out
    assert len(list(stick.glob("haochi-*.db"))) == 1
    code, out, _ = run("backup", "--list")
    assert out.split("\t")[1:] == ["2026-11-20 09:00:00", "顾客 1", "单据 0\n"]


def test_spoilt_ones_are_counted_not_listed(desk, run):
    run("backup")
    path = next((desk.folder / "backups").glob("*.db"))
    path.write_bytes(b"other")
    code, out, err = run("backup", "--list")
    assert (code, out) == (0, "")
    assert "另有 1 份已损坏" in err


def test_a_backup_of_books_with_faults_says_so(desk, run):
    desk.clinic.db.execute_sql("DELETE FROM search_key")
    code, _, err = run("backup")
    assert code == 1
    assert "verify" in err


def test_a_restore_by_this_pc_and_by_the_code(desk, run, tmp_path):
    run("backup")
    path = next((desk.folder / "backups").glob("*.db"))
    enter(desk.session(), "李小红", "13911112222")
    code, _, err = run("restore", path.name, "--as", STAFF["director"], lines=[PIN])
    assert code == 1
    assert "正被另一个窗口" in err
    desk.close()
    code, out, _ = run("restore", path.name, "--as", STAFF["director"], lines=[PIN])
    assert code == 0
    assert "已恢复到 2026-11-20 09:00:00" in out
    assert "搁置在" in out
    assert desk.open().db.execute_sql("SELECT count(*) FROM person").fetchone()[0] == 1
    desk.close()

    (desk.folder / "keys.json").unlink()
    wrong = ["restore", str(path), "--as", STAFF["director"]]
    code, _, err = run(*wrong, lines=[PIN, "0" * 25])
    assert (code, "恢复码不对" in err) == (1, True)
    code, _, _ = run(*wrong, lines=[PIN, desk.code])
    assert code == 0
    desk.open()


def test_p9_a_restore_where_nothing_is_left_sets_nothing_aside(desk, run):
    run("backup")
    desk.close()
    (desk.folder / "clinic.db").unlink()
    path = next((desk.folder / "backups").glob("*.db"))
    code, _, err = run("restore", path.name, "--as", STAFF["director"], lines=[PIN, "0" * 25])
    assert (code, "恢复码不对" in err) == (1, True)  # though this PC has the key
    code, out, _ = run("restore", path.name, "--as", STAFF["director"], lines=[PIN, desk.code])
    assert (code, "搁置在" in out) == (0, False)
    desk.open()


def test_e25_a_restore_two_months_later(desk, run):
    run("backup")
    path = next((desk.folder / "backups").glob("*.db"))
    desk.close()
    desk.clock.day = "2027-01-19"
    code, _, err = run("restore", path.name, "--as", STAFF["director"], lines=[PIN])
    assert (code, err) == (0, "")


def test_who_was_dismissed_since_the_backup_does_not_restore_it(desk, run):
    manager = add_staff(desk.session(), name="郑管理", role="member_admin", pin="731946")
    run("backup")
    path = next((desk.folder / "backups").glob("*.db"))
    change_staff(desk.session(), staff_id=manager.staff_id, active=False)
    desk.close()
    code, _, err = run("restore", path.name, "--as", "郑管理", lines=["731946"])
    assert (code, "没有这位员工" in err) == (1, True)
    assert not (desk.folder / "set-aside").exists()


def test_wrong_pins_of_a_restore_count_in_the_clinic(desk, run):
    run("backup")
    path = next((desk.folder / "backups").glob("*.db"))
    desk.close()
    for _ in range(5):
        run("restore", path.name, "--as", STAFF["director"], lines=["500000"])
    code, _, err = run("restore", path.name, "--as", STAFF["director"], lines=[PIN])
    assert (code, "秒再试" in err) == (1, True)
    desk.open()
    with pytest.raises(RuleError, match="秒再试"):
        desk.session()


def test_a_backup_of_another_clinic_wants_its_code_and_somebody_it_knows(desk, run, tmp_path):
    clinic, code = create_clinic(
        tmp_path / "other",
        desk.clock,
        name="别家口腔",
        programme="医院方案A",
        director="郑别家",
        pin=PIN,
        vault=desk.vault,
    )
    foreign = make_backup(clinic, "by hand")
    clinic.close()
    desk.close()
    words = ("restore", str(foreign.path), "--as", STAFF["director"])
    rc, _, err = run(*words, lines=[PIN, desk.code])
    assert (rc, "恢复码不对" in err) == (1, True)
    rc, _, err = run(*words, lines=[PIN, code])
    assert (rc, "还没有恢复的权限" in err) == (1, True)
    assert not (desk.folder / "set-aside").exists()


def test_a_file_that_is_no_backup_is_refused(desk, run, tmp_path):
    desk.close()
    code, _, err = run("restore", str(tmp_path / "x.db"), "--as", "x", lines=[PIN])
    assert code == 1
    assert "没有找到这份备份" in err


def test_slots_that_cannot_be_read_are_a_sentence(desk, run):
    run("backup")
    desk.close()
    path = next((desk.folder / "backups").glob("*.db"))
    found = manifest.read(path)
    found.keys["slots"] = {}
    manifest.write(path, found)
    (desk.folder / "clinic.db").unlink()
    code, _, err = run("restore", path.name, "--as", STAFF["director"], lines=[PIN, desk.code])
    assert code == 1
    assert "keys.json" in err


def test_p9_the_drill_takes_the_newest_copy_and_the_code(desk, run, tmp_path):
    stick = tmp_path / "usb"
    stick.mkdir()
    who = ("--as", STAFF["director"])
    desk.close()
    code, _, err = run("drill", *who, lines=[PIN])
    assert (code, "没有找到 U 盘上的备份" in err) == (1, True)
    run("backup", "--to", str(stick))
    code, _, err = run("drill", "--from", str(stick), *who, lines=[PIN, "0" * 25])
    assert (code, "恢复码不对" in err) == (1, True)
    code, out, _ = run("drill", "--from", str(stick), *who, lines=[PIN, desk.code])
    assert code == 0
    assert "顾客 1，单据 0" in out
    assert shelf.read_state(shelf.folder_of(desk.folder)).drilled_on == "2026-11-20"


def test_a_drill_of_books_with_faults_says_so(desk, run, tmp_path):
    stick = tmp_path / "usb"
    stick.mkdir()
    desk.clinic.db.execute_sql("DELETE FROM search_key")
    desk.close()
    run("backup", "--to", str(stick))
    words = ("drill", "--from", str(stick), "--as", STAFF["director"])
    code, _, err = run(*words, lines=[PIN, desk.code])
    assert (code, "verify" in err) == (1, True)
