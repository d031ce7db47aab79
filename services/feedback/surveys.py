"""How satisfied people were and whether they would recommend the clinic, as they said when they
were called (R045, R112).

A call about several things is one answer; a call that was taken back is none. The doctor is the
one who treated the person on the day of the call, whoever does now.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from peewee import JOIN

from models.database import ClinicDatabase
from models.followup import FollowupAttempt, FollowupTask
from models.people import Complaint, Person
from models.reception import CareTeam, DoctorChange
from models.system import Doctor
from services.care.team import ATTENDING
from services.people.aliases import root_of
from services.reports.posted import Posted, ids

DISSATISFIED = 1
DETRACTOR, PROMOTER = 6, 9  # at most, at least
_CHUNK = 500


@dataclass(frozen=True)
class Answer:
    """What one call brought. `rules`: what it was about; `doctor_id` None for nobody's patient;
    `complaint_id` the complaint that was written down with it."""

    seq: int
    person_id: int
    number: str
    name: str
    occurred_on: str
    satisfaction: int | None
    nps: int | None
    note: str
    rules: tuple[str, ...]
    doctor_id: int | None
    complaint_id: int | None

    @property
    def low(self) -> bool:
        """Whether somebody should ask what went wrong."""
        unhappy = self.satisfaction is not None and self.satisfaction <= DISSATISFIED
        return unhappy or (self.nps is not None and self.nps <= DETRACTOR)


@dataclass(frozen=True)
class Score:
    """Many answers in numbers: how often each step of satisfaction (1 to 4), promoters (9 and
    10), passives and detractors (0 to 6)."""

    steps: tuple[int, int, int, int] = (0, 0, 0, 0)
    promoters: int = 0
    passives: int = 0
    detractors: int = 0

    @property
    def rated(self) -> int:
        """Answers with a step of satisfaction."""
        return sum(self.steps)

    @property
    def content(self) -> int:
        """Answers that are satisfied or very satisfied."""
        return self.steps[2] + self.steps[3]

    @property
    def asked(self) -> int:
        """Answers with a number from 0 to 10."""
        return self.promoters + self.passives + self.detractors

    @property
    def nps(self) -> int | None:
        """Promoters less detractors per hundred, −100 to 100, halves away from 0; None of none."""
        if not self.asked:
            return None
        net = self.promoters - self.detractors
        rounded = (abs(net) * 200 + self.asked) // (2 * self.asked)
        return rounded if net >= 0 else -rounded


def score(answers: Iterable[Answer]) -> Score:
    """Count answers."""
    steps = [0, 0, 0, 0]
    promoters = passives = detractors = 0
    for each in answers:
        if each.satisfaction is not None:
            steps[each.satisfaction - 1] += 1
        if each.nps is None:
            continue
        promoters += each.nps >= PROMOTER
        detractors += each.nps <= DETRACTOR
        passives += DETRACTOR < each.nps < PROMOTER
    return Score((steps[0], steps[1], steps[2], steps[3]), promoters, passives, detractors)


def answers(db: ClinicDatabase, span: Posted) -> list[Answer]:
    """Every answer of the calls written down in these days, in their order."""
    inside = ids(db, FollowupAttempt, span).rows(FollowupAttempt.id)
    told = FollowupAttempt.satisfaction.is_null(False) | FollowupAttempt.nps.is_null(False)
    query = (
        FollowupAttempt.select(
            FollowupAttempt.seq,
            FollowupAttempt.person_id,
            FollowupAttempt.occurred_on,
            FollowupAttempt.satisfaction,
            FollowupAttempt.nps,
            FollowupAttempt.note,
            FollowupTask.rule,
        )
        .join(FollowupTask, on=(FollowupTask.id == FollowupAttempt.task_id))
        .where(inside & told & FollowupAttempt.undone_seq.is_null())
        .order_by(FollowupAttempt.seq, FollowupAttempt.id)
    )
    calls: dict[int, tuple[int, str, int | None, int | None, str, list[str]]] = {}
    for seq, person_id, on, satisfaction, nps, note, rule in db.rows(query):
        call = calls.setdefault(seq, (person_id, on, satisfaction, nps, note, []))
        if rule not in call[5]:
            call[5].append(rule)
    people = {call[0]: root_of(db, call[0]) for call in calls.values()}
    names, doctors = _names(db, set(people.values())), _Doctors(db, set(people.values()))
    complaints = _complaints(db, list(calls))
    return [
        Answer(
            seq=seq,
            person_id=people[person_id],
            number=names[people[person_id]][0],
            name=names[people[person_id]][1],
            occurred_on=on,
            satisfaction=satisfaction,
            nps=nps,
            note=note,
            rules=tuple(rules),
            doctor_id=doctors.on(people[person_id], on),
            complaint_id=complaints.get(seq),
        )
        for seq, (person_id, on, satisfaction, nps, note, rules) in calls.items()
    ]


def doctor_names(db: ClinicDatabase) -> dict[int, str]:
    """Names of doctors by id, those who left too."""
    return dict(db.rows(Doctor.select(Doctor.id, Doctor.name)))


def _names(db: ClinicDatabase, people: set[int]) -> dict[int, tuple[str, str]]:
    found = {}
    for some in _chunks(people):
        query = Person.select(Person.id, Person.number, Person.name).where(Person.id.in_(some))
        found.update({person_id: (number, name) for person_id, number, name in db.rows(query)})
    return found


def _complaints(db: ClinicDatabase, calls: Iterable[int]) -> dict[int, int]:
    found = {}
    for some in _chunks(calls):
        query = Complaint.select(Complaint.call_seq, Complaint.id).where(
            Complaint.call_seq.in_(some)
        )
        found.update(dict(db.rows(query)))
    return found


class _Doctors:
    """Who treated whom when.

    Somebody without a history has had the same doctor all along; a history that begins with a
    change knows from the application who it was before.
    """

    def __init__(self, db: ClinicDatabase, people: set[int]) -> None:
        self._now: dict[int, int | None] = {}
        self._past: dict[int, list[tuple[str, str | None, int, int | None]]] = {}
        for some in _chunks(people):
            now = Person.select(Person.id, Person.doctor_id).where(Person.id.in_(some))
            self._now.update(dict(db.rows(now)))
            query = (
                CareTeam.select(
                    CareTeam.person_id,
                    CareTeam.from_on,
                    CareTeam.until_on,
                    CareTeam.doctor_id,
                    DoctorChange.from_doctor_id,
                )
                .join(DoctorChange, JOIN.LEFT_OUTER, on=(DoctorChange.id == CareTeam.change_id))
                .where(CareTeam.person_id.in_(some) & (CareTeam.part == ATTENDING))
                .order_by(CareTeam.id)
            )
            for person_id, *row in db.rows(query):
                self._past.setdefault(person_id, []).append((row[0], row[1], row[2], row[3]))

    def on(self, person_id: int, day: str) -> int | None:
        """The attending doctor of a day; of a day on which they changed, the one before, whom
        the answer is about."""
        rows = self._past.get(person_id)
        if rows is None:
            return self._now.get(person_id)
        for since, until, doctor, before in rows:
            if day <= since and before is not None:
                return before
            if since <= day <= (until or day):
                return doctor
        return None


def _chunks(numbers: Iterable[int]) -> Iterable[list[int]]:
    wanted = sorted(numbers)
    return (wanted[start : start + _CHUNK] for start in range(0, len(wanted), _CHUNK))
