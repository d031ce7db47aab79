"""What is printed on A4, as the rich text Qt lays out: headings, tables, signature lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from services.i18n import tr
from services.memberships.leave_form import FormRow, FormWay, LeaveForm

_STYLE = """
body { font-size: 10.5pt; }
h1 { font-size: 16pt; text-align: center; margin-top: 0; margin-bottom: 2pt; }
p.clinic { text-align: center; margin-top: 0; margin-bottom: 10pt; }
h2 { font-size: 11.5pt; margin-top: 10pt; margin-bottom: 4pt; }
p { margin-top: 2pt; margin-bottom: 2pt; }
"""


def leave_page(form: LeaveForm) -> str:
    """退会申请与退费单: who, the facts, the five ways, the result, the signatures."""
    parts = [
        f"<h1>{escape(form.title)}</h1>",
        f'<p class="clinic">{escape(form.clinic)}</p>',
        _pairs(form.head),
        _heading(tr("会费和使用情况")),
        _pairs(form.facts),
        _heading(tr("五种算法")),
        _ways(form.ways),
        _heading(tr("结果")),
        _pairs(form.result),
        *(f"<p>{escape(tr('提示：{hint}').format(hint=hint))}</p>" for hint in form.hints),
        _signatures(form.signatures),
    ]
    return page("".join(parts))


def page(body: str) -> str:
    """A whole page around its body."""
    return f"<html><head><style>{_STYLE}</style></head><body>{body}</body></html>"


def _heading(text: str) -> str:
    return f"<h2>{escape(text)}</h2>"


def _pairs(rows: Sequence[FormRow]) -> str:
    """Labels and texts, a long text across the page and short ones two in a line."""
    lines: list[list[FormRow]] = []
    for row in rows:
        short = len(row.text) <= 20
        if short and lines and len(lines[-1]) == 1 and len(lines[-1][0].text) <= 20:
            lines[-1].append(row)
        else:
            lines.append([row])
    return _table("".join(_line(line) for line in lines))


def _line(rows: list[FormRow]) -> str:
    cells = []
    for row in rows:
        span = ' colspan="3"' if len(rows) == 1 else ""
        width = "" if len(rows) == 1 else ' width="34%"'
        cells.append(f'<td width="16%" bgcolor="#f2f2f2">{escape(row.label)}</td>')
        cells.append(f"<td{span}{width}>{escape(row.text)}</td>")
    return f"<tr>{''.join(cells)}</tr>"


def _ways(ways: Sequence[FormWay]) -> str:
    head = _row((tr("采用"), tr("算法"), tr("金额"), tr("与采用的差额"), tr("怎样算")), "th")
    rows = [
        _row(
            (
                tr("✓") if way.chosen else "",
                way.title,
                way.amount,
                "" if way.chosen else way.difference,
                "\n".join(way.lines),
            )
        )
        for way in ways
    ]
    return _table(head + "".join(rows))


def _row(texts: Iterable[str], tag: str = "td") -> str:
    ground = ' bgcolor="#f2f2f2"' if tag == "th" else ""
    cells = "".join(
        f'<{tag}{ground} align="left">{escape(text).replace(chr(10), "<br>")}</{tag}>'
        for text in texts
    )
    return f"<tr>{cells}</tr>"


def _table(rows: str) -> str:
    return (
        '<table width="100%" cellspacing="0" cellpadding="4" border="1"'
        f' style="border-collapse: collapse; border-color: #888888;">{rows}</table>'
    )


def _signatures(names: Sequence[str]) -> str:
    """A line for each hand, two beside each other, with room to write."""
    cells = [f"<td width='50%'>{escape(name)}：＿＿＿＿＿＿＿＿＿＿＿</td>" for name in names]
    rows = "".join(f"<tr>{''.join(cells[at : at + 2])}</tr>" for at in range(0, len(cells), 2))
    return f'<p></p><table width="100%" cellspacing="0" cellpadding="10">{rows}</table>'
