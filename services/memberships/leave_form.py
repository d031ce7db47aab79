"""The form 退会申请与退费单: its content, for a window and for `services.forms.leave_paper` (R108).

The name is masked as on every print; the member signs with the full one.
"""

from __future__ import annotations

from dataclasses import dataclass

from models.database import ClinicDatabase
from models.people import Membership
from services.clinic import Clinic
from services.i18n import tr
from services.memberships.leaving import RefundCaseRow, refund_case, state_title
from services.memberships.worksheet import (
    FeeFacts,
    LeavingFacts,
    Worksheet,
    days_used,
    fault_title,
    method_title,
)
from services.money import yuan
from services.people.privacy import mask_name
from services.programmes.registry import version
from services.setup import clinic_name
from services.staff import staff_names


@dataclass(frozen=True)
class FormRow:
    """A label and what stands beside it."""

    label: str
    text: str


@dataclass(frozen=True)
class FormWay:
    """A way to reckon the refund: amount, difference to the chosen one, and the reckoning."""

    title: str
    amount: str
    difference: str
    lines: tuple[str, ...]
    chosen: bool


@dataclass(frozen=True)
class LeaveForm:
    """The whole form from the top of the page to the signatures."""

    title: str
    clinic: str
    head: tuple[FormRow, ...]
    facts: tuple[FormRow, ...]
    ways: tuple[FormWay, ...]
    result: tuple[FormRow, ...]
    hints: tuple[str, ...]
    signatures: tuple[str, ...]
    number: str = ""


def leave_form(clinic: Clinic, case_id: int) -> LeaveForm:
    """The form of one refund case. Raises RuleError when there is none."""
    case = refund_case(clinic.db, case_id)
    return LeaveForm(
        title=tr("退会申请与退费单"),
        clinic=clinic_name(clinic),
        head=_head(clinic.db, case),
        facts=fact_rows(case.worksheet.facts),
        ways=_ways(case.worksheet, case.method, case.amount_fen),
        result=_result(clinic.db, case),
        hints=case.worksheet.hints,
        signatures=(tr("会员签字"), tr("准备人签字"), tr("批准人签字"), tr("日期")),
        number=str(case.id),
    )


def _head(db: ClinicDatabase, case: RefundCaseRow) -> tuple[FormRow, ...]:
    membership = db.row(
        Membership.select(Membership.version_id, Membership.joined_on, Membership.agreement).where(
            Membership.id == case.membership_id
        )
    )
    assert membership is not None  # a foreign key
    version_id, joined, agreement = membership
    facts = case.worksheet.facts
    return (
        FormRow(tr("单号"), str(case.id)),
        FormRow(tr("会员"), f"{mask_name(case.name)} {case.number}"),
        FormRow(tr("方案"), version(db, version_id).name),
        FormRow(tr("入会日期"), joined),
        FormRow(tr("协议编号"), agreement or tr("无")),
        FormRow(tr("申请日期"), case.applied_on),
        FormRow(tr("退会日期"), case.leaves_on),
        FormRow(tr("约定通知期"), _notice(facts)),
        FormRow(tr("退会原因"), f"{fault_title(case.fault)} · {case.reason}"),
    )


def _notice(facts: LeavingFacts) -> str:
    if not facts.notice_months:
        return tr("无")
    sentence = tr("提前 {n} 个月，到 {day}")
    return sentence.format(n=facts.notice_months, day=facts.notice_on)


def fact_rows(facts: LeavingFacts) -> tuple[FormRow, ...]:
    """What E59 wants shown and printed: fee, days, services, gifts, discounts."""
    rows: list[FormRow] = []
    for fee in facts.fees:
        rows += _fee(facts, fee)
    rows.append(FormRow(tr("以前已退"), f"¥{yuan(facts.refunded_fen)}"))
    return tuple(rows)


def _fee(facts: LeavingFacts, fee: FeeFacts) -> list[FormRow]:
    paid = tr("{tier} ¥{fen}，{day} 缴").format(
        tier=fee.tier_name, fen=yuan(fee.value_fen), day=fee.paid_on
    )
    if fee.ends_on is None:
        term = tr("{start} 起，终身").format(start=fee.starts_on)
    else:
        term = tr("{start} 至 {end}，已过 {n} 天").format(
            start=fee.starts_on, end=fee.ends_on, n=days_used(facts, fee)
        )
    used = [
        tr("{name} {n} 次 × ¥{fen}").format(name=i.name, n=i.quantity, fen=yuan(i.list_fen))
        for i in fee.used
    ]
    gifts = [
        tr("{name} {n} 份，成本 ¥{fen}").format(name=i.name, n=i.quantity, fen=yuan(i.fen))
        for i in fee.gifts
    ]
    return [
        FormRow(tr("会费"), paid),
        FormRow(tr("期限"), term),
        FormRow(tr("已用权益"), tr("；").join(used) or tr("无")),
        FormRow(tr("已领礼品"), tr("；").join(gifts) or tr("无")),
        FormRow(tr("已享优惠"), f"¥{yuan(fee.discounts_fen)}"),
    ]


def _ways(sheet: Worksheet, method: str, amount_fen: int) -> tuple[FormWay, ...]:
    found = []
    for way in sheet.calculations:
        title = method_title(way.method)
        if way.applies:
            difference = way.amount_fen - amount_fen
            found.append(
                FormWay(
                    title,
                    f"¥{yuan(way.amount_fen)}",
                    _difference(difference),
                    way.lines,
                    way.method == method,
                )
            )
        else:
            found.append(FormWay(title, tr("不适用"), "", (way.why_not,), False))
    return tuple(found)


def _difference(fen: int) -> str:
    """How far a way is from the chosen one, as the form says it."""
    if fen == 0:
        return tr("相同")
    words = tr("多 ¥{fen}") if fen > 0 else tr("少 ¥{fen}")
    return words.format(fen=yuan(abs(fen)))


def _result(db: ClinicDatabase, case: RefundCaseRow) -> tuple[FormRow, ...]:
    names = staff_names(db)
    signer = tr("待签字")
    if case.signed_by is not None:
        signer = f"{names[case.signed_by]} {case.signed_on}"
    return (
        FormRow(tr("采用"), method_title(case.method)),
        FormRow(tr("应退"), f"¥{yuan(case.amount_fen)}"),
        FormRow(tr("状态"), state_title(case.state)),
        FormRow(tr("准备人"), names[case.prepared_by]),
        FormRow(tr("批准人"), signer),
    )
