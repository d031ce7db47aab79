"""退会: who left, what was given back and by which reckoning (R108, E59)."""

from __future__ import annotations

from peewee import JOIN, fn

from models.database import ClinicDatabase
from models.people import Membership, Person
from models.programmes import Programme
from models.schemes import FeePayment, RefundCase
from models.system import Staff
from services.i18n import tr
from services.memberships.worksheet import method_title
from services.reports.names import Who, day, day_or_none
from services.reports.sheet import Ask, Column, Row, Sheet


def leavings(db: ClinicDatabase, ask: Ask) -> tuple[Sheet, ...]:
    """Memberships that ended in the days, with their fees and refunds."""
    return (
        Sheet(
            tr("退会"),
            (
                Column(tr("会员号"), 12),
                Column(tr("姓名(遮蔽)"), 11, total="count"),
                Column(tr("方案"), 16),
                Column(tr("入会日期"), 12, "date"),
                Column(tr("退会日期"), 12, "date"),
                Column(tr("方式"), 9),
                Column(tr("原因"), 26),
                Column(tr("已收会费(元)"), 12, "money", "sum"),
                Column(tr("退费(元)"), 12, "money", "sum"),
                Column(tr("算法"), 12),
                Column(tr("经办"), 10),
                Column(tr("签字"), 10),
            ),
            _rows(db, ask),
            notes=(tr("已收会费不含作废；退费以签字的退费单为准。"),),
            signers=(tr("经办"), tr("院长"), tr("日期")),
        ),
    )


def _rows(db: ClinicDatabase, ask: Ask) -> list[Row]:
    preparer, signer = Staff.alias(), Staff.alias()
    fees = FeePayment.select(fn.COALESCE(fn.SUM(FeePayment.amount_fen), 0)).where(
        (FeePayment.membership_id == Membership.id) & (FeePayment.kind != "refund")
    )
    query = (
        Membership.select(
            Membership.person_id,
            Person.number,
            Person.name,
            Programme.name,
            Membership.joined_on,
            Membership.ended_on,
            Membership.state,
            Membership.end_reason,
            fees,
            RefundCase.amount_fen,
            RefundCase.method,
            preparer.name,
            signer.name,
        )
        .join(Person, on=(Person.id == Membership.person_id))
        .switch(Membership)
        .join(Programme, on=(Programme.id == Membership.programme_id))
        .switch(Membership)
        .join(
            RefundCase,
            JOIN.LEFT_OUTER,
            on=((RefundCase.membership_id == Membership.id) & (RefundCase.state == "signed")),
        )
        .join(preparer, JOIN.LEFT_OUTER, on=(preparer.id == RefundCase.prepared_by))
        .switch(RefundCase)
        .join(signer, JOIN.LEFT_OUTER, on=(signer.id == RefundCase.signed_by))
        .where((Membership.ended_on >= ask.first) & (Membership.ended_on <= ask.last))
        .order_by(Membership.ended_on, Membership.id)
    )
    who = Who(db)
    ways = {"left": tr("退会"), "cancelled": tr("取消资格")}
    return [
        (
            *who(person_id, number, name),
            programme,
            day(joined_on),
            day_or_none(ended_on),
            ways.get(state, state),
            reason,
            paid,
            amount or 0,
            method_title(method) if method else "",
            prepared or "",
            signed or "",
        )
        for (
            person_id, number, name, programme, joined_on, ended_on, state, reason,
            paid, amount, method, prepared, signed,
        ) in db.rows(query)
    ]  # fmt: skip
