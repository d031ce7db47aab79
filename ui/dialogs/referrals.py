"""Whom a person brought and who brought them, with what became of each reward (E55, E56)."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QWidget

from services.i18n import tr
from services.people.privacy import mask_name
from services.people.referral_list import ReferralRow, referrals_of
from services.people.referral_states import PAID, RECORDED, REWARDED, state_title, terms_on
from services.people.referrals import refuse_referral
from services.programmes.words import reward_words
from services.rights import may
from ui.context import UiContext
from ui.dialogs.desk import DeskDialog
from ui.forms import Form, TextEdit, label
from ui.tables.model import Column
from ui.tables.view import ROW_HEIGHT, Table
from ui.theme import GAP
from ui.widgets.gift_kit import key_button


class ReferralsDialog(DeskDialog):
    """A list to read; one that should not be rewarded is refused below it, with a reason."""

    def __init__(self, context: UiContext, parent: QWidget | None) -> None:
        super().__init__(context, parent, tr("推荐"))
        self.setFixedWidth(112 * GAP)
        self.body.addWidget(label(self._promise(), "muted"))
        self.table = Table(
            "people/referrals",
            columns(self.person_id),
            context.settings,
            title=tr("推荐记录"),
            empty_text=tr(
                "这位顾客没有推荐过别人，也没有推荐人。\n\n"
                "给新顾客建档时在“介绍人”里选老顾客，首次付款后按方案奖励。"
            ),
        )
        self.table.setMinimumHeight(7 * ROW_HEIGHT)
        self.refuse_button = key_button(tr("不奖励(&N)…"))
        self.body.addWidget(self.table, 1)
        self.add_buttons(tr("关闭"), left=(self.refuse_button,))
        self.table.current_row_changed.connect(self._show_allowed)
        self.refuse_button.clicked.connect(self.open_refuse)
        self.reload()
        self.table.setFocus()
        self.table.select_first()

    def _promise(self) -> str:
        """What the programme gives for a referral."""
        terms = terms_on(self.context.db, self.context.today())
        if terms is None:
            return tr("现行方案没有推荐奖励，这里只记谁介绍了谁。")
        sides = (
            (tr("推荐人：{what}"), reward_words(terms.rules.referrer)),
            (tr("新顾客：{what}"), reward_words(terms.rules.newcomer)),
        )
        promised = [words.format(what=what) for words, what in sides if what]
        words = tr("“{programme}”奖励{promised}；首次付款后 {n} 天没有退款才给。")
        return words.format(
            programme=terms.timeline.name,
            promised=tr("，").join(promised) or tr("没有奖励"),
            n=terms.rules.cooling_days,
        )

    def reload(self, *_: object) -> None:
        """Read the referrals again."""
        rows = self.context.alerts.run(referrals_of, self.context.db, self.person_id)
        self.table.set_rows(rows or [])
        self._show_allowed(self.table.current_row())

    def _show_allowed(self, row: ReferralRow | None) -> None:
        allowed = may(self.context.session.actor.role, "referral.refuse")
        waits = row is not None and row.state in (RECORDED, PAID)
        self.refuse_button.setEnabled(allowed and waits)

    def open_refuse(self, *_: object) -> None:
        """Decide that one is not rewarded."""
        row = self.table.current_row()
        if row is not None:
            dialog = RefuseReferralDialog(self.context, self, row)
            dialog.finished.connect(self.reload)
            dialog.open()


class RefuseReferralDialog(DeskDialog):
    """One reason, Enter."""

    def __init__(self, context: UiContext, parent: QWidget | None, row: ReferralRow) -> None:
        super().__init__(context, parent, tr("不奖励这次推荐"))
        self.row = row
        words = tr("{referrer} 推荐 {newcomer}，{day} 登记")
        self.body.addWidget(
            label(
                words.format(
                    referrer=f"{mask_name(row.referrer_name)} {row.referrer_number}",
                    newcomer=f"{mask_name(row.newcomer_name)} {row.newcomer_number}",
                    day=row.recorded_on,
                ),
                "muted",
            )
        )
        self.reason = TextEdit(tr("例如 本来就是老顾客的家人"))
        form = Form()
        self.reason_field = form.add(tr("原因(&Y)"), self.reason)
        self.body.addWidget(form)
        self.add_buttons(tr("不奖励"), tr("取消"))
        self.reason.setFocus()

    def submit(self) -> None:
        """Refuse."""
        if not self.reason.value():
            self.reason_field.refuse(tr("请填写不奖励的原因。"))
            return
        done = self.context.alerts.run_command(
            refuse_referral, self.once, referral_id=self.row.id, reason=self.reason.value()
        )
        if done is not None:
            self.say_done(tr("已改为不奖励。"))


def columns(person_id: int) -> list[Column]:
    """A referral as it looks from one of its two people."""
    return [
        Column(tr("关系"), partial(_role, person_id), width=88),
        Column(tr("对方"), partial(_other, person_id), width=168),
        Column(tr("状态"), lambda r: state_title(r.state), width=144, tone=_tone),
        Column(tr("登记"), lambda r: r.recorded_on, width=96),
        Column(tr("奖励日"), _reward_day, width=128),
        Column(tr("原因"), lambda r: r.reason, width=160),
    ]


def _role(person_id: int, row: ReferralRow) -> str:
    return tr("介绍了") if row.referrer_id == person_id else tr("介绍人是")


def _other(person_id: int, row: ReferralRow) -> str:
    if row.referrer_id == person_id:
        return f"{row.newcomer_name} {row.newcomer_number}"
    return f"{row.referrer_name} {row.referrer_number}"


def _reward_day(row: ReferralRow) -> str:
    if row.state == PAID and row.due_on:
        return tr("{day} 到期奖励").format(day=row.due_on)
    return row.rewarded_on or ""


def _tone(row: ReferralRow) -> str:
    if row.state == REWARDED:
        return "success"
    return "" if row.state in (RECORDED, PAID) else "muted"
