"""Letters: a page for each person under the clinic's head, made of a mailing on record (R146)."""

from __future__ import annotations

from collections.abc import Mapping

from models.database import ClinicDatabase
from services.commands import Session, read_setting
from services.forms.letterhead import clinic_title
from services.forms.paper import Block, Break, Paper, Text
from services.i18n import tr
from services.outreach.filling import Progress, Recipient, recipients
from services.outreach.mailings import mailing_to_make, people_of_mailing
from services.setup import CLINIC_NAME

NAME = "信函"
_BLANK = "\u00a0"  # a space that no layout takes away
_INDENT = 7 * _BLANK  # as wide as two characters


def letters(
    session: Session,
    mailing_id: int,
    *,
    subjects: Mapping[int, tuple[str, str]] | None = None,
    progress: Progress | None = None,
) -> Paper:
    """The letters of a mailing that was just sent, in the order of its people. Raises RuleError
    when it is not of today, or somebody else's."""
    db, today = session.db, session.clinic.clock.today()
    made = mailing_to_make(db, mailing_id, today, session.actor.id)
    people = people_of_mailing(db, mailing_id)
    readers = recipients(
        db,
        today,
        people,
        made.text,
        subjects=subjects,
        activity_id=made.activity_id,
        progress=progress,
    )
    return letter_paper(db, today, list(readers))


def letter_paper(db: ClinicDatabase, today: str, readers: list[Recipient]) -> Paper:
    """A page for each reader; what the mailing is called stays in the house."""
    signed = (read_setting(db, CLINIC_NAME), _day(today))
    blocks: list[Block] = []
    for reader in readers:
        if blocks:
            blocks.append(Break())
        called, *said = reader.text.split("\n")
        said = [called, *(_INDENT + line.strip() for line in said)] if said else [_INDENT + called]
        blocks.append(Text((reader.address, reader.addressee, _BLANK)))
        blocks.append(Text((*said, _BLANK)))
        blocks.append(Text(signed, right=True))
    return Paper(
        title=tr("信函"), name=NAME, clinic=clinic_title(db), blocks=tuple(blocks), letters=True
    )


def _day(day: str) -> str:
    words = tr("{year}年{month}月{day}日")
    return words.format(year=day[:4], month=int(day[5:7]), day=int(day[8:]))
