"""申购 → 入库 → 申领 → 送货 → 签收: who may, in which order, and nothing vanishes (R143, C16)."""

import uuid

import pytest

from models.gifts import StockMove
from models.paperwork import StockDocumentLine
from services.errors import Confirmable, RuleError
from services.forms.paper import Grid, Text, texts
from services.forms.stock_paper import stock_paper
from services.gifts import stock
from services.gifts.document_steps import MOST_LINES, cancel_document
from services.gifts.documents import (
    Wanted,
    document,
    document_name,
    documents,
    next_right,
    state_words,
    step_name,
)
from services.gifts.packs import set_parts
from services.gifts.purchasing import Arrival, finish_purchase, receive_purchase, request_purchase
from services.gifts.reconciliation import open_week, set_reason
from services.gifts.requisitions import (
    SAME_HANDS,
    Handed,
    ShortDelivery,
    hand_over,
    may_spare,
    receive_requisition,
    request_requisition,
    send_requisition,
    short_deliveries,
    unreceived,
)
from services.gifts.stock_ledger import on_the_way, spare
from services.staff import change_staff, sign_in
from services.verify import verify
from tests.conftest import PIN, STAFF, TODAY
from tests.gift_world import add_gift, count_all, levels, sign, stocked, to_desk


@pytest.fixture
def paste(marketing):
    return add_gift(marketing)


@pytest.fixture
def floss(marketing):
    return add_gift(marketing, code="G11", name="牙线")


def order(marketing, *lines: tuple[int, int]) -> int:
    wanted = [Wanted(gift_id, n) for gift_id, n in lines]
    return request_purchase(marketing, lines=wanted, note="秋季").document_id


def asked(session, *lines: tuple[int, int]) -> int:
    wanted = [Wanted(gift_id, n) for gift_id, n in lines]
    return request_requisition(session, lines=wanted).document_id


def sent(session, document_id: int, *lines: tuple) -> None:
    send_requisition(session, document_id=document_id, lines=[Handed(*line) for line in lines])


def signed(session, document_id: int, *lines: tuple):
    lines = [Handed(*line) for line in lines]
    return receive_requisition(session, document_id=document_id, lines=lines)


def words(clinic, document_id: int) -> str:
    return state_words(document(clinic.db, document_id))


# -- 申购 and 入库 ---------------------------------------------------------------------------


def test_r143_an_order_arrives_in_two_deliveries_with_lot_and_cost(clinic, marketing, paste, floss):
    number = order(marketing, (paste, 10), (floss, 5))
    row = document(clinic.db, number)
    assert (row.number, words(clinic, number), row.note) == ("SG-20261120-01", "待到货", "秋季")
    assert [line.unit_cost_fen for line in row.lines] == [600, 600]
    first = receive_purchase(
        marketing,
        document_id=number,
        arrivals=[
            Arrival(paste, 4, 580, "A1", "2027-05-31"),
            Arrival(paste, 2, lot="A2", expires_on="2027-08-31"),
        ],
    )
    assert (first.pieces, words(clinic, number)) == (6, "部分到货")
    assert levels(clinic, paste) == (6, 0)
    receive_purchase(marketing, document_id=number, arrivals=[Arrival(paste, 4), Arrival(floss, 5)])
    row = document(clinic.db, number)
    assert (row.state, words(clinic, number), row.open) == ("received", "已到齐", False)
    assert [(line.received, line.missing) for line in row.lines] == [(10, 0), (5, 0)]
    costs = clinic.db.rows(StockMove.select(StockMove.unit_cost_fen).order_by(StockMove.id))
    assert costs == [(580,), (600,), (600,), (600,)]
    assert verify(clinic).good


def test_c16_every_step_keeps_the_person_and_the_post(clinic, marketing, director, paste, floss):
    number = order(marketing, (paste, 2), (floss, 1))
    assert next_right(document(clinic.db, number)) == "purchase.receive"
    goods = [Arrival(paste, 1), Arrival(floss, 1)]
    receive_purchase(director, document_id=number, arrivals=goods)
    finish_purchase(marketing, document_id=number, reason="供货商缺货")
    steps = document(clinic.db, number).steps
    assert [(step.step, step.staff, step.role, step.occurred_on) for step in steps] == [
        ("request", STAFF["marketing"], "marketing", TODAY),
        ("receive", STAFF["director"], "director", TODAY),
        ("finish", STAFF["marketing"], "marketing", TODAY),
    ]
    assert words(clinic, number) == "短缺结束"
    assert next_right(document(clinic.db, number)) is None
    assert [line.reason for line in document(clinic.db, number).lines] == ["供货商缺货", ""]
    assert verify(clinic).good


def test_r143_numbers_run_by_kind_and_day(clinic, clock, marketing, paste):
    numbers = [document(clinic.db, order(marketing, (paste, 1))).number for _ in range(2)]
    assert numbers == ["SG-20261120-01", "SG-20261120-02"]
    assert document(clinic.db, asked(marketing, (paste, 1))).number == "SL-20261120-01"
    clock.day = "2026-11-21"
    assert document(clinic.db, order(marketing, (paste, 1))).number == "SG-20261121-01"


def test_e2_a_second_click_makes_no_second_document(clinic, marketing, paste):
    once = marketing.once(uuid.uuid4())
    first = request_purchase(once, lines=[Wanted(paste, 3)])
    assert request_purchase(once, lines=[Wanted(paste, 3)]) == first
    assert len(documents(clinic.db)) == 1
    twice = marketing.once(uuid.uuid4())
    goods = [Arrival(paste, 2)]
    done = receive_purchase(twice, document_id=first.document_id, arrivals=goods)
    assert receive_purchase(twice, document_id=first.document_id, arrivals=goods) == done
    assert levels(clinic, paste) == (2, 0)


def test_r143_more_than_ordered_needs_a_reason(clinic, marketing, paste):
    number = order(marketing, (paste, 2))
    with pytest.raises(RuleError, match=r"“牙膏”申购 2 份，到货共 3 份。多到请填写原因"):
        receive_purchase(marketing, document_id=number, arrivals=[Arrival(paste, 3)])
    assert levels(clinic, paste) == (0, 0)
    receive_purchase(marketing, document_id=number, arrivals=[Arrival(paste, 3)], reason="赠一")
    line = document(clinic.db, number).lines[0]
    assert (line.received, line.reason, line.missing) == (3, "赠一", 0)


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ([], "还没有礼品"),
        ([Wanted(1, 1), Wanted(1, 2)], "写了两行"),
        ([Wanted(1, 0)], "1 至 1000000"),
        ([Wanted(1, 1_000_001)], "1 至 1000000"),
        ([Wanted(1, 1, -1)], "不能小于零"),
        ([Wanted(99, 1)], "没有找到这种礼品"),
        ([Wanted(1, 1)] * (MOST_LINES + 1), "最多 200 行"),
    ],
)
def test_r143_lines_that_cannot_be_are_refused(clinic, marketing, paste, lines, sentence):
    with pytest.raises(RuleError, match=sentence):
        request_purchase(marketing, lines=lines)
    with pytest.raises(RuleError, match=sentence):
        request_requisition(marketing, lines=lines)
    assert documents(clinic.db) == []


def test_r143_a_gift_out_of_use_and_a_pack_are_not_ordered(marketing, paste, floss):
    stock.change_gift(marketing, gift_id=floss, active=False)
    with pytest.raises(RuleError, match="“牙线”已停用"):
        order(marketing, (floss, 1))
    kit = add_gift(marketing, code="K1", name="护理套装", band_yuan=50)
    set_parts(marketing, gift_id=kit, parts=[(paste, 1)])
    with pytest.raises(RuleError, match="“护理套装”是礼包"):
        order(marketing, (kit, 1))
    with pytest.raises(RuleError, match="“护理套装”是礼包"):
        stock.receive(marketing, gift_id=kit, quantity=1)


def test_r143_an_arrival_that_cannot_be_is_refused_whole(clinic, marketing, paste, floss):
    number = order(marketing, (paste, 5))
    for arrivals, sentence in (
        ([], "还没有填到货数量"),
        ([Arrival(floss, 1)], "申购单上没有这种礼品"),
        ([Arrival(paste, 0)], "1 至 1000000"),
        ([Arrival(paste, 1, -5)], "成本不能小于零"),
        ([Arrival(paste, 1, expires_on="2027-5")], "有效期写成"),
        ([Arrival(paste, 1, expires_on="2026-11-19")], "已过，不能入库"),
        ([Arrival(paste, 1, lot="x" * 41)], "批号太长"),
    ):
        with pytest.raises(RuleError, match=sentence):
            receive_purchase(marketing, document_id=number, arrivals=arrivals)
    with pytest.raises(RuleError, match="没有找到这张单据"):
        receive_purchase(marketing, document_id=99, arrivals=[Arrival(paste, 1)])
    with pytest.raises(RuleError, match="另一种单据"):
        send_requisition(marketing, document_id=number, lines=[])
    assert levels(clinic, paste) == (0, 0)
    receive_purchase(marketing, document_id=number, arrivals=[Arrival(paste, 1, None, "", TODAY)])


def test_r143_an_order_ends_once_and_says_who_ended_it(clinic, marketing, paste):
    number = order(marketing, (paste, 5))
    with pytest.raises(RuleError, match="请填写没有到齐的原因"):
        finish_purchase(marketing, document_id=number, reason=" ")
    with pytest.raises(RuleError, match="一件也没有到货，请用“作废”"):
        finish_purchase(marketing, document_id=number, reason="不要了")
    with pytest.raises(RuleError, match="请填写作废的原因"):
        cancel_document(marketing, document_id=number, reason="")
    receive_purchase(marketing, document_id=number, arrivals=[Arrival(paste, 1)])
    with pytest.raises(RuleError, match="已有到货，不能作废"):
        cancel_document(marketing, document_id=number, reason="不要了")
    finish_purchase(marketing, document_id=number, reason="缺货")
    with pytest.raises(RuleError, match=f"短缺结束：{TODAY}，经手 {STAFF['marketing']}。不用再办"):
        receive_purchase(marketing, document_id=number, arrivals=[Arrival(paste, 1)])


# -- 申领, 送货, 签收 ------------------------------------------------------------------------


def test_r143_goods_change_place_only_when_the_desk_signs(clinic, marketing, billing, paste):
    stocked(marketing, paste, warehouse=10, desk=0)
    number = asked(billing, (paste, 4))
    assert words(clinic, number) == "待送货"
    with pytest.raises(RuleError, match="仓库还没有登记送货"):
        signed(billing, number, (paste, 4))
    sent(marketing, number, (paste, 4))
    assert words(clinic, number) == "待签收"
    assert [row.id for row in unreceived(clinic.db)] == [number]
    assert levels(clinic, paste) == (10, 0)
    assert (on_the_way(clinic.db, paste), spare(clinic.db, paste)) == (4, 6)
    assert signed(billing, number, (paste, 4)).pieces == 4
    assert levels(clinic, paste) == (6, 4)
    assert unreceived(clinic.db) == []
    assert words(clinic, number) == "已签收"
    rows = stock.moves(clinic.db, gift_id=paste, limit=2)
    assert {(row.kind, row.quantity, row.reason) for row in rows} == {
        ("transfer", 4, "SL-20261120-01"),
        ("transfer", -4, "SL-20261120-01"),
    }
    with pytest.raises(RuleError, match=r"已签收：.*经手 周收费。不用再办"):
        signed(billing, number, (paste, 4))
    assert verify(clinic).good


def test_r143_a_short_delivery_is_a_difference_with_a_reason(
    clinic, marketing, billing, paste, floss
):
    stocked(marketing, paste, warehouse=10, desk=0)
    stocked(marketing, floss, warehouse=2, desk=0)
    number = asked(billing, (paste, 4), (floss, 1))
    sent(marketing, number, (paste, 4), (floss, 1))
    with pytest.raises(RuleError, match=r"“牙膏”送出 4 份，只收到 3 份。请写明短少的原因"):
        signed(billing, number, (paste, 3), (floss, 1))
    with pytest.raises(RuleError, match=r"“牙膏”送出 4 份，却收到 5 份。请仓库先更正送出数"):
        signed(billing, number, (paste, 5), (floss, 1))
    with pytest.raises(RuleError, match="每一行填写实收数"):
        signed(billing, number, (paste, 4))
    with pytest.raises(RuleError, match="不能小于零"):
        signed(billing, number, (paste, -1, "x"), (floss, 1))
    signed(billing, number, (paste, 3, "箱内少一"), (floss, 0, "没有收到"))
    assert (levels(clinic, paste), levels(clinic, floss)) == ((7, 3), (2, 0))
    assert words(clinic, number) == "短少签收"
    until = document(clinic.db, number).steps[-1].seq
    assert short_deliveries(clinic.db, until - 1, until) == [
        ShortDelivery("SL-20261120-01", paste, 1, "箱内少一"),
        ShortDelivery("SL-20261120-01", floss, 1, "没有收到"),
    ]
    assert short_deliveries(clinic.db, until, until + 9) == []
    assert verify(clinic).good


def test_r143_the_warehouse_sends_what_it_can_spare(clinic, marketing, billing, paste, floss):
    stocked(marketing, paste, warehouse=5, desk=0)
    one, two = asked(billing, (paste, 4), (floss, 2)), asked(billing, (paste, 4))
    with pytest.raises(RuleError, match="每一行填写送出数"):
        sent(marketing, one, (paste, 4))
    with pytest.raises(RuleError, match="“牙线”没有送，请写明原因"):
        sent(marketing, one, (paste, 4), (floss, 0))
    with pytest.raises(RuleError, match="一件也没有送出"):
        sent(marketing, one, (paste, 0, "缺"), (floss, 0, "缺"))
    with pytest.raises(RuleError, match="只申领了 4 份，不能送 5 份"):
        sent(marketing, one, (paste, 5), (floss, 0, "缺"))
    sent(marketing, one, (paste, 4), (floss, 0, "缺货"))
    with pytest.raises(RuleError, match=r"只有 1 份.*不够 2 份"):
        sent(marketing, two, (paste, 2))
    assert may_spare(clinic.db, document(clinic.db, one)) == {paste: 5, floss: 0}
    sent(marketing, one, (paste, 3), (floss, 0, "缺货"))  # corrected before it was signed for
    sent(marketing, two, (paste, 2))
    with pytest.raises(RuleError, match=r"其中 5 份已送出、等收费室签收，动不了 1 份"):
        stock.scrap(marketing, gift_id=paste, quantity=1, place="warehouse", reason="受潮")
    with pytest.raises(RuleError, match="已送出"):
        to_desk(marketing, paste, 1)
    signed(billing, one, (paste, 3))
    line = document(clinic.db, one).lines[1]
    assert (line.sent, line.received, line.reason, line.short) == (0, 0, "缺货", 0)
    signed(billing, two, (paste, 2))
    assert levels(clinic, paste) == (0, 5)


def test_c16_the_sender_does_not_sign_unless_they_hold_both(
    clinic, marketing, billing, member_admin, director, paste
):
    stocked(marketing, paste, warehouse=9, desk=0)
    number = asked(billing, (paste, 2))
    sent(member_admin, number, (paste, 2))
    with pytest.raises(Confirmable, match="确认当面交接吗") as question:
        signed(member_admin, number, (paste, 2))
    assert question.value.code == SAME_HANDS
    signed(member_admin.confirming(SAME_HANDS), number, (paste, 2))
    assert levels(clinic, paste) == (7, 2)
    other = asked(billing, (paste, 1))
    sent(marketing, other, (paste, 1))
    change_staff(director, staff_id=marketing.actor.id, role="billing")
    moved_on = sign_in(clinic, STAFF["marketing"], PIN)
    with pytest.raises(RuleError, match="请收费室的同事登录后签收"):
        signed(moved_on, other, (paste, 1))


def test_c16_one_person_hands_over_to_themselves_and_the_paper_keeps_three_steps(
    clinic, marketing, billing, member_admin, paste
):
    stocked(marketing, paste, warehouse=3, desk=0)
    with pytest.raises(RuleError, match="没有这项权限"):
        hand_over(billing, lines=[Wanted(paste, 2)])
    with pytest.raises(RuleError, match=r"只有 3 份.*不够 4 份"):
        hand_over(member_admin, lines=[Wanted(paste, 4)])
    done = hand_over(member_admin, lines=[Wanted(paste, 2)], note="晨会")
    row = document(clinic.db, done.document_id)
    assert [step.step for step in row.steps] == ["request", "send", "receive"]
    assert (row.lines[0].sent, row.lines[0].received, done.pieces) == (2, 2, 2)
    assert levels(clinic, paste) == (1, 2)
    assert verify(clinic).good


def test_r143_a_cancelled_document_moves_nothing_and_is_whose_kind_it_is(
    clinic, marketing, billing, frontdesk, paste
):
    stocked(marketing, paste, warehouse=5, desk=0)
    number = asked(frontdesk, (paste, 5))
    sent(marketing, number, (paste, 5))
    cancel_document(billing, document_id=number, reason="改天再领")
    assert words(clinic, number) == "已作废"
    assert (levels(clinic, paste), spare(clinic.db, paste)) == ((5, 0), 5)
    bought = order(marketing, (paste, 1))
    with pytest.raises(RuleError, match="您不能作废申购单。请由市场、会员管理员、院长登录"):
        cancel_document(billing, document_id=bought, reason="不要了")
    cancel_document(marketing, document_id=bought, reason="不要了")
    with pytest.raises(RuleError, match="已作废"):
        cancel_document(marketing, document_id=bought, reason="不要了")
    assert verify(clinic).good


def test_documents_are_listed_newest_first_and_open_ones_alone(clinic, marketing, billing, paste):
    first = order(marketing, (paste, 1))
    second = asked(billing, (paste, 1))
    cancel_document(marketing, document_id=first, reason="错")
    assert [row.id for row in documents(clinic.db)] == [second, first]
    assert [row.id for row in documents(clinic.db, open_only=True)] == [second]
    assert [row.id for row in documents(clinic.db, kind="purchase", limit=5)] == [first]
    assert document(clinic.db, first).last("send") is None


# -- on paper --------------------------------------------------------------------------------


def test_r143_both_papers_tell_lines_steps_and_who_signs(clinic, marketing, billing, paste):
    stocked(marketing, paste, warehouse=5, desk=0)
    bought = stock_paper(clinic.db, order(marketing, (paste, 4)))
    assert (bought.title, bought.name) == ("申购单", "申购单_SG-20261120-01")
    grids = [block for block in bought.blocks if isinstance(block, Grid)]
    assert grids[0].rows == (("G10", "牙膏", "", "10", "4 份", "6", "24", "", ""),)
    assert Text(("合计 1 种，预计金额 24 元。",)) in bought.blocks
    number = asked(billing, (paste, 4))
    sent(marketing, number, (paste, 4))
    signed(billing, number, (paste, 3, "少一"))
    paper = stock_paper(clinic.db, number)
    grids = [block for block in paper.blocks if isinstance(block, Grid)]
    assert grids[0].rows == (("G10", "牙膏", "", "4 份", "4", "3", "1", "少一"),)
    assert [row[0] for row in grids[1].rows] == ["申领", "送货", "签收"]
    assert {"收费室签收人", "短少签收", "试验口腔"} <= set(texts(paper))
    assert step_name("purchase", "receive") == "入库"
    assert document_name("purchase") == "申购单"


def test_verify_finds_moves_without_their_document(clinic, marketing, member_admin, paste):
    stocked(marketing, paste, warehouse=5, desk=0)
    done = hand_over(member_admin, lines=[Wanted(paste, 2)])
    db = clinic.db
    trigger = "stock_document_line_no_delete"
    (text,) = db.execute_sql("SELECT sql FROM sqlite_master WHERE name = ?", (trigger,)).fetchone()
    db.execute_sql(f"DROP TRIGGER {trigger}")
    db.write(StockDocumentLine.delete().where(StockDocumentLine.document_id == done.document_id))
    db.execute_sql(text)
    assert [fault.code for fault in verify(clinic).faults] == ["paper.received"]


def test_verify_finds_a_step_in_another_name(clinic, marketing, paste):
    order(marketing, (paste, 1))
    db = clinic.db
    trigger = "stock_document_step_no_update"
    (text,) = db.execute_sql("SELECT sql FROM sqlite_master WHERE name = ?", (trigger,)).fetchone()
    db.execute_sql(f"DROP TRIGGER {trigger}")
    db.execute_sql("UPDATE stock_document_step SET staff_id = 1 WHERE staff_id <> 1")
    db.execute_sql(text)
    assert [fault.code for fault in verify(clinic).faults] == ["paper.steps"]


def test_e51_after_a_count_the_sent_number_is_corrected_and_then_signed_for(
    clinic, marketing, billing, director, paste
):
    stocked(marketing, paste, warehouse=5, desk=0)
    week = open_week(director).reconciliation_id
    paper = request_requisition(billing, lines=[Wanted(paste, 5)]).document_id
    send_requisition(marketing, document_id=paper, lines=[Handed(paste, 5)])
    count_all(director, week, **{f"g{paste}_warehouse": 2})
    set_reason(director, reconciliation_id=week, gift_id=paste, place="warehouse", reason="盘少")
    sign(director, week)
    with pytest.raises(
        RuleError,
        match=r"送出 5 份，而仓库盘点后账面只有 2 份，不能签收 5 份。请仓库先.*更正送出数",
    ):
        receive_requisition(billing, document_id=paper, lines=[Handed(paste, 5)])
    assert may_spare(clinic.db, document(clinic.db, paper)) == {paste: 2}
    with pytest.raises(RuleError, match="能动用的“牙膏”只有 2"):
        send_requisition(marketing, document_id=paper, lines=[Handed(paste, 3)])
    send_requisition(marketing, document_id=paper, lines=[Handed(paste, 2)])
    receive_requisition(billing, document_id=paper, lines=[Handed(paste, 2)])
    assert levels(clinic, paste) == (0, 2)
