"""What signing would do, in plain sentences, and as a workbook to think it over with."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from services.i18n import tr
from services.money import yuan
from services.programmes.definition import Benefit
from services.programmes.dry_run import DryRun, Move
from services.programmes.field_choices import choices_of
from services.version import VERSION
from services.workbooks.writer import Book, Column, Value

_MOVES = (
    Column("变化", 8),
    Column("会员号", 14),
    Column("姓名", 12),
    Column("现在", 16),
    Column("以后", 16),
    Column("说明", 44),
)
_TIERS = (Column("等级", 20), Column("现在", 12, "int"), Column("以后", 12, "int"))
_GIVEN = (
    Column("种类", 12),
    Column("名称", 34),
    Column("现在(份或次)", 14, "int"),
    Column("以后(份或次)", 14, "int"),
    Column("现在(元)", 14, "money"),
    Column("以后(元)", 14, "money"),
)
_NOTES = (Column("说明", 96),)


def in_words(found: DryRun) -> tuple[str, ...]:
    """The result in sentences: who moves, what the year costs more, what points are worth."""
    return tuple(_sentences(found))


def _sentences(found: DryRun) -> Iterator[str]:
    yield from _movers(found) if found.same else _members(found)
    if found.invited_after != found.invited_before:
        sentence = tr("还没入会、但够条件的人，从 {before} 人变成 {after} 人。")
        yield sentence.format(before=f"{found.invited_before:,}", after=f"{found.invited_after:,}")
    yield _cost(found)
    if any(row.after and not row.after_fen for row in found.given):
        yield tr("没写每份价值的项目只数了次数，没有算钱。")
    yield _liability(found)
    if found.alarms:
        sentence = tr("{n} 人的账目对不上，没有算在内。请到“管理 → 校验数据”查看。")
        yield sentence.format(n=found.alarms)


def _movers(found: DryRun) -> Iterator[str]:
    """Who rises, and who waits for the end of a period (E41)."""
    if not found.ups and not found.downs:
        yield tr("没有会员的等级会变。")
    if found.ups:
        sentence = tr("{n} 位会员从 {day} 起升级。")
        yield sentence.format(n=f"{len(found.ups):,}", day=found.valid_from)
    if found.downs:
        sentence = tr("{n} 位会员达不到新条件；已有的等级不会当天取消，各自到期再看。")
        yield sentence.format(n=f"{len(found.downs):,}")


def _members(found: DryRun) -> Iterator[str]:
    """How the members of one programme would fare in another (E42)."""
    total = sum(row.members for row in found.tiers_after)
    tiered = sum(row.members for row in found.tiers_after if row.rank)
    sentence = tr("现有会员 {n} 位，转到这个方案后 {tiered} 位有等级，{rest} 位没有。")
    yield sentence.format(n=f"{total:,}", tiered=f"{tiered:,}", rest=f"{total - tiered:,}")


def _cost(found: DryRun) -> str:
    extra = found.extra_fen
    if extra == 0:
        return tr("到 {until} 为止，礼品和服务的花费不变。").format(until=found.until)
    sentence = (
        tr("到 {until} 为止，礼品和服务要多花约 ¥{yuan}。")
        if extra > 0
        else tr("到 {until} 为止，礼品和服务能少花约 ¥{yuan}。")
    )
    return sentence.format(until=found.until, yuan=yuan(abs(extra)))


def _liability(found: DryRun) -> str:
    before, after = found.liability_before_fen, found.liability_after_fen
    if before == after:
        sentence = tr("会员手里的 {n} 分，折合 ¥{after}，不变。")
    else:
        sentence = tr("会员手里的 {n} 分，现在折合 ¥{before}，以后折合 ¥{after}。")
    return sentence.format(n=f"{found.points:,}", before=yuan(before), after=yuan(after))


def move_words(move: Move) -> str:
    """When a member moves, and why not at once (E41)."""
    if not move.waits:
        return tr("{day} 起").format(day=move.on)
    if move.on is None:
        return tr("达不到新条件，等级长期保留")
    return tr("达不到新条件，保留到期，{day} 起降级").format(day=move.on)


def kind_name(kind: str) -> str:
    """What a kind of benefit is called."""
    return choices_of(Benefit, "kind")[kind]


def write_workbook(found: DryRun, path: Path, *, clinic: str, programme: str) -> int:
    """Write the result, whole or not at all; answers the number of members it lists, names masked.

    Raises RuleError and EnvironmentFault as `workbooks.writer.Book.save`.
    """
    subject = tr("试行 {programme}，{day} 起").format(programme=programme, day=found.valid_from)
    book = Book(clinic=clinic, subject=subject)
    moves = book.sheet("升降", _MOVES, title=tr("谁升级、谁降级"))
    _, last = moves.rows(_moves(found))
    moves.filter_to(last)
    book.sheet("等级", _TIERS, title=tr("各等级人数"), landscape=False).rows(_tiers(found))
    book.sheet("礼品和服务", _GIVEN, title=tr("今年的礼品和服务")).rows(_given(found))
    notes = book.sheet("说明", _NOTES, title=tr("结论"), landscape=False)
    version = tr("软件版本 {version}").format(version=VERSION)
    notes.rows((sentence,) for sentence in (*in_words(found), version))
    book.save(path)
    return len(found.ups) + len(found.downs)


def _moves(found: DryRun) -> Iterator[tuple[Value, ...]]:
    none = tr("没有等级")
    for direction, moves in ((tr("升"), found.ups), (tr("降"), found.downs)):
        for each in moves:
            yield (
                direction,
                each.number,
                each.name,
                each.from_tier or none,
                each.to_tier or none,
                move_words(each),
            )


def tier_rows(found: DryRun) -> list[tuple[str, int, int]]:
    """(tier, members now, members then), the lowest first; '' is no tier."""
    before = {row.rank: row for row in found.tiers_before}
    after = {row.rank: row for row in found.tiers_after}
    rows = []
    for rank in sorted({*before, *after}):
        old, new = before.get(rank), after.get(rank)
        name = new.name if new is not None and new.name else old.name if old is not None else ""
        rows.append((name, old.members if old else 0, new.members if new else 0))
    return rows


def _tiers(found: DryRun) -> Iterator[tuple[Value, ...]]:
    for name, before, after in tier_rows(found):
        yield name or tr("没有等级"), before, after


def _given(found: DryRun) -> Iterator[tuple[Value, ...]]:
    for row in found.given:
        fen = (row.before_fen, row.after_fen)
        yield (
            kind_name(row.kind),
            row.name,
            row.before,
            row.after,
            *(Decimal(each).scaleb(-2) for each in fen),
        )
