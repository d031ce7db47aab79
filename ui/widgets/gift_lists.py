"""The lists of the handing-out page: who is due what, what a person may claim, what they had."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from PySide6.QtCore import QSettings

from services.followups.calls import outcome_title
from services.gifts.handout import DueGift, IssueRow, collected_name, issues_of, reason_name
from services.gifts.lists import ClaimedGift
from services.gifts.promises import OpenPromise, open_promises
from services.i18n import tr
from services.loyalty.grants import GrantRow, grant, grants_of
from services.loyalty.redemption_list import RedemptionListRow, redemptions_of
from services.loyalty.service_use import UseRow, uses_of
from services.money import yuan
from services.people.privacy import mask_name
from services.people.records import person
from services.programmes.registry import version
from services.vouchers.records import held
from ui.tables.model import Column
from ui.tables.view import Table


@dataclass(frozen=True)
class ClaimRow:
    """A grant with what the desk has to know about it. `order`: what can be done comes first."""

    grant: GrantRow
    status: str
    tone: str
    order: int
    basis: str = ""

    @property
    def id(self) -> int:
        """The grant's id."""
        return self.grant.id

    @property
    def usable(self) -> bool:
        """Whether something can be drawn from it today."""
        return self.order < 2

    @property
    def coupon(self) -> bool:
        """Whether it pays part of a receipt instead of being used by itself."""
        return self.grant.form == "coupon" and self.grant.value_fen > 0


@dataclass(frozen=True)
class PastRow:
    """A gift issue, a service use or spent points of the past; exactly one of them is there."""

    id: str
    day: str
    kind: str
    what: str
    whom: str
    how: str
    staff: str
    undone: str
    issue: IssueRow | None = None
    use: UseRow | None = None
    spent: RedemptionListRow | None = None


def claims(db: Any, today: str, person_id: int) -> list[ClaimRow]:
    """What a person may claim today, then what is used up or over."""
    given = {row.grant_id: row for row in issues_of(db, person_id) if row.returned_on is None}
    owed = {each.grant_id: each for each in open_promises(db, today)}
    rows = [
        replace(
            _owed(_claim(db, today, grant, given.get(grant.id)), owed.get(grant.id)),
            basis=_basis(db, grant),
        )
        for grant in grants_of(db, person_id)
    ]
    return sorted(rows, key=lambda row: (row.order, row.grant.due_on))


def _owed(row: ClaimRow, promise: OpenPromise | None) -> ClaimRow:
    """A gift that was promised says so first (E32)."""
    if promise is None:
        return row
    return replace(row, status=owed_words(promise), tone="success" if promise.servable else "muted")


def owed_words(promise: OpenPromise) -> str:
    """How it stands with a gift that is owed."""
    if promise.servable:
        return tr("欠领，已到货")
    if promise.ahead:
        return tr("欠领，前面 {n} 份").format(n=promise.ahead)
    return tr("欠领，等货")


def _basis(db: Any, grant: GrantRow) -> str:
    tier = version(db, grant.version_id).tier_name(grant.rank) if grant.rank else ""
    return tier or reason_name(grant.reason)


def _claim(db: Any, today: str, grant: GrantRow, issue: IssueRow | None) -> ClaimRow:
    if grant.state == "closed":
        return ClaimRow(grant, tr("已作废"), "muted", 3)
    if issue is not None and grant.left <= 0:
        text = tr("已领取 {day} · {staff}").format(day=issue.occurred_on, staff=issue.staff)
        return ClaimRow(grant, text, "muted", 2)
    if grant.left <= 0:
        return ClaimRow(grant, tr("已用完"), "muted", 2)
    if today < grant.valid_from:
        return ClaimRow(grant, tr("{day} 起可用").format(day=grant.valid_from), "muted", 2)
    if not grant.valid_on(today):
        return ClaimRow(grant, tr("已过期，{n} 次作废").format(n=grant.left), "muted", 3)
    if grant.form == "coupon" and grant.value_fen:
        text = tr("券，收费时抵 ¥{yuan}").format(yuan=yuan(grant.value_fen))
        return ClaimRow(grant, text, "accent", 1)
    if grant.kind == "service":
        on_cards = len(held(db, grant, today))
        words = tr("可使用，{n} 次在卡上").format(n=on_cards) if on_cards else tr("可使用")
        return ClaimRow(grant, words, "accent", 1)
    return _due_claim(db, today, grant)


def _due_claim(db: Any, today: str, grant: GrantRow) -> ClaimRow:
    from services.clock import days_between

    days = days_between(grant.due_on, today)
    late = days - version(db, grant.version_id).overdue_days
    if late > 0:
        return ClaimRow(grant, tr("⚠ 待领取，已逾期 {n} 天").format(n=late), "warning", 0)
    words = tr("待领取，达标 {n} 天").format(n=days) if days else tr("待领取，今天达标")
    return ClaimRow(grant, words, "accent", 0)


def past(db: Any, person_id: int) -> list[PastRow]:
    """Gifts handed out, services used and points spent, newest first."""
    rows = [_past_issue(db, row) for row in issues_of(db, person_id)]
    rows += [_past_use(db, row, person_id) for row in uses_of(db, person_id)]
    rows += [_past_redemption(row) for row in redemptions_of(db, person_id)]
    return sorted(rows, key=lambda row: row.day, reverse=True)


def _past_issue(db: Any, row: IssueRow) -> PastRow:
    return PastRow(
        f"issue{row.id}",
        row.occurred_on,
        tr("礼品"),
        row.gift_name if row.quantity == 1 else f"{row.gift_name} × {row.quantity}",
        _whom(db, row.beneficiary_id, None),
        " · ".join(
            part
            for part in (
                reason_name(row.reason),
                row.parts,
                collected_name(row.collected),
                row.note,
            )
            if part
        ),
        row.staff,
        tr("已退回 {day}").format(day=row.returned_on) if row.returned_on else "",
        issue=row,
    )


def _past_use(db: Any, row: UseRow, person_id: int) -> PastRow:
    parts = [tr("单号 {bill}").format(bill=row.bill_number) if row.bill_number else ""]
    parts.append(tr("免挂号费") if row.registration_waived else "")
    coupon = bool(row.bill_number) and grant(db, row.grant_id).form == "coupon"
    return PastRow(
        f"use{row.id}",
        row.occurred_on,
        tr("券") if coupon else tr("服务"),
        row.name,
        _whom(db, row.beneficiary_id, person_id),
        " · ".join(part for part in parts if part),
        row.staff,
        tr("已撤销") if row.voided else "",
        use=row,
    )


def _past_redemption(row: RedemptionListRow) -> PastRow:
    facts = tr("积分 {points}").format(points=f"{-row.points:+,}")
    whole = row.returned == row.points
    if row.returned and not whole:
        facts += " · " + tr("已退 {n} 分").format(n=f"{row.returned:,}")
    return PastRow(
        f"spent{row.id}",
        row.occurred_on,
        tr("兑换"),
        row.name if row.quantity == 1 else f"{row.name} × {row.quantity}",
        tr("本人"),
        facts,
        row.staff,
        tr("已退回") if whole else "",
        spent=row,
    )


def _whom(db: Any, beneficiary_id: int | None, person_id: int | None) -> str:
    if beneficiary_id in (None, person_id):
        return tr("本人")
    assert beneficiary_id is not None
    found = person(db, beneficiary_id)
    return f"{mask_name(found.name)} {found.number}"


# -- tables --------------------------------------------------------------------------------


def due_table(settings: QSettings) -> Table:
    """Everybody's gifts that wait, the longest first."""
    columns = [
        Column(tr("会员号"), lambda r: r.number, width=112),
        Column(tr("姓名"), lambda r: mask_name(r.name), width=96),
        Column(tr("等级"), lambda r: r.tier_name, width=128),
        Column(tr("礼品"), lambda r: r.gift_name, width=248),
        Column(tr("原因"), lambda r: reason_name(r.reason), width=72),
        Column(tr("应领日期"), lambda r: r.due_on, width=112),
        Column(tr("已等"), _days, sort=lambda r: r.days, align="right", width=80),
        Column(tr("状态"), _lateness, sort=lambda r: r.overdue_days, width=160, tone=_late_tone),
        Column(tr("最近回访"), _followup, width=200),
    ]
    return Table(
        "gift_due",
        columns,
        settings,
        title=tr("待领礼品"),
        empty_text=tr(
            "没有待领的礼品。\n会员达到等级后，应领的礼品会自动出现在这里；"
            "在一行上按 Enter 就打开这位会员并发放。"
        ),
        key=lambda r: r.grant_id,
    )


def _days(row: DueGift) -> str:
    return tr("{n} 天").format(n=row.days)


def _lateness(row: DueGift) -> str:
    if row.promised is not None:
        return owed_words(row.promised)
    if row.overdue_days:
        return tr("⚠ 逾期 {n} 天").format(n=row.overdue_days)
    return tr("待领取")


def _late_tone(row: DueGift) -> str:
    if row.promised is not None:
        return "success" if row.promised.servable else "muted"
    return "warning" if row.overdue_days else ""


def _followup(row: DueGift) -> str:
    if row.last_followup is None:
        return tr("还没有回访")
    outcome = outcome_title(row.last_outcome) if row.last_outcome else ""
    return f"{row.last_followup} {outcome}".strip()


def claimed_table(settings: QSettings) -> Table:
    """Everybody's gifts that were handed out, the newest first."""
    columns = [
        Column(tr("领取日期"), lambda r: r.occurred_on, width=112, tone=_back),
        Column(tr("会员号"), lambda r: r.number, width=112, tone=_back),
        Column(tr("姓名"), lambda r: mask_name(r.name), width=96, tone=_back),
        Column(tr("礼品"), lambda r: r.gift_name, width=264, tone=_back),
        Column(tr("原因"), lambda r: reason_name(r.reason), width=72, tone=_back),
        Column(tr("领取方式"), lambda r: collected_name(r.collected), width=88, tone=_back),
        Column(tr("经手"), lambda r: r.staff, width=96, tone=_back),
        Column(tr("退回"), lambda r: r.returned_on or "", width=112, tone=_back),
    ]
    return Table(
        "gift_claimed",
        columns,
        settings,
        title=tr("已领礼品"),
        empty_text=tr(
            "还没有发放过这样的礼品。\n发放以后会出现在这里；在一行上按 Enter 打开这位会员。"
        ),
        key=lambda r: r.issue_id,
    )


def _back(row: ClaimedGift) -> str:
    return "muted" if row.returned_on else ""


def claims_table(settings: QSettings) -> Table:
    """What the open person may claim or use."""
    columns = [
        Column(tr("礼品或服务"), lambda r: r.grant.name, width=224, tone=_quiet),
        Column(
            tr("剩余"),
            lambda r: f"{max(r.grant.left, 0)}/{r.grant.quantity}",
            sort=lambda r: r.grant.left,
            align="right",
            width=56,
            tone=_quiet,
        ),
        Column(tr("状态"), lambda r: r.status, width=224, tone=lambda r: r.tone),
        Column(
            tr("有效期"), _validity, sort=lambda r: r.grant.valid_to or "9", width=208, tone=_quiet
        ),
        Column(tr("价值"), _value, sort=lambda r: r.grant.value_fen, align="right", width=72),
        Column(tr("依据"), lambda r: r.basis, width=96, tone=_quiet),
    ]
    return Table(
        "gift_claims",
        columns,
        settings,
        title=tr("可领取的礼品和可使用的服务"),
        empty_text=tr(
            "这位顾客还没有礼品或服务。\n消费达到等级并办理入会后，应领的礼品和服务会自动出现在这里。"
        ),
    )


def _quiet(row: ClaimRow) -> str:
    return "" if row.usable else "muted"


def _validity(row: ClaimRow) -> str:
    if row.grant.valid_to is None:
        return tr("长期")
    return tr("{start} 至 {end}").format(start=row.grant.valid_from, end=row.grant.valid_to)


def _value(row: ClaimRow) -> str:
    return yuan(row.grant.value_fen) if row.grant.value_fen else ""


def past_table(settings: QSettings) -> Table:
    """What the open person was given and used."""
    columns = [
        Column(tr("日期"), lambda r: r.day, width=104, tone=_gone),
        Column(tr("类别"), lambda r: r.kind, width=56, tone=_gone),
        Column(tr("项目"), lambda r: r.what, width=216, tone=_gone),
        Column(tr("受益人"), lambda r: r.whom, width=136, tone=_gone),
        Column(tr("说明"), lambda r: r.how, width=168, tone=_gone),
        Column(tr("经手"), lambda r: r.staff, width=80, tone=_gone),
        Column(tr("退回或撤销"), lambda r: r.undone, width=120, tone=_gone),
    ]
    return Table(
        "gift_past",
        columns,
        settings,
        title=tr("已领取、已使用和已兑换"),
        empty_text=tr("还没有领取、使用或兑换记录。登记后可在这里按 Enter 退回或撤销。"),
    )


def _gone(row: PastRow) -> str:
    return "muted" if row.undone else ""
