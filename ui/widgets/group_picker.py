"""Choose a saved group of people, or none."""

from __future__ import annotations

from services.groups.saved import SEES, group_choices
from services.i18n import tr
from services.rights import may
from ui.context import UiContext
from ui.widgets.gift_kit import LetterBox


class GroupPicker(LetterBox):
    """The groups in use by name; `none` is what stands for all people. Groups that ask for health
    are offered to those only who may see it. `value()` is the id, None for all."""

    def __init__(self, context: UiContext, none: str = "") -> None:
        super().__init__()
        self._context = context
        self._none = none or tr("不限")
        self.setAccessibleName(tr("客户分组"))
        self.refresh()

    def refresh(self) -> None:
        """Read the groups again; keeps the chosen one while it is there."""
        context = self._context
        sees = may(context.session.actor.role, SEES)
        offered = [each for each in group_choices(context.db) if sees or not each.sensitive]
        self.set_choices([(None, self._none), *((each.id, each.name) for each in offered)])

    def value(self) -> int | None:
        """The chosen group; None for all people."""
        chosen: int | None = self.currentData()
        return chosen
