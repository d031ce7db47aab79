"""签到: one field at the door, Enter and somebody is here; large counts, no sound (R012, R013)."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from services.activities.door import attend, give_prize, untick
from services.activities.records import PlaceRow, door_hits, places
from services.activities.words import ATTENDED, HELD, MISSED, OPEN, SIGNED, WAITING
from services.desk.identity_check import read_code
from services.errors import RuleError
from services.i18n import tr
from ui.context import UiContext
from ui.forms import Form, MoneyEdit, TextEdit, label
from ui.tables.view import Table
from ui.theme import GAP
from ui.widgets.activity_page import ActivityPage
from ui.widgets.activity_words import changed_words, place_columns, place_words, undone_words
from ui.widgets.gift_kit import CountEdit, key_button

_EXPECTED = (ATTENDED, SIGNED, WAITING, MISSED)


class ActivityDoorPage(ActivityPage):
    """Typing lists who may be meant, arrows choose, Enter ticks; a scanned card ticks at once."""

    def __init__(self, context: UiContext) -> None:
        super().__init__(context)
        self.count = label("")
        self.count.setObjectName("memberName")
        self.rest = label("", "muted")
        self.search = TextEdit(tr("卡号 / 手机后四位 / 姓名 / 拼音，⏎ 签到"))
        self.search.setObjectName("searchBox")
        self.companions = CountEdit(tr("按报名"))
        self.button = key_button(tr("签到 ⏎"), "primary")
        self.undo_button = key_button(tr("撤销签到(&Z)"), tip=tr("签错了：选中那一位再按"))
        self.table = Table(
            "activities/door",
            place_columns(),
            context.settings,
            title=tr("签到名单"),
            empty_text=tr("没有找到。换手机后四位或拼音再试；新面孔先关闭本窗口，按 F2 建档。"),
            key=lambda r: r.person_id,
        )
        self.prize = TextEdit(tr("奖品，例如 口腔护理小套装"))
        self.prize_yuan = MoneyEdit(tr("价值，元"))
        self.prize_button = key_button(tr("发奖(&J)"), tip=tr("发给名单里选中的、已签到的人"))
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._build()

    def _build(self) -> None:
        person, with_them = Form(), Form()
        self.search_field = person.add(tr("谁来了(&W)"), self.search)
        self.companions_field = with_them.add(tr("同行(&C)"), self.companions)
        counts = QVBoxLayout()
        counts.setSpacing(2)
        counts.addWidget(self.count)
        counts.addWidget(self.rest)
        top = QHBoxLayout()
        top.setSpacing(2 * GAP)
        top.addWidget(person, 4)
        top.addWidget(with_them, 2)
        top.addWidget(self.button)
        prize = QHBoxLayout()
        prize.addWidget(self.undo_button)
        prize.addStretch(1)
        prize.addWidget(self.prize, 2)
        prize.addWidget(self.prize_yuan, 1)
        prize.addWidget(self.prize_button)
        self.prize.setAccessibleName(tr("奖品"))
        self.prize_yuan.setAccessibleName(tr("奖品价值"))
        self.body.addLayout(counts)
        self.body.addLayout(top)
        self.body.addWidget(self.table, 1)
        self.body.addLayout(prize)
        self.search.textEdited.connect(self._typed)
        self.search.installEventFilter(self)
        self._soon.timeout.connect(self.look)
        self.button.clicked.connect(self.submit)
        self.undo_button.clicked.connect(self.undo)
        self.prize_button.clicked.connect(self.give)
        self.table.activated_row.connect(self.tick)
        self.table.current_row_changed.connect(self._show_allowed)

    # -- showing ---------------------------------------------------------------------------------

    def refresh(self) -> None:
        """The counts, and the list as it was looked for."""
        row = self.row
        assert row is not None
        words = tr("到场 {n} 人")
        self.count.setText(words.format(n=row.present))
        parts = [tr("其中顾客 {n} 位").format(n=row.attended)]
        if row.signed:
            parts.append(tr("还有 {n} 人报了名没到").format(n=row.signed))
        if row.free is not None and row.state == OPEN:
            parts.append(tr("名额剩 {n} 个").format(n=row.free))
        note = self._closed_words()
        self.rest.setText(note or tr("，").join(parts))
        working = not note
        for made in (self.search, self.companions, self.button):
            made.setEnabled(working)
        self.look()

    def _closed_words(self) -> str:
        row = self.row
        assert row is not None
        if row.state not in (OPEN, HELD):
            return tr("现在不能签到：活动还没开放报名，或已总结、已取消。")
        if row.day > self.context.today():
            return tr("活动日期是 {day}，到那天才能签到。").format(day=row.day)
        return ""

    def first_focus(self) -> QWidget:
        return self.search if self.search.isEnabled() else self.table

    def look(self, *_: object) -> None:
        """List who may be meant; everybody expected while nothing is typed."""
        self._soon.stop()
        if self.row is None:
            return
        db, text = self.context.db, self.search.value()
        if text:
            rows = self.context.alerts.run(door_hits, db, self.row.id, text)
        else:
            rows = self.context.alerts.run(places, db, self.row.id, _EXPECTED)
        self.table.set_rows(rows or [])
        if text and rows:
            self.table.select_key(rows[0].person_id)
        self._show_allowed(self.table.current_row())

    def _typed(self, *_: object) -> None:
        self._soon.start()

    def _show_allowed(self, place: PlaceRow | None) -> None:
        working = self.row is not None and self.row.state in (OPEN, HELD)
        there = working and place is not None and place.state == ATTENDED
        self.undo_button.setEnabled(there)
        for made in (self.prize, self.prize_yuan, self.prize_button):
            self.allow(made, "activity.prize", when=working)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Arrows in the field choose in the list."""
        if watched is self.search and isinstance(event, QKeyEvent):
            step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
            if step is not None and event.type() == QEvent.Type.KeyPress:
                self._move(step)
                return True
            empties = event.key() == Qt.Key.Key_Escape and bool(self.search.text())
            if empties and event.type() == QEvent.Type.ShortcutOverride:
                event.accept()
                return True
            if empties and event.type() == QEvent.Type.KeyPress:
                self.search.clear()
                self.look()
                return True
        return super().eventFilter(watched, event)

    def _move(self, step: int) -> None:
        if self._soon.isActive():
            self.look()
        rows = self.table.rows()
        current = self.table.current_row()
        keys = [row.person_id for row in rows]
        at = keys.index(current.person_id) if current is not None else -1
        if rows:
            self.table.select_key(keys[min(max(at + step, 0), len(keys) - 1)])

    # -- ticking ---------------------------------------------------------------------------------

    def submit(self) -> None:
        """Tick the first who may be meant, or the one chosen with the arrows; in the fields of a
        prize, give it."""
        if self.prize.hasFocus() or self.prize_yuan.hasFocus():
            self.give()
            return
        if not self.button.isEnabled():
            return
        if self._soon.isActive():
            self.look()  # a quick hand was quicker than the list
        if not self.search.value() and self.table.current_row() is None:
            self.search_field.refuse(tr("先填手机后四位、姓名或拼音，或用 ↓ 在名单里选。"))
            return
        place = self.table.current_row()
        if place is None:
            self.search_field.refuse(tr("没有找到。换手机后四位或拼音再试；新面孔先建档。"))
            self.search.selectAll()
            return
        self.tick(place)

    def tick(self, place: PlaceRow) -> None:
        """Somebody is here."""
        try:
            companions = self.companions.count() if self.companions.value() else None
        except RuleError as refused:
            self.companions_field.refuse(refused.sentence)
            return
        if place.state == ATTENDED:
            words = tr("{name} {state}，不用再签。").format(
                name=place.name, state=place_words(place)
            )
            self.context.alerts.banner(words, "warning")
            return
        self._attend(place.person_id, place.name, companions)

    def _attend(self, person_id: int, name: str, companions: int | None) -> None:
        row, text = self.row, self.search.text()
        assert row is not None
        self.search.clear()  # before everything is read again
        done = self.write(attend, activity_id=row.id, person_id=person_id, companions=companions)
        if done is None:
            self.search.setText(text)
            self.search.selectAll()
        else:
            self.companions.clear()
            words = changed_words(name, done)
            if row.points and not done.points:
                words += tr("不是会员，不记积分。")
            self.context.alerts.banner(words, "success")
            self.table.select_key(person_id)
        self.search.setFocus()

    def take_scan(self, code: str) -> bool:
        """A card or member number that was scanned ticks its owner at once."""
        if not self.button.isEnabled() or not self.isVisible():
            return False
        found = self.context.alerts.run(read_code, self.context.db, code)
        if found is None:
            return True
        if found.found != "person" or found.person_id is None:
            words = found.sentence or tr("这里只用会员卡。")
            self.context.alerts.banner(words, "warning")
            return True
        hit = self._named(found.person_id)
        if hit is not None:
            self.tick(hit)
        return True

    def _named(self, person_id: int) -> PlaceRow | None:
        from services.people.records import person

        assert self.row is not None
        record = self.context.alerts.run(person, self.context.db, person_id)
        if record is None:
            return None
        hits = door_hits(self.context.db, self.row.id, record.number)
        return next((hit for hit in hits if hit.person_id == person_id), None)

    def undo(self, *_: object) -> None:
        """Take the tick of the chosen person back."""
        place: Any = self.table.current_row()
        if place is None or self.row is None:
            return
        done = self.write(untick, activity_id=self.row.id, person_id=place.person_id)
        if done is not None:
            self.context.alerts.banner(undone_words(place.name, done), "info")
            self.search.setFocus()

    def give(self, *_: object) -> None:
        """A prize for the chosen person who is here."""
        place: Any = self.table.current_row()
        if place is None or self.row is None or not self.prize_button.isEnabled():
            self.context.alerts.banner(tr("先在名单里选中得奖的人。"), "warning")
            return
        try:
            fen = self.prize_yuan.fen() if self.prize_yuan.value() else 0
        except RuleError as refused:
            self.context.alerts.banner(refused.sentence, "warning")
            self.prize_yuan.setFocus()
            return
        gift = self.prize.value()
        done = self.write(
            give_prize,
            activity_id=self.row.id,
            person_id=place.person_id,
            name=gift,
            value_fen=fen,
        )
        if done is not None:
            self.prize.clear()
            self.prize_yuan.clear()
            words = tr("{name} 得奖：{gift}，在“礼品”里领取。")
            self.context.alerts.banner(words.format(name=place.name, gift=gift), "success")
            self.search.setFocus()
