"""What was promised about personal data: an anonymous record says nothing, a frozen one is found
by nothing and called by nobody."""

from __future__ import annotations

from peewee import fn

from models import checks
from models.database import ClinicDatabase
from models.followup import FollowupTask
from models.people import Person, SearchKey
from models.privacy import DataRequest, Disclosure
from services.privacy.erasing import left_behind
from services.verify.report import Findings


def check_privacy(db: ClinicDatabase, found: Findings) -> None:
    """Anonymous records are empty, closed ones have no search keys and no open tasks, erasing and
    its day go together."""
    for person_id in left_behind(db):
        found.add("privacy.left", person_id)
    closed = Person.select(Person.id).where(
        Person.frozen_on.is_null(False) | Person.erased_on.is_null(False)
    )
    for table, waiting in ((SearchKey, None), (FollowupTask, FollowupTask.state == "open")):
        wanted = table.person_id.in_(closed)
        query = table.select(table.person_id).where(wanted if waiting is None else wanted & waiting)
        for (person_id,) in checks.stream(db, query.distinct()):
            found.add("privacy.used", person_id)
    dated = Person.select(Person.id).where((Person.state == "erased") & Person.erased_on.is_null())
    for (person_id,) in checks.stream(db, dated):
        found.add("privacy.undated", person_id)
    found.count("data requests", db.scalar(DataRequest.select(fn.COUNT(DataRequest.id))))
    found.count("disclosures", db.scalar(Disclosure.select(fn.COUNT(Disclosure.id))))
