"""What a posted receipt did, in words for the banner and lines for the panel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from services.i18n import tr
from services.loyalty.grants import grant
from services.loyalty.money_events import ReceiptPosted, receipt_header
from services.loyalty.preview import Consequence
from services.money import yuan
from services.programmes.registry import main_timeline


@dataclass(frozen=True)
class Outcome:
    """`gifts_due` and `may_join` say which next step to offer."""

    sentence: str
    lines: tuple[Consequence, ...]
    gifts_due: bool
    may_join: bool


def outcome_of(db: Any, today: str, posted: ReceiptPosted) -> Outcome:
    """Read what became of a receipt that was just posted."""
    header = receipt_header(db, posted.receipt_id)
    programme = main_timeline(db).at(today).programme
    tier = programme.tier_name(posted.rank_after)
    lines = [
        Consequence(
            "points",
            tr("积分 {points}").format(points=f"{posted.points:+,}"),
            tr("单据 {number} · 实收 ¥{yuan}").format(
                number=header.number, yuan=yuan(header.net_fen)
            ),
        )
    ]
    if posted.deficit:
        text = tr("现欠 {n} 分").format(n=posted.deficit)
        lines.append(Consequence("deficit", text, tr("以后得到的积分先还清欠分")))
    rose = posted.rank_after > posted.rank_before
    may_join = posted.rank_after > 0 and not posted.member
    if rose and posted.member:
        text = tr("已升为 {tier}").format(tier=tier)
        lines.append(Consequence("tier_up", text, tr("前台和收费处各告知一次，在“入会”页勾销")))
    elif may_join:
        text = tr("已达 {tier} 条件，请邀请入会").format(tier=tier)
        lines.append(Consequence("invite", text, tr("入会后待遇生效")))
    grants = [grant(db, grant_id) for grant_id in posted.new_grant_ids]
    for row in grants:
        if row.kind == "gift":
            text = tr("应领 {name}").format(name=row.name)
            lines.append(Consequence("gift", text, tr("到“礼品”页发放")))
        else:
            text = tr("{name} {n} 次").format(name=row.name, n=row.left)
            lines.append(Consequence("service", text, tr("到“礼品”页使用")))
    gifts_due = posted.member and any(row.kind == "gift" for row in grants)
    return Outcome(_sentence(header.net_fen, posted, lines), tuple(lines), gifts_due, may_join)


def _sentence(net_fen: int, posted: ReceiptPosted, lines: list[Consequence]) -> str:
    parts = [
        tr("已登记 ¥{yuan}，积分 {points}").format(
            yuan=yuan(net_fen), points=f"{posted.points:+,}"
        ),
        *(line.text for line in lines[1:] if line.kind in ("tier_up", "invite", "gift", "deficit")),
    ]
    return tr("，").join(parts) + tr("。登错了按 Ctrl+Z(30 秒内)。")
