"""Catalogue, two places, moves: never negative, every refusal says what to do."""

import pytest

from models.errors import ConstraintFault
from models.gifts import StockLevel, StockMove
from services.errors import RuleError
from services.gifts import stock
from services.gifts.documents import Wanted
from services.gifts.purchasing import request_purchase
from tests.gift_world import add_gift, levels, stocked, to_desk


@pytest.fixture
def gift(marketing):
    return add_gift(marketing)


def test_r139_the_catalogue_keeps_code_band_cost_and_safety_stock(clinic, marketing):
    gift_id = add_gift(marketing, spec="90 克", unit="支", source="inhouse", safety_stock=5)
    (row,) = stock.list_gifts(clinic.db)
    assert (row.id, row.code, row.name, row.spec, row.unit) == (
        gift_id, "G10", "牙膏", "90 克", "支",
    )  # fmt: skip
    assert (row.source, row.band_fen, row.cost_fen, row.safety_stock) == ("inhouse", 1000, 600, 5)
    assert row.active


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"code": " "}, "请填写礼品编号和名称"),
        ({"name": ""}, "请填写礼品编号和名称"),
        ({"code": "G10"}, "编号“G10”已有"),
        ({"name": "牙膏"}, "已有名叫“牙膏”"),
        ({"unit": " "}, "计量单位"),
        ({"source": "stolen"}, "外购"),
        ({"band_fen": -1}, "不能小于零"),
        ({"cost_fen": -1}, "不能小于零"),
        ({"safety_stock": -1}, "不能小于零"),
    ],
)
def test_r139_a_gift_that_cannot_be_is_refused(gift, marketing, values, sentence):
    with pytest.raises(RuleError, match=sentence):
        stock.define_gift(marketing, **{"code": "G11", "name": "牙线", "band_fen": 1000, **values})


def test_a_gift_is_changed_and_may_keep_its_own_name(clinic, gift, marketing):
    stock.change_gift(marketing, gift_id=gift, name="牙膏", code="G10", safety_stock=3, band_fen=0)
    (row,) = stock.list_gifts(clinic.db)
    assert (row.safety_stock, row.band_fen) == (3, 0)
    other = add_gift(marketing, code="G11", name="牙线")
    with pytest.raises(RuleError, match=r"已有名叫"):
        stock.change_gift(marketing, gift_id=other, name="牙膏")
    with pytest.raises(RuleError, match=r"没有任何改动"):
        stock.change_gift(marketing, gift_id=gift)
    with pytest.raises(RuleError, match=r"没有找到这种礼品"):
        stock.change_gift(marketing, gift_id=99, name="x")


def test_a_gift_in_stock_cannot_be_taken_out_of_use(clinic, gift, marketing):
    stock.receive(marketing, gift_id=gift, quantity=1)
    with pytest.raises(RuleError, match=r"还有库存，不能停用"):
        stock.change_gift(marketing, gift_id=gift, active=False)
    stock.scrap(marketing, gift_id=gift, quantity=1, place="warehouse", reason="过期")
    stock.change_gift(marketing, gift_id=gift, active=False)
    assert stock.list_gifts(clinic.db) == [] == stock.stock_levels(clinic.db)
    assert [row.active for row in stock.list_gifts(clinic.db, everything=True)] == [False]
    assert [row.active for row in stock.stock_levels(clinic.db, everything=True)] == [False]
    with pytest.raises(RuleError, match=r"已停用"):
        stock.receive(marketing, gift_id=gift, quantity=1)
    stock.change_gift(marketing, gift_id=gift, active=True)
    stock.receive(marketing, gift_id=gift, quantity=1)


def test_r143_goods_go_from_purchase_to_warehouse_to_desk(clinic, gift, marketing):
    done = stock.receive(marketing, gift_id=gift, quantity=10, unit_cost_fen=650)
    assert done.left == 10
    to_desk(marketing, gift, 4)
    assert levels(clinic, gift) == (6, 4)
    assert stock.transfer(marketing, gift_id=gift, quantity=1).left == 3
    stock.adjust(marketing_director(clinic), gift_id=gift, quantity=-2, place="desk", reason="错登")
    stock.adjust(marketing_director(clinic), gift_id=gift, quantity=1, place="desk", reason="错登")
    (row,) = stock.stock_levels(clinic.db)
    assert (row.warehouse, row.desk, row.below_safety) == (7, 2, False)
    costs = clinic.db.rows(StockMove.select(StockMove.unit_cost_fen).order_by(StockMove.id))
    assert costs[0] == (650,)
    assert set(costs[1:]) == {(600,)}


def marketing_director(clinic):
    from services.staff import sign_in
    from tests.conftest import PIN, STAFF

    return sign_in(clinic, STAFF["director"], PIN)


def test_safety_stock_counts_both_places(clinic, marketing):
    gift = add_gift(marketing, safety_stock=3)
    stocked(marketing, gift, warehouse=1, desk=1)
    assert stock.stock_levels(clinic.db)[0].below_safety
    stock.receive(marketing, gift_id=gift, quantity=1)
    assert not stock.stock_levels(clinic.db)[0].below_safety


def test_e32_stock_is_never_negative_and_the_refusal_says_where_to_go(clinic, gift, marketing):
    stocked(marketing, gift, warehouse=8, desk=2)
    with pytest.raises(
        RuleError, match=r"收费室只剩 2 份“牙膏”，不够 3 份。请先从仓库申领.仓库有 8"
    ):
        stock.scrap(marketing, gift_id=gift, quantity=3, place="desk", reason="破损")
    with pytest.raises(RuleError, match=r"仓库只剩 8 份“牙膏”，不够 9 份.收费室有 2 份.。请先入库"):
        to_desk(marketing, gift, 9)
    to_desk(marketing, gift, 8)
    with pytest.raises(RuleError, match=r"收费室只剩 10 份.*仓库也没有.0 份.。请市场部先申购入库"):
        stock.scrap(marketing, gift_id=gift, quantity=11, place="desk", reason="破损")
    assert levels(clinic, gift) == (0, 10)


def test_e32_the_schema_is_the_net_under_the_check(clinic, gift):
    with pytest.raises(ConstraintFault), clinic.db.immediate():
        clinic.db.write(StockLevel.update(quantity=-1).where(StockLevel.gift_id == gift))


@pytest.mark.parametrize("quantity", [0, -1, stock.LARGEST + 1])
def test_a_quantity_is_a_whole_number_above_zero(gift, marketing, quantity):
    with pytest.raises(RuleError, match=r"数量请填 1 至"):
        stock.receive(marketing, gift_id=gift, quantity=quantity)
    with pytest.raises(RuleError, match=r"数量请填 1 至"):
        stock.transfer(marketing, gift_id=gift, quantity=quantity)


def test_moves_that_make_no_sense_are_refused(gift, marketing, director, frontdesk):
    with pytest.raises(RuleError, match=r"库位请选"):
        stock.receive(marketing, gift_id=gift, quantity=1, place="cellar")
    with pytest.raises(RuleError, match=r"成本不能小于零"):
        stock.receive(marketing, gift_id=gift, quantity=1, unit_cost_fen=-1)
    with pytest.raises(RuleError, match=r"报损的原因"):
        stock.scrap(marketing, gift_id=gift, quantity=1, place="desk", reason=" ")
    with pytest.raises(RuleError, match=r"调整的原因"):
        stock.adjust(director, gift_id=gift, quantity=1, place="desk", reason="")
    with pytest.raises(RuleError, match=r"不能是零"):
        stock.adjust(director, gift_id=gift, quantity=0, place="desk", reason="x")
    with pytest.raises(RuleError, match=r"没有找到这种礼品"):
        stock.receive(marketing, gift_id=99, quantity=1)
    with pytest.raises(RuleError, match=r"没有这项权限.*市场、会员管理员、院长"):
        stock.receive(frontdesk, gift_id=gift, quantity=1)


def test_e65_the_drill_down_tells_who_and_when(clinic, gift, marketing, billing, clock):
    stock.receive(marketing, gift_id=gift, quantity=5, reason="首批")
    head = clinic.db.scalar(StockMove.select(StockMove.seq))
    clock.time = "10:30:00"
    to_desk(billing, gift, 2)
    rows = stock.moves(clinic.db)
    assert [(r.place, r.kind, r.quantity, r.staff) for r in rows] == [
        ("desk", "transfer", 2, "周收费"),
        ("warehouse", "transfer", -2, "周收费"),
        ("warehouse", "receive", 5, "吴市场"),
    ]
    assert rows[0].at > rows[2].at
    assert rows[2].reason == "首批"
    assert len(stock.moves(clinic.db, after_seq=head, place="desk", gift_id=gift)) == 1
    assert len(stock.moves(clinic.db, until_seq=head)) == 1
    assert len(stock.moves(clinic.db, limit=2)) == 2


def test_every_kind_and_place_has_a_name():
    kinds = ("receive", "transfer", "issue", "return", "scrap", "adjust", "count")
    assert [stock.kind_name(kind) for kind in kinds] == [
        "入库", "申领", "发放", "退回", "报损", "调整", "盘点",
    ]  # fmt: skip
    assert [stock.place_name(place) for place in stock.PLACES] == ["仓库", "收费室"]


@pytest.mark.parametrize(
    ("from_place", "to_place"),
    [("warehouse", "desk"), ("warehouse", "warehouse"), ("desk", "desk"), ("desk", "cellar")],
)
def test_r143_goods_reach_the_desk_by_requisition_only(
    clinic, gift, marketing, billing, from_place, to_place
):
    stocked(marketing, gift, warehouse=5, desk=1)
    with pytest.raises(RuleError, match="只能从收费室退回仓库。仓库的货请开申领单"):
        stock.transfer(billing, gift_id=gift, quantity=1, from_place=from_place, to_place=to_place)
    assert levels(clinic, gift) == (5, 1)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"band_fen": 10**30}, "价值档最多 1,000,000 元"),
        ({"cost_fen": 100_000_001}, "成本最多 1,000,000 元"),
        ({"safety_stock": 1_000_001}, "安全库存最多 1,000,000 件"),
    ],
)
def test_r139_what_no_gift_can_be_worth_is_refused(gift, marketing, values, sentence):
    with pytest.raises(RuleError, match=sentence):
        stock.change_gift(marketing, gift_id=gift, **values)
    stock.change_gift(marketing, gift_id=gift, band_fen=100_000_000, cost_fen=100_000_000)


def test_r139_no_piece_costs_more_than_a_gift_can(gift, marketing):
    with pytest.raises(RuleError, match="成本最多 1,000,000 元"):
        stock.receive(marketing, gift_id=gift, quantity=1, unit_cost_fen=10**30)
    with pytest.raises(RuleError, match="成本最多 1,000,000 元"):
        request_purchase(marketing, lines=[Wanted(gift, 1, 10**30)])
