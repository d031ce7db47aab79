"""Front-desk stories, driven through the window with keys from end to end (issue 2, 7)."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.clinic import Clinic
from services.commands import Session
from services.gifts import stock
from services.gifts.documents import documents
from services.gifts.handout import issue_gift, issues_of
from services.gifts.reconciliation import current, history, last_close
from services.gifts.requisitions import Handed, send_requisition
from services.loyalty.grants import grants_of
from services.loyalty.receipt_list import list_receipts
from services.loyalty.standing import standing_of
from services.people.enrolment import PersonForm, enrol
from services.people.records import person
from services.people.search import find
from tests.conftest import PIN, STAFF, TODAY
from tests.gift_world import add_gift, levels, stocked
from tests.gift_world import sign as sign_elsewhere
from tests.scenarios.conftest import Desk
from ui.widgets import friday_export

ID_NUMBER = "11010519491231002X"


@pytest.fixture
def toothpaste(marketing: Session) -> int:
    gift_id = add_gift(marketing)
    stocked(marketing, gift_id, warehouse=5, desk=3)
    return gift_id


@pytest.fixture
def wang(frontdesk: Session) -> int:
    form = PersonForm(name="王芳", sex="F", birthday="1990-05-15", phone="13800138000")
    return enrol(frontdesk, form=form).person_id


@pytest.fixture
def li(frontdesk: Session) -> int:
    return enrol(frontdesk, form=PersonForm(name="李娜", phone="13900139000")).person_id


def rank(clinic: Clinic, person_id: int) -> int:
    return standing_of(clinic.db, person_id, 1).rank


def pay(desk: Desk, yuan: int) -> None:
    desk.press("F6").type(str(yuan)).press("Enter", "Enter")


def join(desk: Desk) -> None:
    """The list of people to invite: Enter opens, explain, Space ticks, Enter joins."""
    desk.press("Ctrl+1", "Down", "Enter", "Space", "Enter")


# -- people and money ------------------------------------------------------------------------


def test_enrol_a_walk_in_from_an_id_number(desk: Desk, clinic: Clinic) -> None:
    desk.press("F2").type("赵明").press("Enter")
    desk.type(ID_NUMBER).press("Enter")
    desk.type("13812345678").press("Enter")
    assert "已建档：赵明" in desk.told
    (hit,) = find(clinic.db, "5678")
    record = person(clinic.db, hit.person_id)
    assert (record.form.birthday, record.form.sex) == ("1949-12-31", "F")
    assert desk.window.context.person_id == hit.person_id
    assert "赵*女士" in desk.strip


def test_two_receipts_cross_2000_then_join_and_the_gift_is_handed_out(
    desk: Desk, clinic: Clinic, wang: int, toothpaste: int
) -> None:
    desk.find("8000")
    pay(desk, 900)
    assert "请邀请入会" not in desk.told
    desk.type("999").press("Enter", "Enter")
    desk.type("101")
    assert "可邀请入会" in desk.tab("points").form.lines.text()
    desk.press("Enter", "Enter")
    assert "请邀请入会" in desk.told
    assert rank(clinic, wang) == 1
    join(desk)
    assert "已入会：普通会员" in desk.told
    desk.press("Enter")  # 去发礼品
    assert desk.shown_tab() == "gifts"
    desk.press("Enter", "Enter")
    assert "已发放：牙膏" in desk.told
    assert levels(clinic, toothpaste) == (5, 2)
    assert "礼品未领" not in desk.strip


def test_a_single_10000_reaches_vip_at_once(desk: Desk, clinic: Clinic, wang: int) -> None:
    desk.find("wf")
    desk.press("F6").type("10000")
    assert "VIP会员" in desk.tab("points").form.lines.text()
    desk.press("Enter", "Enter")
    join(desk)
    assert "已入会：VIP会员" in desk.told
    assert rank(clinic, wang) == 3
    assert "VIP会员" in desk.strip
    assert {row.name for row in grants_of(clinic.db, wang)} >= {
        "超声波洁牙(带抛光脱敏)",
        "口腔保健礼品(100元档)",
    }


def test_a_refund_drops_the_tier_it_carried(desk: Desk, clinic: Clinic, wang: int) -> None:
    desk.find("8000")
    pay(desk, 1000)
    join(desk)
    pay(desk, 5000)
    assert rank(clinic, wang) == 2
    open_receipt_menu(desk)
    desk.press("Enter")  # 退款 is the first
    dialog = desk.focus().window()
    assert "降为 普通会员" in dialog.lines.text()
    desk.press("Enter").type("治疗取消").press("Enter")
    assert "已退款 ¥5,000" in desk.told
    assert rank(clinic, wang) == 1
    assert "普通会员" in desk.strip


def test_a_receipt_on_the_wrong_person_is_moved(
    desk: Desk, clinic: Clinic, wang: int, li: int
) -> None:
    desk.find("8000")
    pay(desk, 2500)
    open_receipt_menu(desk)
    desk.press("Down", "Enter")  # 移给正确的人 is the second
    desk.type("9000").press("Enter", "Enter")
    assert "李娜" in desk.told
    assert list_receipts(clinic.db, wang) == []
    assert [row.net_fen for row in list_receipts(clinic.db, li)] == [2500_00]
    assert (rank(clinic, wang), rank(clinic, li)) == (0, 1)


def open_receipt_menu(desk: Desk) -> None:
    """The newest receipt and Enter."""
    desk.tab_to(desk.tab("points").receipts.table).press("Home", "Enter")


# -- gifts -----------------------------------------------------------------------------------


@pytest.fixture
def member(desk: Desk, wang: int, toothpaste: int) -> int:
    """王芳 joined, with a gift waiting, her gifts on the screen."""
    desk.find("8000")
    pay(desk, 2000)
    join(desk)
    desk.press("Ctrl+4")
    return wang


def test_a_gift_issued_twice_is_refused_with_who_and_when(
    desk: Desk, clinic: Clinic, billing: Session, member: int, toothpaste: int
) -> None:
    desk.press("Enter")  # the card is open …
    grant_id = next(row.id for row in grants_of(clinic.db, member) if row.kind == "gift")
    issue_gift(billing, grant_id=grant_id, gift_id=toothpaste)  # … and the other desk is quicker
    desk.press("Enter")
    assert f"已领取：{TODAY}，经手 {STAFF['billing']}。不能重复发放" in desk.told
    assert len(issues_of(clinic.db, member)) == 1
    assert levels(clinic, toothpaste) == (5, 2)


def test_out_of_stock_says_where_it_lies_and_fetches_it(
    desk: Desk, clinic: Clinic, marketing: Session, member: int, toothpaste: int
) -> None:
    stock.transfer(marketing, gift_id=toothpaste, quantity=3)
    desk.press("Enter", "Enter")
    assert "请先从仓库申领(仓库有 8 份)" in desk.told
    assert issues_of(clinic.db, member) == []
    desk.change_staff("billing").press("Ctrl+4")
    assert desk.tab("gifts").page("handout").everybody  # nobody is open behind the lock
    desk.press("Enter", "Enter", "Alt+F")
    desk.type("2").press("Enter")
    assert "等市场部送来，在“单据”里签收" in desk.told
    (paper,) = documents(clinic.db, open_only=True)
    lines = [Handed(toothpaste, 2)]
    send_requisition(marketing, document_id=paper.id, lines=lines)  # at the warehouse's own desk
    desk.press("Alt+D", "Enter", "Enter", "Enter")
    assert "已签收 2 件" in desk.told
    assert levels(clinic, toothpaste) == (6, 2)
    desk.press("Alt+1", "Enter", "Enter")
    assert "已发放：牙膏" in desk.told
    assert levels(clinic, toothpaste) == (6, 1)


def test_the_last_issue_is_taken_back_with_ctrl_z(
    desk: Desk, clinic: Clinic, member: int, toothpaste: int
) -> None:
    desk.press("Enter", "Enter")
    assert levels(clinic, toothpaste) == (5, 2)
    desk.press("Ctrl+Z")
    assert levels(clinic, toothpaste) == (5, 3)
    assert issues_of(clinic.db, member)[0].returned_on == TODAY


# -- Friday ----------------------------------------------------------------------------------


@pytest.fixture
def friday(desk: Desk, marketing: Session, toothpaste: int) -> Desk:
    """周收费 at the desk, the week open, the first cell waiting."""
    brush = add_gift(marketing, code="G11", name="牙刷")
    stocked(marketing, brush, warehouse=4, desk=2)
    desk.change_staff("billing")
    return desk.press("Ctrl+4", "Alt+3", "Enter")


def count(desk: Desk, *numbers: int) -> None:
    for number in numbers:
        desk.type(str(number)).press("Enter")


def sign(desk: Desk, pin: str = PIN) -> None:
    desk.type(pin).press("Enter")


def test_friday_without_differences_ends_in_the_workbook(
    friday: Desk, clinic: Clinic, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot
) -> None:
    monkeypatch.setattr(friday_export, "ask_path", lambda _parent, name: tmp_path / name.name)
    count(friday, 5, 4, 3, 2)
    friday.press("Enter")
    assert "全部相符" in friday.tab("gifts").page("friday").comparison.title.text()
    sign(friday)
    sign(friday)
    closed = last_close(clinic.db)
    assert closed is not None
    assert (closed.marketing_signer, closed.billing_signer) == (
        STAFF["marketing"],
        STAFF["billing"],
    )
    friday.press("Enter")
    written = tmp_path / f"礼品核对_{TODAY}.xlsx"
    qtbot.waitUntil(lambda: "已导出" in friday.told, timeout=20_000)
    assert written.stat().st_size > 5000


def test_friday_with_differences_asks_why_and_corrects_the_stock(
    friday: Desk, clinic: Clinic, toothpaste: int
) -> None:
    count(friday, 5, 4, 2, 2)
    friday.press("Enter")
    friday.type("破损未登记").press("Enter")
    sign(friday)
    sign(friday)
    assert "已结账" in friday.told
    assert levels(clinic, toothpaste) == (5, 2)
    (week,) = history(clinic.db)
    assert [(gift.name, gift.difference) for gift in week.shrinkage] == [("牙膏", -1)]
    friday.press("Alt+4")
    (row,) = friday.tab("gifts").page("history").lost.rows()
    assert row.difference == -1


def test_friday_counted_in_part_is_refused_with_the_list(friday: Desk, clinic: Clinic) -> None:
    count(friday, 5)
    friday.tab_to(friday.tab("gifts").page("friday").compare_button).press("Enter")
    assert "还有 3 项没有清点" in friday.told
    assert "“牙刷”(仓库)" in friday.told


def test_a_third_signer_is_refused(friday: Desk, clinic: Clinic, billing: Session) -> None:
    count(friday, 5, 4, 3, 2)
    friday.press("Enter")
    running = current(clinic.db)
    assert running is not None
    sign_elsewhere(billing, running.id)  # two have signed at the other desk meanwhile
    panel = friday.tab("gifts").page("friday").comparison.sign
    friday.tab_to(panel.marketing.name).type("zgl").press("Tab")
    assert panel.marketing.name.value() == STAFF["member_admin"]
    sign(friday)
    sign(friday)
    assert "已由吴市场和周收费签字结账，不能再改或加签" in friday.told
    closed = last_close(clinic.db)
    assert closed is not None
    assert closed.marketing_signer == STAFF["marketing"]


def test_the_director_signs_for_neither_side(friday: Desk, clinic: Clinic) -> None:
    count(friday, 5, 4, 3, 2)
    friday.press("Enter")
    panel = friday.tab("gifts").page("friday").comparison.sign
    friday.tab_to(panel.marketing.name).type("syz")
    assert panel.marketing.name.value() == STAFF["director"]
    friday.press("Tab")
    sign(friday)
    assert "没有这项批准权限" in panel.marketing.pin_field.error
    assert last_close(clinic.db) is None


def test_a_wrong_pin_signs_nothing_and_is_counted(friday: Desk, clinic: Clinic) -> None:
    count(friday, 5, 4, 3, 2)
    friday.press("Enter")
    panel = friday.tab("gifts").page("friday").comparison.sign
    sign(friday, "111222")
    assert panel.marketing.pin_field.error == "密码不对，还可以试 4 次。"
    sign(friday, "111223")
    assert panel.marketing.pin_field.error == "密码不对，还可以试 3 次。"
    sign(friday)
    sign(friday)
    assert last_close(clinic.db) is not None


# -- the door --------------------------------------------------------------------------------


def test_a_wrong_pin_does_not_open_the_desk(desk: Desk) -> None:
    desk.press("Ctrl+L").sign_in("frontdesk", pin="111222")
    assert desk.window.pages.currentWidget() is desk.window.sign_in
    assert "还可以试 4 次" in desk.window.sign_in.field.error
    desk.press("F6")
    assert desk.window.pages.currentWidget() is desk.window.sign_in
    desk.sign_in("frontdesk")
    assert desk.window.pages.currentWidget() is desk.window.desk
