"""Rosters made for tests: synthetic people only, never a real-looking row."""

from __future__ import annotations

import random
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from openpyxl import Workbook

_HEADERS = """序 患者姓名 联系\u3000方式 性\u3000别 出生年月日 证件号码 家庭住址 会员卡号 级别
累计消费金额(元) 剩余积分 办卡时间 主诊医生 介绍人 客户来源 备注(口味)"""
HEADERS = _HEADERS.replace("\n", " ").split(" ")
FAMILY = "王李张刘陈杨黄赵吴周单曾仇解区查"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂英华"


def messy_roster(path: Path, count: int = 5000, seed: int = 7) -> dict[str, list[int]]:
    """A roster nobody tuned for: merged titles, other names and order, dates in every manner,
    phones in scientific notation, repeats. Answers the row numbers that must be rejected, by why.
    """
    rng = random.Random(seed)
    book = Workbook()
    sheet = book.active
    sheet.title = "2024会员"
    sheet.append(["某某口腔门诊部会员登记总表"])
    sheet.merge_cells("A1:P1")
    sheet.append(["制表：前台", None, None, "截至 2024年12月31日"])
    sheet.append(list(HEADERS))
    bad: dict[str, list[int]] = {"phone": [], "amount": [], "repeat": [], "id": [], "name": []}
    earlier: list[list[Any]] = []
    for index in range(count):
        row_number = index + 4
        row = _person(rng, index)
        if index % 97 == 50:
            row[2] = "1.39E+10"
            bad["phone"].append(row_number)
        elif index % 101 == 50:
            row[9] = "约三千"
            bad["amount"].append(row_number)
        elif index % 103 == 50:
            row[5] = 1.1010519491231e17
            bad["id"].append(row_number)
        elif index % 107 == 50:
            row[1] = None
            bad["name"].append(row_number)
        elif index % 109 == 50 and earlier:
            copy = rng.choice(earlier)
            row[1], row[2] = copy[1], copy[2]
            bad["repeat"].append(row_number)
        elif isinstance(row[2], str) and index % 9:
            earlier.append(row)
        sheet.append(row)
    sheet.append(["合计", None, None, None, None, None, None, None, None, 123456])
    book.save(path)
    return bad


def _person(rng: random.Random, index: int) -> list[Any]:
    born = date(1950, 1, 1) + timedelta(days=rng.randrange(22000))
    phone: Any = f"139{index:08d}"
    if index % 9 == 0:
        phone = float(phone)
    elif index % 11 == 0:
        phone = f"{int(phone):.10E}"
    elif index % 13 == 0:
        phone = f"139-{phone[3:7]} {phone[7:]}"
    dates: tuple[Any, ...] = (
        born,
        born.isoformat(),
        f"{born.year}.{born.month}.{born.day}",
        f"{born.year}年{born.month}月{born.day}日",
        (born - date(1899, 12, 30)).days,
        f"{born:%Y%m%d}",
        f"{born.year}年{born.month}月",
        None,
    )
    spend = rng.choice([None, 0, 800, 2500.5, "¥3,200.00", "12000元", "2.6万"])
    return [
        index + 1,
        rng.choice(FAMILY) + "".join(rng.choices(GIVEN, k=rng.choice((1, 2)))),
        phone,
        rng.choice(["男", "女", None]),
        dates[index % len(dates)],
        None,
        f"某某市某某区某某路{index}号",
        f"V{index:05d}" if index % 3 else None,
        rng.choice([None, None, "VIP", "钻石卡", "普通会员", "金卡"]),
        spend,
        rng.choice([None, 100, "350分"]),
        rng.choice([None, "2019.5.1", date(2020, 2, 29)]),
        rng.choice([None, "陈医生", "林医生"]),
        rng.choice([None, None, "V00001", "不认识的人"]),
        rng.choice(["网络", "老客户介绍", None]),
        rng.choice([None, "怕疼"]),
    ]
