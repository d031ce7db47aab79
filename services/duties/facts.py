"""Facts of the program that do a duty by themselves: nobody ticks what was signed for elsewhere.

Each way to ask reads all its facts at once (a few a month) and says which days a turn needs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from models.database import ClinicDatabase
from models.gifts import Gift, Reconciliation
from models.paperwork import Handover
from models.query import Prepared
from models.system import Audit, Staff
from services.clock import plus_days
from services.duties.cycles import FRIDAY_ASK, Cycle
from services.i18n import tr
from services.reports.handed import MONDAY as MONDAY_REPORT

MONDAY = "monday"
UNCLAIMED = "unclaimed"
RECOVERY = "recovery"
DRILL = "drill"
_FRIDAY = 4


@dataclass(frozen=True)
class Fact:
    """Something that happened: the days it covers, the day it was done, by whom."""

    first: str
    last: str
    on: str
    by: str


@dataclass(frozen=True)
class AskedFact:
    """A way to ask. `needs`: the day or days of a turn that a fact must touch; `begins`: whether a
    turn has anything to do yet; `how`: what does it, in the desk's words."""

    read: Callable[[ClinicDatabase], list[Fact]]
    needs: Callable[[Cycle], tuple[str, str]]
    begins: Callable[[ClinicDatabase], Callable[[Cycle], bool]]
    how: Callable[[], str]


def done_by_fact(facts: list[Fact], asked: AskedFact, cycle: Cycle) -> Fact | None:
    """The first fact that does a turn."""
    first, last = asked.needs(cycle)
    return next((each for each in facts if each.first <= last and each.last >= first), None)


def _handed(db: ClinicDatabase) -> list[Fact]:
    giver, taker = Staff.alias(), Staff.alias()
    query = (
        Handover.select(
            Handover.first_day, Handover.last_day, Handover.occurred_on, giver.name, taker.name
        )
        .join(giver, on=(giver.id == Handover.handed_by))
        .switch(Handover)
        .join(taker, on=(taker.id == Handover.received_by))
        .where(Handover.report == MONDAY_REPORT)
        .order_by(Handover.first_day, Handover.last_day)
    )
    words = tr("{giver}移交、{taker}签收")
    return [
        Fact(first, last, on, words.format(giver=given, taker=taken))
        for first, last, on, given, taken in db.rows(query)
    ]


def _counted(db: ClinicDatabase) -> list[Fact]:
    marketing, billing = Staff.alias(), Staff.alias()
    query = (
        Reconciliation.select(
            Reconciliation.week, Audit.business_date, marketing.name, billing.name
        )
        .join(Audit, on=(Audit.seq == Reconciliation.closed_seq))
        .switch(Reconciliation)
        .join(marketing, on=(marketing.id == Reconciliation.marketing_signer))
        .switch(Reconciliation)
        .join(billing, on=(billing.id == Reconciliation.billing_signer))
        .where(Reconciliation.state == "closed")
        .order_by(Reconciliation.id)
    )
    words = tr("{one}、{two}签字")
    return [
        Fact(week, week, on, words.format(one=one, two=two))
        for week, on, one, two in db.rows(query)
    ]


def _commands(entity: str, entity_id: int | None, action: str) -> Callable[..., list[Fact]]:
    """Commands of an action, found by what they were about."""

    about = Audit.entity_id.is_null() if entity_id is None else Audit.entity_id == entity_id
    done = Prepared(
        lambda: (
            Audit.select(Audit.business_date, Staff.name)
            .join(Staff, on=(Staff.id == Audit.actor_id))
            .where((Audit.entity == entity) & about & (Audit.action == action))
            .order_by(Audit.seq)
        )
    )

    def read(db: ClinicDatabase) -> list[Fact]:
        return [Fact(on, on, on, by) for on, by in done.rows(db)]

    return read


def _whole(cycle: Cycle) -> tuple[str, str]:
    return cycle.first, cycle.last


def _sunday_before(cycle: Cycle) -> tuple[str, str]:
    sunday = plus_days(cycle.first, -1)
    return sunday, sunday


def _its_friday(cycle: Cycle) -> tuple[str, str]:
    friday = plus_days(cycle.first, _FRIDAY)
    return friday, friday


def _always(_: ClinicDatabase) -> Callable[[Cycle], bool]:
    return lambda cycle: True


def _after_the_first_week(db: ClinicDatabase) -> Callable[[Cycle], bool]:
    opened = db.scalar(Audit.select(Audit.business_date).where(Audit.seq == 1))
    return lambda cycle: bool(opened < cycle.first)


def _once_there_are_gifts(db: ClinicDatabase) -> Callable[[Cycle], bool]:
    first = (
        Gift.select(Audit.business_date)
        .join(Audit, on=(Audit.seq == Gift.seq))
        .order_by(Gift.seq)
        .limit(1)
    )
    known = db.scalar(first)
    return lambda cycle: known is not None and known <= cycle.due


FACTS: dict[str, AskedFact] = {
    MONDAY: AskedFact(
        _handed,
        _sunday_before,
        _after_the_first_week,
        lambda: tr("市场部在周一会员档案汇总上签收，就算完成。"),
    ),
    FRIDAY_ASK: AskedFact(
        _counted,
        _its_friday,
        _once_there_are_gifts,
        lambda: tr("周五核对双方签字结账，就算完成。"),
    ),
    UNCLAIMED: AskedFact(
        _commands("followup_task", 0, "report.make_calls"),
        _whole,
        _always,
        lambda: tr("在月度达标与未领里生成回访，就算完成。"),
    ),
    RECOVERY: AskedFact(
        _commands("clinic", None, "clinic.confirm_recovery"),
        _whole,
        _always,
        lambda: tr("输入一次恢复码并核对无误，就算完成。"),
    ),
    DRILL: AskedFact(
        _commands("clinic", 1, "backup.drilled"),
        _whole,
        _always,
        lambda: tr("用恢复码试开一份备份并记下结果，就算完成。"),
    ),
}
