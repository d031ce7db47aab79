"""The pages of the roster import: which column is what, and what would happen."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QFrame, QGridLayout, QScrollArea, QVBoxLayout, QWidget

from services.i18n import tr
from services.money import yuan
from services.roster.mapping import FIELDS, Mapping, field_title, guess, override
from ui.context import UiContext
from ui.forms import ChoiceBox, button, button_row, label
from ui.tables.model import Column
from ui.tables.view import Table
from ui.theme import GAP, role_of

SAMPLES = 3


class FilePage(QWidget):
    """What the import takes, and the imports made so far."""

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        columns = [
            Column(tr("导入"), _batch_name, sort=_batch_id, align="right", width=70),
            Column(tr("导入行数"), _batch_in, align="right", width=110),
            Column(tr("未导入行数"), _batch_out, align="right", width=110),
            Column(tr("状态"), _batch_state, width=120, tone=_batch_tone),
        ]
        self.table = Table(
            "import_batches",
            columns,
            context.settings,
            title=tr("做过的导入"),
            empty_text=tr("还没有导入过。看过预览、按下“导入”之前，什么都不会写进数据。"),
        )
        self.undo_button = button(tr("撤销选中的导入(&U)"), "danger")
        self.template_button = button(tr("保存空白模板(&T)…"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP)
        column.addWidget(label(tr("把旧名册搬进来"), "heading"))
        column.addWidget(
            label(tr("选择一份 Excel 名册(.xlsx)。表头叫什么、列怎么排都可以，下一步再核对。"))
        )
        words = tr("能认的列：{fields}。").format(fields=tr("、").join(map(field_title, FIELDS)))
        column.addWidget(label(words, "muted"))
        column.addSpacing(GAP)
        column.addWidget(label(tr("做过的导入"), "subheading"))
        column.addWidget(self.table, 1)
        column.addLayout(button_row(self.undo_button, left=(self.template_button,)))

    def show_batches(self, batches: Sequence[Any]) -> None:
        """The imports made so far, newest first."""
        self.table.set_rows(batches)
        self.undo_button.setVisible(bool(batches))


def _batch_id(row: Any) -> int:
    return int(row.id)


def _batch_name(row: Any) -> str:
    return f"#{row.id}"


def _batch_in(row: Any) -> str:
    return f"{row.rows_in:,}"


def _batch_out(row: Any) -> str:
    return f"{row.rows_rejected:,}"


def _batch_state(row: Any) -> str:
    return tr("在用") if row.state == "posted" else tr("已撤销")


def _batch_tone(row: Any) -> str:
    return "" if row.state == "posted" else "muted"


class MappingPage(QWidget):
    """Each column of the file, what stands in it, and what it means."""

    def __init__(self) -> None:
        super().__init__()
        self._headers: Sequence[str] = ()
        self.boxes: list[ChoiceBox] = []
        self.words = label("", "muted")
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setAccessibleName(tr("列的含义"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.words)
        column.addWidget(self.area, 1)

    def show_table(self, table: Any) -> None:
        """The columns of a sheet as read, with the best guess chosen."""
        self._headers = table.headers
        words = tr("工作表“{sheet}”，第 {row} 行是表头，{n} 行数据。请核对每一列的含义。")
        self.words.setText(
            words.format(sheet=table.sheet, row=table.header_row, n=f"{len(table.rows):,}")
        )
        guessed = {at: name for name, at in guess(self._headers).columns.items()}
        inside = QFrame()
        grid = QGridLayout(inside)
        grid.setHorizontalSpacing(2 * GAP)
        grid.setVerticalSpacing(4)
        for at, title in enumerate((tr("文件里的列"), tr("前几行"), tr("含义"))):
            head = label(title)
            role_of(head, "subheading")
            grid.addWidget(head, 0, at)
        choices = [("", tr("不导入")), *((name, field_title(name)) for name in FIELDS)]
        self.boxes = []
        for at, header in enumerate(self._headers):
            box = ChoiceBox(choices)
            box.choose(guessed.get(at, ""))
            box.setAccessibleName(header or tr("第 {n} 列").format(n=at + 1))
            box.currentIndexChanged.connect(partial(self._chosen, at))
            self.boxes.append(box)
            grid.addWidget(label(header or tr("(无标题)")), at + 1, 0)
            grid.addWidget(label(_samples(table.rows, at), "muted"), at + 1, 1)
            grid.addWidget(box, at + 1, 2)
        grid.setColumnStretch(1, 1)
        grid.setRowStretch(len(self._headers) + 1, 1)
        self.area.setWidget(inside)

    def mapping(self) -> Mapping:
        """What is chosen now."""
        chosen: dict[str, int | None] = dict.fromkeys(FIELDS)
        for at, box in enumerate(self.boxes):
            if box.value():
                chosen[box.value()] = at
        return override(self._headers, chosen)

    def _chosen(self, at: int, _index: int) -> None:
        """A meaning belongs to one column: the other one that had it lets go."""
        meaning = self.boxes[at].value()
        for other, box in enumerate(self.boxes):
            if meaning and other != at and box.value() == meaning:
                box.choose("")


class PreviewPage(QWidget):
    """The totals to sign, and every row that stays out or needs a look, with the reason."""

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self.totals = label("")
        self.totals.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        role_of(self.totals, "subheading")
        self.tiers = label("", "muted")
        columns = [
            Column(tr("行号"), _number_text, sort=_number, align="right", width=70),
            Column(tr("结果"), _verdict, width=100, tone=_tone),
            Column(tr("原因"), _reason, width=520, tip=_reason),
        ]
        self.table = Table(
            "import",
            columns,
            context.settings,
            title=tr("要看一看的行"),
            empty_text=tr("每一行都可以导入，没有要提醒的。"),
            key=_whole,
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP)
        column.addWidget(self.totals)
        column.addWidget(self.tiers)
        column.addWidget(self.table, 1)
        self.settled = QCheckBox(tr("名册里的人以前该得的礼品和服务，都已经给过了(&G)"))
        self.settled.setAccessibleName(tr("以前的礼品和服务都已经给过"))
        self.settled.setChecked(True)
        column.addWidget(self.settled)

    def show_preview(self, preview: Any) -> None:
        """What an import would do."""
        totals = preview.totals
        words = tr(
            "可导入 {people} 人(会员 {members})，期初积分 {points}，"
            "累计消费 ¥{spend}；不导入 {n} 行"
        )
        self.totals.setText(
            words.format(
                people=f"{totals.people:,}",
                members=f"{totals.members:,}",
                points=f"{totals.points:,}",
                spend=yuan(totals.spend_fen),
                n=f"{len(preview.rejected):,}",
            )
        )
        tiers = (f"{name or tr('无等级')} {count:,}" for name, count in totals.by_tier.items())
        self.tiers.setText(tr("按等级：{tiers}").format(tiers=" · ".join(tiers)))
        rows = [(row.row_number, "rejected", row.reason) for row in preview.rejected]
        rows += [
            (row.row_number, "duplicate", row.reason)
            for row in preview.duplicates
            if not row.rejected
        ]
        rows += [(row.row_number, "warning", row.sentence) for row in preview.warnings]
        self.table.set_rows(sorted(rows))


def _samples(rows: Sequence[tuple[int, tuple[Any, ...]]], at: int) -> str:
    found = [str(values[at]) for _, values in rows[:20] if at < len(values) and values[at]]
    return " / ".join(text[:20] for text in found[:SAMPLES])


def _number(row: tuple[int, str, str]) -> int:
    return row[0]


def _number_text(row: tuple[int, str, str]) -> str:
    return str(row[0]) if row[0] else tr("全表")


def _verdict(row: tuple[int, str, str]) -> str:
    return {"rejected": tr("✕ 不导入"), "duplicate": tr("疑似重复"), "warning": tr("⚠ 提醒")}[
        row[1]
    ]


def _tone(row: tuple[int, str, str]) -> str:
    return "error" if row[1] == "rejected" else "warning"


def _reason(row: tuple[int, str, str]) -> str:
    return row[2]


def _whole(row: tuple[int, str, str]) -> object:
    return row
