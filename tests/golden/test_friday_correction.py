"""The workbook of a corrected week, its chart, and redemptions beside the ledger (R144, E51).

What the program says and what LibreOffice makes of the formulas are compared cell by cell.
"""

from __future__ import annotations

import pytest

from services.gifts import reconciliation as friday
from services.gifts.friday_lists import shrinkage
from services.gifts.handout import issue_gift, return_gift
from services.gifts.reconciliation import CountEntry
from services.loyalty.grants import grants_of
from services.loyalty.membership import join
from services.loyalty.redemption import redeem, return_redemption
from services.programmes.registry import preset
from services.workbooks.friday import friday_workbook, write_friday
from tests import gift_world as world
from tests.conftest import TODAY
from tests.golden.test_friday_workbook import SHEETS, cells, column, convert, needs_office
from tests.money_world import pay, person
from tests.money_world import sign as sign_programme
from tests.services.test_redemption import under

NEXT = "2026-11-27"


@pytest.fixture
def gifts(marketing):
    ids = [
        world.add_gift(marketing, code=code, name=name)
        for code, name in (("G10", "牙膏"), ("G11", "=牙线"))
    ]
    for gift in ids:
        world.stocked(marketing, gift, warehouse=10, desk=5)
    return ids


def closed(session, **counts):
    number = friday.open_week(session).reconciliation_id
    world.count_all(session, number, **counts)
    for row in friday.comparison(session.db, number):
        if row.difference:
            where = {"gift_id": row.gift_id, "place": row.place}
            friday.set_reason(session, reconciliation_id=number, **where, reason="少了")
    world.sign(session, number)
    return number


@pytest.fixture
def corrected(marketing, billing, director, gifts, clock):
    """Two weeks; the second is opened again and 牙膏 is counted anew."""
    closed(marketing, g2_desk=4)
    clock.day = NEXT
    number = closed(marketing, g1_desk=3)
    opened = friday.reopen(director, reconciliation_id=number, reason="漏点一盒").reconciliation_id
    entry = (CountEntry(1, "desk", 4),)
    friday.recount(billing, reconciliation_id=opened, entries=entry)
    return opened


def notes(book):
    return {
        row[0]: row[1]
        for row in book["说明"].iter_rows(values_only=True, max_col=2)
        if row[1] is not None
    }


def test_e51_while_the_correction_is_open_the_signed_week_is_exported(clinic, corrected):
    book = cells(friday_workbook(clinic, week=NEXT))
    assert "已签" in book["收发存"]["A2"].value
    assert column(book["收发存"], "N")[:4] == [10, 3, 10, 4]
    assert notes(book)["正在更正"] == (
        "孙院长 2026-11-27 重新打开，尚未结账：漏点一盒。结账以前以本表为准。"
    )


def test_e51_the_corrected_week_says_why_by_whom_and_what(clinic, corrected, billing):
    world.sign(billing, corrected)
    book = cells(friday_workbook(clinic, week=NEXT))
    assert book.sheetnames == SHEETS
    assert "已签(更正)" in book["收发存"]["A2"].value
    assert column(book["收发存"], "N")[:4] == [10, 4, 10, 4]
    told = notes(book)
    assert told["更正"] == (
        "漏点一盒(孙院长 2026-11-27 重新打开)。原核对号 2，2026-11-27 由 吴市场、周收费 签字结账。"
    )
    assert told["复点"] == "牙膏(收费室) 原点 3 → 复点 4"


def test_r144_the_chart_shows_the_last_weeks_of_all_gifts_and_of_the_largest(
    clinic, corrected, billing
):
    world.sign(billing, corrected)
    sheet = cells(friday_workbook(clinic, week=NEXT))["说明"]
    (chart,) = sheet._charts
    first = next(
        number for number, cell in enumerate(sheet["A"], 1) if cell.value == "近 2 周盈亏(件)"
    )
    assert [series.val.numRef.f for series in chart.series] == [
        f"'说明'!$B${row}:$C${row}" for row in range(first + 1, first + 4)
    ]
    assert [cell.value for cell in sheet[first]][:3] == ["近 2 周盈亏(件)", TODAY, NEXT]
    rows = [[cell.value for cell in sheet[row]][:3] for row in range(first + 1, first + 4)]
    past = shrinkage(clinic.db)
    assert rows == [[line.name, *line.differences] for line in (past.total, *past.gifts)]
    assert rows[1:] == [["=牙线", -1, 0], ["牙膏", 0, -1]]
    assert sheet.cell(first + 2, 1).data_type == "s"


def test_r144_a_week_without_a_past_has_no_chart(clinic, gifts):
    assert cells(friday_workbook(clinic, week=TODAY))["说明"]._charts == []


@needs_office
def test_e51_the_corrected_week_agrees_when_libreoffice_recalculates_it(
    clinic, corrected, billing, tmp_path
):
    world.sign(billing, corrected)
    path = tmp_path / "week.xlsx"
    write_friday(clinic, path, week=NEXT)
    (path,) = convert(tmp_path, "xlsx", path)
    book = cells(path, values=True)
    lines = friday.week_view(clinic.db, NEXT, today=NEXT).lines
    names = ("opening", "received", "transferred", "issued", "returned", "scrapped", "adjusted")
    names = (*names, "book", "counted", "difference")
    for row, line in zip(book["收发存"]["F4:O7"], lines, strict=True):
        assert [cell.value for cell in row] == [getattr(line, name) for name in names]
    checks = [value for value in column(book["说明"], "D") if value in ("一致", "不一致")]
    assert checks == ["一致"] * 13
    found = [row[:3] for row in book["说明"].iter_rows(values_only=True, max_col=3)]
    for line in shrinkage(clinic.db).gifts:
        assert (line.name, *line.differences) in found


# -- 积分对照 ----------------------------------------------------------------------------------


def test_e31_redemptions_and_their_returns_agree_with_the_ledger(
    clinic, frontdesk, director, gifts
):
    sign_programme(director, under(preset("医院方案B"), per_yuan_off=100))
    who = person(frontdesk)
    pay(frontdesk, who, 16_000)
    join(frontdesk, person_id=who, benefits_explained=True)
    redeem(frontdesk, person_id=who, item_key="b.gift10")
    redeem(frontdesk, person_id=who, item_key="b.gift10")
    service = redeem(frontdesk, person_id=who, item_key="b.ultrasonic")
    return_redemption(frontdesk, redemption_id=service.redemption_id, reason="不做了")
    grant = next(row for row in grants_of(clinic.db, who) if row.used < row.quantity)
    issued = issue_gift(frontdesk, grant_id=grant.id, gift_id=gifts[0])
    return_gift(frontdesk, issue_id=issued.issue_id, sellable=True, reason="不要了")
    sheet = cells(friday_workbook(clinic, week=TODAY))["积分对照"]
    assert [row[:4] for row in sheet.iter_rows(min_row=4, max_row=5, values_only=True)] == [
        ("口腔保健礼品(10元档)", 2, 1000, 1000),  # two taken, one given back
        ("超声波洁牙(带抛光脱敏)", 1, 0, 0),
    ]
