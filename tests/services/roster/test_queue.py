"""Inserts kept back: the ids they answer are the ids they get."""

from __future__ import annotations

from models.people import Household, SearchKey
from models.system import Doctor
from services.clinic import Clinic
from services.roster.queue import QueuedInserts


def test_queued_rows_get_the_ids_that_were_answered(clinic: Clinic) -> None:
    clinic.db.insert(Doctor, name="陈医生")
    queue = QueuedInserts(clinic.db)
    ids = [queue.insert(Doctor, name=name) for name in ("林医生", "吴医生")]
    ids.append(queue.insert(Doctor, name="郑医生", department="种植"))
    assert queue.insert(Household) == 1
    assert ids == [2, 3, 4]
    assert len(queue.rows(Doctor.select())) == 1  # reads go through, and nothing is written yet
    queue.flush()
    queue.flush()
    names = queue.rows(Doctor.select(Doctor.id, Doctor.name).order_by(Doctor.id))
    assert names == [(1, "陈医生"), (2, "林医生"), (3, "吴医生"), (4, "郑医生")]
    assert queue.insert(Doctor, name="周医生") == 5


def test_a_table_without_ids_answers_none(clinic: Clinic) -> None:
    queue = QueuedInserts(clinic.db)
    assert queue.insert(SearchKey, kind=1, key="a", person_id=1) == 0
    assert queue.insert(SearchKey, kind=1, key="b", person_id=1) == 0
