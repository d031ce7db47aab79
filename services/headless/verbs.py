"""What each command does. Every one that writes signs a person in first."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from services import staff as staff_services
from services.clinic import Clinic, clinic_exists, open_clinic
from services.clock import SystemClock
from services.commands import Session
from services.data_place import data_folder
from services.errors import RuleError
from services.headless.arguments import UsageError, parser, roles_by_title
from services.headless.terminal import complain, read_pin, say
from services.i18n import tr
from services.people.privacy import mask_name
from services.rights import role_title
from services.version import VERSION

HOLDER = "headless"
WAIT_SECONDS = 2.0  # for somebody who is just closing


@contextmanager
def _reading(chosen: argparse.Namespace) -> Iterator[Clinic]:
    """The clinic for looking; may run beside the window."""
    clinic = open_clinic(data_folder(chosen.data), SystemClock(), holder=HOLDER, read_only=True)
    try:
        yield clinic
    finally:
        clinic.close()


@contextmanager
def _acting(chosen: argparse.Namespace) -> Iterator[Session]:
    """The clinic for writing, as the person named by --as, whose PIN is the next line."""
    clinic = open_clinic(
        data_folder(chosen.data), SystemClock(), holder=HOLDER, wait_seconds=WAIT_SECONDS
    )
    try:
        pin = read_pin(tr("操作人的密码："))
        yield staff_services.sign_in(clinic, chosen.actor, pin)
    finally:
        clinic.close()


def init(chosen: argparse.Namespace) -> int:
    """A new clinic; its recovery code is printed this once."""
    from services.setup import create_clinic

    folder = data_folder(chosen.data)
    _refuse_existing(folder)
    pin = read_pin(tr("院长的密码："))
    clinic, code = create_clinic(
        folder,
        SystemClock(),
        name=chosen.clinic,
        programme=chosen.programme,
        director=chosen.director,
        pin=pin,
    )
    clinic.close()
    complain(tr("诊所已建立。下面是恢复码，只显示这一次，请抄下并锁好："))
    say(code)
    return 0


def _refuse_existing(folder: Path) -> None:
    if clinic_exists(folder):
        raise RuleError(tr("这个文件夹里已有诊所数据，没有改动它。请换一个文件夹。"))


def add_staff(chosen: argparse.Namespace) -> int:
    """A member of staff; the second line of input is the new PIN."""
    with _acting(chosen) as session:
        pin = read_pin(tr("新员工的密码："))
        role = roles_by_title()[chosen.role]
        staff_services.add_staff(session, name=chosen.name, role=role, pin=pin)
    say(tr("已添加：{name} {role}").format(name=mask_name(chosen.name), role=chosen.role))
    return 0


def staff(chosen: argparse.Namespace) -> int:
    """Who works here, masked."""
    with _reading(chosen) as clinic:
        for row in staff_services.list_staff(clinic.db):
            say(f"{row.id}\t{role_title(row.role)}\t{mask_name(row.name)}")
    return 0


def import_roster(chosen: argparse.Namespace) -> int:
    """Good rows go in, each rejected row is explained; 0 when anything went in (or would)."""
    from services.headless.roster import run

    if chosen.dry_run:  # only looks, so it may run beside the window and needs nobody's PIN
        with _reading(chosen) as clinic:
            return run(clinic, None, chosen.file)
    with _acting(chosen) as session:
        return run(session.clinic, session, chosen.file, gifts_due=chosen.gifts_due)


def reconcile(chosen: argparse.Namespace) -> int:
    """The Friday workbook of a week, from a reading connection."""
    from services.headless.friday import run

    with _reading(chosen) as clinic:
        return run(clinic, chosen)


def verify(chosen: argparse.Namespace) -> int:
    """A sentence per fault, or one that says all is well."""
    from services.verify import anchors
    from services.verify import verify as check

    heads = [anchors.typed(each) for each in chosen.head]
    with _reading(chosen) as clinic:
        report = check(clinic, heads=heads)
    if chosen.json:
        say(
            msgspec.json.format(
                msgspec.json.encode({"good": report.good, **_plain(report)})
            ).decode()
        )
    else:
        for fault in report.faults:
            say(fault.sentence)
        if report.good:
            checked = report.checked
            sentence = tr(
                "没有发现问题。已核对：顾客 {people}，单据 {receipts}，积分流水 {points_entries}，"
                "权益 {grants}，库存变动 {stock_moves}，操作记录 {audit}。"
            )
            say(sentence.format(**checked))
        else:
            say(tr("发现 {n} 类问题，没有改动任何数据。").format(n=len(report.faults)))
    return 0 if report.good else 1


def backup(chosen: argparse.Namespace) -> int:
    """A checked backup; runs beside the window and needs no PIN, as a scheduler has none."""
    from services.headless import backups

    if chosen.list:
        return backups.list_backups(data_folder(chosen.data))
    with _reading(chosen) as clinic:
        if chosen.scheduled and chosen.to is None:
            return backups.keep_by_schedule(clinic)
        return backups.backup(clinic, chosen.to)


def drill(chosen: argparse.Namespace) -> int:
    """The monthly proof that the copy off this PC opens by the recovery code (P9)."""
    from services.headless import backups

    with _acting(chosen) as session:
        return backups.drill(session, chosen.place)


def restore(chosen: argparse.Namespace) -> int:
    """A backup in the place of the clinic, which must not be open."""
    from services.headless import backups

    folder = data_folder(chosen.data)
    return backups.restore(folder, chosen.file, chosen.actor, SystemClock())


def _plain(report: object) -> dict[str, object]:
    built: dict[str, object] = msgspec.to_builtins(report)
    return built


def demo(chosen: argparse.Namespace) -> int:
    """A made-up clinic in a folder of its own; its staff and their PINs are printed."""
    from services.demo import build

    folder = data_folder(chosen.data)
    if chosen.data is None:
        folder = folder.with_name(f"{folder.name}-demo")  # never where the real clinic lives
    made = build(folder, chosen.members, chosen.seed, progress=_Percent())
    say(tr("演示诊所：{folder}").format(folder=folder))
    for person in made.staff:
        say(f"{person.name}\t{role_title(person.role)}\t{person.pin}")
    say("  ".join(f"{what} {number:,}" for what, number in made.counts.items()))
    return 0


def simulate(chosen: argparse.Namespace) -> int:
    """A programme tried on a file of events; no clinic is opened. 0 also with rows left out."""
    from services.headless.simulate import run

    return run(chosen, progress=_Percent())


def report(chosen: argparse.Namespace) -> int:
    """A report as a workbook, a PDF, JSON or one line; only looks, so it runs beside the window."""
    from services.headless.report import list_reports, run

    if chosen.list:
        return list_reports()
    with _reading(chosen) as clinic:
        return run(clinic, chosen)


class _Percent:
    """Progress in steps of ten percent, on standard error."""

    def __init__(self) -> None:
        self._shown = -1

    def __call__(self, done: int, total: int) -> None:
        tens = done * 10 // max(total, 1)
        if tens > self._shown:
            self._shown = tens
            complain(f"{tens * 10}%")


def schedule(chosen: argparse.Namespace) -> int:
    """What this PC runs by itself: listed, put in, taken out."""
    from services.headless.schedule import change, show

    if chosen.list:
        return show(chosen)
    if not chosen.actor:
        raise UsageError(tr("安装和移除要写 --as 姓名，密码从标准输入读。"))
    with _acting(chosen) as session:
        return change(session, chosen)


def version(_: argparse.Namespace) -> int:
    """The version, and nothing else."""
    say(VERSION)
    return 0


def help_(_: argparse.Namespace) -> int:
    """What can be done without a window."""
    say(parser().format_help())
    return 0
