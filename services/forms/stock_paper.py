"""申购单 and 申领单 on paper: the lines, who did which step, and lines to sign on (R143, C16)."""

from __future__ import annotations

from models.database import ClinicDatabase
from services.forms.letterhead import clinic_title
from services.forms.paper import Grid, Heading, Pairs, Paper, Signatures, Text
from services.gifts.documents import (
    PURCHASE,
    DocumentLine,
    DocumentRow,
    document,
    document_name,
    state_words,
    step_name,
)
from services.i18n import tr
from services.money import yuan
from services.rights import role_title


def stock_paper(db: ClinicDatabase, document_id: int) -> Paper:
    """The paper of one document, as it stands. Raises RuleError when there is none."""
    row = document(db, document_id)
    purchase = row.kind == PURCHASE
    steps = tuple(
        (
            step_name(row.kind, step.step),
            step.occurred_on,
            role_title(step.role),
            step.staff,
            step.note,
        )
        for step in row.steps
    )
    head = (
        (tr("日期"), row.occurred_on),
        (tr("状态"), state_words(row)),
        (tr("说明"), row.note or tr("无")),
    )
    return Paper(
        title=document_name(row.kind),
        name=f"{document_name(row.kind)}_{row.number}",
        clinic=clinic_title(db),
        number=row.number,
        blocks=(
            Pairs(head),
            _purchase_lines(row) if purchase else _requisition_lines(row),
            *((Text((_total(row),)),) if purchase else ()),
            Heading(tr("经手")),
            Grid(
                (tr("步骤"), tr("日期"), tr("岗位"), tr("姓名"), tr("说明")),
                steps,
                widths=(2, 3, 3, 3, 6),
            ),
            Signatures(
                (tr("申购人"), tr("批准人"), tr("入库验收人"))
                if purchase
                else (tr("申领人"), tr("仓库发货人"), tr("收费室签收人"))
            ),
        ),
    )


def _purchase_lines(row: DocumentRow) -> Grid:
    return Grid(
        (
            tr("编号"),
            tr("礼品"),
            tr("规格"),
            tr("价值档(元)"),
            tr("申购"),
            tr("单价(元)"),
            tr("金额(元)"),
            tr("到货"),
            tr("备注"),
        ),
        tuple(
            (
                line.code,
                line.name,
                line.spec,
                yuan(line.band_fen),
                f"{line.wanted} {line.unit}",
                yuan(line.unit_cost_fen or 0),
                yuan((line.unit_cost_fen or 0) * line.wanted),
                _number(line.received),
                line.reason,
            )
            for line in row.lines
        ),
        widths=(2, 5, 3, 3, 2, 2, 3, 2, 5),
        figures=(3, 4, 5, 6, 7),
    )


def _requisition_lines(row: DocumentRow) -> Grid:
    return Grid(
        (
            tr("编号"),
            tr("礼品"),
            tr("规格"),
            tr("申领"),
            tr("送出"),
            tr("实收"),
            tr("短少"),
            tr("备注"),
        ),
        tuple(
            (
                line.code,
                line.name,
                line.spec,
                f"{line.wanted} {line.unit}",
                _number(line.sent),
                _number(line.received),
                _short(line),
                line.reason,
            )
            for line in row.lines
        ),
        widths=(2, 5, 3, 2, 2, 2, 2, 6),
        figures=(3, 4, 5, 6),
    )


def _total(row: DocumentRow) -> str:
    fen = sum((line.unit_cost_fen or 0) * line.wanted for line in row.lines)
    return tr("合计 {n} 种，预计金额 {yuan} 元。").format(n=len(row.lines), yuan=yuan(fen))


def _number(count: int | None) -> str:
    """A number that is still to be written by hand stays empty."""
    return "" if count is None else str(count)


def _short(line: DocumentLine) -> str:
    return str(line.short) if line.short else ""
