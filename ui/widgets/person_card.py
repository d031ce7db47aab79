"""The open person's record, masked, with what can be done about it."""

from __future__ import annotations

from uuid import uuid4

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from services.activities.records import activity_lines
from services.care.doctor_changes import care_lines
from services.feedback.complaints import complaints_of
from services.groups.carried import labels_of
from services.groups.saved import SEES
from services.i18n import tr
from services.outreach.preview import sent_to
from services.outreach.texts import kind_title
from services.partners.introduction_list import introduction_line
from services.people.birthdays import age_on
from services.people.cards import cards_of
from services.people.consent_words import item_title
from services.people.consents import mark_reviewed, wishes_of, wishes_words
from services.people.health import grades_of
from services.people.identity import id_type_title
from services.people.lunar_words import lunar_line
from services.people.merged_records import merged_records
from services.people.privacy import mask
from services.people.records import (
    CONSENT_ITEMS,
    PersonRecord,
    alerts_of,
    consents_of,
    household_of,
    person,
)
from services.people.referral_list import referrals_of
from services.people.referral_states import REWARDED
from services.people.referral_states import state_title as referral_title
from services.rights import may
from ui.context import UiContext
from ui.dialogs.member_card import MemberCardDialog, state_title
from ui.forms import button, label
from ui.theme import GAP, role_of
from ui.widgets.consequences import scrolling
from ui.widgets.enter_key import enter_presses
from ui.widgets.more import Entry, MoreButton

# lines that stand on the card only when there is something to say
_RARE = (
    "labels",
    "contact",
    "letters",
    "referrals",
    "health",
    "complaints",
    "activities",
    "introductions",
    "merged",
)


class PersonCard(QFrame):
    """Lines of label and value; below them 修改, 家人, 会员卡, 同意项; above them 会员价, 更多."""

    edit_wanted = Signal()

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.setAccessibleName(tr("人员资料"))
        self.context = context
        self.heading = label(tr("人员资料"), "subheading")
        self.values: dict[str, QLabel] = {}
        self._titles: dict[str, QWidget] = {}
        self.edit_button = button(tr("修改资料(&E)"))
        self.family_button = button(tr("家人(&Y)…"))
        self.card_button = button(tr("会员卡(&K)…"))
        self.consents_button = button(tr("同意项(&C)…"), "", tr("同意、撤回，和健康提示"))
        self.prices_button = button(tr("会员价(&U)…"), "link", tr("各类项目付多少，为什么"))
        self.more = MoreButton(context, tr("更多(&O) ▾"))
        inside = QWidget()
        self._grid = QGridLayout(inside)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(2 * GAP)
        self._grid.setVerticalSpacing(GAP // 2)
        self._grid.setColumnStretch(1, 1)
        for name, title in _titles().items():
            self._line(name, title)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GAP, GAP + 4, 2 * GAP, GAP + 4)
        column.setSpacing(GAP)
        head = QHBoxLayout()
        head.addWidget(self.heading, 1)
        head.addWidget(self.prices_button)
        head.addWidget(self.more)
        column.addLayout(head)
        self.more.offer(self._entries())
        column.addWidget(scrolling(inside), 1)
        row = QHBoxLayout()
        row.setSpacing(GAP // 2)
        buttons = (self.edit_button, self.family_button, self.card_button, self.consents_button)
        for each in buttons:
            row.addWidget(each)
        row.addStretch(1)
        column.addLayout(row)
        enter_presses(*buttons, self.prices_button)
        self.edit_button.clicked.connect(self.edit_wanted)
        self.family_button.clicked.connect(self.open_family)
        self.card_button.clicked.connect(self.open_card)
        self.consents_button.clicked.connect(self.open_consents)
        self.prices_button.clicked.connect(self.open_prices)

    def _line(self, name: str, title: str) -> None:
        words = role_of(QLabel(title), "muted")
        value = label("")
        value.setAccessibleName(title)
        row = self._grid.rowCount()
        top = Qt.AlignmentFlag.AlignTop
        self._grid.addWidget(words, row, 0, top | Qt.AlignmentFlag.AlignLeft)
        self._grid.addWidget(value, row, 1, top)
        self.values[name] = value
        self._titles[name] = words
        for part in (words, value):
            part.setHidden(name in _RARE)

    def _entries(self) -> list[Entry]:
        """What is done seldom."""
        return [
            Entry(tr("推荐(&T)…"), self.open_referrals),
            Entry(tr("资料已核对(&V)"), self.mark_reviewed, "person.review"),
            Entry(tr("医生团队(&G)…"), self.open_care_team),
            Entry(tr("标签(&L)…"), self.open_labels),
            Entry(tr("回访记录(&B)…"), self.open_calls),
            Entry(tr("投诉(&S)…"), self.open_complaints, "complaint.open"),
            Entry(tr("赠送(&Z)…"), self.open_awards, "award.give"),
            Entry(tr("口腔健康评级(&J)…"), self.open_health, "person.health_grade"),
            Entry(tr("合并重复档案(&D)…"), self.open_merge, "person.merge"),
            Entry(tr("个人信息(&P)…"), self.open_personal_data, "privacy.receive"),
        ]

    def refresh(self) -> None:
        """Read the record again."""
        person_id = self.context.person_id
        if person_id is None:
            return
        record = person(self.context.db, person_id)
        self.heading.setText(tr("人员资料  {number}").format(number=record.number))
        for name, text in self._texts(record).items():
            self.values[name].setText(text or tr("未填"))
            role_of(self.values[name], "" if text else "muted")
            shown = bool(text) or name not in _RARE
            self.values[name].setVisible(shown)
            self._titles[name].setVisible(shown)

    def _texts(self, record: PersonRecord) -> dict[str, str]:
        form, db = record.form, self.context.db
        family = household_of(db, record.id)
        given = consents_of(db, record.id)
        referrer = person(db, form.referrer_id) if form.referrer_id else None
        texts = {
            "name": mask("name", form.name),
            "birth": self._birth(record),
            "phone": "  ".join(mask("phone", p) for p in (form.phone, form.phone_alt) if p),
            "id": form.id_absent_reason,
            "address": mask("address", form.address),
            "guardian": "",
            "source": form.source,
            "doctor": " · ".join(care_lines(db, record.id)),
            "alerts": tr("，").join(row.text for row in alerts_of(db, record.id)),
            "family": "、".join(member.name for member in family),
            "card": tr("，").join(
                f"{card.number} {state_title(card.state)}" for card in cards_of(db, record.id)[:2]
            ),
            "consents": "  ".join(
                ("✓ " if item in given and given[item].granted else "✕ ") + item_title(item)
                for item in CONSENT_ITEMS
            ),
            "dates": tr("{day} 建档").format(day=record.created_on),
            **self._rare(record.id),
        }
        if form.id_number:
            kind = id_type_title(form.id_type)
            texts["id"] = f"{mask('id_number', form.id_number)}  {kind}"
        if form.guardian_name:
            parts = (mask("name", form.guardian_name), form.guardian_relation)
            texts["guardian"] = "  ".join((*parts, mask("phone", form.guardian_phone)))
        if referrer is not None:
            words = tr("{source}  介绍人 {name} {number}")
            texts["source"] = words.format(
                source=form.source, name=mask("name", referrer.name), number=referrer.number
            ).strip()
        if record.last_visit_on:
            texts["dates"] += tr("，最近到诊 {day}").format(day=record.last_visit_on)
        reviewed_on = wishes_of(db, record.id).reviewed_on
        if reviewed_on:
            texts["dates"] += tr("，{day} 核对过资料").format(day=reviewed_on)
        return texts

    def _birth(self, record: PersonRecord) -> str:
        today, birthday = self.context.today(), record.form.birthday
        parts = [{"F": tr("女"), "M": tr("男")}.get(record.form.sex, "")]
        if birthday:
            parts += [birthday, tr("{n} 岁").format(n=age_on(birthday, today))]
        parts.append(lunar_line(self.context.db, today, record.id))
        return "  ".join(part for part in parts if part)

    def _rare(self, person_id: int) -> dict[str, str]:
        """What most people have not; '' leaves the line out."""
        sent = sent_to(self.context.db, person_id)[:1]
        return {
            "labels": self._labels(person_id),
            "contact": wishes_words(wishes_of(self.context.db, person_id)),
            "letters": "".join(
                tr("{day} {title}({kind})").format(
                    day=row.occurred_on, title=row.title, kind=kind_title(row.kind)
                )
                for row in sent
            ),
            "referrals": self._referrals(person_id),
            "health": self._health(person_id),
            "complaints": self._complaints(person_id),
            "activities": tr("；").join(
                activity_lines(self.context.db, self.context.today(), person_id)
            ),
            "introductions": introduction_line(self.context.db, person_id),
            "merged": tr("、").join(
                row.number for row in merged_records(self.context.db, person_id)
            ),
        }

    def _labels(self, person_id: int) -> str:
        sees = may(self.context.session.actor.role, SEES)
        return tr("、").join(row.name for row in labels_of(self.context.db, person_id, health=sees))

    def _referrals(self, person_id: int) -> str:
        """What became of being brought, and how many they brought themselves."""
        rows = referrals_of(self.context.db, person_id)
        parts = [
            tr("经人介绍，{state}").format(state=referral_title(row.state))
            for row in rows
            if row.newcomer_id == person_id
        ]
        brought = [row for row in rows if row.newcomer_id != person_id]
        if brought:
            done = sum(row.state == REWARDED for row in brought)
            words = tr("介绍了 {n} 人，已奖励 {done} 次")
            parts.append(words.format(n=len(brought), done=done))
        return tr("；").join(parts)

    def _health(self, person_id: int) -> str:
        grades = grades_of(self.context.db, person_id)
        if not grades:
            return ""
        return tr("{n} 级，{day} 评定").format(n=grades[0].grade, day=grades[0].occurred_on)

    def _complaints(self, person_id: int) -> str:
        rows = complaints_of(self.context.db, self.context.today(), person_id)
        waiting = [row for row in rows if row.open]
        if not waiting:
            return ""
        return tr("未结 {n} 条：{text}").format(n=len(waiting), text=waiting[0].text)

    # --- doing ---

    def open_family(self, *_: object) -> None:
        """Who belongs together."""
        from ui.dialogs.family import FamilyDialog

        FamilyDialog(self.context, self.window()).open()

    def open_card(self, *_: object) -> None:
        """The member card."""
        MemberCardDialog(self.context, self.window()).open()

    def open_referrals(self) -> None:
        """Whom they brought, and who brought them."""
        from ui.dialogs.referrals import ReferralsDialog

        ReferralsDialog(self.context, self.window()).open()

    def mark_reviewed(self) -> None:
        """The record was gone through with the person today."""
        done = self.context.alerts.run_command(
            mark_reviewed,
            self.context.session.once(uuid4()),
            person_id=self.context.person_id or 0,
        )
        if done is not None:
            self.context.alerts.banner(tr("已登记：今天核对过资料。"), "success")

    def open_care_team(self) -> None:
        """Attending doctor, assistant, consultant, and the change of the first."""
        from ui.dialogs.care_team import CareTeamDialog

        CareTeamDialog(self.context, self.window()).open()

    def open_calls(self) -> None:
        """Calls to come and calls that were made."""
        from ui.dialogs.person_calls import PersonCallsDialog

        if self.context.person_id is not None:
            PersonCallsDialog(self.context, self.window(), self.context.person_id).open()

    def open_labels(self) -> None:
        """What the clinic's labels say about them."""
        from ui.dialogs.person_labels import PersonLabelsDialog

        PersonLabelsDialog(self.context, self.window()).open()

    def open_complaints(self) -> None:
        """Complaints and what was done about them."""
        from ui.dialogs.complaints import ComplaintsDialog

        ComplaintsDialog(self.context, self.window()).open()

    def open_awards(self) -> None:
        """What was given for an occasion."""
        from ui.dialogs.awards import AwardsDialog

        AwardsDialog(self.context, self.window()).open()

    def open_health(self) -> None:
        """How healthy the mouth is."""
        from ui.dialogs.health import HealthDialog

        HealthDialog(self.context, self.window()).open()

    def open_merge(self) -> None:
        """Two records of one person."""
        from ui.dialogs.merge import MergeDialog

        MergeDialog(self.context, self.window()).open()

    def open_personal_data(self) -> None:
        """What they asked about their own data, and what of it was given to others."""
        from ui.dialogs.personal_data import PersonalDataDialog

        PersonalDataDialog(self.context, self.window()).open()

    def open_prices(self, *_: object) -> None:
        """What this person pays."""
        from ui.dialogs.price_list import PriceListDialog

        PriceListDialog(self.context, self.window()).open()

    def open_consents(self, *_: object) -> None:
        """Consents and alerts."""
        from ui.dialogs.consents import ConsentsDialog

        ConsentsDialog(self.context, self.window()).open()


def _titles() -> dict[str, str]:
    return {
        "name": tr("姓名"),
        "birth": tr("性别生日"),
        "phone": tr("电话"),
        "id": tr("证件"),
        "address": tr("住址"),
        "guardian": tr("监护人"),
        "source": tr("来源"),
        "doctor": tr("医生团队"),
        "alerts": tr("健康提示"),
        "labels": tr("标签"),
        "family": tr("家人"),
        "card": tr("会员卡"),
        "consents": tr("同意项"),
        "dates": tr("日期"),
        "contact": tr("联系意愿"),
        "letters": tr("最近信函"),
        "referrals": tr("推荐"),
        "health": tr("口腔评级"),
        "complaints": tr("投诉"),
        "introductions": tr("机构介绍"),
        "merged": tr("合并档案"),
        "activities": tr("活动"),
    }
