"""Benefits that ask for a person's word: those that wait for it, and those given by hand (R081)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from PySide6.QtWidgets import QWidget

from services.i18n import tr
from services.loyalty.awards import AwaitingBenefit, awaiting, confirm_benefit
from services.loyalty.hand_given import HandBenefit, give_benefit, hand_benefits
from services.programmes.words import unit_words
from ui.context import UiContext
from ui.dialogs.desk import DeskDialog
from ui.forms import Form, TextEdit, label
from ui.tables.model import Column
from ui.tables.view import ROW_HEIGHT, Table
from ui.widgets.gift_kit import CountEdit


@dataclass(frozen=True)
class Line:
    """A benefit in the list; `waits` for a word, or else is given by hand."""

    benefit: AwaitingBenefit | HandBenefit

    @property
    def waits(self) -> bool:
        """Whether it only has to be agreed to."""
        return isinstance(self.benefit, AwaitingBenefit)


class BenefitsDialog(DeskDialog):
    """Choose with the arrows, Enter agrees or gives; the list stays for the next one."""

    def __init__(self, context: UiContext, parent: QWidget | None) -> None:
        super().__init__(context, parent, tr("确认和发放权益"))
        words = tr("这些权益不会自动发放：核对条件后逐项确认，之后按平常的办法领取或使用。")
        self.body.addWidget(label(words, "muted"))
        self.table = Table(
            "memberships/benefits",
            columns(),
            context.settings,
            title=tr("待确认和可发放的权益"),
            empty_text=tr("没有要确认或手工发放的权益。"),
            key=_key,
        )
        self.table.setMinimumHeight(6 * ROW_HEIGHT)
        self.count = CountEdit()
        self.note = TextEdit(tr("选填，例如 参加义诊"))
        self.form = Form()
        self.count_field = self.form.add(tr("数量(&N)"), self.count)
        self.note_field = self.form.add(tr("备注(&K)"), self.note)
        self.body.addWidget(self.table, 1)
        self.body.addWidget(self.form)
        self.give_button = self.add_buttons(tr("确认 ⏎"), tr("关闭"))
        self.table.current_row_changed.connect(self._show_line)
        self.reload()
        self.table.setFocus()

    def reload(self) -> None:
        """Read what waits and what may be given."""
        db, today = self.context.db, self.context.today()
        waits = self.context.alerts.run(awaiting, db, today, self.person_id) or []
        by_hand = self.context.alerts.run(hand_benefits, db, today, self.person_id) or []
        self.table.set_rows([*map(Line, waits), *map(Line, by_hand)])
        self.table.select_first()
        self._show_line(self.table.current_row())

    def _show_line(self, line: Line | None) -> None:
        by_hand = line is not None and not line.waits
        self.form.show_row(self.count_field, by_hand)
        self.form.show_row(self.note_field, by_hand)
        self.count.setText("1")
        self.give_button.setText(tr("发放 ⏎") if by_hand else tr("确认 ⏎"))
        self.give_button.setEnabled(line is not None and (line.waits or _left(line) > 0))
        self.adjustSize()

    def submit(self) -> None:
        """Agree, or give."""
        line = self.table.current_row()
        if line is None:
            return
        done = self._confirm(line.benefit) if line.waits else self._give(line.benefit)
        if done:
            self._op = uuid.uuid4()
            words = tr("已确认：{name}。") if line.waits else tr("已发放：{name}。")
            self.context.alerts.banner(words.format(name=line.benefit.name), "success")
            self.reload()
            self.table.setFocus()

    def _confirm(self, benefit: AwaitingBenefit) -> bool:
        done = self.context.alerts.run_command(
            confirm_benefit,
            self.once,
            person_id=self.person_id,
            programme_id=benefit.programme_id,
            grant_key=benefit.grant_key,
        )
        return done is not None

    def _give(self, benefit: HandBenefit) -> bool:
        count = self.context.alerts.run(self.count.count)
        if count is None:
            return False
        done = self.context.alerts.run_command(
            give_benefit,
            self.once,
            person_id=self.person_id,
            programme_id=benefit.programme_id,
            key=benefit.key,
            quantity=count,
            note=self.note.value(),
        )
        return done is not None


def columns() -> list[Column]:
    """A benefit in one line."""
    return [
        Column(tr("权益"), lambda r: r.benefit.name, width=176),
        Column(tr("怎么给"), lambda r: tr("待确认") if r.waits else tr("手工发放"), width=88),
        Column(tr("还可发"), _left_words, width=72, align="right"),
        Column(tr("方案"), lambda r: r.benefit.programme, width=120),
    ]


def _left(line: Line) -> int:
    return line.benefit.left if isinstance(line.benefit, HandBenefit) else 1


def _left_words(line: Line) -> str:
    if not isinstance(line.benefit, HandBenefit):
        return ""
    unit = line.benefit.unit or unit_words(line.benefit.kind)
    return tr("{n} {unit}").format(n=line.benefit.left, unit=unit)


def _key(line: Line) -> object:
    benefit = line.benefit
    key = benefit.key if isinstance(benefit, HandBenefit) else benefit.grant_key
    return (benefit.programme_id, key)
