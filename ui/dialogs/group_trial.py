"""How the people of a group would stand under a draft or another programme (试算, R174)."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from services.groups.saved import SavedGroup
from services.i18n import tr
from services.programmes.drafts import draft, drafts
from services.programmes.registry import preset, preset_names, timelines
from ui.context import UiContext
from ui.dialogs.base import Dialog
from ui.forms import label
from ui.theme import GAP
from ui.widgets.gift_kit import LetterBox
from ui.widgets.programme_trial_page import TrialPage
from ui.widgets.work import Work


class GroupTrialDialog(Dialog):
    """Choose what is tried; Enter tries it on these people only. Nothing is written."""

    def __init__(
        self,
        context: UiContext,
        parent: QWidget | None,
        group: SavedGroup,
        people: tuple[int, ...],
    ) -> None:
        super().__init__(context, parent, tr("试算分组"))
        self.take_room(1240, 660)
        words = tr("分组“{name}”，现在 {n} 位：换成下面的方案会怎样。只看，不改任何会员。")
        self.body.addWidget(label(words.format(name=group.name, n=f"{len(people):,}"), "muted"))
        self.programme = LetterBox(self._choices())
        self.programme.setAccessibleName(tr("试哪个方案"))
        row = QHBoxLayout()
        row.setSpacing(GAP)
        title = QLabel(tr("试哪个方案(&P)"))
        title.setBuddy(self.programme)
        row.addWidget(title)
        row.addWidget(self.programme, 1)
        self.body.addLayout(row)
        self.work = Work(context.tasks, self.context.alerts)
        self.page = TrialPage(self.context, self.work)
        self.page.among = people
        self.body.addWidget(self.page, 1)
        self.body.addWidget(self.work)
        self.programme.currentIndexChanged.connect(self._open)
        self._open()
        self.programme.setFocus()

    def _choices(self) -> list[tuple[Any, str]]:
        """Drafts first, then the programmes in use, then those that come with the program."""
        db = self.context.db
        active = timelines(db)
        used = {each.versions[-1].programme.name for each in active}
        return [
            *(
                (("draft", each.id), tr("草稿：{name}").format(name=each.name))
                for each in drafts(db)
            ),
            *(
                (("active", each.programme_id), tr("在用：{name}").format(name=each.name))
                for each in active
            ),
            *(
                (("preset", name), tr("自带：{name}").format(name=name))
                for name in preset_names()
                if name not in used
            ),
        ]

    def _open(self, *_: object) -> None:
        """Show the trial of the chosen programme."""
        found = self.context.alerts.run(self._chosen)
        if found is not None:
            self.page.open(found)
            self.programme.setFocus()

    def _chosen(self) -> Any:
        kind, key = self.programme.value()
        if kind == "draft":
            return draft(self.context.db, int(key))
        if kind == "active":
            known = timelines(self.context.db)
            return next(each for each in known if each.programme_id == key).versions[-1].programme
        return preset(str(key))

    def submit(self) -> None:
        """Try it."""
        self.page.run()
