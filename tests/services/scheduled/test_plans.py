"""What a scheduler runs and when, and the texts that tell it so."""

from __future__ import annotations

import shlex
import subprocess
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from services.errors import RuleError
from services.headless import arguments
from services.scheduled import commands, task_xml, user_units
from services.scheduled.plan import (
    BACKUP,
    DUTIES,
    FRIDAY,
    Plan,
    checked,
    duty_name,
    from_note,
    last_due,
    next_run,
    note_of,
    weekday_name,
    when_words,
)

NIGHT = Plan(BACKUP, "21:00", "/home/li/皓齿 数据")
WEEK = Plan(FRIDAY, "18:30", "/home/li/皓齿 数据", 4, "/home/li/核对 100%")
START = ["/opt/haochi-desk/haochi-desk"]
XML = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"


@pytest.mark.parametrize(
    ("plan", "now", "wanted"),
    [
        (NIGHT, "2026-11-26 20:59:59", "2026-11-26 21:00"),
        (NIGHT, "2026-11-26 21:00:00", "2026-11-27 21:00"),
        (NIGHT, "2026-12-31 23:00:00", "2027-01-01 21:00"),
        (WEEK, "2026-11-26 20:00:00", "2026-11-27 18:30"),
        (WEEK, "2026-11-27 18:29:00", "2026-11-27 18:30"),
        (WEEK, "2026-11-27 18:30:01", "2026-12-04 18:30"),
        (WEEK, "2026-11-28 08:00:00", "2026-12-04 18:30"),
    ],
)
def test_when_a_duty_runs_next(plan: Plan, now: str, wanted: str) -> None:
    assert next_run(plan, now) == wanted
    assert last_due(plan, f"{wanted}:00") == wanted
    assert last_due(plan, now) < now


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ({"duty": "dance"}, "定时"),
        ({"time": "24:00"}, "21:00"),
        ({"time": "9:5"}, "21:00"),
        ({"weekday": 7}, "星期"),
        ({"folder": "here"}, "文件夹"),
        ({"folder": "/none/such"}, "文件夹"),
        ({"data": 'C:\\"x'}, "引号"),
    ],
)
def test_a_plan_that_cannot_run_is_refused(
    tmp_path: Path, wrong: dict[str, str | int], word: str
) -> None:
    good = Plan(FRIDAY, "18:30", str(tmp_path), 4, str(tmp_path))
    assert checked(good) is good
    with pytest.raises(RuleError) as refused:
        checked(replace(good, **wrong))  # type: ignore[arg-type]
    assert word in refused.value.sentence


def test_a_plan_is_read_back_from_plain_letters() -> None:
    for plan in (NIGHT, WEEK):
        note = note_of(plan)
        assert note.isascii()
        assert "\n" not in note
        assert from_note(note) == plan
    assert from_note("{") is None
    assert from_note(note_of(replace(NIGHT, time="25:00"))) is None
    assert from_note(note_of(replace(NIGHT, duty="dance"))) is None


def test_plans_in_words() -> None:
    assert when_words(NIGHT) == "每天 21:00"
    assert when_words(WEEK) == "每周星期五 18:30"
    assert [weekday_name(n)[-1] for n in range(7)] == list("一二三四五六日")
    assert all(duty_name(duty) for duty in DUTIES)


@pytest.mark.parametrize("plan", [NIGHT, WEEK], ids=DUTIES)
def test_the_commands_are_ones_that_the_program_knows(plan: Plan) -> None:
    chosen = arguments.parser().parse_args(commands.command(plan, [])[0:])
    assert chosen.scheduled
    assert str(chosen.data) == plan.data
    if plan.duty == FRIDAY:
        assert (chosen.week, str(chosen.out_dir)) == ("last", plan.folder)


def test_the_program_starts_itself_or_its_source(monkeypatch: pytest.MonkeyPatch) -> None:
    python, source = commands.program()
    assert Path(python).exists()
    assert Path(source).name == "main.py"
    monkeypatch.setattr("sys.frozen", True, raising=False)
    assert commands.program() == [python]


def test_a_command_as_a_person_types_it() -> None:
    words = commands.command(WEEK, START)
    assert shlex.split(commands.as_typed(words, "linux")) == words
    assert commands.as_typed(words, "win32") == subprocess.list2cmdline(words)


# --- Windows ---


def test_the_windows_task_is_well_formed_and_runs_as_the_user_who_is_there() -> None:
    plan = replace(WEEK, data=r"C:\Users\li & wang\data", folder="D:\\核对 <1>")
    words = commands.command(plan, [r"C:\Program Files\皓齿前台\haochi-desk.exe"])
    text = task_xml.task_xml(
        plan, words, about="皓齿前台：每周核对表", today="2026-11-26", user="DESK\\li"
    )
    root = ElementTree.fromstring(text.encode("utf-16"))

    def value(path: str) -> str:
        found = root.find("/".join(XML + part for part in path.split("/")))
        assert found is not None, path
        return found.text or ""

    assert value("Triggers/CalendarTrigger/StartBoundary") == "2026-11-26T18:30:00"
    assert root.find(f".//{XML}DaysOfWeek/{XML}Friday") is not None
    assert value("Settings/StartWhenAvailable") == "true"
    assert value("Principals/Principal/LogonType") == "InteractiveToken"
    assert value("Principals/Principal/RunLevel") == "LeastPrivilege"
    assert value("Principals/Principal/UserId") == "DESK\\li"
    assert value("Actions/Exec/Command") == words[0]
    assert value("Actions/Exec/Arguments") == subprocess.list2cmdline(words[1:])
    assert value("RegistrationInfo/Documentation") == note_of(plan)
    daily = task_xml.task_xml(NIGHT, words, about="x", today="2026-11-26")
    assert "ScheduleByDay" in daily
    assert "UserId" not in daily


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8", "gbk"])
def test_the_windows_task_is_read_back_in_any_encoding(encoding: str) -> None:
    text = task_xml.task_xml(WEEK, START, about="皓齿前台", today="2026-11-26")
    assert task_xml.plan_in(text.encode(encoding)) == WEEK
    assert task_xml.plan_in("别人的任务".encode(encoding)) is None


def test_schtasks_is_asked_about_the_tasks_of_one_folder() -> None:
    assert task_xml.task_name(BACKUP) == r"\HaochiDesk\Backup"
    assert task_xml.task_name(FRIDAY) == r"\HaochiDesk\Friday"
    assert task_xml.create(BACKUP, "f.xml")[-2:] == ["/XML", "f.xml"]
    assert "/F" in task_xml.delete(BACKUP)
    assert task_xml.query(FRIDAY)[3] == r"\HaochiDesk\Friday"


# --- systemd and cron ---


def test_the_units_say_when_and_what() -> None:
    timer = user_units.timer_text(WEEK, "皓齿前台")
    assert "OnCalendar=Fri *-*-* 18:30:00\n" in timer
    assert "Persistent=true\n" in timer
    assert user_units.plan_in(timer) == WEEK
    assert "OnCalendar=*-*-* 21:00:00\n" in user_units.timer_text(NIGHT, "皓齿前台")
    assert user_units.plan_in("[Timer]\nOnCalendar=daily\n") is None
    service = user_units.service_text(commands.command(WEEK, ["/a b/$x"]), "皓齿前台")
    assert 'ExecStart="/a b/$$x" "reconcile"' in service
    assert '"/home/li/核对 100%%"' in service


def test_the_line_for_cron_knows_the_session_and_its_own_signs() -> None:
    line = user_units.cron_line(WEEK, commands.command(WEEK, START), 1000)
    assert line.startswith("30 18 * * 5 XDG_RUNTIME_DIR=/run/user/1000 ")
    assert "DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/1000/bus /opt/" in line
    assert "100\\%" in line
    sunday = user_units.cron_line(replace(WEEK, weekday=6), START, 1)
    assert sunday.startswith("30 18 * * 0 ")
    assert user_units.cron_line(NIGHT, START, 1).startswith("0 21 * * * ")
