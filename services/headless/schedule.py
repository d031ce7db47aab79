"""`schedule`: the nightly backup and the weekly workbook in this PC's scheduler.

Whoever changes them signs in, as in the window: that also proves that the clinic opens here without
anybody typing its code.
"""

from __future__ import annotations

import argparse

from services.commands import Session, check_right
from services.data_place import data_folder
from services.errors import RuleError
from services.headless.terminal import say
from services.i18n import tr
from services.scheduled.commands import as_typed, command, program
from services.scheduled.outcomes import last
from services.scheduled.plan import DUTIES, USUAL_TIMES, Plan, duty_name, when_words
from services.scheduled.switching import CHANGE, note_change, noted_time, refuse_demo
from services.scheduled.system import Scheduler, by_hand, none_here, scheduler_here


def change(session: Session, chosen: argparse.Namespace) -> int:
    """Install or remove, and put it on record. Answers 0; a PC without a scheduler is a refusal
    that prints the line to install by hand."""
    check_right(session.actor, CHANGE)
    scheduler = scheduler_here()
    if chosen.remove:
        _needed(scheduler).remove(chosen.remove)
        note_change(session, duty=chosen.remove)
        say(tr("已移除：{duty}").format(duty=duty_name(chosen.remove)))
        return 0
    refuse_demo(session.clinic.db)
    plan = _plan(chosen, chosen.install)
    if scheduler is None:
        say(by_hand(plan))
    _needed(scheduler).install(plan, session.clinic.clock.now_local())
    note_change(session, duty=plan.duty, when=noted_time(plan))
    say(tr("已安装：{duty}，{when}").format(duty=duty_name(plan.duty), when=when_words(plan)))
    return 0


def show(chosen: argparse.Namespace) -> int:
    """What is installed, and the commands. Opens no clinic. Answers 0."""
    scheduler = scheduler_here()
    folder = data_folder(chosen.data)
    outcomes = last(folder)
    for duty in DUTIES:
        plan = scheduler.installed(duty) if scheduler else None
        state = when_words(plan) if plan else tr("没有安装")
        ended = outcomes.get(duty)
        if ended is not None:
            done = tr("成功") if ended.good else ended.sentence
            state += tr("；上次 {at}：{done}").format(at=ended.at, done=done)
        say(f"{duty}\t{duty_name(duty)}\t{state}")
        say("\t" + as_typed(command(plan or _plan(chosen, duty), program())))
    say(scheduler.name() if scheduler else none_here())
    return 0


def _plan(chosen: argparse.Namespace, duty: str) -> Plan:
    given = chosen.out_dir
    to = str(given.expanduser().absolute()) if given else tr("文件夹")
    data = str(data_folder(chosen.data))
    return Plan(duty, chosen.at or USUAL_TIMES[duty], data, chosen.weekday - 1, to)


def _needed(scheduler: Scheduler | None) -> Scheduler:
    if scheduler is None:
        raise RuleError(none_here())
    return scheduler
