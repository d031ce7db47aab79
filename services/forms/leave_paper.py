"""退会申请与退费单 as a paper: who, the facts, the five ways, the result, the signatures (R108)."""

from __future__ import annotations

from services.forms.paper import Grid, Heading, Pairs, Paper, Signatures, Text
from services.i18n import tr
from services.memberships.leave_form import FormRow, FormWay, LeaveForm


def leave_paper(form: LeaveForm) -> Paper:
    """The form of `services.memberships.leave_form`, ready to be laid out."""
    hints = tuple(tr("提示：{hint}").format(hint=hint) for hint in form.hints)
    return Paper(
        title=form.title,
        name=tr("退费单{n}").format(n=form.number),
        clinic=form.clinic,
        number=form.number,
        blocks=(
            _pairs(form.head),
            Heading(tr("会费和使用情况")),
            _pairs(form.facts),
            Heading(tr("五种算法")),
            Grid(
                (tr("采用"), tr("算法"), tr("金额"), tr("与采用的差额"), tr("怎样算")),
                tuple(_way(way) for way in form.ways),
                widths=(2, 5, 3, 4, 12),
                figures=(2, 3),
            ),
            Heading(tr("结果")),
            _pairs(form.result),
            Text((*hints, tr("会员权利以法律规定为准；约定对会员更有利的，从约定。")), small=True),
            Signatures(form.signatures),
        ),
    )


def _pairs(rows: tuple[FormRow, ...]) -> Pairs:
    return Pairs(tuple((row.label, row.text) for row in rows))


def _way(way: FormWay) -> tuple[str, ...]:
    return (
        tr("✓") if way.chosen else "",
        way.title,
        way.amount,
        "" if way.chosen else way.difference,
        "\n".join(way.lines),
    )
