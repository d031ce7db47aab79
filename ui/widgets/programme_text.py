"""A programme's sentences to read, to copy and to print; what is missing says so by a sign."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from PySide6.QtWidgets import QTextEdit

from services.i18n import tr
from services.programmes.definition import PENDING
from services.programmes.differences import Difference
from services.programmes.sentences import Section
from ui import theme

WARNING = "⚠"


class Sentences(QTextEdit):
    """Headings with their sentences below; scrolls by keys, Tab goes on."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setReadOnly(True)
        self.setTabChangesFocus(True)
        self.setAccessibleName(name)
        self._shown = ""

    def show_sections(self, sections: Sequence[Section], nothing: str = "") -> None:
        """Read these sections aloud; `nothing` when there is no sentence."""
        parts = [_heading(each.title) + "".join(map(_sentence, each.lines)) for each in sections]
        self._show("".join(parts) or _line(nothing, "muted"))

    def show_differences(self, found: Iterable[Difference], intro: Sequence[str] = ()) -> None:
        """What is said no more, and what is said instead."""
        parts = [_line(line, "text") for line in intro]
        for each in found:
            parts.append(_heading(each.title))
            parts += [_line(tr("− 不再：{line}").format(line=x), "warning") for x in each.gone]
            parts += [_line(tr("＋ 改为：{line}").format(line=x), "success") for x in each.new]
        self._show("".join(parts))

    def to_top(self) -> None:
        """Begin at the first line again."""
        self.verticalScrollBar().setValue(0)

    def _show(self, html: str) -> None:
        if html == self._shown:
            return
        self._shown = html
        bar = self.verticalScrollBar()
        where = bar.value()
        self.setHtml(html)
        bar.setValue(where)  # what is read does not jump away under the typing


def _heading(text: str) -> str:
    return f'<p style="margin: 8px 0 2px 0; font-weight: 600">{escape(text)}</p>'


def _sentence(line: str) -> str:
    if PENDING in line:
        return _line(f"{WARNING} {line}", "warning")
    return _line(line, "text")


def _line(text: str, tone: str) -> str:
    colour = getattr(theme.shades(), tone)
    return f'<p style="margin: 0 0 2px 0; color: {colour}">{escape(text)}</p>'
