"""`main.py simulate`: run as people run it, without any clinic."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest

from services import headless

ROOT = Path(__file__).resolve().parents[3]
EVENTS = """日期,会员号,类型,金额,项目,备注
2026-01-05,M1,消费,1000,洁牙,R1
2026-01-06,M2,消费,10,,
2026-01-07,M2,退款,11,,
2026-01-08,M3,吃饭,11,,
"""
SUMMARY = "医院方案A，截至 2026-11-20：2 人，其中有等级 1 人；2 行没有采用。"


class Shell:
    """An events file in a folder in which there is no clinic, and a way to run the command."""

    def __init__(self, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.home = home
        self.events = home / "events.csv"
        self.events.write_text(EVENTS, encoding="utf-8")
        self._capsys = capsys

    def run(
        self, *args: str, programme: str = "医院方案A", as_of: str = "2026-11-20"
    ) -> tuple[int, str, str]:
        events = ("--events", str(self.events))
        return self.raw("simulate", "--programme", programme, *events, "--as-of", as_of, *args)

    def raw(self, *args: str) -> tuple[int, str, str]:
        code = headless.main(list(args))
        out, err = self._capsys.readouterr()
        assert not (self.home / "data").exists()
        return code, out, err


@pytest.fixture
def shell(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Shell:
    monkeypatch.setenv("HAOCHI_DATA", str(tmp_path / "data"))
    return Shell(tmp_path, capsys)


def test_one_line_and_the_rows_that_were_left_out(shell: Shell) -> None:
    code, out, _ = shell.run()
    assert code == 0
    assert out.splitlines() == [
        SUMMARY,
        "第 4 行没有采用：退款超过了这笔消费剩余的金额，没有采用。",
        "第 5 行没有采用：类型看不懂，只能是："
        "消费、退款、兑换、使用权益、缴费、退会、手动等级、活动积分。",
    ]


def test_many_rows_left_out_are_not_all_said(shell: Shell) -> None:
    shell.events.write_text(EVENTS + "x,M1,消费,1,,\n" * 30, encoding="utf-8")
    _, out, _ = shell.run()
    assert len(out.splitlines()) == 22
    assert out.splitlines()[-1] == "其余的行请用 --out 写进工作簿再看。"


def test_both_files_are_written(shell: Shell) -> None:
    out_file, json_file = shell.home / "o.xlsx", shell.home / "o.json"
    code, out, _ = shell.run("--out", str(out_file), "--json", str(json_file))
    assert (code, out) == (0, SUMMARY + "\n")
    assert openpyxl.load_workbook(out_file)["会员"]["A4"].value == "M1"
    found = json.loads(json_file.read_text(encoding="utf-8"))
    assert [each["tier"] for each in found["members"]] == ["普通会员", None]
    assert [each["row"] for each in found["rejected"]] == [4, 5]


def test_the_json_may_go_to_standard_output_alone(shell: Shell) -> None:
    code, out, err = shell.run("--json", "-")
    assert code == 0
    assert json.loads(out)["tiers"]["普通会员"] == 1
    assert SUMMARY in err


def test_a_programme_of_ones_own(shell: Shell) -> None:
    path = shell.home / "自己的.toml"
    path.write_text((ROOT / "resources/programmes/医院方案B.toml").read_text("utf-8"), "utf-8")
    code, out, _ = shell.run("--json", "-", programme=str(path))
    assert (code, json.loads(out)["version"]) == (0, "file")


@pytest.mark.parametrize(
    ("args", "programme", "as_of", "sentence"),
    [
        ((), "方案Z", "2026-11-20", "没有“方案Z”这个方案"),
        ((), "none.toml", "2026-11-20", "没有找到方案文件"),
        ((), "医院方案A", "2026-11-31", "截止日期请写成"),
        (("--events", "none.csv"), "医院方案A", "2026-11-20", "没有找到事件文件"),
        (("--out", "events.csv"), "医院方案A", "2026-11-20", "不能写到事件表自己上面"),
        (("--json", "no/o.json"), "医院方案A", "2026-11-20", "没有找到文件夹"),
    ],
)
def test_a_refusal_is_one_sentence_and_1(
    shell: Shell, args: tuple[str, ...], programme: str, as_of: str, sentence: str
) -> None:
    given = [str(shell.home / each) if "." in each else each for each in args]
    code, out, err = shell.run(*given, programme=programme, as_of=as_of)
    assert (code, out) == (1, "")
    assert sentence in err.splitlines()[-1]


@pytest.mark.parametrize(
    "args", [("simulate",), ("simulate", "--programme", "医院方案A"), ("simulate", "--nonsense")]
)
def test_a_wrong_command_line_is_2(shell: Shell, args: tuple[str, ...]) -> None:
    code, out, err = shell.raw(*args)
    assert (code, out) == (2, "")
    assert err.startswith("命令写得不对")


def test_as_people_run_it_nothing_of_qt_is_loaded(shell: Shell) -> None:
    script = (
        "import sys\n"
        "import main\n"
        "code = main.main(sys.argv[1:])\n"
        "assert not any(name.startswith('PySide6') for name in sys.modules)\n"
        "sys.exit(code)\n"
    )
    args = ("simulate", "--programme", "空白", "--events", str(shell.events), "--as-of")
    done = subprocess.run(
        [sys.executable, "-c", script, *args, "2026-11-20", "--json", "-"],
        env={**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONWARNINGS": "error"},
        capture_output=True,
        cwd=ROOT,
        check=False,
    )
    assert (done.returncode, json.loads(done.stdout)["programme"]) == (0, "空白")
