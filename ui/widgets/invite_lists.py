"""Who may be invited, and who has still to be told of a new tier."""

from __future__ import annotations

import uuid

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QTabWidget, QVBoxLayout, QWidget

from services.i18n import tr
from services.loyalty.membership import Invitation, Notice, invitations, open_notices, tell_tier
from services.money import yuan
from services.rights import BILLING, FRONTDESK, role_title
from ui.context import UiContext
from ui.forms import button, label
from ui.tables.model import Column
from ui.tables.view import Table
from ui.theme import GAP
from ui.widgets.enter_key import enter_presses


def _route(row: Invitation) -> str:
    return tr("单笔") if row.route == "single" else tr("累计")


def invite_columns() -> list[Column]:
    """Somebody eligible in one line."""
    return [
        Column(tr("姓名"), lambda r: r.name, width=84, tip=lambda r: f"{r.name} {r.number}"),
        Column(tr("可入等级"), lambda r: r.tier_name, sort=lambda r: r.rank, width=96),
        Column(tr("依据"), _route, width=56),
        Column(
            tr("消费(元)"),
            lambda r: yuan(r.spend_fen),
            sort=lambda r: r.spend_fen,
            align="right",
            width=88,
        ),
        Column(tr("达到"), lambda r: r.reached_on or "", width=96),
    ]


def post_title(post: str) -> str:
    """The post that has to tell."""
    return role_title(FRONTDESK if post == "frontdesk" else BILLING)


def notice_columns() -> list[Column]:
    """An upgrade to tell in one line."""
    return [
        Column(tr("姓名"), lambda r: r.name, width=84, tip=lambda r: f"{r.name} {r.number}"),
        Column(tr("新等级"), lambda r: r.tier_name, width=104),
        Column(tr("谁告知"), lambda r: post_title(r.post), width=72),
        Column(tr("升级日"), lambda r: r.occurred_on, width=96),
    ]


class InviteLists(QWidget):
    """Two pages. Enter opens a person to invite; Enter on a notice ticks it off."""

    chosen = Signal(int)

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self.context = context
        self.invited = Table(
            "enrollment/invitations",
            invite_columns(),
            context.settings,
            title=tr("可邀请入会"),
            empty_text=tr(
                "消费达到入会条件、还没入会的人会列在这里。\n\n"
                "新顾客按 F2 建档；登记消费按 F6，达到后自动列入。"
            ),
            key=_person_of,
        )
        self.notices = Table(
            "enrollment/notices",
            notice_columns(),
            context.settings,
            title=tr("待告知升级"),
            empty_text=tr("会员升级后，前台和收费处各要告知一次。\n\n告知了按回车勾销。"),
            key=_notice_of,
        )
        self.tell_button = button(tr("已告知 ⏎"))
        self.open_button = button(tr("打开此人(&X)"))
        self.pages = QTabWidget()
        self.pages.setDocumentMode(True)
        self.pages.setAccessibleName(tr("邀请和告知"))
        self.pages.addTab(self._page(self.invited, tr("回车选中并办理入会。")), "")
        self.pages.addTab(self._page(self.notices, "", self.open_button, self.tell_button), "")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.pages)
        self.invited.activated_row.connect(self._choose)
        self.notices.activated_row.connect(self.tell)
        self.tell_button.clicked.connect(self._tell_current)
        self.open_button.clicked.connect(self._open_current)
        enter_presses(self.tell_button, self.open_button)
        self._titles(0, 0)

    def _page(self, table: Table, hint: str, *buttons: QWidget) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, GAP, 0, 0)
        column.setSpacing(GAP)
        column.addWidget(table, 1)
        row = QHBoxLayout()
        row.addWidget(label(hint, "muted"), 1)
        for each in buttons:
            row.addWidget(each)
        column.addLayout(row)
        return page

    def _titles(self, invited: int, notices: int) -> None:
        self.pages.setTabText(0, tr("可邀请 {n}").format(n=invited))
        self.pages.setTabText(1, tr("待告知升级 {n}").format(n=notices))

    def refresh(self) -> None:
        """Read both lists again."""
        invited, notices = invitations(self.context.db), open_notices(self.context.db)
        self.invited.set_rows(invited)
        self.notices.set_rows(notices)
        self._titles(len(invited), len(notices))
        self.tell_button.setEnabled(bool(notices))
        self.open_button.setEnabled(bool(notices))

    def current(self) -> Table:
        """The list that is shown."""
        return self.invited if self.pages.currentIndex() == 0 else self.notices

    def start(self, page: int = 0) -> None:
        """Put the keyboard on a list."""
        self.pages.setCurrentIndex(page)
        self.current().setFocus()
        self.current().select_first()

    # --- doing ---

    def _choose(self, row: Invitation) -> None:
        self.chosen.emit(row.person_id)

    def _open_current(self, *_: object) -> None:
        row = self.notices.current_row()
        if row is not None:
            self.chosen.emit(row.person_id)

    def _tell_current(self, *_: object) -> None:
        self.notices.select_first()
        row = self.notices.current_row()
        if row is not None:
            self.tell(row)

    def tell(self, row: Notice) -> None:
        """This post told the person: tick it off, go to the next one."""
        rows = self.notices.rows()
        place = next((n for n, each in enumerate(rows) if each.notice_id == row.notice_id), 0)
        done = self.context.alerts.run_command(
            tell_tier, self.context.session.once(uuid.uuid4()), notice_id=row.notice_id
        )
        if done is None:
            return
        words = tr("已勾销：{post}告知 {name} 升为 {tier}。")
        self.context.alerts.banner(
            words.format(post=post_title(row.post), name=row.name, tier=row.tier_name), "success"
        )
        self.refresh()
        left = self.notices.rows()
        if left:
            self.notices.select_key(left[min(place, len(left) - 1)].notice_id)
        self.notices.setFocus()


def _person_of(row: Invitation) -> object:
    return row.person_id


def _notice_of(row: Notice) -> object:
    return row.notice_id
