"""Letters and messages against what people had said, and who let numbers leave in full."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import msgspec
from peewee import JOIN, fn

from models import checks
from models.database import ClinicDatabase
from models.followup import FollowupAttempt, FollowupTask, Mailing, MailingPerson
from models.people import Consent, PersonAlias
from models.system import Audit
from services.outreach.texts import NUMBERS, channel_of
from services.people.contact import MARKETING
from services.verify.report import Findings


def check_mailings(db: ClinicDatabase, found: Findings) -> None:
    """Every offer went to people who had said yes; every mailing has people, and numbers in full
    the second person its audit row names; what was answered was answered for its people."""
    _check_words(db, found)
    _check_release(db, found)
    _check_answers(db, found)


def _check_words(db: ClinicDatabase, found: Findings) -> None:
    """The last word before an offer was yes, the person's own or of who was one with them then."""
    last = (
        Consent.select(Consent.granted)
        .where(
            (Consent.person_id == MailingPerson.person_id)
            & (Consent.item == MARKETING)
            & (Consent.seq < Mailing.seq)
        )
        .order_by(Consent.id.desc())
        .limit(1)
    )
    query = (
        MailingPerson.select(MailingPerson.person_id, Mailing.number, Mailing.seq, last)
        .join(Mailing, on=(Mailing.id == MailingPerson.mailing_id))
        .where(Mailing.marketing == 1)
    )
    merges = _merges(db)
    looked_at = 0
    for person_id, number, seq, word in checks.stream(db, query):
        looked_at += 1
        if person_id in merges:
            word = _word_then(db, _group_then(merges, person_id, seq), seq)
        if word != 1:
            found.add("mailing.refused", number)
    found.count("mailings", looked_at)


def _merges(db: ClinicDatabase) -> dict[int, list[tuple[int, int, int | None]]]:
    """Of everybody who ever spoke for somebody: whom, from which command to which."""
    merges: dict[int, list[tuple[int, int, int | None]]] = defaultdict(list)
    columns = (PersonAlias.merged_id, PersonAlias.seq, PersonAlias.unmerged_seq)
    for survivor, *merge in db.rows(PersonAlias.select(PersonAlias.survivor_id, *columns)):
        merges[survivor].append(tuple(merge))
    return dict(merges)


def _group_then(merges: dict[int, list[Any]], person_id: int, seq: int) -> list[int]:
    """The person and everybody they spoke for when the command `seq` was written."""
    group = [person_id]
    for merged, since, until in merges.get(person_id, ()):
        if since < seq and (until is None or until > seq):
            group += _group_then(merges, merged, seq)
    return group


def _word_then(db: ClinicDatabase, group: list[int], seq: int) -> int | None:
    query = Consent.select(Consent.granted).where(
        Consent.person_id.in_(group) & (Consent.item == MARKETING) & (Consent.seq < seq)
    )
    return db.scalar(query.order_by(Consent.seq.desc(), Consent.id.desc()).limit(1))


def _check_release(db: ClinicDatabase, found: Findings) -> None:
    people = MailingPerson.select(fn.COUNT(MailingPerson.person_id)).where(
        MailingPerson.mailing_id == Mailing.id
    )
    query = Mailing.select(
        Mailing.number,
        Mailing.kind,
        Mailing.clear,
        Mailing.reason,
        Mailing.approved_by,
        Mailing.staff_id,
        people,
        Audit.detail,
    ).join(Audit, JOIN.LEFT_OUTER, on=(Audit.seq == Mailing.seq))
    for number, kind, clear, reason, second, staff, count, detail in db.rows(query):
        said = {} if detail is None else msgspec.json.decode(detail)
        if count == 0 or said.get("people") != count:
            found.add("mailing.people", number)
        released = kind == NUMBERS and clear
        fine = bool(reason) and second not in (None, staff) if released else second is None
        if not fine or said.get("approved_by") != second:
            found.add("mailing.release", number)


def _check_answers(db: ClinicDatabase, found: Findings) -> None:
    """What a mailing answered: a task of somebody it went to, in its channel, done as sent."""
    query = (
        FollowupAttempt.select(
            Mailing.number,
            Mailing.kind,
            FollowupAttempt.channel,
            FollowupTask.state,
            FollowupTask.closed_as,
            MailingPerson.person_id,
        )
        .join(Mailing, on=(Mailing.seq == FollowupAttempt.seq))
        .switch(FollowupAttempt)
        .join(FollowupTask, on=(FollowupTask.id == FollowupAttempt.task_id))
        .switch(FollowupAttempt)
        .join(
            MailingPerson,
            JOIN.LEFT_OUTER,
            on=(
                (MailingPerson.mailing_id == Mailing.id)
                & (MailingPerson.person_id == FollowupAttempt.person_id)
            ),
        )
        .where(FollowupAttempt.undone_seq.is_null())
    )
    for number, kind, channel, state, closed_as, person_id in db.rows(query):
        as_sent = (channel, state, closed_as) == (channel_of(kind), "done", "sent")
        if person_id is None or not as_sent:
            found.add("mailing.answered", number)
