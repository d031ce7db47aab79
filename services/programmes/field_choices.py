"""What may be chosen in a field of a programme with fixed values, as a person would say it."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from services.i18n import tr
from services.programmes.definition import (
    PENDING,
    Benefit,
    Birthday,
    Discount,
    Fee,
    Points,
    Programme,
    Reception,
    Redeemable,
    Reward,
)

Choices = Mapping[str, str]


def choices_of(struct: type[msgspec.Struct], name: str) -> Choices:
    """Value → what it is called, for a field with fixed values; {} for any other field."""
    return (_common_choices() | _setting_choices() | _offer_choices()).get((struct, name), {})


def colour_names() -> Choices:
    """The colours of the shipped tiers and what they are called (R006)."""
    return {
        "#5B7A8C": tr("青灰"),
        "#2B6CB0": tr("蓝"),
        "#2E7D5B": tr("绿"),
        "#B7791F": tr("金"),
        "#5B4B8A": tr("紫"),
        "#718096": tr("银灰"),
        "#4A5568": tr("深灰"),
    }


_Table = dict[tuple[type[msgspec.Struct], str], Choices]


def _common_choices() -> _Table:
    basis = {"calendar": tr("跟着日历走"), "anniversary": tr("从达成日起按周年")}
    return {
        (Programme, "year_basis"): basis,
        (Benefit, "basis"): basis,
        (Programme, "kind"): {
            "tiered_points": tr("积分等级"),
            "fee_term": tr("缴费期限"),
            "item": tr("项目型"),
            "visit": tr("访问型"),
            "mixed": tr("混合型"),
        },
        (Fee, "every"): {
            "year": tr("每年"),
            "half": tr("每半年"),
            "quarter": tr("每季度"),
            "month": tr("每月"),
            "once": tr("一次缴清"),
            PENDING: tr("待定"),
        },
        (Reception, "escort"): {
            "none": tr("不引导"),
            "to_floor": tr("带到诊区"),
            "full": tr("全程陪同"),
        },
        (Reception, "room"): {
            "none": tr("不安排"),
            "bookable": tr("可以预约"),
            "required": tr("每次安排"),
        },
        (Discount, "window"): {
            "always": tr("任何时候"),
            "birthday_day": tr("生日当天"),
            "birthday_month": tr("生日当月"),
            "member_day": tr("会员日"),
            "first_visit": tr("首次就诊"),
            "dates": tr("起止日期之间"),
            "weekdays": tr("每周几天"),
        },
    }


def _setting_choices() -> _Table:
    return {
        (Programme, "term"): {"lifetime": tr("终身"), "paid": tr("到所缴会费的期限为止")},
        (Programme, "card"): {
            "physical": tr("实体卡"),
            "electronic": tr("电子会员"),
            "both": tr("两种都可以"),
        },
        (Programme, "on_upgrade"): {
            "replace": tr("按新等级，减去已用的"),
            "sum": tr("新旧等级相加"),
        },
        (Programme, "single_basis"): {
            "receipt": tr("一张单据算一次"),
            "day": tr("同一天合起来算一次"),
        },
        (Programme, "upgrade_fee"): {
            "credit": tr("没用完的会费折算抵扣"),
            "extend": tr("没用完的天数往后加"),
            "full": tr("缴新等级的全额"),
        },
        (Programme, "stacking"): {
            "best": tr("只用最优惠的一种"),
            "multiply": tr("折上折"),
            "exclusive": tr("不叠加，时段优惠代替平常的会员价"),
        },
        (Points, "mode"): {
            "threshold": tr("只用来升级，不扣减"),
            "spend": tr("可以使用，用多少扣多少"),
            "none": tr("不记积分"),
        },
        (Points, "rounding"): {"floor": tr("不计"), "round": tr("四舍五入")},
        (Birthday, "window"): {
            "day": tr("生日当天"),
            "month": tr("生日当月"),
            "around": tr("生日前后几天"),
        },
    }


def _offer_choices() -> _Table:
    beneficiary = {"self": tr("本人"), "family": tr("家人"), "anyone": tr("任何人")}
    borne_by = {"marketing": tr("市场费用"), "doctor": tr("医生"), "department": tr("科室")}
    sold = {"gift": tr("礼品"), "service": tr("院内服务"), "coupon": tr("券")}
    return {
        (Benefit, "kind"): {**sold, "advice": tr("护理建议"), "waiver": tr("减免")},
        (Redeemable, "kind"): sold,
        (Reward, "kind"): {"": tr("不给"), "gift": tr("礼品"), "coupon": tr("券")},
        (Benefit, "per"): {
            "once": tr("只给一次"),
            "month": tr("每月"),
            "quarter": tr("每季度"),
            "half": tr("每半年"),
            "year": tr("每年"),
            "term": tr("每个会籍期"),
            "birthday": tr("每年生日"),
        },
        (Benefit, "beneficiary"): beneficiary,
        (Redeemable, "beneficiary"): beneficiary,
        (Benefit, "borne_by"): borne_by,
        (Redeemable, "borne_by"): borne_by,
        (Benefit, "voucher"): {"electronic": tr("电子登记"), "card": tr("项目卡")},
        (Benefit, "given"): {
            "auto": tr("自动"),
            "confirm": tr("员工确认后给"),
            "manual": tr("由员工手工给"),
        },
        (Benefit, "reason"): {
            "tier": tr("等级"),
            "points": tr("兑换"),
            "birthday": tr("生日"),
            "enrol": tr("入会"),
            "event": tr("活动"),
            "referral": tr("推荐"),
            "scholarship": tr("奖学金"),
            "compensation": tr("补偿"),
        },
    }
