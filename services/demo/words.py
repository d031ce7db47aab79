"""What a believable clinic is made of: names, treatments, gifts and what people say.

Shares are rough ones for a Chinese county town. Nobody real can be hit: phone numbers are of a
series given to machines, document numbers of a region that does not exist.
"""

from __future__ import annotations

from typing import NamedTuple

# surname → share in ten thousand of the population (roughly), then the long tail
SURNAMES: tuple[tuple[str, int], ...] = (
    ("王", 715), ("李", 708), ("张", 675), ("刘", 516), ("陈", 453), ("杨", 308), ("黄", 223),
    ("赵", 206), ("吴", 200), ("周", 197), ("徐", 147), ("孙", 143), ("马", 129), ("朱", 126),
    ("胡", 118), ("郭", 115), ("何", 107), ("林", 106), ("高", 101), ("罗", 98), ("郑", 93),
    ("梁", 85), ("谢", 76), ("宋", 73), ("唐", 71), ("许", 68), ("韩", 65), ("邓", 62), ("冯", 62),
    ("曹", 60), ("彭", 58), ("曾", 56), ("肖", 55), ("田", 52), ("董", 51), ("潘", 50), ("袁", 49),
    ("蔡", 47), ("蒋", 47), ("余", 46), ("于", 46), ("杜", 45), ("叶", 43), ("程", 43), ("魏", 43),
    ("苏", 42), ("吕", 41), ("丁", 40), ("任", 40), ("卢", 38), ("姚", 37), ("沈", 37), ("钟", 36),
    ("姜", 36), ("崔", 35), ("谭", 34), ("陆", 33), ("范", 32), ("汪", 31), ("廖", 31), ("石", 30),
    ("金", 29), ("韦", 28), ("贾", 27), ("夏", 27), ("付", 26), ("方", 26), ("邹", 25), ("熊", 24),
    ("白", 23), ("孟", 22), ("秦", 21), ("邱", 21), ("侯", 20), ("江", 20), ("尹", 19), ("薛", 19),
    ("单", 5), ("仇", 4), ("解", 4), ("区", 3), ("查", 3), ("翟", 6), ("欧阳", 7), ("上官", 2),
    ("司徒", 2), ("诸葛", 2), ("尉迟", 1), ("令狐", 1),
)  # fmt: skip

_OLD_F = "秀英 桂英 秀兰 玉兰 桂兰 秀珍 凤英 玉珍 玉英 兰英 淑珍 淑英 春梅 菊芳 美英 月娥"
_OLD_M = "建国 建华 国强 志强 建军 国华 德明 志明 永福 文明 金龙 海泉 庆丰 树林 保国 长春"
_MID_F = "丽 敏 静 艳 燕 娟 芳 娜 霞 玲 红梅 丽娟 晓燕 海燕 雪梅 丽华 春燕 小红 慧敏 文静"
_MID_M = "伟 强 磊 军 勇 杰 涛 超 明 刚 斌 鹏 建平 志伟 海涛 小军 晓东 俊峰 立新 文杰"
_NEW_F = "婷 雨 佳怡 雨欣 思雨 梦琪 诗涵 欣怡 雅婷 晓雪 子涵 若曦 嘉怡 梓萱 语桐 心怡"
_NEW_M = "浩 宇 子轩 浩然 宇航 俊杰 子豪 博文 天佑 泽宇 一鸣 明轩 嘉豪 梓睿 皓轩 宇轩"

GIVEN: dict[tuple[str, str], tuple[str, ...]] = {
    ("old", "F"): tuple(_OLD_F.split()),
    ("old", "M"): tuple(_OLD_M.split()),
    ("mid", "F"): tuple(_MID_F.split()),
    ("mid", "M"): tuple(_MID_M.split()),
    ("new", "F"): tuple(_NEW_F.split()),
    ("new", "M"): tuple(_NEW_M.split()),
}

STREETS = ("人民路", "建设街", "解放路", "文化巷", "东风路", "新华街", "滨河小区", "阳光花园")
SOURCES = ("朋友介绍", "路过", "老顾客", "公众号", "社区义诊", "团购", "单位体检", "网上搜索")
ALERTS = ("牙齿敏感", "青霉素过敏", "高血压，测量后再麻醉", "糖尿病", "晕针", "服用抗凝药", "孕期")
NOTES = ("周末才有空", "喜欢上午", "怕疼，需多解释", "普通话不便，请慢些说", "停车请提前告知")
RELATIONS = {"F": "母亲", "M": "父亲"}

DOCTORS = (
    ("林正清", "种植科"), ("沈若兰", "正畸科"), ("高明远", "综合科"), ("许文静", "儿童口腔"),
    ("唐立新", "综合科"), ("何慧敏", "牙周科"),
)  # fmt: skip
STAFF = (
    ("方晓雯", "frontdesk"), ("贾文杰", "frontdesk"), ("钱玉兰", "billing"),
    ("江海涛", "marketing"), ("薛丽娟", "member_admin"),
)  # fmt: skip
DIRECTOR = "孟建平"
CLINIC = "皓齿口腔(演示)"


class Treatment(NamedTuple):
    """Something a receipt is for; prices in yuan; `staged` ones are paid over months."""

    item_class: str
    item: str
    low: int
    high: int
    share: int
    staged: bool = False


TREATMENTS = (
    Treatment("检查", "口腔检查及拍片", 50, 200, 260),
    Treatment("洁牙", "超声波洁牙", 180, 380, 210),
    Treatment("治疗", "树脂补牙", 180, 600, 200),
    Treatment("拔牙", "阻生齿拔除", 300, 1200, 90),
    Treatment("根管", "根管治疗", 800, 2600, 90),
    Treatment("牙周", "牙周刮治", 600, 2400, 40),
    Treatment("修复", "全瓷冠", 1800, 5200, 50),
    Treatment("修复", "活动义齿", 900, 3600, 20),
    Treatment("美容", "冷光美白", 1200, 2600, 14),
    Treatment("种植", "种植体及牙冠", 6800, 15800, 16, True),
    Treatment("正畸", "隐形矫治", 16000, 32000, 8, True),
)
FOR_CHILDREN = (
    Treatment("儿牙", "涂氟防龋", 100, 260, 50),
    Treatment("儿牙", "窝沟封闭", 160, 480, 30),
    Treatment("治疗", "乳牙充填", 120, 360, 20),
)

# code, name, band in yuan, cost in yuan, unit, source, safety stock
GIFTS = (
    ("G1001", "儿童牙膏", 10, 6, "支", "purchased", 20),
    ("G1002", "便携牙线盒", 10, 5, "盒", "purchased", 20),
    ("G5001", "软毛牙刷套装", 50, 28, "套", "purchased", 20),
    ("G5002", "漱口水礼盒", 50, 31, "盒", "inhouse", 20),
    ("G10001", "冲牙器(旅行装)", 100, 62, "台", "purchased", 20),
    ("G10002", "家庭护齿礼包", 100, 55, "份", "inhouse", 20),
    ("G20001", "声波电动牙刷", 200, 118, "支", "purchased", 20),
    ("G20002", "全家口腔护理箱", 200, 126, "箱", "inhouse", 20),
    ("G30001", "周年庆护理礼盒", 300, 168, "盒", "purchased", 0),
)

BOX, BOX_NAME, BOX_YUAN = "G30001", "周年庆护理礼盒", 300  # ordered, promised, not there yet
ORDERED = ("G1001", "G5002", "G20001")
KEEPS = (75, 700, 1100)  # days until an ordered gift expires, in their order
ASKED_FOR = ("G1002", "G5001")
SERVICE_FEN = 38_000  # what a used service is billed at

WHY_SHORT = "送货箱里少一支"
WHY_REFUND = ("材料差价退还", "疗程变更", "多收退还", "顾客改方案")
WHY_DIFFERENT = ("收费室拆用一份演示", "上周补发漏登", "包装破损已丢弃")
CALL_NOTES = ("周六来领", "下个月来复查时领", "让家人代领", "改约下周")
PLANNED_CALLS = ("问复查时间", "拆线提醒", "种植二期预约", "询问术后情况", "半年洁牙提醒")
