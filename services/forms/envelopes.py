"""信封标签: addresses in full, made of a mailing on record with all who stand on them (R146)."""

from __future__ import annotations

from services.commands import Session
from services.forms.letterhead import clinic_title
from services.forms.paper import Cells, Paper, Size
from services.i18n import tr
from services.outreach.filling import recipients
from services.outreach.mailings import mailing_to_make, people_of_mailing

NAME = "信封标签"
ACROSS = (2, 3)


def envelope_labels(session: Session, mailing_id: int, *, across: int = 3) -> Paper:
    """Labels on A4, 3 × 8 or 2 × 7, of a mailing that was just sent. Raises RuleError when it is
    not of today, or somebody else's."""
    assert across in ACROSS
    db, today = session.db, session.clinic.clock.today()
    mailing_to_make(db, mailing_id, today, session.actor.id)
    clinic = clinic_title(db)
    cells = [
        (reader.address, reader.addressee, tr("{clinic} 寄").format(clinic=clinic))
        for reader in recipients(db, today, people_of_mailing(db, mailing_id), "")
    ]
    return Paper(
        title=tr("信封标签"),
        name=NAME,
        clinic=clinic,
        blocks=(Cells(tuple(cells), across),),
        size=Size.LABELS,
    )
