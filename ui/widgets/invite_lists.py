"""Who may be invited, who has to be told of a new tier, who should renew, and which refunds wait
for a signature."""

from __future__ import annotations

import uuid
from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QTabWidget, QVBoxLayout, QWidget

from services.i18n import tr
from services.loyalty.membership import LISTED, Invitation, all_invitations
from services.loyalty.tier_notices import Notice, open_notices, tell_tier
from services.memberships.leaving import RefundCaseRow, refund_cases
from services.memberships.renewals import RenewalDue, renewals_due
from services.memberships.worksheet import method_title
from services.money import yuan
from services.rights import BILLING, FRONTDESK, role_title
from ui.context import UiContext
from ui.forms import button, label
from ui.looking import Looking
from ui.tables.model import Column
from ui.tables.view import Table
from ui.theme import GAP
from ui.widgets.enter_key import enter_presses

INVITED, NOTICES, RENEWALS, CASES = range(4)
SHOWN = 500  # upgrades to tell; the next ones follow when these are told


def _route(row: Invitation) -> str:
    return {"single": tr("单笔"), "cumulative": tr("累计")}.get(row.route, tr("其他"))


def _name(row: Any) -> str:
    return str(row.name)


def _name_tip(row: Any) -> str:
    return f"{row.name} {row.number}"


def _tier_tip(row: Any) -> str:
    return f"{row.programme} {row.tier_name}"


def invite_columns() -> list[Column]:
    """Somebody eligible in one line."""
    return [
        Column(tr("姓名"), _name, width=84, tip=_name_tip),
        Column(
            tr("可入等级"), lambda r: r.tier_name, sort=lambda r: r.rank, width=96,
            tip=_tier_tip,
        ),
        Column(tr("依据"), _route, width=56),
        Column(
            tr("消费(元)"), lambda r: yuan(r.spend_fen), sort=lambda r: r.spend_fen,
            align="right", width=88,
        ),
        Column(tr("达到"), lambda r: r.reached_on or "", width=96),
    ]  # fmt: skip


def post_title(post: str) -> str:
    """The post that has to tell."""
    return role_title(FRONTDESK if post == "frontdesk" else BILLING)


def notice_columns() -> list[Column]:
    """An upgrade to tell in one line."""
    return [
        Column(tr("姓名"), _name, width=84, tip=_name_tip),
        Column(tr("新等级"), lambda r: r.tier_name, width=104),
        Column(tr("谁告知"), lambda r: post_title(r.post), width=72),
        Column(tr("升级日"), lambda r: r.occurred_on, width=96),
    ]


def renewal_columns() -> list[Column]:
    """A membership to renew in one line."""
    return [
        Column(tr("姓名"), _name, width=84, tip=_name_tip),
        Column(tr("到期"), lambda r: r.ends_on, width=96, tone=_renewal_tone),
        Column(tr("要办"), _renewal_words, width=88, tone=_renewal_tone),
        Column(tr("等级"), lambda r: r.tier_name, width=88, tip=_tier_tip),
    ]


def _renewal_words(row: RenewalDue) -> str:
    if row.what == "tier":
        return tr("保级")
    return tr("宽限期内") if row.lapsed else tr("续费")


def _renewal_tone(row: RenewalDue) -> str:
    return "warning" if row.lapsed else ""


def case_columns() -> list[Column]:
    """A refund that waits in one line."""
    return [
        Column(tr("姓名"), _name, width=84, tip=_name_tip),
        Column(tr("退会日期"), lambda r: r.leaves_on, width=96),
        Column(
            tr("应退(元)"), lambda r: yuan(r.amount_fen), sort=lambda r: r.amount_fen,
            align="right", width=88, tip=lambda r: method_title(r.method),
        ),
        Column(tr("原因"), lambda r: r.reason, width=96),
    ]  # fmt: skip


@dataclass(frozen=True)
class _Lists:
    """What stands on the four pages."""

    invited: list[Invitation]
    notices: list[Notice]
    renewals: list[RenewalDue]
    cases: list[RefundCaseRow]


def _read(today: str, db: Any) -> _Lists:
    """On another thread."""
    return _Lists(
        all_invitations(db),
        open_notices(db, limit=SHOWN),
        renewals_due(db, today),
        refund_cases(db, state="prepared"),
    )


class InviteLists(QWidget):
    """Four pages with their counts. Enter opens a person; Enter on a notice ticks it off.

    `chosen(person, programme)` names the programme in which something is to be done, or 0.
    """

    chosen = Signal(int, int)

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self.context = context
        # lists that more may follow: counting all of them would be felt at a large clinic
        self._cut: set[int] = set()
        self._beside = Looking(context, self._show, self)
        words = tr("名单较长，先列出等级高的 {n} 位；他们入会后，后面的会补上来。")
        self.more_invited = label(words.format(n=LISTED), "muted")
        words = tr("名单较长，先列出最早的 {n} 条；勾销后，后面的会补上来。")
        self.more_notices = label(words.format(n=SHOWN), "muted")
        self.invited = self._table(
            "invitations", invite_columns(), tr("可邀请入会"), _place_of,
            tr(
                "消费达到入会条件、还没入会的人会列在这里。\n\n"
                "新顾客按 F2 建档；登记消费按 F6，达到后自动列入。"
            ),
        )  # fmt: skip
        self.notices = self._table(
            "notices", notice_columns(), tr("待告知升级"), _notice_of,
            tr("会员升级后，前台和收费处各要告知一次。\n\n告知了按回车勾销。"),
        )  # fmt: skip
        self.renewals = self._table(
            "renewals", renewal_columns(), tr("待续费"), _renewal_of,
            tr(
                "会费或等级 30 天内到期、或刚过期还在宽限期内的会员会列在这里。\n\n"
                "回车打开，办理续费。"
            ),
        )  # fmt: skip
        self.cases = self._table(
            "refund_cases", case_columns(), tr("待签退费单"), _case_of,
            tr("准备好、等另一个人签字的退费单会列在这里。\n\n退会从会员的“会籍办理”里开始。"),
        )  # fmt: skip
        self.tell_button = button(tr("已告知 ⏎"))
        self.open_button = button(tr("打开此人(&X)"))
        self.pages = QTabWidget()
        self.pages.setDocumentMode(True)
        self.pages.tabBar().setExpanding(True)
        self.pages.setObjectName("listPages")
        self.pages.setAccessibleName(tr("邀请、告知、续费和退费"))
        hint = tr("回车选中并办理入会。")
        self.pages.addTab(self._page(self.invited, hint, above=self.more_invited), "")
        buttons = (self.open_button, self.tell_button)
        self.pages.addTab(self._page(self.notices, "", *buttons, above=self.more_notices), "")
        self.pages.addTab(self._page(self.renewals, tr("回车打开，办理续费。")), "")
        self.pages.addTab(self._page(self.cases, tr("回车打开，核对后签字。")), "")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.pages)
        self.invited.activated_row.connect(self._choose_invited)
        self.renewals.activated_row.connect(self._choose_renewal)
        self.cases.activated_row.connect(self._choose_case)
        self.notices.activated_row.connect(self.tell)
        self.tell_button.clicked.connect(self._tell_current)
        self.open_button.clicked.connect(self._open_current)
        enter_presses(self.tell_button, self.open_button)
        self._titles()

    def _table(
        self, name: str, columns: list[Column], title: str, key: Any, empty_text: str
    ) -> Table:
        return Table(
            f"enrollment/{name}",
            columns,
            self.context.settings,
            title=title,
            empty_text=empty_text,
            key=key,
        )

    def _page(
        self, table: Table, hint: str, *buttons: QWidget, above: QWidget | None = None
    ) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, GAP, 0, 0)
        column.setSpacing(GAP)
        if above is not None:
            column.addWidget(above)
        column.addWidget(table, 1)
        row = QHBoxLayout()
        row.addWidget(label(hint, "muted"), 1)
        for each in buttons:
            row.addWidget(each)
        column.addLayout(row)
        return page

    @property
    def tables(self) -> tuple[Table, ...]:
        """The lists in the order of their pages."""
        return (self.invited, self.notices, self.renewals, self.cases)

    def _titles(self) -> None:
        words = (tr("邀请 {n}"), tr("告知 {n}"), tr("续费 {n}"), tr("退费 {n}"))
        for number, (table, text) in enumerate(zip(self.tables, words, strict=True)):
            shown = f"{table.count()}+" if number in self._cut else table.count()
            self.pages.setTabText(number, text.format(n=shown))
            self.pages.setTabToolTip(number, table.accessibleName())
        self.more_invited.setVisible(INVITED in self._cut)
        self.more_notices.setVisible(NOTICES in self._cut)

    def refresh(self) -> None:
        """Read the lists again, beside the window."""
        self._beside.look(partial(_read, self.context.today()))

    def _show(self, found: _Lists) -> None:
        invited, notices = found.invited, found.notices
        self.invited.set_rows(invited)
        self.notices.set_rows(notices)
        self.renewals.set_rows(found.renewals)
        self.cases.set_rows(found.cases)
        most = max(Counter(row.programme_id for row in invited).values(), default=0)
        full = {INVITED: most >= LISTED, NOTICES: len(notices) >= SHOWN}
        self._cut = {number for number, cut in full.items() if cut}
        self._titles()
        self.tell_button.setEnabled(bool(notices))
        self.open_button.setEnabled(bool(notices))
        if self.current().hasFocus():
            self.current().select_first()

    def current(self) -> Table:
        """The list that is shown."""
        return self.tables[self.pages.currentIndex()]

    def start(self, page: int = INVITED) -> None:
        """Put the keyboard on a list."""
        self.pages.setCurrentIndex(page)
        self.current().setFocus()
        self.current().select_first()

    # --- doing ---

    def _choose_invited(self, row: Invitation) -> None:
        self.chosen.emit(row.person_id, row.programme_id)

    def _choose_renewal(self, row: RenewalDue) -> None:
        self.chosen.emit(row.person_id, row.programme_id)

    def _choose_case(self, row: RefundCaseRow) -> None:
        self.chosen.emit(row.person_id, 0)

    def _open_current(self, *_: object) -> None:
        row = self.notices.current_row()
        if row is not None:
            self.chosen.emit(row.person_id, 0)

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
        left = [each for each in rows if each.notice_id != row.notice_id]
        self.notices.set_rows(left)  # at once: the next Enter is for the next one
        if left:
            self.notices.select_key(left[min(place, len(left) - 1)].notice_id)
        self._titles()
        self.notices.setFocus()
        self.refresh()


def _place_of(row: Invitation) -> object:
    return (row.person_id, row.programme_id)


def _notice_of(row: Notice) -> object:
    return row.notice_id


def _renewal_of(row: RenewalDue) -> object:
    return (row.person_id, row.programme_id, row.what)


def _case_of(row: RefundCaseRow) -> object:
    return row.id
