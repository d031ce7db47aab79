"""Statements: what is due by the clinic's own receipts, settled once, corrected later (R181, R183,
反不正当竞争法 8), and what verification finds."""

from __future__ import annotations

import pytest

from models.errors import ConstraintFault
from models.partners import PartnerStatement, PartnerStatementLine
from services.commands import Approval
from services.errors import Confirmable, RuleError
from services.forms.paper import texts
from services.forms.partner_statement import partner_statement_paper
from services.loyalty.receipts import Line, move_receipt, post_receipt, refund, void_receipt
from services.partners.agreements import SIGNATURE, end_agreement, extend
from services.partners.drafts import draft, drafts
from services.partners.introductions import (
    arrive,
    end_introduction,
    report_value,
)
from services.partners.spans import period_of
from services.partners.statement_list import (
    due,
    state_title,
    statement,
    statement_lines,
    statements,
)
from services.partners.statements import draw, settle_statement, void_statement
from services.partners.terms import Step, Terms
from services.people.merging import merge_people
from services.verify import verify
from tests.desk_world import change
from tests.gift_world import add_person
from tests.money_world import pay
from tests.services.partners.partner_world import (
    BOSS,
    agreed,
    came,
    introduced,
    partner,
    settled,
    switched_on,
)

LATER = "2026-12-01"


@pytest.fixture
def admin(director, member_admin):
    switched_on(director)
    return member_admin.confirming("clock_jump")


@pytest.fixture
def where(admin):
    return partner(admin)


@pytest.fixture
def who(admin):
    return add_person(admin, "M1")


def amount(clinic, agreement_id, direction="in"):
    return draft(clinic.db, clinic.clock.today(), agreement_id, direction).amount_fen


def codes(clinic):
    found = [fault.code for fault in verify(clinic).faults]
    return [code for code in found if code != "search.missing"]  # nobody was enrolled here


def test_r181_drawn_for_a_month_that_is_over_and_settled_under_a_voucher(
    clinic, admin, director, where, who, clock
):
    made = agreed(admin, where)
    came(admin, where, who)
    pay(admin, who, 1000)
    ids = {"agreement_id": made, "direction": "in"}
    with pytest.raises(RuleError, match="到 2026-11-30 才结束，请在 2026-12-01 以后"):
        draw(admin, **ids)
    clock.day = LATER
    drawn = draw(admin, **ids)
    assert (drawn.lines, drawn.amount_fen) == (1, 50_00)
    row = statement(clinic.db, drawn.statement_id)
    assert (row.number, row.first, row.last, row.state, row.waits) == (
        "JS-20261201-01", "2026-11-01", "2026-11-30", "drawn", True,
    )  # fmt: skip
    (line,) = statement_lines(clinic.db, row.id)
    assert (line.amounts, line.value_fen, line.why) == (
        {"": 1000_00}, 1000_00, "¥1,000 × 5% = ¥50",
    )  # fmt: skip
    with pytest.raises(RuleError, match="上一张结算单还没结清"):
        draw(admin, **ids)
    settle = {"statement_id": row.id}
    own = Approval(admin.actor.id, "郑管理", "director", SIGNATURE)
    for voucher, word, sentence in (
        (" ", BOSS, "凭证号"),
        ("x" * 61, BOSS, "凭证号"),
        ("记-12", None, "院长输入密码批准"),
        ("记-12", Approval(1, "孙院长", "director", "approve.fee"), "院长输入密码批准"),
        ("记-12", own, "须是两个人"),
    ):
        with pytest.raises(RuleError, match=sentence):
            settle_statement(admin, voucher=voucher, approval=word, **settle)
    settle_statement(admin, voucher=" 记  12 ", approval=BOSS, **settle)
    row = statement(clinic.db, row.id)
    assert (row.voucher, row.settled_on, row.approver, row.drawn_by) == (
        "记 12", LATER, "孙院长", "郑管理",
    )  # fmt: skip
    with pytest.raises(RuleError, match="已在 2026-12-01 结清"):
        settle_statement(admin, voucher="记-13", approval=BOSS, **settle)
    with pytest.raises(RuleError, match="已在 2026-12-01 结清"):
        void_statement(admin, reason="x", **settle)
    with pytest.raises(RuleError, match="没有找到这张结算单"):
        void_statement(admin, statement_id=99, reason="x")
    with pytest.raises(RuleError, match="没有找到这张结算单"):
        statement(clinic.db, 99)
    with pytest.raises(RuleError, match="到 2026-12-31 才结束"):
        draw(admin, **ids)
    assert codes(clinic) == []


def test_r181_a_later_refund_is_a_correction_and_nothing_is_paid_twice(
    clinic, admin, where, who, clock
):
    made = agreed(admin, where)
    ids = {"agreement_id": made, "direction": "in"}
    came(admin, where, who)
    receipt = pay(admin, who, 1000).receipt_id
    clock.day = LATER
    assert settled(admin, draw(admin, **ids).statement_id) == 50_00
    refund(admin, receipt_id=receipt, amount_fen=400_00, reason="少做一颗")
    clock.day = "2027-01-02"
    drawn = draw(admin, **ids)
    assert drawn.amount_fen == -20_00  # the partner pays back
    (line,) = statement_lines(clinic.db, drawn.statement_id)
    assert (line.fee_fen, line.before_fen, line.amount_fen) == (30_00, 50_00, -20_00)
    settled(admin, drawn.statement_id)
    pay(admin, who, 200)
    clock.day = "2027-02-01"
    assert settled(admin, draw(admin, **ids).statement_id) == 10_00
    clock.day = "2027-06-01"
    with pytest.raises(RuleError, match="到 2027-06-30 才结束"):
        draw(admin, **ids)  # the months without anything are passed over
    pay(admin, who, 100)
    clock.day = "2027-07-01"
    row = statement(clinic.db, draw(admin, **ids).statement_id)
    assert (row.first, row.last, row.amount_fen) == ("2027-06-01", "2027-06-30", 5_00)
    assert codes(clinic) == []


def test_r181_a_voided_statement_leaves_everything_to_the_next(clinic, admin, where, who, clock):
    made = agreed(admin, where)
    ids = {"agreement_id": made, "direction": "in"}
    came(admin, where, who)
    receipt = pay(admin, who, 1000).receipt_id
    clock.day = LATER
    first = draw(admin, **ids).statement_id
    with pytest.raises(RuleError, match="作废的原因"):
        void_statement(admin, statement_id=first, reason=" ")
    void_statement(admin, statement_id=first, reason="金额要核对")
    with pytest.raises(RuleError, match="已作废。请重新出"):
        settle_statement(admin, statement_id=first, voucher="x", approval=BOSS)
    void_receipt(
        admin, receipt_id=receipt, reason="录错",
        approval=Approval(1, "孙院长", "director", "approve.late_void"),
    )  # fmt: skip
    assert draw(admin, **ids).amount_fen == 50_00  # it was received in that month
    text = "\n".join(texts(partner_statement_paper(clinic.db, first)))
    assert "已作废：金额要核对" in text
    assert [row.state for row in statements(clinic.db)] == ["drawn", "void"]
    assert codes(clinic) == []


def test_r183_only_what_lies_in_the_agreement_counts(clinic, admin, where, who, clock):
    made = agreed(admin, where, until_on="2026-11-25")
    introduced(admin, where, who)
    pay(admin, who, 7)  # before the arrival day
    clock.day = "2026-11-21"
    arrive(admin, introduction_id=1)
    assert amount(clinic, made) == 0
    receipt = pay(admin, who, 1000).receipt_id
    clock.day = "2026-11-25"
    pay(admin, who, 100)
    clock.day = "2026-11-26"
    pay(admin, who, 5000)  # too late
    assert amount(clinic, made) == 55_00
    clock.day = LATER
    ids = {"agreement_id": made, "direction": "in"}
    settled(admin, draw(admin, **ids).statement_id)
    clock.day = "2026-12-05"
    refund(admin, receipt_id=receipt, amount_fen=1000_00, reason="不做了")  # after its end
    clock.day = "2027-01-01"
    assert settled(admin, draw(admin, **ids).statement_id) == -50_00
    with pytest.raises(RuleError, match="到期的协议不用终止"):
        end_agreement(admin, agreement_id=made, on="2026-11-25", reason="x")
    extend(admin, agreement_id=made, until_on="2026-11-26", approval=BOSS)
    assert amount(clinic, made) == 250_00  # an agreement that runs longer takes in more


def test_r183_an_end_is_not_before_what_is_settled_and_cuts_off(clinic, admin, where, who, clock):
    made = agreed(admin, where)
    came(admin, where, who)
    pay(admin, who, 1000)
    clock.day = "2026-12-05"
    settled(admin, draw(admin, agreement_id=made, direction="in").statement_id)
    pay(admin, who, 100)
    with pytest.raises(RuleError, match="已结算到 2026-11-30"):
        end_agreement(admin, agreement_id=made, on="2026-11-29", reason="x")
    end_agreement(admin, agreement_id=made, on="2026-12-04", reason="x")
    assert amount(clinic, made) == 0


def test_r180_what_was_ended_withdrawn_or_mistaken(clinic, admin, where, clock):
    made = agreed(admin, where, model="mixed", terms=Terms(50, 100_00))
    people = [add_person(admin, f"N{n}") for n in range(3)]
    rows = [came(admin, where, each) for each in people]
    for each in people:
        pay(admin, each, 100)
    assert amount(clinic, made) == 3 * 105_00
    for row, how in zip(rows, ("done", "withdrawn", "mistake"), strict=True):
        end_introduction(admin, introduction_id=row, how=how, reason="x")
    clock.day = "2026-11-21"
    for each in people:
        pay(admin, each, 500)
    assert amount(clinic, made) == 2 * 105_00
    clock.day = LATER
    ids = {"agreement_id": made, "direction": "in"}
    settled(admin, draw(admin, **ids).statement_id)
    end_introduction(admin, introduction_id=rows[0], how="mistake", reason="不是她")
    clock.day = "2027-01-01"
    drawn = draw(admin, **ids)
    assert drawn.amount_fen == -105_00
    assert codes(clinic) == []


def test_r182_by_item_class_and_value(clinic, admin, where, who, clock):
    steps = (Step(0, 100, "种植"), Step(0, 20))
    made = agreed(admin, where, model="stepped", terms=Terms(steps=steps))
    came(admin, where, who)
    lines = (Line("种植", "种植体", 9_000_00), Line("洁牙", "洁牙", 1_000_00),
             Line("药品", "药", 500_00, void=True))  # fmt: skip
    post_receipt(admin, person_id=who, amount_fen=5_000_00, lines=lines)  # half of it paid
    assert amount(clinic, made) == 450_00 + 10_00
    one = add_person(admin, "M2")
    came(admin, where, one, item_class="洁牙")
    post_receipt(admin, person_id=one, amount_fen=10_000_00, lines=lines)
    assert amount(clinic, made) == 460_00 + 20_00  # only what they were introduced for


def test_r181_whom_a_receipt_counts_for(clinic, admin, where, who):
    made = agreed(admin, where)
    came(admin, where, who)
    husband = add_person(admin, "M2")
    pay(admin, husband, 1000, patient_id=who)  # treated who was introduced
    assert amount(clinic, made) == 50_00
    pay(admin, who, 100, patient_id=husband)  # paid for somebody else
    assert amount(clinic, made) == 50_00
    wrong = pay(admin, husband, 200).receipt_id
    move_receipt(admin, receipt_id=wrong, to_person_id=who, reason="录错人")
    assert amount(clinic, made) == 60_00
    mine = pay(admin, who, 300).receipt_id
    assert amount(clinic, made) == 75_00
    move_receipt(admin, receipt_id=mine, to_person_id=husband, reason="录错人")
    assert amount(clinic, made) == 60_00


def test_e62_a_receipt_of_somebody_recorded_twice_counts_once(clinic, admin, where, who):
    made = agreed(admin, where)
    double = add_person(admin, "M2")
    came(admin, where, who)
    came(admin, where, double, agreement_id=0)
    pay(admin, who, 1000)
    pay(admin, double, 100)
    assert amount(clinic, made) == 50_00
    merge_people(admin, survivor_id=double, merged_id=who)
    assert amount(clinic, made) == 55_00  # the first introduction takes both records'
    assert drafts(clinic.db, clinic.clock.today())[0].lines[0].introduction.person_id == double


def test_r181_outbound_by_what_the_partner_says(clinic, admin, where, who, clock):
    made = agreed(admin, where, direction="both")
    row = came(admin, where, who, "out", item_class="种植")
    assert [each.kind for each in due(clinic.db, clock.day)] == ["report"]
    report_value(admin, introduction_id=row, value_fen=0)
    assert due(clinic.db, clock.day) == []
    report_value(admin, introduction_id=row, value_fen=3_000_00)
    clock.day = LATER
    drawn = draw(admin, agreement_id=made, direction="out")
    assert drawn.amount_fen == 150_00
    text = "\n".join(texts(partner_statement_paper(clinic.db, drawn.statement_id)))
    for part in ("应收 ¥150", "介绍出去", "王**", "种植", "HT-1", "待结清", "对公账户"):
        assert part in text
    assert "王小明" not in text
    settled(admin, drawn.statement_id)
    text = "\n".join(texts(partner_statement_paper(clinic.db, drawn.statement_id)))
    assert "2026-12-01 结清，孙院长批准" in text


def test_r181_what_is_not_drawn(clinic, admin, where, who, clock):
    alliance = agreed(admin, where, contract="2", model="alliance", terms=Terms())
    paid = agreed(admin, where)
    came(admin, where, who, agreement_id=alliance)
    pay(admin, who, 1000)
    for agreement_id, way, sentence in (
        (alliance, "in", "没有费用"), (paid, "out", "不管介绍出去"), (99, "in", "没有找到这份协议"),
    ):  # fmt: skip
        with pytest.raises(RuleError, match=sentence):
            draw(admin, agreement_id=agreement_id, direction=way)
    assert [each.agreement.id for each in drafts(clinic.db, clock.day)] == [paid]


def test_r183_one_by_one_is_drawn_any_day(clinic, admin, where, who, clock):
    made = agreed(admin, where, model="once", terms=Terms(sum_fen=200_00), rhythm="each")
    ids = {"agreement_id": made, "direction": "in"}
    with pytest.raises(RuleError, match="没有要结算的介绍"):
        draw(admin, **ids)
    came(admin, where, who)
    drawn = draw(admin, **ids)
    assert drawn.amount_fen == 200_00
    settled(admin, drawn.statement_id)
    came(admin, where, add_person(admin, "M2"))
    with pytest.raises(RuleError, match="今天已经出过"):
        draw(admin, **ids)
    clock.day = "2026-11-21"
    (row,) = due(clinic.db, clock.day)
    assert (row.kind, row.on) == ("draw", "2026-11-21")
    with pytest.raises(Confirmable, match="已用于结算单"):
        settled(admin, draw(admin, **ids).statement_id, "记-1")
    settled(admin.confirming("partner_voucher"), 2, "记-1")
    assert codes(clinic) == []


def test_r183_periods_of_the_calendar():
    assert period_of("month", "2028-02-10") == ("2028-02-01", "2028-02-29")
    assert period_of("quarter", "2026-11-20") == ("2026-10-01", "2026-12-31")
    assert period_of("half", "2026-06-30") == ("2026-01-01", "2026-06-30")
    assert period_of("year", "2026-06-30") == ("2026-01-01", "2026-12-31")
    assert period_of("each", "2026-06-30") == ("2026-06-30", "2026-06-30")


def test_r183_what_is_due_when(clinic, admin, where, who, clock):
    agreed(admin, where)
    agreed(admin, where, contract="2", until_on="2027-01-15", direction="out")
    came(admin, where, who, agreement_id=1)
    pay(admin, who, 1000)
    assert [row.kind for row in due(clinic.db, clock.day)] == ["ending"]
    clock.day = LATER
    first, second = due(clinic.db, clock.day)
    assert (first.kind, first.on, first.text) == (
        "draw", LATER, "出结算单：2026-11-01 至 2026-11-30，应付 ¥50",
    )  # fmt: skip
    assert second.text == "合同“2”(介绍出去) 2027-01-15 到期，请续期或另签"
    assert first.id != second.id
    draw(admin, agreement_id=1, direction="in")
    assert due(clinic.db, clock.day)[0].text == "登记凭证、结清 JS-20261201-01：应付 ¥50"
    assert state_title("void") == "已作废"


def test_r183_somebody_whose_record_was_left_still_stands_on_it(clinic, admin, where, who):
    made = agreed(admin, where)
    came(admin, where, who)
    pay(admin, who, 1000)
    change(admin, who, state="withdrawn")
    assert amount(clinic, made) == 50_00


def test_r183_what_is_settled_never_changes(clinic, admin, where, who, clock):
    made = agreed(admin, where)
    came(admin, where, who)
    pay(admin, who, 1000)
    clock.day = LATER
    number = draw(admin, agreement_id=made, direction="in").statement_id
    db = clinic.db
    with pytest.raises(ConstraintFault), db.immediate():
        db.write(PartnerStatement.update(amount_fen=5))
    settled(admin, number)
    for change_row in (PartnerStatement.update(voucher="x"), PartnerStatement.update(state="void"),
                       PartnerStatementLine.update(fee_fen=5)):  # fmt: skip
        with pytest.raises(ConstraintFault), db.immediate():
            db.write(change_row)


@pytest.mark.parametrize(
    ("statement_sql", "code"),
    [
        ("UPDATE partner_statement_line SET fee_fen = 1", "partner.fee"),
        ("UPDATE partner_statement_line SET value_fen = 1", "partner.fee"),
        ("UPDATE partner_statement_line SET before_fen = 1", "partner.before"),
        ("UPDATE partner_statement SET amount_fen = 1", "partner.sum"),
        ("UPDATE partner_statement SET approved_by = 5", "partner.settled"),
        ("UPDATE introduction SET direction = 'out'", "partner.agreement"),
        ("UPDATE introduction SET partner_id = 2", "partner.agreement"),
    ],
)
def test_e64_verify_finds_what_was_tampered_with(
    clinic, admin, where, who, clock, statement_sql, code
):
    partner(admin, "安康诊所")
    made = agreed(admin, where)
    came(admin, where, who)
    pay(admin, who, 1000)
    clock.day = LATER
    settled(admin, draw(admin, agreement_id=made, direction="in").statement_id)
    assert codes(clinic) == []
    triggers = clinic.db.execute_sql(
        "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name LIKE 'partner%'"
    ).fetchall()
    with clinic.db.immediate():
        for name, _ in triggers:
            clinic.db.execute_sql(f"DROP TRIGGER {name}")
        clinic.db.execute_sql(statement_sql)
        for _, sql in triggers:
            clinic.db.execute_sql(sql)
    assert code in codes(clinic)
