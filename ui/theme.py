"""Colours, type and spacing: Fusion, one light and one dark palette, one accent.

Sizes are multiples of 8. A colour that has to be read is corrected until its contrast to the
ground is at least 4.5:1.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication, QWidget

STYLE = Path(__file__).parents[1] / "resources" / "style.qss"
GAP = 8
POINT_SIZE = 10.5
CONTRAST = 4.5
_DRESSED = "dressed"


@dataclass(frozen=True)
class Shades:
    """Every colour the program uses, by what it is for."""

    ground: str
    surface: str
    stripe: str
    raised: str
    line: str
    strong_line: str
    text: str
    muted: str
    accent: str
    accent_text: str
    accent_soft: str
    hover: str
    success: str
    success_soft: str
    warning: str
    warning_soft: str
    error: str
    error_soft: str


LIGHT = Shades(
    ground="#EEF2F2", surface="#FFFFFF", stripe="#F6F9F9", raised="#F8FAFA",
    line="#D8E0E0", strong_line="#B3C0C0", text="#16211F", muted="#586765",
    accent="#0B7A75", accent_text="#FFFFFF", accent_soft="#D5ECEA", hover="#E3EDEC",
    success="#1F7A3D", success_soft="#DFF2E4", warning="#8A5300", warning_soft="#FCEFD3",
    error="#B3261E", error_soft="#FBE3E1",
)  # fmt: skip
DARK = Shades(
    ground="#141A1A", surface="#1C2424", stripe="#202929", raised="#222C2C",
    line="#324040", strong_line="#4A5C5B", text="#E4ECEB", muted="#9FB0AE",
    accent="#4DB8B0", accent_text="#06201E", accent_soft="#17413E", hover="#263332",
    success="#7BCB93", success_soft="#1B3A26", warning="#E6B45C", warning_soft="#40321A",
    error="#F2948C", error_soft="#472220",
)  # fmt: skip
_current = LIGHT


def shades() -> Shades:
    """The colours in use."""
    return _current


def tone_colour(tone: str) -> str:
    """A tone's colour as text on a list: muted, accent, success, warning, error, '#rrggbb'."""
    if tone.startswith("#"):
        return readable(tone, _current.surface)
    return str(getattr(_current, tone))


def luminance(colour: QColor) -> float:
    """Relative luminance as WCAG counts it."""

    def linear(part: float) -> float:
        return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(c) for c in (colour.redF(), colour.greenF(), colour.blueF()))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, two: str) -> float:
    """The contrast ratio of two colours, 1 to 21."""
    high, low = sorted((luminance(QColor(one)), luminance(QColor(two))), reverse=True)
    return (high + 0.05) / (low + 0.05)


def readable(colour: str, ground: str) -> str:
    """`colour` moved towards black or white until it can be read on `ground`."""
    return _readable(colour if QColor.isValidColorName(colour) else _current.muted, ground)


@cache
def _readable(colour: str, ground: str) -> str:
    wanted = QColor(colour)
    towards = QColor("#FFFFFF" if luminance(QColor(ground)) < 0.2 else "#000000")
    for step in range(21):
        share = step / 20
        mixed = QColor.fromRgbF(
            wanted.redF() * (1 - share) + towards.redF() * share,
            wanted.greenF() * (1 - share) + towards.greenF() * share,
            wanted.blueF() * (1 - share) + towards.blueF() * share,
        )
        if contrast(mixed.name(), ground) >= CONTRAST:
            return mixed.name()
    return towards.name()


def chip_colours(colour: str) -> tuple[str, str]:
    """(ground, text) of a filled chip in a tier's colour."""
    return _chip_colours(colour if QColor.isValidColorName(colour) else _current.muted)


@cache
def _chip_colours(ground: str) -> tuple[str, str]:
    white, black = contrast("#FFFFFF", ground), contrast("#10201E", ground)
    if max(white, black) < CONTRAST:
        return readable(ground, "#FFFFFF"), "#FFFFFF"
    return ground, "#FFFFFF" if white >= CONTRAST else "#10201E"


def ui_font() -> QFont:
    """The system's Chinese UI font at 10.5 pt with tabular figures where the font has them."""
    font = QFont()
    if sys.platform == "win32":
        font.setFamilies(["Microsoft YaHei UI", "Microsoft YaHei", "SimSun"])
    else:
        font.setFamilies(
            ["Noto Sans CJK SC", "Source Han Sans SC", "WenQuanYi Micro Hei", "Sans Serif"]
        )
    font.setPointSizeF(POINT_SIZE)
    font.setFeature(QFont.Tag("tnum"), 1)
    return font


def paper_font() -> QFont:
    """`ui_font` for paper. Without local forms: Qt writes their digits into a PDF as shapes that
    cannot be searched for or copied."""
    font = ui_font()
    font.setFeature(QFont.Tag("locl"), 0)
    return font


def palette(of: Shades) -> QPalette:
    """The Qt palette of these shades."""
    role = QPalette.ColorRole
    colours = {
        role.Window: of.ground, role.WindowText: of.text, role.Base: of.surface,
        role.AlternateBase: of.stripe, role.Text: of.text, role.Button: of.raised,
        role.ButtonText: of.text, role.BrightText: of.error, role.ToolTipBase: of.raised,
        role.ToolTipText: of.text, role.PlaceholderText: of.muted, role.Highlight: of.accent,
        role.HighlightedText: of.accent_text, role.Link: of.accent, role.LinkVisited: of.accent,
        role.Light: of.surface, role.Midlight: of.line, role.Mid: of.strong_line,
        role.Dark: of.strong_line, role.Shadow: of.strong_line, role.Accent: of.accent,
    }  # fmt: skip
    made = QPalette()
    for which, colour in colours.items():
        made.setColor(which, QColor(colour))
    for which in (role.WindowText, role.Text, role.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, which, QColor(of.strong_line))
    return made


def style_sheet(of: Shades) -> str:
    """The stylesheet with its placeholders filled in."""
    text = STYLE.read_text(encoding="utf-8")
    text = text.replace("@icons", (STYLE.parent / "icons").as_posix())
    for field in sorted(fields(of), key=lambda f: -len(f.name)):
        text = text.replace(f"@{field.name}", getattr(of, field.name))
    return text


def dress(window: QWidget) -> QWidget:
    """Put the stylesheet on a window of its own; what is inside it, and every dialog over it, wears
    it too.

    The application has none: under one, each part of a window is dressed anew, with all that is in
    it, every time it is put into a larger part, which is most of what building a tab would cost.
    """
    window.setStyleSheet(style_sheet(_current))
    window.setProperty(_DRESSED, True)
    return window


class Theme(QObject):
    """Gives the application its colours and letters and follows the system between light and dark.
    Fusion itself is asked for where the application is made."""

    changed = Signal()

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self._app = app
        app.setFont(ui_font())
        hints = QGuiApplication.styleHints()
        hints.colorSchemeChanged.connect(self.follow)
        self.follow(hints.colorScheme())

    def follow(self, scheme: Qt.ColorScheme) -> None:
        """Take the palette of the system's colour scheme."""
        self.use(DARK if scheme is Qt.ColorScheme.Dark else LIGHT)

    def use(self, of: Shades) -> None:
        """Take these shades now."""
        global _current
        _current = of
        self._app.setPalette(palette(of))
        for window in self._app.topLevelWidgets():
            if window.property(_DRESSED):
                dress(window)
        self.changed.emit()


def restyle(*widgets: QWidget) -> None:
    """Read the stylesheet again for widgets whose properties changed. One that was never shown
    reads it then."""
    for widget in widgets:
        if widget.testAttribute(Qt.WidgetAttribute.WA_WState_Polished):
            # not by `widget.style()`: a style goes with its window, Python's hold on it does not
            widget.setStyleSheet(widget.styleSheet())


def mark(widget: QWidget, name: str, value: object, *also: QWidget) -> None:
    """Give a widget a property the stylesheet asks for; `also` are dressed by it too. Nothing is
    read again when it has it."""
    if widget.property(name) != value:
        widget.setProperty(name, value)
        restyle(widget, *also)


def role_of(widget: QWidget, role: str) -> QWidget:
    """Give a widget one of the stylesheet's roles: heading, muted, primary, danger, error."""
    mark(widget, "role", role)
    return widget


def wear(widget: QWidget, sheet: str) -> None:
    """Give a widget a stylesheet of its own, unless it wears just this one."""
    if widget.styleSheet() != sheet:
        widget.setStyleSheet(sheet)
