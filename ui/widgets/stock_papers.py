"""单据: orders and requisitions, where each stands, and its next step as the one button."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtCore import QSettings, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from services.forms.stock_paper import stock_paper
from services.gifts.documents import (
    PURCHASE,
    REQUISITION,
    SENT,
    DocumentLine,
    DocumentRow,
    document_name,
    documents,
    next_right,
    state_words,
    step_name,
)
from services.i18n import tr
from services.rights import holders, may, role_title
from ui.context import UiContext
from ui.dialogs.papers import Offer
from ui.forms import button_row, label
from ui.tables.model import Column
from ui.tables.view import Table
from ui.theme import GAP
from ui.widgets.gift_kit import Card, RightNote, Switch, key_button, rename

SHOWN = 200
CARD_WIDTH = 480
OPEN, ALL = "open", "all"


class StockPapers(QWidget):
    """The papers at the left, the one under the cursor at the right; Enter takes its next step."""

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self.context = context
        self.setAccessibleName(tr("单据"))
        self.title = label("", "subheading")
        self.which = Switch(tr("哪些单据"), [(OPEN, tr("未完成(&F)")), (ALL, tr("全部(&A)"))])
        self.which.choose(OPEN)
        self.papers = papers_table(context.settings)
        self.buy = key_button(tr("新申购单(&N)…"))
        self.ask = key_button(tr("新申领单(&L)…"))
        self.card = PaperCard(context)
        self.card.setFixedWidth(CARD_WIDTH)
        self._build()
        self.papers.activated_row.connect(self._next)
        self.papers.current_row_changed.connect(self.card.show_row)
        self.which.chosen.connect(self.refresh)
        self.buy.clicked.connect(partial(self.new_paper, PURCHASE))
        self.ask.clicked.connect(partial(self.new_paper, REQUISITION))
        self.card.step.connect(self._open)

    def _build(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(GAP)
        head.addWidget(self.title, 1)
        head.addWidget(self.which)
        head.addWidget(self.buy)
        head.addWidget(self.ask)
        left = QVBoxLayout()
        left.setSpacing(GAP)
        left.addLayout(head)
        left.addWidget(self.papers, 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2 * GAP)
        row.addLayout(left, 1)
        row.addWidget(self.card)

    def refresh(self, *_: object) -> None:
        """Read the papers again."""
        waiting = self.which.value() == OPEN
        rows = documents(self.context.db, open_only=waiting, limit=SHOWN)
        self.papers.set_rows(rows)
        self.papers.select_first()
        words = tr("未完成的单据({n})") if waiting else tr("最近的单据({n})")
        self.title.setText(words.format(n=len(rows)))
        self.card.show_row(self.papers.current_row())
        session = self.context.signed_in.session
        for made, right in ((self.buy, "purchase.request"), (self.ask, "requisition.request")):
            allowed = session is not None and may(session.actor.role, right)
            made.setEnabled(allowed)
            made.setToolTip("" if allowed else tr("须由{who}登录").format(who=holders(right)))

    def first_focus(self) -> QWidget:
        """The papers, or the button that makes the first one."""
        return self.papers if self.papers.rows() or not self.ask.isEnabled() else self.ask

    def show_document(self, document_id: int) -> None:
        """A paper, with the keyboard on it."""
        self.which.choose(OPEN)
        self.refresh()
        if not self.papers.select_key(document_id):
            self.which.choose(ALL)
            self.refresh()
            self.papers.select_key(document_id)
        self.papers.setFocus()

    def go_back(self) -> bool:
        """Esc: from the card to the list."""
        focus = self.focusWidget()
        if focus is not None and self.card.isAncestorOf(focus):
            self.papers.setFocus()
            return True
        return False

    def paper_offers(self) -> list[Offer]:
        """Ctrl+P: the paper under the cursor."""
        row = self.papers.current_row()
        if row is None:
            return []
        title = f"{document_name(row.kind)} {row.number}"
        return [Offer(title, partial(stock_paper, self.context.db, row.id))]

    def new_paper(self, kind: str, *_: object) -> None:
        """An empty 申购单 or 申领单."""
        from ui.dialogs.stock_order import OrderDialog

        dialog = OrderDialog(self.context, self.window(), kind)
        dialog.made.connect(self.show_document)
        dialog.open()

    def _next(self, row: DocumentRow) -> None:
        if row.open and self.card.primary.isEnabled():
            self.card.primary.click()

    def _open(self, make: Callable[..., Any], row: DocumentRow) -> None:
        dialog = make(self.context, self.window(), row)
        dialog.made.connect(self.show_document)
        dialog.open()


class PaperCard(Card):
    """One paper: lines, who did what, and what comes next. `step` asks for a dialog."""

    step = Signal(object, object)

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self._context = context
        self.row: DocumentRow | None = None
        self.state = label("")
        self.note = RightNote(context)
        self.lines = lines_table(context.settings)
        self.steps = label("", "muted")
        self.primary = key_button(tr("下一步"), "primary")
        self.correct = key_button(tr("更正(&C)…"))
        self.end = key_button(tr("结束(&E)…"))
        self.cancel = key_button(tr("作废(&X)…"))
        self.print = key_button(tr("打印(&V)…"))
        for widget in (self.state, self.lines, self.steps, self.note):
            self.body.addWidget(widget, int(widget is self.lines))
        left = (self.print, self.cancel, self.end, self.correct)
        self.body.addLayout(button_row(self.primary, left=left))
        self.primary.clicked.connect(self.next_step)
        self.submitted.connect(self.next_step)
        self.correct.clicked.connect(self._correct)
        self.end.clicked.connect(self._end)
        self.cancel.clicked.connect(self._cancel)
        self.print.clicked.connect(self.print_paper)
        self.show_row(None)

    def show_row(self, row: DocumentRow | None) -> None:
        """This paper; None: none is chosen."""
        self.row = row
        for widget in (self.state, self.steps, self.primary, self.print):
            widget.setVisible(row is not None)
        self.lines.set_rows(row.lines if row else [])
        if row is None:
            self.heading.setText(tr("没有单据"))
            self.note.hide()
            for widget in (self.correct, self.end, self.cancel):
                widget.hide()
            return
        self.heading.setText(f"{document_name(row.kind)} {row.number}")
        self.state.setText(_where(row))
        self.steps.setText("\n".join(_steps(row)))
        self._dress(row)

    def _dress(self, row: DocumentRow) -> None:
        right = next_right(row)
        self.primary.setVisible(right is not None)
        if right is not None:
            rename(self.primary, _next_words(row))
            self.primary.setEnabled(self.note.check(right))
        else:
            self.note.hide()
        arrived = any(line.received for line in row.lines)
        self.correct.setVisible(row.state == SENT and self._may("requisition.send"))
        self.end.setVisible(row.open and arrived and self._may("purchase.finish"))
        self.cancel.setVisible(row.open and not arrived and self._may(f"{row.kind}.request"))

    def next_step(self) -> None:
        """The dialog of the step that comes next."""
        from ui.dialogs import stock_step as dialogs

        if self.row is None or not self.primary.isEnabled() or not self.row.open:
            return
        make = {
            "purchase.receive": dialogs.ArrivalDialog,
            "requisition.send": dialogs.SendDialog,
            "requisition.receive": dialogs.SignDialog,
        }[next_right(self.row) or ""]
        self.step.emit(make, self.row)

    def print_paper(self) -> None:
        """The paper as it is printed."""
        from ui.dialogs.paper import PaperDialog

        if self.row is not None:
            paper = self._context.alerts.run(stock_paper, self._context.db, self.row.id)
            if paper is not None:
                PaperDialog(self._context, self.window(), paper).open()

    def _correct(self) -> None:
        from ui.dialogs.stock_step import SendDialog

        self.step.emit(SendDialog, self.row)

    def _end(self) -> None:
        from ui.dialogs.stock_end import FinishDialog

        self.step.emit(FinishDialog, self.row)

    def _cancel(self) -> None:
        from ui.dialogs.stock_end import CancelDialog

        self.step.emit(CancelDialog, self.row)

    def _may(self, right: str) -> bool:
        session = self._context.signed_in.session
        return session is not None and may(session.actor.role, right)


def _next_words(row: DocumentRow) -> str:
    if row.kind == PURCHASE:
        return tr("到货入库  Enter")
    return tr("签收  Enter") if row.state == SENT else tr("送货  Enter")


def _where(row: DocumentRow) -> str:
    """Where it stands and who has to move now."""
    words = {
        "purchase.receive": tr("{state}：货到了由市场部点数入库，写下批号和有效期。"),
        "requisition.send": tr("{state}：由市场部从仓库拿货，登记送出数。"),
        "requisition.receive": tr("{state}：收费室点数后签收，两处库存那时才变动。"),
    }.get(next_right(row) or "", tr("{state}。"))
    text = words.format(state=state_words(row))
    return text + "\n" + tr("说明：{note}").format(note=row.note) if row.note else text


def _steps(row: DocumentRow) -> list[str]:
    return [
        " · ".join(
            part
            for part in (
                step.occurred_on,
                step_name(row.kind, step.step),
                f"{role_title(step.role)} {step.staff}",
                step.note,
            )
            if part
        )
        for step in row.steps
    ]


def papers_table(settings: QSettings) -> Table:
    """Orders and requisitions, the newest first."""
    columns = [
        Column(tr("单号"), lambda r: r.number, width=136),
        Column(tr("单据"), lambda r: document_name(r.kind), width=72),
        Column(tr("状态"), state_words, width=88, tone=_tone),
        Column(tr("经手"), lambda r: r.steps[0].staff, width=80),
        Column(tr("礼品"), _gifts, width=192),
    ]
    return Table(
        "stock_papers",
        columns,
        settings,
        title=tr("申购单和申领单"),
        empty_text=tr(
            "没有要办的单据。\n市场部用申购单(Alt+N)订货，收费室用申领单(Alt+L)向仓库要货；"
            "每一步由谁办、办了多少，都记在单据上。"
        ),
    )


def _tone(row: DocumentRow) -> str:
    if row.state == SENT:
        return "warning"
    return "accent" if row.open else "muted"


def _gifts(row: DocumentRow) -> str:
    return "、".join(f"{line.name} {line.wanted}" for line in row.lines)


def lines_table(settings: QSettings) -> Table:
    """The lines of one paper."""
    columns = [
        Column(tr("礼品"), lambda r: r.name, width=128, tip=_whole_name),
        _figure(tr("要"), lambda r: r.wanted, 48),
        _figure(tr("送出"), lambda r: r.sent, 56),
        _figure(tr("实收"), lambda r: r.received, 56),
        Column(tr("备注"), lambda r: r.reason, width=112, tone=lambda r: "warning"),
    ]
    return Table(
        "stock_paper_lines",
        columns,
        settings,
        title=tr("单据上的礼品"),
        empty_text=tr("左边选一张单据，这里列出它的礼品、数量和经手人。"),
        key=lambda r: r.gift_id,
    )


def _figure(title: str, read: Callable[[DocumentLine], int | None], width: int) -> Column:
    return Column(
        title,
        lambda r: "" if read(r) is None else str(read(r)),
        sort=lambda r: -1 if read(r) is None else read(r),
        align="right",
        width=width,
    )


def _whole_name(row: DocumentLine) -> str:
    return f"{row.code} {row.name} {row.spec}".strip()
