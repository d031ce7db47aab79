"""Two records of one person: both beside each other, what merging comes to, and parting (E62)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QWidget

from services.i18n import tr
from services.loyalty.preview import Consequence
from services.money import yuan
from services.people.merge_facts import Conflict, Fact
from services.people.merge_preview import MergedStanding, MergePreview, merge_preview
from services.people.merged_records import MergedRecord, merged_records
from services.people.merging import merge_people, unmerge_people
from ui.context import UiContext
from ui.dialogs.desk import DeskDialog
from ui.forms import Form, label
from ui.tables.model import Column
from ui.tables.view import ROW_HEIGHT, Table
from ui.theme import GAP
from ui.widgets.consequences import ConsequenceList, scrolling
from ui.widgets.gift_kit import key_button
from ui.widgets.person_picker import PersonPicker

WIDTH = 116 * GAP
CONFLICTS, CONFLICT_HEIGHT = 4, 3 * GAP + 4  # so many are seen without scrolling


@dataclass(frozen=True)
class Line:
    """One fact of both records and of the one that will be."""

    title: str
    survivor: str
    merged: str
    after: str
    taken: bool = False


class MergeDialog(DeskDialog):
    """Find the other record, look, say that it is one person, Enter."""

    def __init__(self, context: UiContext, parent: QWidget | None) -> None:
        super().__init__(context, parent, tr("合并重复档案"))
        self.setFixedWidth(WIDTH)
        self.preview: MergePreview | None = None
        self.survivor_id, self.merged_id = self.person_id, 0
        words = tr(
            "同一个人建了两份档案时合并：消费、积分、权益合在一起算，两份的卡号、电话都能找到。"
            "没有内容丢失，之后还可以撤销。"
        )
        self.body.addWidget(label(words, "muted"))
        self.who = PersonPicker(self.context, exclude=self.person_id)
        self.form = Form()
        self.who_field = self.form.add(tr("另一份档案(&W)"), self.who)
        self.form.setFixedWidth(56 * GAP)
        self.swap_button = key_button(tr("换一份保留(&X)"), "", tr("保留另一份的会员号和资料"))
        row = QHBoxLayout()
        row.addWidget(self.form)
        row.addWidget(self.swap_button, 0, Qt.AlignmentFlag.AlignTop)
        row.addStretch(1)
        self.table = Table(
            "people/merge",
            columns(),
            context.settings,
            title=tr("两份档案对照"),
            empty_text=tr("输入另一份档案的会员号、电话或姓名，回车选中，这里就并排对照。"),
            key=_title_of,
        )
        self.table.setMinimumHeight(11 * ROW_HEIGHT)
        self.conflicts = ConsequenceList(tr("要核对的地方"))
        self.conflict_area = scrolling(self.conflicts)
        self.same = QCheckBox(tr("已核对证件，确认是同一个人(空格勾选)"))
        self.same.setAccessibleName(tr("确认是同一个人"))
        self.part_button = key_button(tr("已合并的档案(&U)…"))
        self.body.addLayout(row)
        self.body.addWidget(self.table, 1)
        self.body.addWidget(self.conflict_area)
        self.body.addWidget(self.same)
        self.merge_button = self.add_buttons(tr("合并 ⏎"), tr("取消"), left=(self.part_button,))
        self.who.chosen.connect(self._chosen)
        self.swap_button.clicked.connect(self.swap)
        self.part_button.clicked.connect(self.open_part)
        merged = self.context.alerts.run(merged_records, self.context.db, self.person_id)
        self.part_button.setVisible(bool(merged))
        self._show()
        self.who.setFocus()

    # --- looking ---

    def _chosen(self, *_: object) -> None:
        self.survivor_id, self.merged_id = self.person_id, self.who.person_id or 0
        self.look()

    def swap(self, *_: object) -> None:
        """Keep the other record instead."""
        self.survivor_id, self.merged_id = self.merged_id, self.survivor_id
        self.look()

    def look(self) -> None:
        """Fold both pasts and show what comes of it."""
        self.preview = None
        if self.survivor_id and self.merged_id:
            self.preview = self.context.alerts.run(
                merge_preview,
                self.context.db,
                self.context.today(),
                self.survivor_id,
                self.merged_id,
            )
        self.same.setChecked(False)
        self._op = uuid.uuid4()
        self._show()

    def _show(self) -> None:
        found = self.preview
        self.table.set_rows([] if found is None else lines_of(found))
        conflicts = [] if found is None else [_conflict(each) for each in found.conflicts]
        self.conflicts.show_lines(conflicts)
        self.conflict_area.setVisible(bool(conflicts))
        self.conflict_area.setFixedHeight(min(len(conflicts), CONFLICTS) * CONFLICT_HEIGHT)
        possible = found is not None and found.possible
        self.same.setVisible(possible and bool(conflicts))
        self.swap_button.setEnabled(found is not None)
        self.merge_button.setEnabled(possible)

    # --- doing ---

    def submit(self) -> None:
        """To what is missing, to the button, then merge."""
        found = self.preview
        if found is None:
            self.who_field.refuse(tr("请先找到另一份档案：输入会员号、电话或姓名，回车选中。"))
            return
        if not found.possible:
            return
        if found.conflicts and not self.same.isChecked():
            if self.focusWidget() in (self.same, self.merge_button):
                words = tr("请逐条核对上面的不同，确认是同一个人后按空格勾选。")
                self.context.alerts.banner(words, "warning")
            self.same.setFocus()
            return
        if self.focusWidget() is not self.merge_button:
            self.merge_button.setFocus()
            return
        seen = (each.code for each in found.conflicts)
        done = self.context.alerts.run_command(
            merge_people,
            self.once.confirming(*seen),
            survivor_id=found.survivor_id,
            merged_id=found.merged_id,
        )
        if done is not None:
            words = tr("已合并：{merged} 并入 {survivor}。")
            said = words.format(merged=found.merged_number, survivor=found.survivor_number)
            self.say_done(said)
            self.context.current_person.select(done.survivor_id)

    def open_part(self, *_: object) -> None:
        """The records merged before, to part again."""
        dialog = MergedDialog(self.context, self)
        dialog.finished.connect(self._parted)
        dialog.open()

    def _parted(self, *_: object) -> None:
        merged = self.context.alerts.run(merged_records, self.context.db, self.person_id)
        self.part_button.setVisible(bool(merged))
        self.look()


class MergedDialog(DeskDialog):
    """Enter on a merged record parts it again, while that can be done."""

    def __init__(self, context: UiContext, parent: QWidget | None) -> None:
        super().__init__(context, parent, tr("已合并的档案"))
        self.setFixedWidth(88 * GAP)
        words = tr("撤销后两份档案各自恢复原样，合并后登记的内容留在登记时的那一份。")
        self.body.addWidget(label(words, "muted"))
        self.table = Table(
            "people/merged",
            merged_columns(),
            context.settings,
            title=tr("已合并的档案"),
            empty_text=tr("没有合并到这份档案的记录。"),
            key=_merged_of,
        )
        self.table.setMinimumHeight(5 * ROW_HEIGHT)
        self.body.addWidget(self.table, 1)
        self.part_button = self.add_buttons(tr("撤销合并 ⏎"), tr("关闭"))
        self.table.current_row_changed.connect(self._show_allowed)
        self.reload()
        self.table.setFocus()

    def reload(self) -> None:
        """Read them again."""
        rows = self.context.alerts.run(merged_records, self.context.db, self.person_id)
        self.table.set_rows(rows or [])
        self.table.select_first()
        self._show_allowed(self.table.current_row())

    def _show_allowed(self, row: MergedRecord | None) -> None:
        self.part_button.setEnabled(row is not None and not row.tied)

    def submit(self) -> None:
        """Part, after asking once."""
        row = self.table.current_row()
        if row is None or row.tied:
            return
        words = tr("{number} {name} 将恢复为单独的档案。撤销这次合并吗？")
        sentence = words.format(number=row.number, name=row.name)
        if not self.context.alerts.ask(tr("撤销合并"), sentence, tr("撤销(&Y)")):
            return
        done = self.context.alerts.run_command(
            unmerge_people, self.context.session.once(uuid.uuid4()), merged_id=row.merged_id
        )
        if done is not None:
            self.context.alerts.banner(
                tr("已撤销合并：{number}。").format(number=row.number), "success"
            )
            self.reload()
            self.table.setFocus()


# -- words -------------------------------------------------------------------------------------


def columns() -> list[Column]:
    """One fact of both records in one line."""
    return [
        Column(tr("项目"), lambda r: r.title, width=168),
        Column(tr("保留的档案"), lambda r: r.survivor, width=216),
        Column(tr("并入的档案"), lambda r: r.merged, width=216),
        Column(tr("合并后"), lambda r: r.after, width=216, tone=_after_tone),
    ]


def merged_columns() -> list[Column]:
    """A merged record in one line."""
    return [
        Column(tr("会员号"), lambda r: r.number, width=104),
        Column(tr("姓名"), lambda r: r.name, width=88),
        Column(tr("合并日"), lambda r: r.merged_on, width=104),
        Column(tr("经手"), lambda r: r.staff, width=80),
        Column(tr("能否撤销"), _tied_words, width=200, tone=_tied_tone),
    ]


def lines_of(found: MergePreview) -> list[Line]:
    """The whole comparison, top to bottom."""
    numbers = (found.survivor_number, found.merged_number, found.survivor_number)
    lines = [Line(tr("会员号"), *numbers), *map(_fact, found.facts)]
    several = len(found.programmes) > 1
    for each in found.programmes:
        lines += _standing(each, each.programme if several else "")
    return lines


def _fact(fact: Fact) -> Line:
    mine, theirs = _value(fact.field, fact.survivor), _value(fact.field, fact.merged)
    after = theirs if fact.taken and not mine else mine
    return Line(_fact_title(fact.field), mine, theirs, after, fact.taken)


def _value(field: str, text: str) -> str:
    return {"F": tr("女"), "M": tr("男")}.get(text, text) if field == "sex" else text


def _fact_title(field: str) -> str:
    return {
        "name": tr("姓名"),
        "sex": tr("性别"),
        "birthday": tr("出生日期"),
        "id_number": tr("证件号"),
        "phone": tr("手机"),
        "phone_alt": tr("备用电话"),
        "address": tr("住址"),
        "guardian_name": tr("监护人"),
        "guardian_relation": tr("监护人关系"),
        "guardian_phone": tr("监护人电话"),
    }[field]


def _standing(each: MergedStanding, programme: str) -> list[Line]:
    def titled(words: str) -> str:
        return f"{programme} · {words}" if programme else words

    none = tr("非会员")
    after = each.tier_after or (tr("会员") if each.member_after else none)
    lines = [
        Line(titled(tr("等级")), each.tier_survivor or none, each.tier_merged or none, after),
        Line(
            titled(tr("累计消费")),
            _money(each.spend_survivor_fen),
            _money(each.spend_merged_fen),
            _money(each.spend_after_fen),
        ),
        Line(
            titled(tr("可用积分")),
            f"{each.points_survivor:,}",
            f"{each.points_merged:,}",
            f"{each.points_after:,}"
            + (tr("，欠 {n} 分").format(n=f"{each.owed_after:,}") if each.owed_after else ""),
        ),
    ]
    if each.grants_after:
        names = tr("、").join(f"{name}×{n}" for name, n in each.grants_after)
        lines.append(Line(titled(tr("可用权益")), "", "", names))
    return lines


def _money(fen: int) -> str:
    return tr("¥{fen}").format(fen=yuan(fen))


def _conflict(conflict: Conflict) -> Consequence:
    return Consequence("blocked" if conflict.blocking else "doubt", conflict.sentence, "")


def _after_tone(line: Line) -> str:
    return "accent" if line.taken or (line.after and line.after != line.survivor) else ""


def _title_of(line: Line) -> object:
    return line.title


def _merged_of(row: MergedRecord) -> object:
    return row.merged_id


def _tied_words(row: MergedRecord) -> str:
    return tr("合并后两份已有共用的登记，不能撤销") if row.tied else tr("可以撤销")


def _tied_tone(row: MergedRecord) -> str:
    return "muted" if row.tied else ""
