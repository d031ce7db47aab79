"""A signed version read aloud on paper, to hang up or to file (R014, R071)."""

from __future__ import annotations

from collections.abc import Iterable

from models.database import ClinicDatabase
from services.forms.letterhead import clinic_title
from services.forms.paper import Block, Heading, Paper, Text
from services.i18n import tr
from services.programmes.drafts import VersionRow
from services.programmes.sentences import Section


def programme_sheet(db: ClinicDatabase, row: VersionRow, sections: Iterable[Section]) -> Paper:
    """The sentences of a version under their headings."""
    blocks: list[Block] = []
    for section in sections:
        blocks += [Heading(section.title), Text(section.lines)]
    return Paper(
        title=row.name,
        name=tr("方案_第{n}版").format(n=row.number),
        clinic=clinic_title(db),
        subject=tr("第 {n} 版，{day} 起").format(n=row.number, day=row.valid_from),
        blocks=tuple(blocks),
    )
