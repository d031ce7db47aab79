"""What a purchase would do, before it is posted: the same fold with one more event.

Nothing here writes. Every line carries its why (screens.md: 为什么).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from models.database import ClinicDatabase
from models.gifts import Gift, StockLevel
from models.query import Prepared, slot
from services.i18n import tr
from services.loyalty.history import history, profile_of
from services.loyalty.own_timeline import own_timeline
from services.loyalty.standing import joined_on
from services.money import yuan
from services.programmes.definition import Programme, Reach
from services.programmes.evaluate import evaluate
from services.programmes.events import Evaluation, Event, GrantState
from services.programmes.plan import number, plan_of, rate_of
from services.programmes.registry import Timeline, main_timeline, timelines

_STOCK = Prepared(
    lambda: (
        Gift.select(Gift.name, StockLevel.quantity)
        .join(StockLevel, on=(StockLevel.gift_id == Gift.id))
        .where((Gift.active == 1) & (Gift.band_fen == slot("band")) & (StockLevel.place == "desk"))
        .order_by(StockLevel.quantity.desc())
    )
)


@dataclass(frozen=True)
class Consequence:
    """One thing a posting would do: `kind` names it for colours and icons, `why` explains it."""

    kind: str
    text: str
    why: str


@dataclass(frozen=True)
class Preview:
    """All consequences of a purchase (or, with a negative amount, of a refund)."""

    points: int
    rank_before: int
    rank_after: int
    consequences: tuple[Consequence, ...]


def preview_receipt(
    db: ClinicDatabase,
    today: str,
    *,
    person_id: int,
    amount_fen: int,
    occurred_on: str | None = None,
    case_id: int | None = None,
    lines: tuple[tuple[str, int], ...] = (),
    payment: str = "",
) -> Preview:
    """What receiving `amount_fen` from this person would do (R157–R161); `lines` are the bill's
    (item class, fen) where the earning rate depends on them."""
    on, case = occurred_on or today, case_id or 0
    event = Event("money", on, -1, case, amount_fen, recorded=today, lines=lines, payment=payment)
    return _preview(db, today, person_id, event)


def _earning(programme: Programme, event: Event, rank: int) -> str:
    """How points are reckoned for a payment, with the rate of the tier held before it, the items
    and the kind of payment (E1, E39)."""
    points = programme.points
    text = tr("实收 ¥{yuan}，每元 {rate} 分，不足一元不计")
    if points.yuan_step != 1:
        text = tr("实收 ¥{yuan}，每 {step} 元 {rate} 分，不足的不计")
    text = text.format(
        yuan=yuan(event.amount_fen), step=points.yuan_step, rate=number(points.per_yuan) or 0
    )
    plan = plan_of(programme)
    above, below = rate_of(plan, event.on, rank, event.lines, event.payment)
    if above == below:
        return text
    words = tr("{text}；按等级、项目和付款方式，是平常的 {n}%")
    return words.format(text=text, n=above * 100 // below)


def preview_refund(
    db: ClinicDatabase,
    today: str,
    *,
    person_id: int,
    receipt_id: int,
    net_fen: int,
    amount_fen: int,
) -> Preview:
    """What giving back `amount_fen` of a receipt that stands at `net_fen` would do (E15, E37)."""
    past = history(db, person_id, main_timeline(db))
    paid = next((e for e in past if (e.kind, e.ref) == ("money", receipt_id)), None)
    why = tr("单据剩余实收 ¥{yuan}，按剩余重新计分").format(yuan=yuan(net_fen - amount_fen))
    if paid is None:  # it never earned: giving it back takes nothing
        event = Event("money", today, ref=receipt_id)
    else:
        event = paid._replace(on=today, recorded="", amount_fen=-amount_fen)
    return _preview(db, today, person_id, event, why)


def preview_tier(
    db: ClinicDatabase, today: str, *, person_id: int, timeline: Timeline, rank: int
) -> tuple[Consequence, ...]:
    """What buying a tier with points would bring, the points themselves left out (R102)."""
    event = Event("purchase", today, -1, rank=rank)
    lines = _outcome(db, today, person_id, timeline, event).lines(db)
    why = tr("用积分换取")
    return tuple(replace(line, why=why) if line.kind == "tier_up" else line for line in lines)


def _preview(
    db: ClinicDatabase, today: str, person_id: int, event: Event, why: str = ""
) -> Preview:
    """The main programme in full; another one where it would change something. `why` explains
    the points where they are not earned."""
    main, *others = [_outcome(db, today, person_id, each, event) for each in timelines(db)]
    text = tr("积分 {points}").format(points=f"{main.points:+,}")
    points = Consequence("points", text, why or main.earning)
    if main.programme.points.mode == "none":
        points = Consequence("points", tr("不积分"), tr("本方案没有积分"))
    lines = [points, *main.lines(db), *_road_lines(main.programme, main.after)]
    for other in others:
        lines += other.lines_apart(db)
    return Preview(main.points, main.before.rank, main.after.rank, tuple(lines))


@dataclass(frozen=True)
class _Outcome:
    """What one programme makes of the event."""

    programme: Programme
    before: Evaluation
    after: Evaluation
    points: int
    member: bool
    earning: str

    def lines(self, db: ClinicDatabase) -> list[Consequence]:
        found = _tier_lines(self.programme, self.before, self.after, self.member)
        if self.member or self.after.rank > 0:
            found += _grant_lines(db, self.before, self.after, self.member)
        return found

    def lines_apart(self, db: ClinicDatabase) -> list[Consequence]:
        """The lines with the programme's name in front."""
        found = self.lines(db)
        if self.points and self.member:
            text = tr("积分 {points}").format(points=f"{self.points:+,}")
            found.insert(0, Consequence("points", text, self.earning))
        words = tr("{programme}：{text}")
        return [
            replace(line, text=words.format(programme=self.programme.name, text=line.text))
            for line in found
        ]


def _outcome(
    db: ClinicDatabase, today: str, person_id: int, timeline: Timeline, event: Event
) -> _Outcome:
    joined = joined_on(db, person_id, timeline.programme_id)
    timeline = own_timeline(db, person_id, timeline)
    past = history(db, person_id, timeline)
    person = profile_of(db, person_id, (version.programme for version in timeline.versions))
    before = evaluate(timeline, past, today, person)
    after = evaluate(timeline, [*past, event], today, person)
    gave = before.receipt_points.get(event.ref, 0)
    earning = ""
    if event.kind == "money" and event.amount_fen >= 0:
        earning = _earning(timeline.at(event.on).programme, event, before.rank)
    return _Outcome(
        timeline.at(today).programme,
        before,
        after,
        after.receipt_points.get(event.ref, 0) - gave,
        joined is not None,
        earning or tr("另一方案的积分"),
    )


def _tier_lines(
    programme: Programme, before: Evaluation, after: Evaluation, member: bool
) -> list[Consequence]:
    if after.rank > before.rank:
        why = route_text(after)
        if member:
            text = tr("升为 {tier}").format(tier=programme.tier_name(after.rank))
            return [Consequence("tier_up", text, why)]
        text = tr("达到 {tier}，可邀请入会").format(tier=programme.tier_name(after.rank))
        return [Consequence("invite", text, why)]
    if after.rank < before.rank:
        text = tr("降为 {tier}").format(tier=programme.tier_name(after.rank) or tr("未达等级"))
        return [Consequence("tier_down", text, tr("剩余消费不再满足原等级，且该级权益未用过"))]
    if after.unsupported and not before.unsupported:
        text = tr("{tier} 失去消费支持，请会员管理员或院长处理").format(
            tier=programme.tier_name(after.rank)
        )
        return [Consequence("tier_kept", text, tr("该级权益已用过，先保留等级"))]
    return []


def route_text(found: Evaluation) -> str:
    """How the tier was reached, with the figures (R120, E33)."""
    if found.route == "single":
        return tr("单笔 ¥{yuan}").format(yuan=yuan(found.max_single_fen))
    return tr("累计消费 ¥{yuan}").format(yuan=yuan(found.spend_fen))


def _grant_lines(
    db: ClinicDatabase, before: Evaluation, after: Evaluation, member: bool
) -> list[Consequence]:
    known = {state.key: state for state in before.grants}
    lines = []
    for state in after.grants:
        was = known.get(state.key)
        if state.left > (was.left if was else 0):
            lines.append(_new_grant(db, state, member))
        elif was is not None and was.left > 0 and state.closed and not was.closed:
            text = tr("{name} 剩 {n} 次作废").format(name=was.benefit.name, n=was.left)
            lines.append(Consequence("grant_closed", text, tr("随等级变化由新权益替代或收回")))
    return lines


def _new_grant(db: ClinicDatabase, state: GrantState, member: bool) -> Consequence:
    when = "" if member else tr("入会后")
    if state.benefit.kind == "gift":
        text = tr("{when}应领 {name}").format(when=when, name=state.benefit.name)
        return Consequence(
            "gift", text, _stock_text(db, (number(state.benefit.value_yuan) or 0) * 100)
        )
    per = _PER[state.benefit.per]()
    text = tr("{when}{name} {per} {n} 次").format(
        when=when, name=state.benefit.name, per=per, n=state.left
    )
    return Consequence("service", text, tr("新等级的权益，已减去今年用过的同类次数"))


_PER = {
    "once": lambda: tr("一次性"),
    "year": lambda: tr("今年"),
    "half": lambda: tr("本半年"),
    "quarter": lambda: tr("本季度"),
    "month": lambda: tr("本月"),
    "term": lambda: tr("本期"),
    "birthday": lambda: tr("生日"),
}


def _stock_text(db: ClinicDatabase, band_fen: int) -> str:
    stock = [f"{name} {quantity}" for name, quantity in _STOCK.rows(db, band=band_fen) if quantity]
    if not stock:
        return tr("收费室暂无此档礼品，请先申领")
    return tr("收费室现有：{stock}").format(stock="、".join(stock[:3]))


def _road_lines(programme: Programme, after: Evaluation) -> list[Consequence]:
    text = road(programme, after.rank, after.spend_fen)
    return [Consequence("road", text, tr("距下一等级"))] if text else []


def road(programme: Programme, rank: int, spend_fen: int) -> str:
    """Both roads to the next tier: '再消费 ¥860 升钻石VIP会员(或单笔满 ¥20,000)'; '' at the top."""
    tier = programme.tier(rank + 1)
    if tier is None:
        return ""
    total = _threshold(tier.reach, "cumulative_spend_yuan")
    single = _threshold(tier.reach, "single_spend_yuan")
    if total is not None and single is not None:
        sentence = tr("再消费 ¥{total} 升{tier}(或单笔满 ¥{single})")
        return sentence.format(
            total=yuan(max(total - spend_fen, 0)), tier=tier.name, single=yuan(single)
        )
    if total is not None:
        left = yuan(max(total - spend_fen, 0))
        return tr("再消费 ¥{total} 升{tier}").format(total=left, tier=tier.name)
    if single is not None:
        return tr("单笔满 ¥{single} 升{tier}").format(single=yuan(single), tier=tier.name)
    return ""


def _threshold(reach: tuple[Reach, ...], metric: str) -> int | None:
    found = [yuan for way in reach if (yuan := number(getattr(way, metric))) is not None]
    return min(found) * 100 if found else None
