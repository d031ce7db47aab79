"""The open person's statement of points, to read, print or keep."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QWidget

from services.forms.printed import personal_paper
from services.forms.statement import points_statement
from services.programmes.registry import Timeline
from ui.context import UiContext
from ui.dialogs.paper import PaperDialog


def statement_dialog(
    context: UiContext, parent: QWidget | None, timeline: Timeline | None = None
) -> PaperDialog | None:
    """Of the main programme unless another one is named; None after saying why not. That it was
    made is on record: it is theirs, with their name in full."""
    person_id = context.person_id or 0
    make = partial(points_statement, context.db, context.today(), person_id, timeline)
    paper = context.alerts.run(personal_paper, context.session, person_id, make)
    return None if paper is None else PaperDialog(context, parent, paper)
