"""Reports that were signed for, against the command that wrote the signature down."""

from __future__ import annotations

import msgspec
from peewee import JOIN

from models import checks
from models.database import ClinicDatabase
from models.paperwork import Handover
from models.system import Audit
from services.verify.report import Findings


def check_handovers(db: ClinicDatabase, found: Findings) -> None:
    """Days, rows, digest and both names of a hand-over are those on its audit row."""
    query = Handover.select(
        Handover.id,
        Handover.report,
        Handover.first_day,
        Handover.last_day,
        Handover.row_count,
        Handover.digest,
        Handover.received_by,
        Handover.handed_by,
        Audit.actor_id,
        Audit.entity_id,
        Audit.detail,
    ).join(Audit, JOIN.LEFT_OUTER, on=(Audit.seq == Handover.seq))
    for (
        row_id,
        report,
        first,
        last,
        rows,
        digest,
        taker,
        giver,
        actor,
        entity,
        detail,
    ) in checks.stream(db, query):
        said = {} if detail is None else msgspec.json.decode(detail)
        names = ("report", "first", "last", "rows", "digest", "received_by")
        stored = (report, first, last, rows, digest, taker)
        if tuple(said.get(name) for name in names) != stored or (giver, row_id) != (actor, entity):
            found.add("handover.signed", row_id)
