"""Services: not billed yet, who bore them, the year's quotas left (R134, R142, R145)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from models.checks import stream
from models.database import ClinicDatabase
from models.gifts import EntitlementGrant
from models.people import Person
from services.clock import days_between
from services.i18n import tr
from services.people.privacy import mask_name
from services.reports.names import TierNames, Who, day
from services.reports.sheet import Ask, Column, Row, Sheet
from services.vouchers.billing import BillableUse, billed, unbilled
from services.vouchers.bills import bearer_title

_MOST = 100_000


def not_billed(db: ClinicDatabase, ask: Ask) -> tuple[Sheet, ...]:
    """未划价清单: services used in the days that still have no bill."""
    rows = unbilled(db, ask.first, ask.last, _MOST)
    return (
        Sheet(
            tr("未划价"),
            (
                *_use_columns(),
                Column(tr("参考金额(元)"), 13, "money", "sum"),
                Column(tr("已等天数"), 9, "int"),
                Column(tr("经办"), 10),
                Column(tr("划价单号"), 16, "note"),
            ),
            [
                (
                    *_use(row),
                    row.amount_fen,
                    days_between(row.occurred_on, ask.today),
                    row.staff,
                    None,
                )
                for row in rows
            ],
            signers=(tr("收费室"), tr("日期")),
        ),
    )


def doctor_cost(db: ClinicDatabase, ask: Ask) -> tuple[Sheet, ...]:
    """医生承担额: what was billed in the days by who bears it, and every bill a doctor bears."""
    rows = billed(db, ask.first, ask.last)
    sums: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for row in rows:
        found = sums[row.borne_by, row.doctor if row.borne_by == "doctor" else ""]
        found[0] += row.quantity
        found[1] += row.amount_fen
    mine = sorted(
        (row for row in rows if row.borne_by == "doctor"),
        key=lambda row: (row.doctor, row.occurred_on, row.use_id),
    )
    return (
        Sheet(
            tr("承担汇总"),
            (
                Column(tr("承担方"), 16),
                Column(tr("医生"), 16),
                Column(tr("次数"), 11, "int", "sum"),
                Column(tr("金额(元)"), 16, "money", "sum"),
            ),
            [
                (bearer_title(borne_by), doctor, *found)
                for (borne_by, doctor), found in sorted(sums.items())
            ],
            notes=(tr("按划价日期统计；更正过的划价以最后一次为准。"),),
            signers=(tr("收费室"), tr("院长"), tr("日期")),
        ),
        Sheet(
            tr("医生承担明细"),
            (
                *_use_columns(),
                Column(tr("金额(元)"), 13, "money", "sum"),
                Column(tr("划价单号"), 16),
                Column(tr("划价日期"), 12, "date"),
            ),
            [(*_use(row), row.amount_fen, row.bill_number, day(row.billed_on)) for row in mine],
        ),
    )


def _use_columns() -> tuple[Column, ...]:
    return (
        Column(tr("使用日期"), 12, "date"),
        Column(tr("会员号"), 12, total="count"),
        Column(tr("姓名(遮蔽)"), 11),
        Column(tr("受益人(遮蔽)"), 12),
        Column(tr("项目"), 22),
        Column(tr("数量"), 7, "int", "sum"),
        Column(tr("医生"), 10),
    )


def _use(row: BillableUse) -> Row:
    return (
        day(row.occurred_on),
        row.owner_number,
        mask_name(row.owner_name),
        mask_name(row.beneficiary_name),
        row.service,
        row.quantity,
        row.doctor,
    )


def quotas_left(db: ClinicDatabase, ask: Ask) -> tuple[Sheet, ...]:
    """年度额度未用: services whose period ends in the days and that were not all used (E48)."""
    query = (
        EntitlementGrant.select(
            EntitlementGrant.person_id,
            Person.number,
            Person.name,
            EntitlementGrant.programme_id,
            EntitlementGrant.rank,
            EntitlementGrant.name,
            EntitlementGrant.valid_from,
            EntitlementGrant.valid_to,
            EntitlementGrant.quantity,
            EntitlementGrant.used,
        )
        .join(Person, on=(Person.id == EntitlementGrant.person_id))
        .where(
            (EntitlementGrant.state == "open")
            & (EntitlementGrant.kind == "service")
            & (EntitlementGrant.valid_to >= ask.first)
            & (EntitlementGrant.valid_to <= ask.last)
            & (Person.state == "active")
        )
        .order_by(EntitlementGrant.valid_to, EntitlementGrant.person_id, EntitlementGrant.id)
    )

    def rows() -> Iterator[Row]:
        tiers, who = TierNames(db), Who(db)
        for row in stream(db, query):
            person_id, number, name, programme_id, rank, service, start, end, granted, used = row
            left = granted - used
            over = end < ask.today
            yield (
                *who(person_id, number, name),
                tiers.now(programme_id, rank),
                service,
                day(start),
                day(end),
                granted,
                used,
                left,
                0 if over else left,
                left if over else 0,
            )

    notes = (tr("次数不累积：过了止日仍未用的作废；止日还没到的可以提醒会员来用。"),)
    return (Sheet(tr("额度未用"), _quota_columns(), rows(), notes),)


def _quota_columns() -> tuple[Column, ...]:
    return (
        Column(tr("会员号"), 12),
        Column(tr("姓名(遮蔽)"), 11, total="count"),
        Column(tr("等级"), 13),
        Column(tr("项目"), 24),
        Column(tr("起"), 12, "date"),
        Column(tr("止"), 12, "date"),
        Column(tr("应有"), 8, "int", "sum"),
        Column(tr("已用"), 8, "int", "sum"),
        Column(tr("未用"), 8, "int", "sum", adds=(7, -8)),
        Column(tr("还可用"), 8, "int", "sum"),
        Column(tr("已作废"), 8, "int", "sum"),
    )
