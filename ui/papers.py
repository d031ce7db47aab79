"""A paper as the rich text Qt lays out: one function for each kind of block.

What has to stand at a place of its own (labels, the faces of a card) is painted by
`ui.paper_cells` instead. The pages themselves are made by `ui.printing`.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from services.forms.paper import (
    SLIPS,
    Block,
    Break,
    Cells,
    Face,
    Grid,
    Heading,
    Pairs,
    Paper,
    Signatures,
    Size,
    Text,
    Ticks,
)
from services.i18n import tr

LOGO = "logo"  # the name under which the document finds the picture
LOGO_HEIGHT = 44  # px at 96 dpi, as every length of rich text
BODY, SLIP_BODY = 10.5, 9.0  # points
_WRITE_ON = "＿"
_SHORT = 18  # characters that fit into half a line of pairs
_BESIDE = {Size.SLIP_80: 3, Size.SLIP_58: 2}  # columns a slip has room for
_RULE = {Size.SLIP_80: "-" * 52, Size.SLIP_58: "-" * 36}  # Qt's own rule leaves a hole
_SHADE = "#f2f2f2"
_STYLE = """
body {{ font-size: {body}pt; color: #000000; }}
h1 {{ font-size: {title}pt; margin-top: 0; margin-bottom: 6px; }}
h4 {{ font-size: {heading}pt; margin-top: 10px; margin-bottom: 4px; }}
p {{ margin-top: 2px; margin-bottom: 2px; }}
p.subject {{ margin-bottom: 8px; }}
.small {{ font-size: {small}pt; color: #444444; }}
"""


def stretches(paper: Paper) -> list[str | Grid | Break]:
    """The paper from its head to its last block: rich text, with tables and breaks between."""
    slip = paper.size in SLIPS
    found: list[str | Grid | Break] = []
    text = [_slip_head(paper) if slip else _head(paper)]
    for block in paper.blocks:
        made = _slip_block(block, paper.size) if slip else _block(block)
        if isinstance(made, str):
            text.append(made)
            continue
        found += [_page(text, slip), made]
        again = paper.letters and isinstance(made, Break)
        text = [_head(paper)] if again else []
    if slip:
        foot = tuple(words for words in (paper.contact, paper.printed) if words)
        text.append(_rule(paper.size) + _paragraphs(Text(foot, small=True)))
    return [each for each in (*found, _page(text, slip)) if each]


def _page(parts: Sequence[str], slip: bool) -> str:
    """Rich text with its style; nothing when there is none."""
    if not any(parts):
        return ""
    sizes = (SLIP_BODY, 12, 10, 8) if slip else (BODY, 16, 12, 8.5)
    names = ("body", "title", "heading", "small")
    style = _STYLE.format(**dict(zip(names, sizes, strict=True)))
    body = "".join(parts)
    return f"<html><head><style>{style}</style></head><body>{body}</body></html>"


def _head(paper: Paper) -> str:
    """Logo at the left, clinic and title in the middle, the document's number at the right."""
    logo = f'<img src="{LOGO}" height="{LOGO_HEIGHT}">' if paper.logo else ""
    number = tr("编号 {number}").format(number=paper.number) if paper.number else ""
    middle = f'<p align="center">{_text(paper.clinic)}</p>'
    middle += f'<h1 align="center">{_text(paper.title)}</h1>'
    if paper.letters:
        middle = f'<h1 align="center">{_text(paper.clinic)}</h1>'
    if paper.subject:
        middle += f'<p class="subject" align="center">{_text(paper.subject)}</p>'
    return (
        '<table width="100%" cellspacing="0" cellpadding="2"><tr>'
        f'<td width="20%" valign="top">{logo}</td>'
        f'<td width="60%" valign="middle">{middle}</td>'
        f'<td width="20%" valign="bottom" align="right">{_text(number)}</td>'
        "</tr></table><p></p>"
    )


def _slip_head(paper: Paper) -> str:
    lines = [
        f'<p align="center">{_text(paper.clinic)}</p>',
        f'<h1 align="center">{_text(paper.title)}</h1>',
    ]
    number = tr("编号 {number}").format(number=paper.number) if paper.number else ""
    for text in (paper.subject, number):
        if text:
            lines.append(f'<p align="center">{_text(text)}</p>')
    return "".join(lines) + _rule(paper.size)


def _rule(size: Size) -> str:
    return f'<p class="small" align="center">{_RULE[size]}</p>'


def _slip_block(block: Block, size: Size) -> str | Grid | Break:
    """A block as the narrow paper has room for it."""
    match block:
        case Pairs(rows):
            return _slip_pairs(rows)
        case Grid(headers) if len(headers) > _BESIDE[size]:
            return _stacked(block, _rule(size))
        case Signatures(names):
            return _signatures(names, 1, 7)
        case Break():
            return _rule(size)
        case _:
            return _block(block)


def _block(block: Block) -> str | Grid | Break:
    match block:
        case Heading(text):
            return f"<h4>{_text(text)}</h4>"
        case Text():
            return _paragraphs(block)
        case Pairs(rows):
            return _pairs(rows)
        case Grid() | Break():
            return block
        case Ticks(items):
            return "".join(f"<p>{'☑' if on else '☐'}&nbsp;{_text(text)}</p>" for on, text in items)
        case Signatures(names):
            return _signatures(names, 2, 11)
        case Cells():
            return _cells(block)
        case Face():
            return _face(block)


def _text(text: str) -> str:
    return escape(text).replace("\n", "<br>")


def _paragraphs(block: Text) -> str:
    mark = (' class="small"' if block.small else "") + (' align="right"' if block.right else "")
    return "".join(f"<p{mark}>{_text(each)}</p>" for each in block.paragraphs)


def _pairs(rows: Sequence[tuple[str, str]]) -> str:
    """Labels and texts, a long text across the page and short ones two in a line."""
    lines: list[list[tuple[str, str]]] = []
    for row in rows:
        short = _is_short(row)
        if short and lines and len(lines[-1]) == 1 and _is_short(lines[-1][0]):
            lines[-1].append(row)
        else:
            lines.append([row])
    return _table("".join(_pair_line(line) for line in lines), padding=5)


def _is_short(row: tuple[str, str]) -> bool:
    return len(row[1]) <= _SHORT and "\n" not in row[1]


def _pair_line(rows: list[tuple[str, str]]) -> str:
    cells = []
    for name, text in rows:
        width = ' colspan="3"' if len(rows) == 1 else ' width="34%"'
        cells.append(f'<td width="16%" bgcolor="{_SHADE}">{_text(name)}</td>')
        cells.append(f"<td{width}>{_text(text) or '&nbsp;'}</td>")
    return f"<tr>{''.join(cells)}</tr>"


def _slip_pairs(rows: Sequence[tuple[str, str]]) -> str:
    line = tr("{label}：{text}")
    return "".join(
        f"<p>{_text(line.format(label=name, text=text or _WRITE_ON * 6))}</p>"
        for name, text in rows
    )


def _stacked(block: Grid, rule: str) -> str:
    """A table too wide for a slip: every row as its own lines."""
    rows = (*block.rows, *(("",) * len(block.headers) for _ in range(block.blank)))
    return rule.join(_slip_pairs(list(zip(block.headers, row, strict=True))) for row in rows)


def _signatures(names: Sequence[str], across: int, room: int) -> str:
    """A line for each hand, with room to write."""
    line = tr("{label}：{text}")
    blank = _WRITE_ON * room
    cells = [f"<td>{_text(line.format(label=name, text=blank))}</td>" for name in names]
    rows = "".join(
        f"<tr>{''.join(cells[at : at + across])}</tr>" for at in range(0, len(cells), across)
    )
    return f'<p></p><table width="100%" cellspacing="0" cellpadding="8">{rows}</table>'


def _cells(block: Cells) -> str:
    """Small areas side by side, framed."""
    width = 100 // block.across
    cells = [
        f'<td width="{width}%">{"<br>".join(_text(line) for line in cell)}</td>'
        for cell in block.cells
    ]
    cells += [f'<td width="{width}%">&nbsp;</td>'] * (-len(cells) % block.across)
    rows = "".join(
        f"<tr>{''.join(cells[at : at + block.across])}</tr>"
        for at in range(0, len(cells), block.across)
    )
    return _table(rows, padding=6)


def _face(block: Face) -> str:
    """A side of a card inside an ordinary paper."""
    lines = (block.heading, block.large, *block.lines, block.foot)
    return _table(f"<tr><td>{'<br>'.join(_text(line) for line in lines if line)}</td></tr>", 8)


def _table(rows: str, padding: int) -> str:
    return (
        f'<table width="100%" cellspacing="0" cellpadding="{padding}" border="1"'
        f' style="border-collapse: collapse; border-color: #888888;">{rows}</table>'
    )
