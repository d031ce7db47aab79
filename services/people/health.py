"""How healthy the mouth is, judged by hand: one of the ways to a tier (R027)."""

from __future__ import annotations

from dataclasses import dataclass

from models.database import ClinicDatabase
from models.people import HealthGrade
from models.system import Staff
from services.changes import Changes, Kind
from services.commands import Tx, command
from services.errors import RuleError
from services.i18n import tr
from services.loyalty.receipt_checks import check_person
from services.loyalty.standing import settle_person
from services.people.aliases import group_of

HIGHEST = 9


@dataclass(frozen=True)
class GradeRow:
    """A grade that was given; the newest one counts."""

    grade: int
    note: str
    occurred_on: str
    staff: str


@dataclass(frozen=True)
class Graded:
    """A grade was given; `rank` is the tier in the first programme afterwards."""

    person_id: int
    grade: int
    rank: int
    changes: Changes


@command("person.health_grade", entity="health_grade")
def grade_health(tx: Tx, *, person_id: int, grade: int, note: str = "") -> Graded:
    """Judge how healthy a person's mouth is, 0 to 9, higher is better (R027).

    Raises RuleError for another number or an unknown person.
    """
    if not 0 <= grade <= HIGHEST:
        raise RuleError(tr("口腔健康评级请填 0 至 {n}，数字越大越健康。").format(n=HIGHEST))
    check_person(tx, person_id)
    grade_id = tx.db.insert(
        HealthGrade,
        person_id=person_id,
        grade=grade,
        note=note.strip(),
        occurred_on=tx.today,
        staff_id=tx.actor.id,
        seq=tx.seq,
    )
    settled = settle_person(tx, person_id)
    tx.about(grade_id, person=person_id, grade=grade)
    changes = Changes((Kind.PERSON, Kind.TIER, Kind.GRANT), person_id)
    return Graded(person_id, grade, settled[0].evaluation.rank, changes)


def grades_of(db: ClinicDatabase, person_id: int) -> list[GradeRow]:
    """Every grade of a person, the newest first."""
    query = (
        HealthGrade.select(HealthGrade.grade, HealthGrade.note, HealthGrade.occurred_on, Staff.name)
        .join(Staff, on=(Staff.id == HealthGrade.staff_id))
        .where(HealthGrade.person_id.in_(group_of(db, person_id)))
        .order_by(HealthGrade.id.desc())
    )
    return [GradeRow(*row) for row in db.rows(query)]
