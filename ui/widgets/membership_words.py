"""What the desk says of a membership: the heading, how it came about, until when, what to press."""

from __future__ import annotations

from services.i18n import tr
from services.loyalty.preview import road
from services.memberships.overview import MembershipView
from services.money import yuan


def heading_words(view: MembershipView) -> str:
    """Member or not, in a few words."""
    if view.step == "sign":
        return tr("退会办理中")
    if view.joined is not None:
        return tr("会员，{day} 入会").format(day=view.joined)
    if view.step == "spend" and not view.programme.tiers:
        return tr("非会员")
    pays = tr("还不是会员，可以申请入会") if view.free else tr("还不是会员，可以缴费入会")
    return {
        "join": tr("可以入会"),
        "pay": pays,
    }.get(view.step, tr("还没达到入会条件"))


def benefits_title(view: MembershipView) -> str:
    """Whose benefits are listed: of the tier held, else of the first one there is."""
    if view.tier is not None:
        return tr("待遇：")
    first = view.programme.tier(1)
    if first is None:
        return tr("“{programme}”还没有等级。").format(programme=view.programme.name)
    return tr("“{tier}”的待遇：").format(tier=first.name)


def how_words(view: MembershipView) -> str:
    """What the tier stands on: money, a fee, somebody's word."""
    row, parts = view.standing, []
    if view.paid:
        until = view.paid_until
        words = tr("会费缴至 {day}").format(day=until) if until else tr("已缴终身会费")
        parts.append(words)
    if view.membership is not None and view.membership.agreement:
        parts.append(tr("协议 {number}").format(number=view.membership.agreement))
    if row.spend_fen or not view.takes_fees:
        figures = tr("累计消费 ¥{total}，最高单笔 ¥{single}")
        parts.append(figures.format(total=yuan(row.spend_fen), single=yuan(row.max_single_fen)))
    if row.rank == 0:
        parts.append(road(view.programme, 0, row.spend_fen))
    elif not view.paid:
        parts.append(_route(view))
    return tr("；").join(part for part in parts if part)


def _route(view: MembershipView) -> str:
    row = view.standing
    words = {
        "single": tr("按单笔达到"),
        "cumulative": tr("按累计达到"),
        "opening": tr("旧会员册登记"),
        "points": tr("用积分换取"),
    }.get(view.held_by or row.route or "", tr("经批准授予"))
    return words + (tr("({day})").format(day=row.reached_on) if row.reached_on else "")


def until_words(view: MembershipView) -> str:
    """What has to be known before anything is pressed: an end that comes, an obstacle."""
    if view.step == "sign":
        return tr("退费单已准备，须由另一位会员管理员或院长签字。")
    if view.lapsed_on is not None:
        words = tr("会费 {day} 已到期，{grace} 以前续费可接上原期限。")
        return words.format(day=view.lapsed_on, grace=view.grace_until)
    if view.step == "renew":
        return tr("会费 {day} 到期，请提醒续费。").format(day=view.paid_until)
    if view.standing.tier_ends_on is not None and view.membership is not None:
        return tr("等级 {day} 到期，到期前要保级。").format(day=view.standing.tier_ends_on)
    return view.obstacle


def fee_button_words(view: MembershipView) -> str:
    """What paying a fee would be called; '' where nobody can."""
    if not view.takes_fees or view.step == "sign":
        return ""
    if view.obstacle and view.membership is None:
        return ""
    if view.membership is None:
        return tr("申请入会(&J)…") if view.free else tr("缴费入会(&J)…")
    if view.step == "renew":
        return tr("续费(&J)…")
    return tr("续费或升级(&J)…") if view.paid else tr("缴费(&J)…")
