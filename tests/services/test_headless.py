"""The program without a window, run as people run it: main.py, options, PINs on standard input."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest

from models.clinic_file import take_lock
from models.vault import FileVault
from services.clinic import open_clinic
from services.clock import SystemClock
from services.headless import main as headless
from services.people.enrolment import PersonForm, enrol
from services.reports.registry import reports
from services.setup import create_clinic
from services.staff import add_staff, sign_in
from tests.desk_world import consent
from tests.money_world import member
from tests.services.test_verify import tamper

ROOT = Path(__file__).resolve().parents[2]
PIN, OTHER_PIN = "274159", "385260"
DIRECTOR, MANAGER = "孙院长", "郑管理"
CANARY_NAME, CANARY_PHONE, CANARY_ID = "欧阳金丝雀", "13912345678", "110101199003072316"


class Desk:
    """One data folder and its own home, and a way to run commands in it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.data = home / "data"
        self.seen = ""
        self.env = {
            **os.environ,
            "XDG_CONFIG_HOME": str(home / "config"),
            "APPDATA": str(home / "config"),
            "LOCALAPPDATA": str(home / "config"),
            "HAOCHI_DATA": str(self.data),
            "PYTHONWARNINGS": "error",
            "PYTHONIOENCODING": "ascii",  # the program must not trust the console
        }
        self.env.pop("DBUS_SESSION_BUS_ADDRESS", None)

    @property
    def vault(self) -> FileVault:
        return FileVault(self.home / "config" / "haochi-desk")

    def run(self, *args: str, pins: str = "") -> tuple[int, str, str]:
        done = subprocess.run(
            [sys.executable, str(ROOT / "main.py"), *args],
            input=pins.encode(),
            capture_output=True,
            env=self.env,
            timeout=120,
            check=False,
        )
        out, err = done.stdout.decode(), done.stderr.decode()
        self.seen += out + err
        assert "Traceback" not in err, err
        return done.returncode, out, err


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clinic with a director, a manager and one canary person."""
    desk = Desk(tmp_path_factory.mktemp("headless"))
    clinic, _ = create_clinic(
        desk.data,
        SystemClock(),
        name="试验口腔",
        programme="医院方案A",
        director=DIRECTOR,
        pin=PIN,
        vault=desk.vault,
    )
    director = sign_in(clinic, DIRECTOR, PIN)
    add_staff(director, name=MANAGER, role="member_admin", pin=OTHER_PIN)
    form = PersonForm(name=CANARY_NAME, phone=CANARY_PHONE, id_number=CANARY_ID)
    enrol(director, form=form)
    clinic.close()
    return desk.home


@pytest.fixture
def desk(made: Path, tmp_path: Path) -> Desk:
    shutil.copytree(made, tmp_path / "home")
    return Desk(tmp_path / "home")


def assert_discreet(desk: Desk) -> None:
    """Nothing that was printed names the canary or a member of staff in full."""
    for secret in (CANARY_NAME, CANARY_PHONE, CANARY_ID, DIRECTOR, MANAGER):
        assert secret not in desk.seen


def roster(path: Path, *rows: tuple[object, ...]) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(("姓名", "手机", "身份证号", "累计消费", "积分"))
    for row in rows:
        sheet.append(row)
    book.save(path)
    return path


# -- init and staff -------------------------------------------------------------------------


def test_init_prints_the_code_once_and_nothing_else(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    init = ("init", "--clinic", "新口腔", "--programme", "医院方案A", "--director", DIRECTOR)
    code, out, err = desk.run(*init, pins=f"{PIN}\n")
    assert code == 0
    recovery = out.strip()
    assert len(recovery.replace("-", "")) == 25
    assert PIN not in out + err
    assert desk.run("verify")[0] == 0
    opened = open_clinic(
        desk.data, SystemClock(), holder="test", vault=FileVault(tmp_path / "x"), code=recovery
    )
    opened.close()
    code, out, err = desk.run(*init, pins=f"{PIN}\n")
    assert (code, out) == (1, "")
    assert "已有诊所" in err
    assert_discreet(desk)


@pytest.mark.parametrize(
    ("pins", "programme", "sentence"),
    [
        ("111111\n", "医院方案A", "太简单"),
        ("", "医院方案A", "没有收到密码"),
        (f"{PIN}\n", "方案Z", "没有“方案Z”"),
    ],
)
def test_init_refuses_and_leaves_no_file(
    tmp_path: Path, pins: str, programme: str, sentence: str
) -> None:
    desk = Desk(tmp_path)
    args = ("init", "--clinic", "新口腔", "--programme", programme, "--director", DIRECTOR)
    code, out, err = desk.run(*args, pins=pins)
    assert (code, out) == (1, "")
    assert sentence in err
    assert not desk.data.exists()


def test_staff_are_added_by_somebody_who_may(desk: Desk) -> None:
    add = ("add-staff", "--name", "李前台", "--role", "前台", "--as")
    assert desk.run(*add, DIRECTOR, pins=f"{PIN}\n417283\n")[0] == 0
    code, out, _ = desk.run("staff")
    assert code == 0
    assert "前台\t李**" in out
    code, _, err = desk.run(
        "add-staff", "--name", "x", "--role", "前台", "--as", MANAGER, pins=f"{OTHER_PIN}\n417283\n"
    )
    assert code == 1
    assert "没有这项权限" in err
    code, _, err = desk.run(*add, DIRECTOR, pins="000001\n417283\n")
    assert code == 1
    assert "密码不对" in err
    assert_discreet(desk)


# -- the roster ------------------------------------------------------------------------------


def test_good_rows_go_in_and_each_other_row_is_explained(desk: Desk, tmp_path: Path) -> None:
    file = roster(
        tmp_path / "名册.xlsx",
        ("王一", "13812340001", "", 3000, 3000),
        ("", "13812340002", "", 100, 100),
        (CANARY_NAME, CANARY_PHONE, CANARY_ID, 50, 50),
        ("李三", "13812340003", "", "看不懂", 10),
    )
    command = ("import-roster", str(file), "--as", MANAGER)
    before = desk.run("verify", "--json")[1]
    code, out, _ = desk.run(*command, "--dry-run")
    assert code == 0
    assert "没有写入" in out
    assert desk.run("verify", "--json")[1] == before
    code, out, _ = desk.run(*command, pins=f"{OTHER_PIN}\n")
    assert code == 0
    assert "已导入 1 人" in out
    for row in (3, 4, 5):
        assert f"第 {row} 行没有导入：" in out
    assert json.loads(desk.run("verify", "--json")[1])["checked"]["people"] == 2
    assert_discreet(desk)
    for secret in ("王一", "李三", "13812340001", "13812340003"):
        assert secret not in desk.seen


def test_a_roster_with_nothing_good_is_refused(desk: Desk, tmp_path: Path) -> None:
    file = roster(tmp_path / "空.xlsx", ("", "13812340002", "", 1, 1))
    code, out, _ = desk.run("import-roster", str(file), "--as", MANAGER, pins=f"{OTHER_PIN}\n")
    assert code == 1
    assert "第 2 行没有导入" in out
    code, _, err = desk.run(
        "import-roster", str(tmp_path / "无.xlsx"), "--as", MANAGER, "--dry-run"
    )
    assert code == 1
    assert "没有找到名册文件" in err


# -- looking -----------------------------------------------------------------------------------


def test_reconcile_writes_a_workbook_that_says_unsigned(desk: Desk, tmp_path: Path) -> None:
    from services.gifts.period import friday_of

    week = friday_of(SystemClock().today())
    out_file = tmp_path / "核对.xlsx"
    code, out, _ = desk.run("reconcile", "--week", week, "--out", str(out_file))
    assert code == 0
    assert "未签" in out
    assert "收发存" in openpyxl.load_workbook(out_file).sheetnames
    code, _, err = desk.run("reconcile", "--week", "2026-02-30", "--out", str(out_file))
    assert code == 1
    assert "日期" in err


def test_verify_says_each_fault_and_fails(desk: Desk) -> None:
    code, out, _ = desk.run("verify")
    assert code == 0
    assert "没有发现问题" in out
    code, out, _ = desk.run("verify", "--head", "00000000 #1")  # as it stands on no slip of ours
    assert code == 1
    assert "00000000 #1" in out
    assert "1a2b3c4d #123" in desk.run("verify", "--head", "第 1 号")[2]
    clinic = open_clinic(desk.data, SystemClock(), holder="test", vault=desk.vault)
    tamper(clinic.db, "DELETE FROM search_key WHERE person_id = 1")
    clinic.close()
    code, out, _ = desk.run("verify")
    assert code == 1
    assert "查找索引" in out
    code, out, _ = desk.run("verify", "--json")
    assert code == 1
    report = json.loads(out)
    assert report["good"] is False
    assert report["faults"][0]["code"] == "search.missing"
    assert_discreet(desk)


def test_who_holds_the_clinic_is_said_and_looking_goes_on(desk: Desk) -> None:
    lock = take_lock(desk.data, "window")
    try:
        code, _, err = desk.run(
            "add-staff", "--name", "x", "--role", "前台", "--as", DIRECTOR, pins=f"{PIN}\n417283\n"
        )
        assert code == 1
        assert "占用者：另一个皓齿前台窗口。" in err
        assert desk.run("verify")[0] == 0
    finally:
        lock.close()


@pytest.mark.parametrize(
    "args",
    [
        ("nonsense",),
        ("verify", "--nonsense"),
        ("init",),
        ("add-staff", "--role", "国王"),
        ("reconcile", "--week"),
    ],
)
def test_a_wrong_command_line_is_one_sentence_and_2(desk: Desk, args: tuple[str, ...]) -> None:
    code, out, err = desk.run(*args)
    assert (code, out) == (2, "")
    assert err.startswith("命令写得不对")
    assert len(err.strip().splitlines()) == 1


@pytest.mark.parametrize("content", [b"", b"hello, not a clinic at all" * 200, None])
def test_what_is_no_clinic_is_named_and_left_alone(desk: Desk, content: bytes | None) -> None:
    path = desk.data / "clinic.db"
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content)
    for command in (("verify",), ("add-staff", "--name", "x", "--role", "前台", "--as", "y")):
        code, out, err = desk.run(*command, pins=f"{PIN}\n417283\n")
        assert (code, out) == (1, "")
        assert len(err.strip().splitlines()) == 1
    assert (path.read_bytes() if path.exists() else None) == content


def test_version_and_help(desk: Desk) -> None:
    from services.version import VERSION

    assert desk.run("version")[:2] == (0, VERSION + "\n")
    code, out, _ = desk.run("help")
    assert code == 0
    assert "import-roster" in out


def test_the_demo_prints_its_staff(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    folder = tmp_path / "demo"
    code, out, _ = desk.run("demo", "--data", str(folder), "--members", "8", "--seed", "5")
    assert code == 0
    lines = [line.split("\t") for line in out.splitlines() if line.count("\t") == 2]
    assert {line[1] for line in lines} == {"院长", "前台", "收费", "市场", "会员管理员"}
    assert all(line[2].isdigit() and len(line[2]) == 6 for line in lines)
    assert desk.run("verify", "--data", str(folder))[0] == 0
    code, _, err = desk.run("demo", "--data", str(folder), "--members", "8")
    assert code == 1
    assert "已有诊所" in err


def test_no_headless_command_loads_qt(desk: Desk) -> None:
    script = (
        "import sys\n"
        "from services import headless\n"
        "code = headless.main(['verify'])\n"
        "assert not any(name.startswith('PySide6') for name in sys.modules)\n"
        "sys.exit(code)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], env=desk.env, cwd=ROOT, check=False)
    assert done.returncode == 0


def test_the_folder_may_come_before_the_command(desk: Desk) -> None:
    ran = subprocess.run(
        [sys.executable, "main.py", "--data", str(desk.data), "verify"],
        env=desk.env,
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert (ran.returncode, "没有发现问题" in ran.stdout) == (0, True)


# -- reports -----------------------------------------------------------------------------------


def test_the_list_names_every_report_twice(desk: Desk) -> None:
    code, out, _ = desk.run("report", "--list")
    assert code == 0
    lines = [line.split("\t") for line in out.splitlines()]
    assert [line[:2] for line in lines] == [[each.name, each.title] for each in reports()]
    assert all(line[2] for line in lines)


def test_a_report_beside_the_window_as_workbook_pdf_and_json(desk: Desk, tmp_path: Path) -> None:
    clinic = open_clinic(desk.data, SystemClock(), holder="test", vault=desk.vault)
    session = sign_in(clinic, DIRECTOR, PIN)
    today = clinic.clock.today()
    member(session, 2000)
    consent(session, 1, True)
    clinic.close()
    days = ("--from", today, "--to", today)
    book, page, plain = (tmp_path / f"a.{ending}" for ending in ("xlsx", "pdf", "json"))
    lock = take_lock(desk.data, "window")
    try:
        code, out, _ = desk.run("report", "周一会员档案汇总", *days, "--out", str(book))
        assert (code, "共 2 行" in out) == (0, True)
        code, out, _ = desk.run(
            "report", "monday-members", *days, "--out", str(page), "--json", str(plain)
        )
        assert (code, "共 2 行" in out) == (0, True)
    finally:
        lock.close()
    assert openpyxl.load_workbook(book).sheetnames == ["新增会员", "按方案和等级"]
    assert page.read_bytes().startswith(b"%PDF")
    if shutil.which("pdftotext"):
        shown = subprocess.run(
            ["pdftotext", "-layout", str(page), "-"], check=True, capture_output=True, timeout=60
        ).stdout.decode()
        assert today in shown
    rows = json.loads(plain.read_text())["sheets"][0]["rows"]
    assert rows[0][2] == today
    code, out, err = desk.run("report", "group-list", "--json", "-")
    assert json.loads(out)["sheets"][0]["rows"][0][1] == "欧阳***"
    assert "共 1 行" in err
    code, out, _ = desk.run("report", "group-list", "--tier", "普通会员", "--no-visit", "3")
    assert "共 0 行" in out
    assert "没有写文件" in out
    assert_discreet(desk)
    for secret in (CANARY_NAME, CANARY_PHONE):
        assert secret not in plain.read_text()


@pytest.mark.parametrize(
    ("args", "code", "sentence"),
    [
        ((), 2, "report --list"),
        (("到诊",), 1, "没有“到诊”这张报表。用 report --list"),
        (("points", "--from", "2026-1-1"), 1, "年-月-日"),
        (("points", "--from", "2026-02-02", "--to", "2026-02-01"), 1, "对调"),
        (("points", "--from", "2099-01-01"), 1, "今天以后"),
        (("points", "--from", "2001-01-01", "--to", "2026-01-01"), 1, "十年"),
        (("points", "--from", "9999-12-31"), 1, "2000-01-01 到 2100-12-31 之间"),
        (("friday", "--from", "2026-01-01", "--to", "2026-01-31"), 1, "一次只看一周"),
        (("points", "--tier", "VIP会员"), 1, "不能按等级"),
        (("points", "--group", "甲"), 1, "不能按等级、生日、到诊、分组或标签筛选"),
        (("group-list", "--tier", "皇帝"), 1, "没有“皇帝”这个等级"),
        (("group-list", "--group", "甲"), 1, "还没有客户分组"),
        (("group-list", "--label", "甲"), 1, "没有“甲”这个标签"),
        (("group-list", "--birthday-month", "x"), 2, "命令写得不对"),
        (("points", "--out", "a.doc"), 1, ".xlsx 或 .pdf"),
        (("points", "--out", "/无此文件夹/a.xlsx"), 1, "没有找到文件夹"),
        (("points", "--out", "/无此文件夹/a.pdf"), 1, "没有找到文件夹"),
        (("points", "--out", "a.xlsx", "--json", "./a.xlsx"), 1, "同一个文件"),
    ],
)
def test_a_wrong_line_is_one_sentence(
    desk: Desk, args: tuple[str, ...], code: int, sentence: str
) -> None:
    found, out, err = desk.run("report", *args)
    assert (found, out) == (code, "")
    assert sentence in err
    assert len(err.strip().splitlines()) == 1


def test_a_program_that_lays_out_no_paper_says_so(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in desk.env.items():
        monkeypatch.setenv(name, value)
    assert headless(["report", "points", "--out", str(desk.home / "a.pdf")]) == 1
    assert "请改用 .xlsx" in capsys.readouterr().err
