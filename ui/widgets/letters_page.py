"""信函短信: what waits to be written, by the plan that asked, and what has left."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from services.clock import days_between
from services.followups.assigning import change_channel
from services.i18n import tr
from services.outreach.mailings import MailingRow, mailings
from services.outreach.texts import LETTER, NUMBERS, kind_title
from services.outreach.waiting import WaitingRow, waiting
from services.people.consents import channel_title
from ui.context import UiContext
from ui.dialogs.mailing import MailingDialog, purpose_title
from ui.forms import label
from ui.tables.model import Column
from ui.tables.view import Table
from ui.theme import GAP
from ui.widgets.gift_kit import key_button


class LettersPage(QWidget):
    """Enter on what waits writes to these people; Alt+T calls those who cannot be written to; Enter
    on what left shows it."""

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self.context = context
        self.setAccessibleName(tr("信函短信"))
        self.summary = label("", "subheading")
        self.own = key_button(tr("写给打开的顾客(&W)…"), tip=tr("先按 F3 找到顾客，给这一位写信"))
        self.to_phone = key_button(tr("改回电话(&T)"), tip=tr("选中不可寄的一行，改为今天打电话"))
        self.waiting = self._waiting_table()
        self.sent = self._sent_table()
        top = QHBoxLayout()
        top.addWidget(self.summary, 1)
        top.addWidget(self.to_phone)
        top.addWidget(self.own)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP)
        column.addLayout(top)
        column.addWidget(self.waiting, 1)
        column.addWidget(label(tr("寄出的"), "subheading"))
        column.addWidget(self.sent, 1)
        self.own.clicked.connect(self.write_to_open)
        self.to_phone.clicked.connect(self.call_instead)
        self.waiting.activated_row.connect(self._write)
        self.sent.activated_row.connect(self._show)

    def _waiting_table(self) -> Table:
        columns = [
            Column(tr("任务"), lambda r: r.name, width=300),
            Column(tr("方式"), lambda r: channel_title(r.channel), width=80),
            Column(
                tr("性质"),
                lambda r: purpose_title(marketing=r.marketing),
                width=100,
                tone=lambda r: "warning" if r.marketing else "",
            ),
            Column(
                tr("人数"),
                lambda r: f"{len(r.people):,}",
                sort=lambda r: len(r.people),
                align="right",
                width=80,
            ),
            Column(tr("最早应寄"), lambda r: r.since, width=120),
            Column(tr("已等"), self._waited, sort=lambda r: r.since, width=100),
            Column(tr("不可寄"), lambda r: r.why, width=240, tone=lambda r: "warning"),
        ]
        return Table(
            "letters/waiting",
            columns,
            self.context.settings,
            title=tr("待写的信函短信"),
            empty_text=tr(
                "没有待写的信函短信。\n\n"
                "计划里选了“信函”或“短信”的，和多次打不通改寄信的，到期都会列在这里；\n"
                "要给一群人写，从 管理 → 客户分组 或 活动 打开。"
            ),
            key=lambda r: r.task_ids[0],
        )

    def _sent_table(self) -> Table:
        columns = [
            Column(tr("日期"), lambda r: r.occurred_on, width=104),
            Column(tr("编号"), lambda r: r.number, width=140),
            Column(tr("方式"), _kind_words, width=120),
            Column(tr("名称"), lambda r: r.title, width=220),
            Column(tr("性质"), lambda r: purpose_title(marketing=r.marketing), width=84),
            Column(
                tr("寄出"),
                lambda r: f"{r.people:,}",
                sort=lambda r: r.people,
                align="right",
                width=70,
            ),
            Column(
                tr("没寄"),
                lambda r: f"{r.left_out:,}" if r.left_out else "",
                sort=lambda r: r.left_out,
                align="right",
                width=70,
            ),
            Column(tr("对象"), lambda r: r.about, width=120),
            Column(tr("经手"), lambda r: r.staff, width=80),
        ]
        return Table(
            "letters/sent",
            columns,
            self.context.settings,
            title=tr("寄出的信函短信"),
            empty_text=tr("还没有寄出过信函或短信。"),
        )

    def _waited(self, row: WaitingRow) -> str:
        days = days_between(row.since, self.context.today())
        return tr("今天") if days == 0 else tr("{n} 天").format(n=days)

    def refresh(self) -> None:
        """Read both again."""
        db = self.context.db
        rows = waiting(db, self.context.today())
        self.waiting.set_rows(rows)
        self.sent.set_rows(mailings(db))
        self.summary.setText(_summary(rows))
        self.to_phone.setVisible(any(row.why for row in rows))
        if rows and self.waiting.current_row() is None:
            self.waiting.selectRow(0)

    def first_focus(self) -> QWidget:
        """The keyboard begins with what waits."""
        return self.waiting

    def act_print(self) -> bool:
        """Ctrl+P: the letters of the chosen row."""
        self._write(self.waiting.current_row())
        return True

    def act_back(self) -> bool:
        """Esc: from what left to what waits."""
        if self.sent.hasFocus():
            self.waiting.setFocus()
            return True
        return False

    def _write(self, row: WaitingRow | None) -> None:
        if row is None:
            return
        if row.why:
            words = tr("不能寄：{why}。按 Alt+T 改回电话，或先补好资料。").format(why=row.why)
            self.context.alerts.banner(words, "info")
            return
        from ui.dialogs.letters import LettersDialog

        LettersDialog(
            self.context,
            self.window(),
            row.people,
            row.name,
            row.activity_id,
            row.group_id,
            kind=NUMBERS if row.channel == "sms" else LETTER,
            marketing=row.marketing,
            task_ids=row.task_ids,
            rule=row.rule,
        ).open()

    def call_instead(self, *_: object) -> None:
        """Alt+T: those who cannot be written to are called."""
        row = self.waiting.current_row()
        if row is None or not row.why:
            self.context.alerts.banner(tr("请先选中“不可寄”的一行，再改回电话。"), "info")
            return
        done = self.context.alerts.run_command(
            change_channel, self.context.session, task_ids=row.task_ids, channel="phone"
        )
        if done is None:
            return
        self.context.alerts.run(self.refresh)
        words = tr("{n} 个任务已改回电话，在“1 电话”里打。").format(n=f"{done.tasks:,}")
        stay = len(row.task_ids) - done.tasks
        if stay:
            words += tr("另有 {n} 个没有电话，请先补填手机号。").format(n=f"{stay:,}")
        self.context.alerts.banner(words, "success")
        self.waiting.setFocus()

    def _show(self, row: MailingRow | None) -> None:
        if row is not None:
            MailingDialog(self.context, self.window(), row).open()

    def write_to_open(self, *_: object) -> None:
        """Alt+W: a letter to the open person."""
        from ui.dialogs.letters import LettersDialog

        person_id = self.context.person_id
        if person_id is None:
            self.context.alerts.banner(tr("先按 F3 找到顾客，回车打开，再写信。"), "info")
            return
        LettersDialog(self.context, self.window(), (person_id,), marketing=False).open()


def _summary(rows: list[WaitingRow]) -> str:
    """How many can be written to, and how many cannot; '' when nothing waits."""
    fine, stuck = ([row for row in rows if bool(row.why) == no] for no in (False, True))
    parts = []
    if fine:
        words = tr("可寄 {n} 位，{kinds} 类。选中按回车，先看再寄。")
        parts.append(words.format(n=f"{_people(fine):,}", kinds=len(fine)))
    if stuck:
        words = tr("不可寄 {n} 位，选中按 Alt+T 改回电话。")
        parts.append(words.format(n=f"{_people(stuck):,}"))
    return "".join(parts)


def _people(rows: list[WaitingRow]) -> int:
    return len({person_id for row in rows for person_id in row.people})


def _kind_words(row: MailingRow) -> str:
    words = kind_title(row.kind)
    return words if row.clear else tr("{kind}(遮蔽)").format(kind=words)
