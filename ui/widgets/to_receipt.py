"""4 on the board: from a visit that is done to its receipt."""

from __future__ import annotations

from services.desk.finishing import finishing
from services.desk.visits import VisitRow
from services.i18n import tr
from services.rights import may
from ui.context import UiContext


def to_receipt(context: UiContext, row: VisitRow) -> None:
    """Open the person and F6 with what the visit knows; nothing for who may not receive money,
    and for a visit that has its receipt."""
    if not may(context.session.actor.role, "receipt.post"):
        return
    found = context.alerts.run(finishing, context.db, context.today(), row.person_id)
    if found is None or found.visit_id != row.visit_id:
        return
    context.current_person.select(row.person_id)
    context.navigator.go("points", "finish")
    words = tr("{name}{title}：完成。请登记消费；不收费的，按 Esc 回到看板。")
    context.alerts.banner(words.format(name=row.name, title=row.title), "success")
