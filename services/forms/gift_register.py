"""礼品领取登记表(临时): what was handed out on some days with lines to sign on, empty for a day
without the PC, and the slip of one hand-out (R131, R152)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from peewee import JOIN

from models.database import ClinicDatabase
from models.gifts import EntitlementGrant, Gift, GiftIssue
from models.people import Person
from models.schemes import Redemption
from models.system import Staff
from services.clock import plus_days
from services.errors import RuleError
from services.forms.days import first_of_day
from services.forms.letterhead import clinic_title
from services.forms.paper import Grid, Pairs, Paper, Signatures, Size, Text
from services.gifts.lists import collected_name, reason_name
from services.i18n import tr
from services.loyalty.points import points_ledger
from services.loyalty.standing import standing_of
from services.people.aliases import root_of
from services.people.privacy import mask_name
from services.programmes.registry import main_timeline, version

NAME = "礼品领取登记表"
BLANK_ROWS = 14
MOST = 500  # lines on one register
_POINTS_KEY = "redeem."


@dataclass(frozen=True)
class Issue:
    """A line of the register; who is masked, because the paper stays at the desk."""

    id: int
    person_id: int
    occurred_on: str
    number: str
    name: str
    tier: str
    basis: str
    gift: str
    quantity: int
    unit: str
    points: int
    beneficiary: str
    collected: str
    staff: str
    grant_key: str
    programme_id: int | None
    seq: int


def gift_register(db: ClinicDatabase, today: str, first: str, last: str) -> Paper:
    """What was handed out or came back from `first` to `last`, for the signatures.

    Raises RuleError for days the wrong way round, or for more than fits on one register.
    """
    if first > last:
        raise RuleError(tr("开始日期在结束日期之后，请对调。"))
    found = _issues(db, today, _between(db, first, last))
    if len(found) > MOST:
        sentence = tr("这段时间有 {n} 笔以上，请分几段打印。").format(n=MOST)
        raise RuleError(sentence)
    days = first if first == last else tr("{first} 至 {last}").format(first=first, last=last)
    return _register(db, days, tuple(_line(issue) for issue in found), blank=0 if found else 8)


def blank_gift_register(db: ClinicDatabase) -> Paper:
    """The register to be filled in by hand."""
    return _register(db, tr("日期：________"), (), blank=BLANK_ROWS)


def gift_slip(db: ClinicDatabase, today: str, issue_id: int, size: Size = Size.SLIP_80) -> Paper:
    """The slip of one hand-out, all parts of a pack on it, with the line to sign on.

    Raises RuleError when there is no such hand-out.
    """
    seq = db.scalar(GiftIssue.select(GiftIssue.seq).where(GiftIssue.id == issue_id))
    found = [] if seq is None else _issues(db, today, GiftIssue.seq == seq)
    mine = [issue for issue in found if issue.person_id == _person_of(found, issue_id)]
    if not mine:
        raise RuleError(tr("没有找到这笔领取，请刷新后重试。"))
    issue = next(each for each in mine if each.id == issue_id)
    gifts = tr("、").join(
        tr("{gift} × {n} {unit}").format(gift=i.gift, n=i.quantity, unit=i.unit) for i in mine
    )
    return Paper(
        title=tr("礼品领取单"),
        name=tr("礼品领取单_{number}").format(number=issue_id),
        clinic=clinic_title(db),
        size=size,
        number=str(issue_id),
        blocks=(
            Pairs(
                (
                    (tr("日期"), issue.occurred_on),
                    (tr("会员号"), issue.number),
                    (tr("姓名"), issue.name),
                    (tr("等级"), issue.tier or tr("无")),
                    (tr("依据"), issue.basis),
                    (tr("礼品"), gifts),
                    *_points(db, mine),
                    *(((tr("受益人"), issue.beneficiary),) if issue.beneficiary else ()),
                    (tr("领取方式"), issue.collected),
                    (tr("经手"), issue.staff),
                )
            ),
            Signatures((tr("领取人签字"),)),
            Text((tr("请当面点清。"),), small=True),
        ),
    )


def _person_of(found: list[Issue], issue_id: int) -> int | None:
    return next((issue.person_id for issue in found if issue.id == issue_id), None)


def _points(db: ClinicDatabase, mine: list[Issue]) -> tuple[tuple[str, str], ...]:
    """What points it cost, and how many there were before and after."""
    issue = mine[0]
    if not issue.points:
        return ()
    redemption_id = issue.grant_key.removeprefix(_POINTS_KEY)
    entry_id = db.scalar(
        Redemption.select(Redemption.entry_id).where(Redemption.id == redemption_id)
    )
    ledger = points_ledger(db, root_of(db, issue.person_id), issue.programme_id)
    change = tr("{before} → {after}")
    changes = tuple(
        (
            tr("积分变动"),
            change.format(before=f"{row.balance - row.points:,}", after=f"{row.balance:,}"),
        )
        for row in ledger
        if row.id == entry_id
    )
    return ((tr("扣分"), f"{sum(each.points for each in mine):,}"), *changes)


def _register(
    db: ClinicDatabase, days: str, lines: tuple[tuple[str, ...], ...], blank: int
) -> Paper:
    return Paper(
        title=tr("礼品领取登记表(临时)"),
        name=NAME,
        clinic=clinic_title(db),
        subject=days,
        size=Size.A4_LANDSCAPE,
        blocks=(
            Grid(
                (
                    tr("日期"),
                    tr("会员号"),
                    tr("姓名"),
                    tr("等级"),
                    tr("依据"),
                    tr("礼品"),
                    tr("数量"),
                    tr("扣分"),
                    tr("受益人(转赠)"),
                    tr("领取方式"),
                    tr("领取人签字"),
                    tr("经手"),
                ),
                lines,
                widths=(10, 10, 7, 9, 8, 20, 6, 7, 9, 7, 12, 7),
                figures=(6, 7),
                blank=blank,
            ),
            Signatures((tr("收费室核对"), tr("市场部核对"))),
        ),
    )


def _line(issue: Issue) -> tuple[str, ...]:
    basis = issue.basis if issue.quantity > 0 else tr("{b}(退回)").format(b=issue.basis)
    return (
        issue.occurred_on,
        issue.number,
        issue.name,
        issue.tier,
        basis,
        issue.gift,
        f"{issue.quantity} {issue.unit}",
        f"{issue.points:,}" if issue.points else "",
        issue.beneficiary,
        issue.collected,
        "",
        issue.staff,
    )


def _between(db: ClinicDatabase, first: str, last: str) -> Any:
    begin = first_of_day(db, GiftIssue, first)
    end = first_of_day(db, GiftIssue, plus_days(last, 1))
    return (GiftIssue.id >= begin) & (GiftIssue.id < end)


def _issues(db: ClinicDatabase, today: str, wanted: Any) -> list[Issue]:
    receiver, pack = Person.alias(), Gift.alias()
    query = (
        GiftIssue.select(
            GiftIssue.id,
            GiftIssue.person_id,
            GiftIssue.occurred_on,
            Person.number,
            Person.name,
            EntitlementGrant.version_id,
            EntitlementGrant.rank,
            EntitlementGrant.grant_key,
            EntitlementGrant.programme_id,
            GiftIssue.reason,
            pack.name,
            Gift.name,
            GiftIssue.quantity,
            Gift.unit,
            GiftIssue.points,
            receiver.name,
            GiftIssue.collected,
            Staff.name,
            GiftIssue.seq,
        )
        .join(Person, on=(Person.id == GiftIssue.person_id))
        .switch(GiftIssue)
        .join(Gift, on=(Gift.id == GiftIssue.gift_id))
        .switch(GiftIssue)
        .join(Staff, on=(Staff.id == GiftIssue.staff_id))
        .switch(GiftIssue)
        .join(EntitlementGrant, JOIN.LEFT_OUTER, on=(EntitlementGrant.id == GiftIssue.grant_id))
        .switch(GiftIssue)
        .join(receiver, JOIN.LEFT_OUTER, on=(receiver.id == GiftIssue.beneficiary_id))
        .switch(GiftIssue)
        .join(pack, JOIN.LEFT_OUTER, on=(pack.id == GiftIssue.pack_id))
        .where(wanted)
        .order_by(GiftIssue.id)
        .limit(MOST + 1)
    )
    return [_issue(db, today, row) for row in db.rows(query)]


def _issue(db: ClinicDatabase, today: str, row: tuple[Any, ...]) -> Issue:
    issue_id, person_id, on, number, name, version_id, rank, key, programme_id = row[:9]
    reason, pack, gift, quantity, unit, points, receiver, collected, staff, seq = row[9:]
    return Issue(
        id=issue_id,
        person_id=person_id,
        occurred_on=on,
        number=number,
        name=mask_name(name),
        tier=_tier(db, today, person_id, version_id, rank),
        basis=reason_name(reason),
        gift=gift if pack is None else tr("{pack}：{gift}").format(pack=pack, gift=gift),
        quantity=quantity,
        unit=unit,
        points=points,
        beneficiary=mask_name(receiver or ""),
        collected=collected_name(collected),
        staff=staff,
        grant_key=key or "",
        programme_id=programme_id,
        seq=seq,
    )


def _tier(
    db: ClinicDatabase, today: str, person_id: int, version_id: int | None, rank: int | None
) -> str:
    """The tier the gift came with; where it came with none, the one held now."""
    if version_id is not None and rank:
        return version(db, version_id).tier_name(rank)
    timeline = main_timeline(db)
    standing = standing_of(db, person_id, timeline.programme_id)
    held = standing.rank if standing.member else 0
    return timeline.at(today).programme.tier_name(held)
