"""The programme in force: tiers, how each is reached, what it brings. For reading."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from services.i18n import tr
from services.programmes.definition import Programme, Tier
from services.programmes.registry import main_timeline
from services.programmes.words import benefit_words, ways_words
from ui.context import UiContext
from ui.dialogs.base import Dialog
from ui.forms import label
from ui.theme import GAP
from ui.widgets.chip import Chip


class ProgrammeDialog(Dialog):
    """One card a tier."""

    def __init__(self, context: UiContext, parent: QWidget | None) -> None:
        super().__init__(context, parent, tr("现行方案"))
        self.resize(720, 600)
        version = main_timeline(context.db).at(context.today())
        programme = version.programme
        self.body.addWidget(label(programme.name, "heading"))
        kept = programme.points.mode == "threshold"
        mode = tr("积分只用来升级，不扣减") if kept else tr("积分可以使用")
        words = tr("每消费 1 元得 {n} 分，{mode}。").format(n=programme.points.per_yuan, mode=mode)
        self.body.addWidget(label(words, "muted"))
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, GAP, 0)
        column.setSpacing(GAP)
        for tier in programme.tiers:
            column.addWidget(_card(tier))
        column.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidget(inside)
        area.setAccessibleName(tr("等级和权益"))
        self.body.addWidget(area, 1)
        self.add_buttons(tr("关闭"))


def _card(tier: Tier) -> QFrame:
    card = QFrame()
    card.setProperty("role", "card")
    column = QVBoxLayout(card)
    column.setContentsMargins(2 * GAP, 12, 2 * GAP, 12)
    column.setSpacing(4)
    chip = Chip()
    chip.show_tier(tier.name, tier.colour)
    top = QHBoxLayout()
    top.addWidget(chip, 0, Qt.AlignmentFlag.AlignLeft)
    top.addWidget(label(ways_words(tier.reach)), 1)
    column.addLayout(top)
    for benefit in tier.benefits:
        column.addWidget(label("· " + benefit_words(benefit), "muted"))
    return card


def tiers_in_words(programme: Programme) -> str:
    """One line a tier: its name and how it is reached."""
    lines = []
    for tier in programme.tiers:
        ways = ways_words(tier.reach)
        lines.append(f"{tier.name}　{ways}")
    return "\n".join(lines)
