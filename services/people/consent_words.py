"""The consent items by name and what agreeing to each means (个保法 17, 29 条)."""

from __future__ import annotations

from services.i18n import tr


def item_title(item: str) -> str:
    """The item as the notice calls it."""
    return {
        "record": tr("建档服务"),
        "health": tr("健康提示(敏感)"),
        "marketing": tr("营销联系"),
        "transfer": tr("转赠与介绍"),
    }[item]


def item_words(item: str) -> str:
    """What agreeing means, in one line."""
    return {
        "record": tr("姓名、联系方式、到诊和消费，用于积分和礼品"),
        "health": tr("过敏、牙齿敏感等，只为提醒医生"),
        "marketing": tr("电话、短信、信函告知活动，随时可拒收"),
        "transfer": tr("记下介绍人和转赠给谁"),
    }[item]
