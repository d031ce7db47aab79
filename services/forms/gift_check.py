"""礼品核对表: the comparison of a week at both places, signed by both sides, and whether it is
signed yet (R144, E51)."""

from __future__ import annotations

from models.database import ClinicDatabase
from services.forms.letterhead import clinic_title
from services.forms.paper import Grid, Pairs, Paper, Signatures, Size, Text
from services.gifts.period import ComparedRow, PeriodView, week_view
from services.gifts.stock import place_name
from services.i18n import tr

NAME = "礼品核对表"


def gift_check(db: ClinicDatabase, today: str, week: str) -> Paper:
    """The check of the week ending on a Friday. Before the comparison nothing counted
    is shown, and while counting no book either.

    Raises RuleError as `services.gifts.period.week_view`.
    """
    view = week_view(db, week, today=today)
    row = view.row
    marketing, billing = (row.marketing_signer, row.billing_signer) if row else (None, None)
    return Paper(
        title=tr("礼品核对表"),
        name=tr("礼品核对表_{week}").format(week=view.week),
        clinic=clinic_title(db),
        number="" if row is None else str(row.id),
        subject=tr("核对日 {week}　{state}").format(week=view.week, state=_state(view)),
        size=Size.A4_LANDSCAPE,
        blocks=(
            Pairs(
                (
                    (tr("从"), view.since or tr("开始使用")),
                    (tr("到"), view.until or tr("现在")),
                    (tr("截止号"), str(view.cutoff_seq)),
                    (tr("有差异"), _differences(view)),
                )
            ),
            _grid(view),
            Text(
                (tr("账面＝期初＋入库＋申领－发放＋退回－报损＋调整；差异＝实盘－账面。"),),
                small=True,
            ),
            Signatures(
                (
                    _signer(tr("市场部签字"), marketing),
                    _signer(tr("收费室签字"), billing),
                    tr("核对日期"),
                )
            ),
        ),
    )


def _state(view: PeriodView) -> str:
    return {
        "closed": tr("已签字"),
        "compared": tr("已比对，未签"),
        "counting": tr("清点中，未签"),
        "live": tr("未开始清点，未签"),
    }[view.state]


def _signer(title: str, name: str | None) -> str:
    """The line with who signed in the program already."""
    return tr("{title}({name} 已签)").format(title=title, name=name) if name else title


def _differences(view: PeriodView) -> str:
    if any(line.counted is None for line in view.lines):
        return tr("还没有比对")
    lines = sum(1 for line in view.lines if line.difference)
    return tr("{n} 行").format(n=lines) if lines else tr("无")


def _grid(view: PeriodView) -> Grid:
    return Grid(
        (
            tr("编号"),
            tr("礼品"),
            tr("规格"),
            tr("单位"),
            tr("库位"),
            tr("期初"),
            tr("入库"),
            tr("申领"),
            tr("发放"),
            tr("退回"),
            tr("报损"),
            tr("调整"),
            tr("账面"),
            tr("实盘"),
            tr("差异"),
            tr("差异原因"),
        ),
        tuple(_line(line, blind=view.state == "counting") for line in view.lines),
        widths=(7, 15, 9, 5, 7, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 13),
        figures=tuple(range(5, 15)),
    )


def _line(line: ComparedRow, *, blind: bool) -> tuple[str, ...]:
    """A line; while it is being counted nothing that would tell what to find (E51)."""
    difference = line.difference
    figures = (
        line.opening,
        line.received,
        line.transferred,
        line.issued,
        line.returned,
        line.scrapped,
        line.adjusted,
        line.book,
    )
    return (
        line.code,
        line.name,
        line.spec,
        line.unit,
        place_name(line.place),
        *("" if blind else f"{figure:,}" for figure in figures),
        "" if line.counted is None else f"{line.counted:,}",
        "" if difference is None else f"{difference:+,}" if difference else "0",
        line.reason,
    )
