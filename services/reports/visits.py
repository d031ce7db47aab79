"""到诊日报: who came, how long they waited, and what the day brought (front-desk.md 4.6)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from peewee import JOIN

from models.checks import stream
from models.database import ClinicDatabase
from models.desk import Visit
from models.ledgers import Standing
from models.people import Person
from models.query import Prepared, slot
from models.reception import Appointment, CareTeam
from models.system import Audit, Doctor, Staff
from services.care.team import CONSULTANT
from services.clock import local_text
from services.desk.identity_check import check_words
from services.desk.visit_steps import (
    EXPECTED,
    NOT_COME,
    QUEUE,
    Step,
    minutes_between,
    state_title,
    steps_between,
    waited,
)
from services.i18n import tr
from services.people.birthdays import age_on
from services.people.privacy import mask_name
from services.programmes.registry import main_timeline
from services.reports.busy_hours import busy_hours
from services.reports.names import TierNames, Who, day
from services.reports.sheet import Ask, Column, Row, Sheet
from services.reports.visit_money import Money, VisitMoney

_MOVED = Prepared(
    lambda: (
        Audit.select(Audit.at_utc, Audit.detail)
        .where(
            (Audit.entity == "visit")
            & (Audit.entity_id == slot("visit_id"))
            & (Audit.action == "visit.change")
        )
        .order_by(Audit.seq)
    )
)
_ADVISED = Prepared(
    lambda: (
        CareTeam.select(Doctor.name)
        .join(Doctor, on=(Doctor.id == CareTeam.doctor_id))
        .where(
            (CareTeam.person_id == slot("person_id"))
            & (CareTeam.part == CONSULTANT)
            & (CareTeam.from_on <= slot("day"))
            & (CareTeam.until_on.is_null() | (CareTeam.until_on > slot("day")))
        )
        .order_by(CareTeam.id.desc())
        .limit(1)
    )
)


def visits_of_days(db: ClinicDatabase, ask: Ask) -> tuple[Sheet, ...]:
    """Every visit of the days with its money, and how many came to whom."""
    days = ask.first != ask.last
    rows = list(_visits(db, ask))
    per_doctor: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    came = [row for row in rows if row[4]]
    for _, doctor, first, received, _ in came:
        found = per_doctor[doctor or tr("(未定)")]
        found[0] += 1
        found[1] += first
        found[2] += received
    return (
        Sheet(
            tr("到诊"),
            _columns(days=days, came=len(came)),
            [row if days else row[1:] for row, *_ in rows],
            notes=(
                tr("收尾时登记的单据记在那次到诊，当天其他单据记在本人当天第一次；等待算到就诊。"),
                tr("合计人次只算来了的，不算预约未到和已离开的。"),
            ),
        ),
        Sheet(
            tr("按接诊医生"),
            (
                Column(tr("接诊医生"), 16),
                Column(tr("到诊人次"), 12, "int", "sum"),
                Column(tr("其中初诊"), 12, "int", "sum"),
                Column(tr("实收(元)"), 14, "money", "sum"),
            ),
            [(name, *found) for name, found in sorted(per_doctor.items())],
        ),
        *busy_hours(db, ask),
    )


def _columns(*, days: bool, came: int) -> tuple[Column, ...]:
    """The columns of a visit; the day only where there are several. Only who came is counted."""
    first = (Column(tr("日期"), 11, "date"),) if days else ()
    return (
        *first,
        Column(tr("会员号"), 10),
        Column(tr("姓名(遮蔽)"), 10, total="count", once=came),
        Column(tr("到达"), 6),
        Column(tr("等待(分)"), 8, "int"),
        Column(tr("接诊医生"), 8),
        Column(tr("咨询"), 8, detail=True),
        Column(tr("责任医生"), 8, detail=True),
        Column(tr("性别"), 5, detail=True),
        Column(tr("年龄"), 5, "int"),
        Column(tr("等级"), 11),
        Column(tr("接待等级"), 11, detail=True),
        Column(tr("来源"), 9),
        Column(tr("介绍人"), 8),
        Column(tr("预约人"), 8, detail=True),
        Column(tr("核验"), 6, detail=True),
        Column(tr("初复诊"), 7),
        Column(tr("状态"), 8),
        Column(tr("应收"), 8, "money", "sum"),
        Column(tr("折后"), 9, "money", "sum", detail=True),
        Column(tr("实收"), 8, "money", "sum"),
        Column(tr("欠款"), 8, "money", "sum"),
        Column(tr("积分"), 8, "int", "sum"),
    )


def _visits(db: ClinicDatabase, ask: Ask) -> Iterator[tuple[Row, str, int, int, bool]]:
    """A line per visit; beside it the doctor, whether it was the first, what was received, and
    whether the person came at all. A check-in that was taken back was none."""
    main = main_timeline(db)
    tiers, who = TierNames(db), Who(db)
    money = VisitMoney(db, ask.first, ask.last, main.programme_id)
    steps = steps_between(db, ask.first, ask.last)
    for row in stream(db, _query(ask, main.programme_id)):
        visit_id, person_id, number, name, on, arrived_at, state, first, received_at, *rest = row
        if steps.get(visit_id) == ():
            continue
        sex, birthday, source, rank, member, doctor, own, referrer, bringer, *kept = rest
        advises, booked_by, checked, receipt_id = kept
        came = state not in NOT_COME
        brought = money.of_visit(who.root(person_id), on, receipt_id) if came else Money()
        waiting = _waited(db, visit_id, arrived_at, state, steps.get(visit_id))
        row = (
            day(on),
            *who(person_id, number, name),
            "" if state == EXPECTED else local_text(arrived_at)[11:],
            waiting,
            doctor or "",
            advises or _adviser(db, who.root(person_id), on),
            own or "",
            {"F": tr("女"), "M": tr("男")}.get(sex, ""),
            age_on(birthday, on) if birthday and birthday <= on else None,
            tiers.now(main.programme_id, rank) if member else "",
            tiers.now(main.programme_id, received_at),
            source,
            mask_name(bringer or referrer or ""),
            booked_by or "",
            check_words(checked),
            tr("初诊") if first else tr("复诊"),
            state_title(state),
            *brought,
        )
        yield row, doctor or "", first, brought.received, came


def _adviser(db: ClinicDatabase, person_id: int, on: str) -> str:
    """The person's consultant on a day, where the visit names none."""
    row = _ADVISED.row(db, person_id=person_id, day=on)
    return "" if row is None else str(row[0])


def _query(ask: Ask, programme_id: int) -> Any:
    own, adviser = Doctor.alias(), Doctor.alias()
    referrer, bringer = Person.alias(), Person.alias()
    return (
        Visit.select(
            Visit.id,
            Visit.person_id,
            Person.number,
            Person.name,
            Visit.visit_date,
            Visit.arrived_at,
            Visit.state,
            Visit.first_visit,
            Visit.reception_rank,
            Person.sex,
            Person.birthday,
            Person.source,
            Standing.rank,
            Standing.member,
            Doctor.name,
            own.name,
            referrer.name,
            bringer.name,
            adviser.name,
            Staff.name,
            Visit.checked,
            Visit.receipt_id,
        )
        .join(Person, on=(Person.id == Visit.person_id))
        .join(own, JOIN.LEFT_OUTER, on=(own.id == Person.doctor_id))
        .switch(Person)
        .join(referrer, JOIN.LEFT_OUTER, on=(referrer.id == Person.referrer_id))
        .switch(Visit)
        .join(
            Standing,
            JOIN.LEFT_OUTER,
            on=((Standing.person_id == Visit.person_id) & (Standing.programme_id == programme_id)),
        )
        .switch(Visit)
        .join(Doctor, JOIN.LEFT_OUTER, on=(Doctor.id == Visit.doctor_id))
        .switch(Visit)
        .join(bringer, JOIN.LEFT_OUTER, on=(bringer.id == Visit.brought_by_id))
        .switch(Visit)
        .join(adviser, JOIN.LEFT_OUTER, on=(adviser.id == Visit.consultant_id))
        .switch(Visit)
        .join(Appointment, JOIN.LEFT_OUTER, on=(Appointment.visit_id == Visit.id))
        .join(Staff, JOIN.LEFT_OUTER, on=(Staff.id == Appointment.staff_id))
        .where((Visit.visit_date >= ask.first) & (Visit.visit_date <= ask.last))
        .order_by(Visit.visit_date, Visit.arrived_at, Visit.id)
    )


def _waited(
    db: ClinicDatabase, visit_id: int, arrived_at: str, state: str, steps: tuple[Step, ...] | None
) -> int | None:
    """Minutes from arriving to the treatment; None while it has not begun. A visit older than the
    steps is read from the audit trail, as it was kept then."""
    if steps is not None:
        return None if state in QUEUE else waited(arrived_at, state, steps, arrived_at)
    for at_utc, detail in _MOVED.rows(db, visit_id=visit_id):
        if '"now":"in_treatment"' in detail or '"now":"done"' in detail:
            return minutes_between(arrived_at, at_utc)
    return None
