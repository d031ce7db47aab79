"""A simulation as a workbook: members, totals, the rows that were not taken, and what was tried."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from services.gifts.lists import reason_name
from services.i18n import tr
from services.money import yuan
from services.simulation.result import Entitlement, MemberResult, Simulation
from services.version import VERSION
from services.workbooks.writer import Book, Column, Value

MEMBERS = "会员"
TOTALS = "合计"
REJECTED = "未采用"
NOTES = "说明"

_MEMBER_COLUMNS = (
    Column("会员号", 14),
    Column("等级", 14),
    Column("达成日期", 12),
    Column("达成方式", 10),
    Column("累计消费", 14, "money"),
    Column("累计积分", 12, "int"),
    Column("可用积分", 12, "int"),
    Column("欠分", 9, "int"),
    Column("过期积分", 12, "int"),
    Column("应领礼品", 34),
    Column("权益剩余", 40),
)
_TOTAL_COLUMNS = (
    Column("项目", 18),
    Column("名称", 32),
    Column("数量", 16, "int"),
    Column("已用", 12, "int"),
)
_REJECTED_COLUMNS = (Column("行", 10, "int"), Column("原因", 70))
_NOTE_COLUMNS = (Column("项目", 18), Column("内容", 72))


def route_name(route: str) -> str:
    """How a tier was reached, as the clinic calls it."""
    return {
        "single": tr("单笔"),
        "cumulative": tr("累计"),
        "paid": tr("缴费"),
        "manual": tr("手动"),
    }[route]


def write_workbook(found: Simulation, path: Path) -> None:
    """Write the workbook, whole or not at all.

    Raises RuleError and EnvironmentFault as `workbooks.writer.Book.save`.
    """
    subject = tr("试算，截至 {day}").format(day=found.as_of)
    book = Book(clinic=found.programme, subject=subject)
    members = book.sheet(MEMBERS, _MEMBER_COLUMNS, title=tr("试算：每位会员"))
    _, last = members.rows(map(_member, found.members))
    members.filter_to(last)
    totals = book.sheet(TOTALS, _TOTAL_COLUMNS, title=tr("试算：合计"), landscape=False)
    totals.rows(total_rows(found))
    refused = book.sheet(
        REJECTED, _REJECTED_COLUMNS, title=tr("试算：没有采用的行"), landscape=False
    )
    refused.rows(found.rejected)
    notes = book.sheet(NOTES, _NOTE_COLUMNS, title=tr("试算：说明"), landscape=False)
    notes.rows(_notes(found))
    book.save(path)


def _member(found: MemberResult) -> tuple[Value, ...]:
    return (
        found.member,
        found.tier,
        found.reached_on,
        None if found.route is None else route_name(found.route),
        Decimal(found.spend_fen).scaleb(-2),
        found.points_earned,
        found.points_available,
        found.points_deficit,
        found.points_expired,
        gift_words(found),
        entitlement_words(found),
    )


def gift_words(found: MemberResult) -> str:
    """The gifts a member was not handed yet, in one line."""
    due = Counter((gift.name, gift.reason) for gift in found.gifts_due)
    text = tr("{name}×{n}（{reason}）")
    return "；".join(
        text.format(name=name, n=n, reason=reason_name(reason)) for (name, reason), n in due.items()
    )


def entitlement_words(found: MemberResult) -> str:
    """What a member may still draw, in one line."""
    return "；".join(map(_entitlement, found.entitlements))


def _entitlement(found: Entitlement) -> str:
    ending = tr("{name} 剩 {left}/{granted}，{start} 至 {end}")
    lasting = tr("{name} 剩 {left}/{granted}，{start} 起长期")
    return (ending if found.end else lasting).format(
        name=found.name,
        left=found.left,
        granted=found.granted,
        start=found.start,
        end=found.end,
    )


def total_rows(found: Simulation) -> Iterator[tuple[str, str, Value, int | None]]:
    """What all members come to: (about what, its name, how many or how much, drawn)."""
    totals = found.totals
    yield tr("会员"), tr("全部"), totals.members, None
    for name, count in found.tiers.items():
        yield tr("会员"), name or tr("没有等级"), count, None
    for label, fen in (
        (tr("应领未领"), totals.gifts_due_fen),
        (tr("全部应发"), totals.gifts_granted_fen),
    ):
        yield tr("礼品价值(元)"), label, yuan(fen), None
    yield tr("积分"), tr("全部可用积分"), totals.points_available, None
    yield tr("积分"), tr("可用积分折合(元)"), yuan(totals.liability_fen), None
    for service in totals.services:
        yield tr("权益"), service.name, service.granted, service.used


def _notes(found: Simulation) -> Iterator[tuple[Value, ...]]:
    yield tr("方案"), found.programme
    yield tr("方案版本"), version_name(found.version)
    yield tr("截止日"), found.as_of
    yield tr("事件文件指纹"), found.digest
    yield tr("软件版本"), VERSION
    for gap in found.missing:
        yield tr("待定，未计入"), gap.sentence
    for sentence in found.left_out:
        yield tr("未计入"), sentence


def version_name(version: int | str) -> str:
    """Where the programme comes from, in words."""
    if version == "preset":
        return tr("预设方案")
    if version == "draft":
        return tr("草稿")
    if version == "file":
        return tr("方案文件")
    return tr("第 {n} 版").format(n=version)
