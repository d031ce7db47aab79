"""Leaving a paid membership: prepared by one, signed by another, over on the day (E59–E61).

The worksheet is kept as it was prepared. Signing reckons anew: when a use, a fee or a discount
has come in between, the case is prepared again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from models.database import ClinicDatabase
from models.people import Person
from models.schemes import FeePayment, RefundCase
from services.changes import Changes, Kind
from services.clock import is_date
from services.commands import Approval, Tx, command
from services.errors import RuleError
from services.i18n import tr
from services.memberships.ending import CHANGED, end_membership, member_of
from services.memberships.leaving_facts import leaving_facts
from services.memberships.records import ActiveMembership, membership_by_id, open_case
from services.memberships.worksheet import Calculation, Fault, Method, Worksheet, worksheet
from services.people.aliases import group_of, root_of


@dataclass(frozen=True)
class RefundPrepared:
    """A refund case waits for its signature."""

    case_id: int
    person_id: int
    membership_id: int
    method: str
    amount_fen: int
    changes: Changes


@dataclass(frozen=True)
class RefundSigned:
    """A refund was signed and the membership is over; `fee_id` is the row of the money given
    back, 0 when there was none. `rank` is the tier still carried on the books (E61)."""

    case_id: int
    fee_id: int
    person_id: int
    membership_id: int
    amount_fen: int
    rank: int
    changes: Changes


@dataclass(frozen=True)
class RefundCancelled:
    """A refund case was given up before it was signed."""

    case_id: int
    person_id: int
    changes: Changes


@dataclass(frozen=True)
class RefundCaseRow:
    """A refund case, for lists and forms; `worksheet` as it was prepared."""

    id: int
    person_id: int
    number: str
    name: str
    membership_id: int
    state: str
    applied_on: str
    leaves_on: str
    fault: Fault
    method: Method
    amount_fen: int
    reason: str
    prepared_by: int
    signed_by: int | None
    signed_on: str | None
    worksheet: Worksheet


def state_title(state: str) -> str:
    """The state of a refund case as the desk says it."""
    return {
        "prepared": tr("待签字"),
        "signed": tr("已签字"),
        "cancelled": tr("已撤销"),
    }[state]


def refund_cases(
    db: ClinicDatabase, *, person_id: int | None = None, state: str | None = None
) -> list[RefundCaseRow]:
    """Refund cases of a person or of everybody, in one state or all, newest first (R108)."""
    query = _cases().order_by(RefundCase.id.desc())
    if person_id is not None:
        query = query.where(RefundCase.person_id.in_(group_of(db, person_id)))
    if state is not None:
        query = query.where(RefundCase.state == state)
    return [_case(row) for row in db.rows(query)]


def refund_case(db: ClinicDatabase, case_id: int) -> RefundCaseRow:
    """One refund case. Raises RuleError when there is none."""
    row = db.row(_cases().where(RefundCase.id == case_id))
    if row is None:
        raise RuleError(tr("没有找到这张退费单，请刷新后重试。"))
    return _case(row)


def _cases() -> Any:
    return RefundCase.select(
        RefundCase.id,
        RefundCase.person_id,
        Person.number,
        Person.name,
        RefundCase.membership_id,
        RefundCase.state,
        RefundCase.applied_on,
        RefundCase.leaves_on,
        RefundCase.fault,
        RefundCase.method,
        RefundCase.amount_fen,
        RefundCase.reason,
        RefundCase.prepared_by,
        RefundCase.signed_by,
        RefundCase.signed_on,
        RefundCase.worksheet,
    ).join(Person, on=(Person.id == RefundCase.person_id))


def _case(row: tuple[Any, ...]) -> RefundCaseRow:
    values = (*row[:-1], msgspec.json.decode(row[-1], type=Worksheet))
    return RefundCaseRow(*values)


def leaving_worksheet(
    db: ClinicDatabase,
    today: str,
    membership: ActiveMembership,
    *,
    fault: Fault,
    applied_on: str | None = None,
    leaves_on: str | None = None,
) -> Worksheet:
    """The worksheet of leaving, before anything is written: the window's preview and the command's
    own figures (E59). `applied_on` and `leaves_on` default to today.

    Raises RuleError: dates that cannot be, nothing paid that still runs.
    """
    applied, leaves = applied_on or today, leaves_on or today
    if not is_date(applied) or applied > today:
        raise RuleError(tr("申请日期须是今天或以前，写成 2026-11-20 这样。"))
    if not is_date(leaves) or leaves < today:
        raise RuleError(tr("退会日期须是今天或以后，写成 2026-12-20 这样。"))
    facts = leaving_facts(db, membership, applied_on=applied, leaves_on=leaves, fault=fault)
    if not facts.fees:
        raise RuleError(tr("到退会那天没有还在期限内的会费，不用退费，请直接办“退会”。"))
    first = max(membership.joined_on, *(fee.paid_on for fee in facts.fees))
    if applied < first:
        sentence = tr("申请日期不能早于入会和缴费的日子，请填 {day} 或以后。")
        raise RuleError(sentence.format(day=first))
    return worksheet(facts)


@command("refund.prepare", entity="refund_case")
def prepare_refund(
    tx: Tx,
    *,
    person_id: int,
    fault: Fault,
    reason: str,
    programme_id: int | None = None,
    applied_on: str | None = None,
    leaves_on: str | None = None,
    method: Method | None = None,
) -> RefundPrepared:
    """Prepare the refund of somebody who leaves a paid membership (R108, E59, E60).

    `method` None takes the one the worksheet proposes. Nothing ends and no money moves before
    another person has signed. Raises RuleError: no reason, no member, nothing to give back, a
    case that waits already, a method that does not apply.
    """
    if not reason.strip():
        raise RuleError(tr("请写明退会的原因和选用这种算法的理由。"))
    membership = member_of(tx, person_id, programme_id)
    if open_case(tx.db, membership.id) is not None:
        raise RuleError(tr("这位会员已有一张待签字的退费单，请先签字或撤销它。"))
    sheet = leaving_worksheet(
        tx.db, tx.today, membership, fault=fault, applied_on=applied_on, leaves_on=leaves_on
    )
    chosen = _chosen(sheet, method or sheet.proposed)
    case_id = tx.db.insert(
        RefundCase,
        person_id=root_of(tx.db, membership.person_id),
        membership_id=membership.id,
        state="prepared",
        applied_on=sheet.facts.applied_on,
        leaves_on=sheet.facts.leaves_on,
        fault=fault,
        method=chosen.method,
        amount_fen=chosen.amount_fen,
        worksheet=msgspec.json.encode(sheet).decode(),
        reason=reason.strip(),
        prepared_by=tx.actor.id,
        seq=tx.seq,
    )
    tx.about(case_id, person=person_id, method=chosen.method, fen=chosen.amount_fen)
    return RefundPrepared(
        case_id,
        person_id,
        membership.id,
        chosen.method,
        chosen.amount_fen,
        Changes((Kind.PERSON,), person_id),
    )


def _chosen(sheet: Worksheet, method: str) -> Calculation:
    found = sheet.calculation(method)
    if found is None:
        raise RuleError(tr("没有这种算法，请重新选择。"))
    if not found.applies:
        raise RuleError(tr("这种算法不适用：{why}").format(why=found.why_not))
    return found


@command("refund.cancel", entity="refund_case")
def cancel_refund(tx: Tx, *, case_id: int) -> RefundCancelled:
    """Give a prepared refund up: the member stays, or it is prepared anew. Raises RuleError."""
    case = _waiting(tx, case_id)
    tx.db.write(RefundCase.update(state="cancelled").where(RefundCase.id == case_id))
    tx.about(case_id, person=case.person_id)
    return RefundCancelled(case_id, case.person_id, Changes((Kind.PERSON,), case.person_id))


@command("refund.sign", entity="refund_case")
def sign_refund(
    tx: Tx, *, case_id: int, approval: Approval | None, payment: str = ""
) -> RefundSigned:
    """Sign a refund: the money is given back and the membership is over today (E59, E61).

    The approval is another person's than the one who prepared it. `payment` says how the money
    was given back. Raises RuleError: no approval, the same person, another day than the one it
    was prepared for, figures that have changed since.
    """
    case = _waiting(tx, case_id)
    approved = tx.require(
        approval, "sign.refund", tr("退费单须由会员管理员或院长输入自己的密码签字。")
    )
    if approved.staff_id == case.prepared_by:
        raise RuleError(tr("准备人和签字人须是两个人，请另一位会员管理员或院长签字。"))
    membership = _unchanged(tx, case)
    signed = RefundCase.update(state="signed", signed_by=approved.staff_id, signed_on=tx.today)
    tx.db.write(signed.where(RefundCase.id == case_id))
    fee_id = _give_back(tx, case, membership, payment) if case.amount_fen else 0
    rank = end_membership(tx, membership, "left", case.reason)
    tx.about(
        case_id,
        person=case.person_id,
        method=case.method,
        fen=-case.amount_fen,
        prepared_by=case.prepared_by,
        signed_by=approved.staff_id,
    )
    return RefundSigned(
        case_id,
        fee_id,
        case.person_id,
        membership.id,
        case.amount_fen,
        rank,
        Changes(CHANGED, case.person_id),
    )


def _waiting(tx: Tx, case_id: int) -> RefundCaseRow:
    case = refund_case(tx.db, case_id)
    if case.state != "prepared":
        raise RuleError(tr("这张退费单{state}，不能再改。").format(state=state_title(case.state)))
    return case


def _unchanged(tx: Tx, case: RefundCaseRow) -> ActiveMembership:
    """The membership to end, with everything as it was when the case was prepared."""
    wrong_day = signing_day(case, tx.today)
    if wrong_day:
        raise RuleError(wrong_day)
    membership = membership_by_id(tx.db, case.membership_id)
    assert membership is not None  # nothing ends a membership while its refund waits
    facts = leaving_facts(
        tx.db,
        membership,
        applied_on=case.applied_on,
        leaves_on=case.leaves_on,
        fault=case.fault,
    )
    if facts != case.worksheet.facts:
        raise RuleError(tr("准备以后情况有变(新的使用、消费或缴费)，请撤销这张退费单，重新准备。"))
    return membership


def signing_day(case: RefundCaseRow, today: str) -> str:
    """Why a case cannot be signed on this day, as a sentence; '' on the day it was prepared for."""
    if case.leaves_on > today:
        sentence = tr("这张退费单定在 {day} 退会，请到那天再签字。")
        return sentence.format(day=case.leaves_on)
    if case.leaves_on < today:
        sentence = tr("这张退费单定在 {day} 退会，过了这天请撤销后重新准备。")
        return sentence.format(day=case.leaves_on)
    return ""


def _give_back(tx: Tx, case: RefundCaseRow, membership: ActiveMembership, payment: str) -> int:
    """The row of the money given back; it is no void: the fees stay what they were."""
    return tx.db.insert(
        FeePayment,
        person_id=case.person_id,
        programme_id=membership.programme_id,
        version_id=membership.version_id,
        membership_id=membership.id,
        kind="refund",
        rank=0,
        months=0,
        amount_fen=-case.amount_fen,
        listed_fen=0,
        payment=payment.strip(),
        reason=case.reason,
        occurred_on=tx.today,
        staff_id=tx.actor.id,
        seq=tx.seq,
    )
