"""What every field of a programme is called on a form, with a hint where the name is not enough.

One table per struct, in the order in which a form shows the fields. `services.programmes.fields`
makes forms of these words.
"""

from __future__ import annotations

import msgspec

from services.i18n import tr
from services.programmes.definition import (
    Benefit,
    Birthday,
    Discount,
    Enrol,
    Fee,
    Leaving,
    MemberDay,
    Points,
    Programme,
    Rate,
    Reach,
    Reception,
    Redeemable,
    Referral,
    Reward,
    Tier,
)

Words = dict[str, tuple[str, str]]


def words_of(struct: type[msgspec.Struct]) -> Words:
    """Field → (label, hint) of a struct."""
    return {
        Programme: _programme,
        Tier: _tier,
        Reach: _reach,
        Enrol: _enrol,
        Benefit: _benefit,
        Discount: _discount,
        Fee: _fee,
        Reception: _reception,
        Points: _points,
        Rate: _rate,
        Redeemable: _redeemable,
        Birthday: _birthday,
        MemberDay: _member_day,
        Referral: _referral,
        Reward: _reward,
        Leaving: _leaving,
    }[struct]()


def _programme() -> Words:
    return {
        "name": (tr("方案名称"), tr("换一个新名称签署，就是另一个方案。")),
        "kind": (tr("方案类型"), ""),
        "summary": (tr("一句话介绍"), tr("写给顾客看的。")),
        "source": (tr("出处"), tr("依据哪份制度文件。")),
        "enrol": (tr("入会条件"), tr("达到任何一条就可以入会；不写就由等级的条件决定。")),
        "agreement": (tr("签会员协议"), ""),
        "real_name": (tr("实名入会"), tr("入会时核对证件。")),
        "min_age": (tr("最低入会年龄"), tr("周岁；不限就留空。")),
        "places": (tr("名额"), tr("最多多少人；不限就留空。")),
        "needs_doctor": (tr("安排专属医生"), ""),
        "card": (tr("会员卡"), ""),
        "term": (tr("会籍期限"), ""),
        "review_months": (tr("几个月核对一次资料"), tr("不核对就留空。")),
        "points": (tr("积分"), ""),
        "tiers": (tr("等级"), tr("从低到高排列。")),
        "birthday": (tr("生日"), ""),
        "member_days": (tr("会员日"), ""),
        "referral": (tr("推荐奖励"), tr("没有推荐奖励就不加。")),
        "single_basis": (tr("单笔消费怎么算"), ""),
        "stacking": (tr("几种优惠碰在一起"), ""),
        "year_basis": (tr("每年的次数怎么算"), ""),
        "on_upgrade": (tr("升级后的次数"), ""),
        "grant_skipped_tiers": (tr("跨级时补发中间等级"), tr("只补一次性的权益。")),
        "overdue_days": (tr("礼品几天没领就提醒"), ""),
        "grace_days": (tr("到期后几天内续费算连续"), ""),
        "upgrade_fee": (tr("升级时的会费"), ""),
        "leaving": (tr("退会"), ""),
    }


def _tier() -> Words:
    return {
        "rank": (tr("级次"), tr("1 是最低一级，由排列次序决定。")),
        "name": (tr("等级名称"), ""),
        "colour": (tr("颜色"), ""),
        "reach": (tr("达到条件"), tr("达到任何一条就可以。")),
        "fees": (tr("会费"), tr("可以有几种缴费周期。")),
        "inherits": (tr("包含下一级的权益和优惠"), ""),
        "benefits": (tr("权益"), tr("要数次数的礼品、服务和券。")),
        "discounts": (tr("会员价"), ""),
        "promises": (tr("其他待遇"), tr("只写给人看，不数次数。")),
        "points_percent": (tr("消费积分是平常的百分之几"), ""),
        "valid_months": (tr("等级保留几个月"), tr("终身保留就留空。")),
        "renew": (tr("保级条件"), tr("不写就和达到条件一样。")),
        "locked": (tr("达到以后不再降级"), ""),
        "unlimited": (tr("期内不限次数"), tr("退会时按剩余天数算。")),
        "warranty_months": (tr("售后保障几个月"), tr("没有就留空。")),
        "reception": (tr("接待"), ""),
        "card_face": (tr("卡面说明"), ""),
        "card_note": (tr("卡背文字"), ""),
    }


def _spent() -> Words:
    return {
        "single_spend_yuan": (tr("单笔消费满(元)"), ""),
        "cumulative_spend_yuan": (tr("累计消费满(元)"), ""),
    }


def _reach() -> Words:
    return {
        **_spent(),
        "visits": (tr("到诊满(次)"), ""),
        "drug_spend_yuan": (tr("购药满(元)"), ""),
        "points": (tr("累计积分满(分)"), ""),
        "health_grade": (tr("口腔健康评级达到(级)"), tr("由员工评定，数字越大越健康。")),
        "within_months": (tr("只算最近几个月"), tr("从头累计就留空。")),
        "fee": (tr("缴纳会费"), ""),
        "approval": (tr("经领导批准"), ""),
        "purchase_points": (tr("用积分换取(分)"), ""),
    }


def _enrol() -> Words:
    return {
        "any_visit": (tr("到诊就可以入会"), ""),
        "seen_from": (tr("从哪天起就诊"), ""),
        "seen_before": (tr("在哪天以前就诊"), tr("累计消费也只算那天以前的。")),
        **_spent(),
        "fee": (tr("缴纳会费"), ""),
        "approval": (tr("经领导批准"), ""),
    }


def _offer() -> Words:
    """What benefits and redemptions have in common."""
    return {
        "unit": (tr("单位"), tr("次、份、张、颗。")),
        "value_yuan": (tr("每份价值(元)"), tr("礼品的价位，或服务的原价；没有就填 0。")),
        "beneficiary": (tr("给谁用"), ""),
        "transferable": (tr("可以转赠"), ""),
        "card_required": (tr("凭会员卡"), ""),
        "waives_registration": (tr("转赠给新客时免挂号费"), ""),
        "valid_days": (tr("几天内有效"), tr("不限就留空。")),
        "borne_by": (tr("费用由谁承担"), ""),
    }


def _benefit() -> Words:
    key = (tr("编号"), tr("自动给出；同一编号的权益前后是同一件事。"))
    return {
        "key": key,
        "kind": (tr("种类"), ""),
        "name": (tr("名称"), ""),
        "quantity": (tr("数量"), ""),
        "per": (tr("多久一次"), ""),
        "basis": (tr("每期怎么算"), tr("不选就按方案的设定。")),
        "carry_over": (tr("没用完的可以结转"), ""),
        "quota": (tr("合并计数的名称"), tr("写同一名称的权益，升级后互相替代。")),
        "contents": (tr("礼包内容"), ""),
        "beneficiary_age_from": (tr("使用人最小年龄"), tr("满多少周岁；不限就留空。")),
        "beneficiary_age_below": (tr("使用人年龄上限"), tr("不满多少周岁；不限就留空。")),
        "voucher": (tr("凭证"), ""),
        "given": (tr("怎么给"), ""),
        "reason": (tr("事由"), ""),
        **_offer(),
    }


def _redeemable() -> Words:
    return {
        "key": (tr("编号"), tr("自动给出。")),
        "kind": (tr("种类"), ""),
        "name": (tr("名称"), ""),
        "points": (tr("要多少积分"), ""),
        **_offer(),
    }


def _discount() -> Words:
    return {
        "pay_percent": (tr("付原价的百分之几"), tr("9 折填 90，免费填 0。")),
        "classes": (tr("哪些项目"), tr("不选就是全部项目。")),
        "name": (tr("名称"), ""),
        "window": (tr("什么时候"), ""),
        "start": (tr("从哪天"), tr("选了起止日期才用。")),
        "end": (tr("到哪天"), tr("选了起止日期才用。")),
        "weekdays": (tr("星期几"), tr("选了每周几天才用。")),
    }


def _fee() -> Words:
    return {"yuan": (tr("会费(元)"), tr("不收费填 0。")), "every": (tr("多久缴一次"), "")}


def _reception() -> Words:
    return {
        "escort": (tr("引导"), ""),
        "floor": (tr("带到哪里"), tr("例如“二楼”。")),
        "tell_doctor": (tr("告知接诊医生"), ""),
        "room": (tr("VIP 诊室"), ""),
        "queue": (tr("优先候诊级别"), tr("0 是不优先，数字大的在前。")),
        "lounge": (tr("在哪里休息"), tr("例如“接待室”。")),
        "extra_minutes": (tr("多留几分钟"), ""),
    }


def _points() -> Words:
    return {
        "mode": (tr("积分怎么用"), ""),
        "per_yuan": (tr("记多少分"), tr("每消费下一项所写的金额记的分。")),
        "yuan_step": (tr("每消费几元记一次"), ""),
        "rounding": (tr("零头"), ""),
        "rates": (tr("多倍积分"), tr("几条同时符合就相乘。")),
        "bonuses": (tr("活动加分"), ""),
        "expiry_months": (tr("几个月内有效"), tr("长期有效就留空。")),
        "expiry_year_ends": (tr("到第几年年底为止"), tr("0 是当年年底；不按年底算就留空。")),
        "opens": (tr("开始使用积分的条件"), tr("达到任何一条就可以；不写就随时能用。")),
        "per_yuan_off": (tr("多少分抵 1 元"), tr("不能抵钱就留空。")),
        "catalogue": (tr("兑换目录"), ""),
    }


def _rate() -> Words:
    return {
        "percent": (tr("积分是平常的百分之几"), tr("双倍填 200。")),
        "classes": (tr("哪些项目"), tr("不选就是全部项目。")),
        "payments": (tr("哪些付款方式"), tr("不写就是全部。")),
        "start": (tr("从哪天"), ""),
        "end": (tr("到哪天"), ""),
        "member_day": (tr("只在会员日"), ""),
    }


def _birthday() -> Words:
    return {
        "window": (tr("生日权益什么时候领"), ""),
        "days": (tr("前后几天"), tr("选了前后几天才用。")),
    }


def _member_day() -> Words:
    return {
        "name": (tr("名称"), ""),
        "monthly_day": (tr("每月几日"), tr("按起止日期算就留空。")),
        "start": (tr("从哪天"), ""),
        "end": (tr("到哪天"), ""),
    }


def _referral() -> Words:
    return {
        "referrer": (tr("给推荐人"), ""),
        "newcomer": (tr("给新客"), ""),
        "first_payment_yuan": (tr("新客第一次付款满(元)"), ""),
        "cooling_days": (tr("过几天发奖励"), ""),
        "reverse_days": (tr("几天内退款就收回"), ""),
        "yearly_cap": (tr("每人每年最多几次"), ""),
    }


def _reward() -> Words:
    return {
        "points": (tr("积分"), ""),
        "kind": (tr("另外给"), ""),
        "name": (tr("名称"), ""),
        "value_yuan": (tr("价值(元)"), ""),
    }


def _leaving() -> Words:
    return {
        "refund_percent": (tr("退还会费的百分之几"), tr("没有约定就留空。")),
        "notice_months": (tr("提前几个月提出"), ""),
        "cooling_days": (tr("几天内没用过可以全额退"), ""),
    }
