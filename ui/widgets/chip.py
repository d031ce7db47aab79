"""A word on a coloured ground: tiers, alerts."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QSizePolicy

from ui.theme import chip_colours, wear


class Chip(QLabel):
    """A rounded word. Colour never speaks alone: the word is always there."""

    def __init__(self, text: str = "", kind: str = "plain") -> None:
        super().__init__(text)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("chip", kind)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    def show_tier(self, name: str, colour: str) -> None:
        """A tier's word in its colour; without a colour, plain."""
        self.setText(name)
        if colour:
            ground, text = chip_colours(colour)
            wear(
                self,
                f"background: {ground}; color: {text}; border-radius: 10px;"
                " padding: 2px 10px; font-weight: 600;",
            )
        else:
            wear(self, "")
