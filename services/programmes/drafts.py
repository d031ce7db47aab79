"""Drafts: programmes being worked on, from which nothing follows until they are signed.

A draft begins as a shipped preset, a signed version, a TOML text or another draft; the form edits
it with `services.programmes.editing` and keeps it whole. It may be incomplete, never unreadable.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from models.database import ClinicDatabase
from models.programmes import Programme as ProgrammeTable
from models.programmes import ProgrammeDraft, ProgrammeVersion
from models.system import Audit, Staff
from services.changes import Changes, Kind
from services.commands import Tx, command
from services.errors import RuleError
from services.i18n import tr
from services.programmes.definition import Programme, from_json, to_json
from services.programmes.editing import keys_of
from services.programmes.gaps import missing
from services.programmes.mistakes import read_json

CHANGES = Changes((Kind.SETTING,))


@dataclass(frozen=True)
class DraftSaved:
    """A draft is kept as it stands; `gaps` numbers are still 待定 or missing."""

    draft_id: int
    gaps: int
    changes: Changes


@dataclass(frozen=True)
class DraftDropped:
    """A draft was given up."""

    draft_id: int
    changes: Changes


@dataclass(frozen=True)
class DraftRow:
    """A draft in a list. `based_on`: the signed version it began as, None for another source."""

    id: int
    name: str
    based_on: int | None
    changed_on: str
    staff: str
    gaps: int


@dataclass(frozen=True)
class VersionRow:
    """A signed version in a list (R058).

    `state`: of its programme, 'active' or 'retired'. `tense` 'past', 'current' or 'future': its
    place among the versions of its programme on the day asked about.
    """

    tense: str
    id: int
    programme_id: int
    name: str
    state: str
    number: int
    valid_from: str
    scope: str
    note: str
    signed_by: str
    signed_on: str


@command("programme.draft", entity="programme_draft")
def save_draft(
    tx: Tx, *, definition: str, draft_id: int | None = None, based_on: int | None = None
) -> DraftSaved:
    """Keep a programme (`definition.to_json`) as a new draft, or in the place of another one.

    `based_on` says which signed version a new draft began as. Raises RuleError for a definition
    that cannot be read (with the place), a name another draft has, an unknown draft or version.
    """
    programme = read_json(definition)
    values = {
        "name": programme.name,
        "definition": to_json(programme),
        "changed_on": tx.today,
        "staff_id": tx.actor.id,
        "seq": tx.seq,
    }
    check_name(tx.db, programme.name, draft_id)
    if draft_id is None:
        if based_on is not None:
            signed(tx.db, based_on)
        draft_id = tx.db.insert(ProgrammeDraft, based_on=based_on, **values)
    else:
        update = ProgrammeDraft.update(**values).where(ProgrammeDraft.id == draft_id)
        if tx.db.write(update) == 0:
            raise _unknown()
    gaps = len(missing(programme))
    tx.about(draft_id, gaps=gaps)
    return DraftSaved(draft_id, gaps, CHANGES)


def check_name(db: ClinicDatabase, name: str, draft_id: int | None) -> None:
    """Two drafts of one name could not be told apart. Raises RuleError when another has it."""
    same = db.scalar(ProgrammeDraft.select(ProgrammeDraft.id).where(ProgrammeDraft.name == name))
    if same is not None and same != draft_id:
        sentence = tr("已有名为“{name}”的草稿。请接着改那一份，或先给它换一个名称。")
        raise RuleError(sentence.format(name=name))


def _unknown() -> RuleError:
    return RuleError(tr("没有找到这份草稿，可能已经签署或删掉了。请刷新后重试。"))


@command("programme.drop_draft", entity="programme_draft")
def drop_draft(tx: Tx, *, draft_id: int) -> DraftDropped:
    """Give a draft up; signed versions are not touched. Raises RuleError for an unknown one."""
    if tx.db.write(ProgrammeDraft.delete().where(ProgrammeDraft.id == draft_id)) == 0:
        raise _unknown()
    tx.about(draft_id)
    return DraftDropped(draft_id, CHANGES)


# -- reading -------------------------------------------------------------------------------


def drafts(db: ClinicDatabase) -> list[DraftRow]:
    """All drafts, the newest change first."""
    query = (
        ProgrammeDraft.select(
            ProgrammeDraft.id,
            ProgrammeDraft.name,
            ProgrammeDraft.based_on,
            ProgrammeDraft.changed_on,
            Staff.name,
            ProgrammeDraft.definition,
        )
        .join(Staff, on=(Staff.id == ProgrammeDraft.staff_id))
        .order_by(ProgrammeDraft.seq.desc())
    )
    return [
        DraftRow(i, name, based_on, changed_on, staff, len(missing(from_json(text))))
        for i, name, based_on, changed_on, staff, text in db.rows(query)
    ]


def draft(db: ClinicDatabase, draft_id: int) -> Programme:
    """What a draft says. Raises RuleError for an unknown one."""
    query = ProgrammeDraft.select(ProgrammeDraft.definition).where(ProgrammeDraft.id == draft_id)
    text = db.scalar(query)
    if text is None:
        raise _unknown()
    return from_json(text)


def signed(db: ClinicDatabase, version_id: int) -> Programme:
    """What a signed version says, to begin a draft with. Raises RuleError for an unknown one."""
    query = ProgrammeVersion.select(ProgrammeVersion.definition)
    text = db.scalar(query.where(ProgrammeVersion.id == version_id))
    if text is None:
        raise RuleError(tr("没有找到这个版本，请刷新后重试。"))
    return from_json(text)


def taken_keys(db: ClinicDatabase) -> frozenset[str]:
    """The keys that signed versions gave to benefits and redeemables. A new benefit gets another
    one, or it would be taken for the old one by whoever had that (E49)."""
    texts = db.rows(ProgrammeVersion.select(ProgrammeVersion.definition))
    return frozenset(key for (text,) in texts for key in keys_of(from_json(text)))


def versions(db: ClinicDatabase, today: str) -> list[VersionRow]:
    """Every signed version of every programme, by programme, the newest first (R058)."""
    query = (
        ProgrammeVersion.select(
            ProgrammeVersion.id,
            ProgrammeVersion.programme_id,
            ProgrammeTable.name,
            ProgrammeTable.state,
            ProgrammeVersion.number,
            ProgrammeVersion.valid_from,
            ProgrammeVersion.scope,
            ProgrammeVersion.note,
            Staff.name,
            Audit.business_date,
        )
        .join(ProgrammeTable, on=(ProgrammeTable.id == ProgrammeVersion.programme_id))
        .switch(ProgrammeVersion)
        .join(Audit, on=(Audit.seq == ProgrammeVersion.seq))
        .join(Staff, on=(Staff.id == Audit.actor_id))
        .order_by(
            ProgrammeVersion.programme_id,
            ProgrammeVersion.valid_from.desc(),
            ProgrammeVersion.number.desc(),
        )
    )
    rows = db.rows(query)
    current = {row[1]: row[0] for row in rows}  # the first version reaches back before its day
    for row in reversed(rows):
        if row[5] <= today:
            current[row[1]] = row[0]
    return [VersionRow(_tense(row, current[row[1]], today), *row) for row in rows]


def _tense(row: tuple[Any, ...], current: int, today: str) -> str:
    if row[0] == current:
        return "current"
    return "future" if row[5] > today else "past"
