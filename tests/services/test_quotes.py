"""What a bill costs a person of the clinic: memberships, birthdays and first visits of the day."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from models.gifts import EntitlementGrant
from models.ledgers import OpeningBalance
from models.people import LunarBirthday, LunarDay, Membership, Person, PersonAlias
from models.schemes import Award, FeePayment
from services.clock import plus_days
from services.desk.visits import change_visit, check_in
from services.errors import RuleError
from services.loyalty.first_visit import is_first_visit
from services.loyalty.grants import grants_of
from services.loyalty.membership import join
from services.loyalty.quotes import coupons_of, member_prices, quote_receipt
from services.loyalty.receipts import Line, post_receipt, void_receipt
from services.loyalty.service_use import use_service, void_use
from services.loyalty.standing import settle_person
from services.programmes.definition import Benefit, Discount, Fee
from services.programmes.items import ITEM_CLASSES
from services.programmes.pricing import BillLine
from services.programmes.registry import main_timeline, preset, timelines
from tests.conftest import TODAY
from tests.gift_world import in_command
from tests.money_world import grant_id, member, pay, person, sign, stand

YESTERDAY = "2026-11-19"
EXAM = (BillLine("检查", "全景片", 100_00),)
CARE = (BillLine("治疗", "补牙", 100_00),)
A = preset("医院方案A")
S16 = preset("诊所付费")


def with_prices(*percents, programme=A, **more):
    """A programme with a price for everything in each of its first tiers."""
    tiers = [
        replace(tier, discounts=(*tier.discounts, Discount(pay_percent)))
        for tier, pay_percent in zip(programme.tiers, percents, strict=False)
    ]
    return replace(programme, tiers=(*tiers, *programme.tiers[len(percents) :]), **more)


def by_year(programme):
    """诊所付费 with a year's fees, which its seed does not name (C18)."""
    ordinary, *paid = programme.tiers
    paid = [replace(t, fees=(Fee(t.fees[0].yuan, "year"),)) for t in paid]
    return replace(programme, tiers=(ordinary, *paid))


def change(session, **columns):
    """Change a person's record behind the desk's back."""
    person_id = columns.pop("person_id")
    in_command(
        session,
        lambda tx: tx.db.write(Person.update(**columns).where(Person.id == person_id)),
    )


@pytest.fixture
def s16(director):
    """诊所付费 beside 医院方案A; answers its id."""
    sign(director, by_year(S16))
    return 2


@pytest.fixture
def enrol_paid(director, s16):
    """Pay the fee of a tier of 诊所付费 today."""

    def pay_fee(person_id, rank, months=12):
        version_id = timelines(director.db)[1].versions[-1].id

        def body(tx):
            ids = {"person_id": person_id, "programme_id": s16, "version_id": version_id}
            who = {"staff_id": tx.actor.id, "seq": tx.seq}
            membership = tx.db.insert(
                Membership, **ids, **who, state="active", joined_on=tx.today, basis="paid"
            )
            tx.db.insert(
                FeePayment, **ids, **who, membership_id=membership, kind="payment", rank=rank,
                months=months, amount_fen=0, listed_fen=0, occurred_on=tx.today,
            )  # fmt: skip
            settle_person(tx, person_id)
            return membership

        return in_command(director, body)

    return pay_fee


def quoted(clinic, person_id, lines=CARE, on=TODAY, **more):
    """What the lines cost on a day that is today."""
    return quote_receipt(clinic.db, on, person_id=person_id, lines=lines, **more).pay_fen


# -- memberships of the day ------------------------------------------------------------------


@pytest.mark.parametrize(("rank", "pays"), [(1, 90_00), (2, 80_00), (3, 70_00)])
def test_r104_r105_r106_a_paid_member_pays_the_tiers_price(
    clinic, frontdesk, enrol_paid, rank, pays
):
    who = person(frontdesk)
    assert quoted(clinic, who) == 100_00
    enrol_paid(who, rank)
    assert quoted(clinic, who) == pays


def test_e11_a_quoted_receipt_earns_on_what_is_paid(clinic, frontdesk, enrol_paid):
    who = person(frontdesk)
    enrol_paid(who, 3)
    bill = (BillLine("治疗", "补牙", 999_99), BillLine("药品", "止痛药", 50_00))
    quote = quote_receipt(clinic.db, TODAY, person_id=who, lines=bill)
    assert [line.pay_fen for line in quote.lines] == [699_99, 50_00]
    posted = post_receipt(
        frontdesk,
        person_id=who,
        amount_fen=quote.pay_fen,
        discount_fen=quote.discount_fen,
        lines=tuple(Line(b.item_class, b.item, b.list_fen) for b in bill),
    )
    assert posted.points == 749
    assert stand(clinic, who).spend_fen == 749_99


def test_e39_the_tier_held_before_the_bill_prices_the_bill_that_crosses(
    clinic, director, frontdesk
):
    sign(director, with_prices(90, 80))
    who = member(frontdesk, 1000)
    assert quoted(clinic, who, (BillLine("种植", "种植体", 6000_00),)) == 5400_00
    pay(frontdesk, who, 5400)
    assert stand(clinic, who).rank == 2
    assert quoted(clinic, who) == 80_00


def test_e61_a_term_that_ran_out_gives_no_price_even_before_the_catch_up(
    clinic, frontdesk, enrol_paid
):
    who = person(frontdesk)
    enrol_paid(who, 3, months=1)
    assert quoted(clinic, who, on="2026-12-19") == 70_00
    assert quoted(clinic, who, on="2026-12-20") == 100_00
    assert quoted(clinic, who, on="2026-12-20", occurred_on="2026-12-19") == 70_00


def test_e61_the_price_ends_with_the_day_of_leaving(clinic, frontdesk, director, enrol_paid):
    who = person(frontdesk)
    membership = enrol_paid(who, 3)
    left = plus_days(TODAY, 10)

    def leave(tx):
        gone = Membership.update(state="left", ended_on=left, end_seq=tx.seq)
        tx.db.write(gone.where(Membership.id == membership))

    in_command(director, leave)
    assert quoted(clinic, who, on=left) == 100_00
    assert quoted(clinic, who, on=left, occurred_on=plus_days(left, -1)) == 70_00


def test_r120_reaching_a_tier_gives_no_price_before_joining(clinic, director, frontdesk):
    sign(director, with_prices(90))
    who = person(frontdesk)
    pay(frontdesk, who, 2000)
    assert stand(clinic, who).rank == 1
    assert quoted(clinic, who) == 100_00
    join(frontdesk, person_id=who, benefits_explained=True)
    assert quoted(clinic, who) == 90_00
    assert quoted(clinic, who, occurred_on=YESTERDAY) == 100_00


def test_e12_the_version_in_force_on_the_day_of_the_bill_decides(
    clinic, director, frontdesk, clock
):
    sign(director, with_prices(90))
    who = member(frontdesk)
    clock.day = plus_days(TODAY, 5)
    sign(director, with_prices(70), valid_from=clock.day)
    assert quoted(clinic, who, on=clock.day) == 70_00
    assert quoted(clinic, who, on=clock.day, occurred_on=TODAY) == 90_00


def test_r064_of_two_programmes_each_line_gets_the_better(clinic, director, frontdesk, enrol_paid):
    sign(director, with_prices(85))
    who = member(frontdesk)
    enrol_paid(who, 1)
    lines = (BillLine("保健品", "牙膏", 100_00), *CARE)
    quote = quote_receipt(clinic.db, TODAY, person_id=who, lines=lines)
    assert [line.pay_fen for line in quote.lines] == [85_00, 85_00]
    assert "没有用：医院方案A的价更低" in quote.lines[1].unused[0]
    enrol_paid(other := member(frontdesk), 3)
    assert quoted(clinic, other) == 70_00


def test_e62_who_was_merged_brings_the_membership_along(clinic, director, frontdesk):
    sign(director, with_prices(90))
    merged, survivor = member(frontdesk), person(frontdesk)

    def merge(tx):
        tx.db.insert(
            PersonAlias, merged_id=merged, survivor_id=survivor, merged_on=tx.today,
            staff_id=tx.actor.id, seq=tx.seq,
        )  # fmt: skip

    in_command(director, merge)
    assert quoted(clinic, survivor) == 90_00
    assert quoted(clinic, merged) == 90_00
    assert is_first_visit(clinic.db, survivor, plus_days(TODAY, 1)) is False


def test_a_negative_amount_is_refused(clinic, frontdesk):
    with pytest.raises(RuleError, match="不能是负数"):
        quoted(clinic, person(frontdesk), (BillLine("治疗", "补牙", -1),))


# -- birthdays (E52, E53, R111) --------------------------------------------------------------


@pytest.mark.parametrize(
    ("born", "on", "pays"),
    [
        ("1990-12-20", "2026-12-19", 70_00),
        ("1990-12-20", "2026-12-20", 50_00),
        ("1990-12-20", "2026-12-21", 70_00),
        ("2004-02-29", "2027-02-27", 70_00),
        ("2004-02-29", "2027-02-28", 50_00),
        ("2004-02-29", "2027-03-01", 70_00),
        ("2004-02-29", "2028-02-28", 70_00),
        ("2004-02-29", "2028-02-29", 50_00),
        (None, "2026-12-20", 70_00),
    ],
)
def test_r111_e52_half_price_on_the_birthday_and_on_no_other_day(
    clinic, frontdesk, enrol_paid, born, on, pays
):
    who = person(frontdesk)
    change(frontdesk, person_id=who, birthday=born)
    enrol_paid(who, 3, months=0)
    assert quoted(clinic, who, on=on) == pays


@pytest.mark.parametrize(
    ("on", "pays"), [("2027-01-04", 70_00), ("2027-01-05", 50_00), ("2026-12-10", 70_00)]
)
def test_e53_a_lunar_birthday_is_the_solar_day_of_its_year_also_past_new_year(
    clinic, frontdesk, enrol_paid, on, pays
):
    who = person(frontdesk)
    change(frontdesk, person_id=who, birthday="1990-12-10")
    enrol_paid(who, 3)

    def keep(tx):
        tx.db.insert(LunarBirthday, person_id=who, month=11, day=27, leap=0, seq=tx.seq)
        for year, day in ((2025, "2026-01-15"), (2026, "2027-01-05"), (2027, "2027-12-25")):
            tx.db.insert(LunarDay, person_id=who, year=year, day=day)

    in_command(frontdesk, keep)
    assert quoted(clinic, who, on=on) == pays


def test_e9_the_birthday_that_counts_is_the_patients(clinic, frontdesk, enrol_paid):
    parent, child = person(frontdesk), person(frontdesk)
    change(frontdesk, person_id=parent, birthday="1990-11-20")
    change(frontdesk, person_id=child, birthday="2018-11-21")
    enrol_paid(parent, 3)
    assert quoted(clinic, parent) == 50_00
    assert quoted(clinic, parent, patient_id=child) == 70_00
    assert quoted(clinic, parent, on="2026-11-21", patient_id=child) == 50_00


# -- first visits (R017, R097) ---------------------------------------------------------------


@pytest.fixture
def free_first(director):
    """医院方案A with a free first examination for everybody in its first tier."""
    first = Discount(0, classes=("检查",), name="初诊检查", window="first_visit")
    tiers = (replace(A.tiers[0], discounts=(first,)), *A.tiers[1:])
    sign(director, replace(A, tiers=tiers))


def test_r097_the_first_examination_is_free_all_day_and_not_the_day_after(
    clinic, frontdesk, free_first
):
    who = member(frontdesk)  # paid today already, on the same first visit
    assert quoted(clinic, who, EXAM) == 0
    assert quoted(clinic, who, CARE) == 100_00
    assert quoted(clinic, who, EXAM, on=plus_days(TODAY, 1)) == 100_00
    assert quoted(clinic, who, EXAM, on=plus_days(TODAY, 1), occurred_on=TODAY) == 0


def test_e9_the_first_visit_that_counts_is_the_patients(clinic, frontdesk, free_first):
    parent, child = member(frontdesk), person(frontdesk)
    tomorrow = plus_days(TODAY, 1)
    assert quoted(clinic, parent, EXAM, on=tomorrow, patient_id=child) == 0
    assert quoted(clinic, parent, EXAM, on=tomorrow) == 100_00


def test_a_receipt_for_somebody_else_is_no_visit_of_the_payer(clinic, frontdesk):
    payer, patient = person(frontdesk), person(frontdesk)
    pay(frontdesk, payer, 100, patient_id=patient)
    tomorrow = plus_days(TODAY, 1)
    assert is_first_visit(clinic.db, payer, tomorrow)
    assert not is_first_visit(clinic.db, patient, tomorrow)
    change(frontdesk, person_id=patient, last_visit_on=None)
    assert not is_first_visit(clinic.db, patient, tomorrow)


def test_a_void_receipt_was_no_visit(clinic, frontdesk):
    who = person(frontdesk)
    receipt = pay(frontdesk, who, 100, occurred_on=YESTERDAY)
    change(frontdesk, person_id=who, last_visit_on=None)
    assert not is_first_visit(clinic.db, who, TODAY)
    void_receipt(frontdesk, receipt_id=receipt.receipt_id, reason="录错")
    assert is_first_visit(clinic.db, who, TODAY)


def test_who_comes_after_years_stays_known_when_today_is_written_down(clinic, frontdesk):
    who, new = person(frontdesk), person(frontdesk)
    change(frontdesk, person_id=who, last_visit_on="2020-01-01")
    assert not is_first_visit(clinic.db, who, TODAY)
    assert is_first_visit(clinic.db, who, "2020-01-01")
    for each in (who, new):
        check_in(frontdesk, person_id=each)
    assert not is_first_visit(clinic.db, who, TODAY)
    assert is_first_visit(clinic.db, new, TODAY)


@pytest.mark.parametrize(("state", "first"), [("waiting", False), ("no_show", True)])
def test_an_earlier_visit_counts_unless_nobody_came(clinic, frontdesk, state, first):
    who = person(frontdesk)
    visit = check_in(frontdesk, person_id=who)
    if state != "waiting":
        change_visit(frontdesk, visit_id=visit.visit_id, to_state=state)
    change(frontdesk, person_id=who, last_visit_on=None)
    assert is_first_visit(clinic.db, who, plus_days(TODAY, 1)) is first


def test_money_in_the_old_register_was_for_earlier_visits(clinic, frontdesk):
    who, empty = person(frontdesk), person(frontdesk)

    def open_books(tx):
        for each, fen in ((who, 500_00), (empty, 0)):
            tx.db.insert(
                OpeningBalance, person_id=each, programme_id=1, spend_fen=fen, points=0,
                gifts_settled=0, occurred_on=tx.today, seq=tx.seq,
            )  # fmt: skip

    in_command(frontdesk, open_books)
    assert not is_first_visit(clinic.db, who, TODAY)
    assert is_first_visit(clinic.db, who, YESTERDAY)
    assert is_first_visit(clinic.db, empty, TODAY)


# -- what was waived (R133) ------------------------------------------------------------------

REGISTRATION = (BillLine("挂号", "挂号费", 10_00),)


def test_r133_a_new_guest_of_a_member_pays_no_registration_that_day(clinic, frontdesk):
    owner, friend = member(frontdesk, 5000), person(frontdesk)
    cleaning = grant_id(clinic, owner, "advanced.ultrasonic@2026")
    assert quoted(clinic, friend, REGISTRATION) == 10_00
    use = use_service(frontdesk, grant_id=cleaning, beneficiary_id=friend)
    quote = quote_receipt(clinic.db, TODAY, person_id=friend, lines=(*REGISTRATION, *CARE))
    assert [line.pay_fen for line in quote.lines] == [0, 100_00]
    assert quote.lines[0].why == "使用转赠的“超声波洁牙(带抛光脱敏)”，新客免挂号费"
    assert quoted(clinic, owner, REGISTRATION) == 10_00
    assert quoted(clinic, friend, REGISTRATION, on=plus_days(TODAY, 1)) == 10_00
    tomorrow = plus_days(TODAY, 1)
    assert not is_first_visit(clinic.db, friend, tomorrow)
    void_use(frontdesk, use_id=use.use_id, reason="点错")
    assert quoted(clinic, friend, REGISTRATION) == 10_00
    assert is_first_visit(clinic.db, friend, tomorrow)


def test_r133_a_service_of_ones_own_waives_nothing(clinic, frontdesk):
    owner = member(frontdesk, 5000)
    use_service(frontdesk, grant_id=grant_id(clinic, owner, "advanced.ultrasonic@2026"))
    assert quoted(clinic, owner, REGISTRATION) == 10_00
    change(frontdesk, person_id=owner, last_visit_on=None)
    assert not is_first_visit(clinic.db, owner, plus_days(TODAY, 1))


@pytest.mark.parametrize(("name", "pays"), [("免挂号费", 0), ("贵宾优待", 10_00)])
def test_a_waiver_that_was_used_today_waives_the_class_it_names(
    clinic, director, frontdesk, name, pays
):
    waiver = Benefit("regular.waiver", "waiver", name, per="year")
    sign(director, replace(A, tiers=(replace(A.tiers[0], benefits=(waiver,)), *A.tiers[1:])))
    who = member(frontdesk)
    assert quoted(clinic, who, REGISTRATION) == 10_00
    use_service(frontdesk, grant_id=grant_id(clinic, who, "regular.waiver@2026"))
    assert quoted(clinic, who, REGISTRATION) == pays


# -- the price list of one person ------------------------------------------------------------


def test_r071_r110_the_price_list_of_a_member(clinic, frontdesk, enrol_paid):
    who = person(frontdesk)
    enrol_paid(who, 2)
    rows = {row.item_class: row for row in member_prices(clinic.db, TODAY, who)}
    assert tuple(rows) == ITEM_CLASSES
    assert rows["洁牙"].price == "8 折(付原价的 80%)"
    assert rows["洁牙"].why == "银卡会员(诊所付费)，洁牙：8 折(付原价的 80%)"
    assert rows["洁牙"].unused == (
        "生日当天优惠(生日当天，洁牙)：5 折(付原价的 50%)，没有用：没有登记生日",
    )
    assert rows["保健品"].unused == ("保健品：会员价待定，没有用：还没有定价",)
    assert rows["挂号"].price == "原价"


def test_r071_somebody_without_a_membership_sees_the_list_price(clinic, frontdesk):
    rows = member_prices(clinic.db, TODAY, person(frontdesk))
    assert {row.price for row in rows} == {"原价"}


# -- coupons ---------------------------------------------------------------------------------


@pytest.fixture
def couponed(director):
    """医院方案A whose first tier brings coupons: two with an end, one for ever, one of no worth."""
    coupons = (
        Benefit("c.ever", "coupon", "抵用券", value_yuan=20),
        Benefit("c.year", "coupon", "年度券", 2, per="year", value_yuan=30),
        Benefit("c.month", "coupon", "当月券", per="month", value_yuan=10),
        Benefit("c.words", "coupon", "体验券"),
        Benefit("c.care", "service", "护理", value_yuan=50),
    )
    sign(director, replace(A, tiers=(replace(A.tiers[0], benefits=coupons), *A.tiers[1:])))


def names(clinic, who, on=TODAY):
    return [(each.name, each.value_fen, each.left) for each in coupons_of(clinic.db, on, who)]


def test_r032_coupons_that_end_first_come_first(clinic, frontdesk, couponed):
    who = member(frontdesk)
    assert names(clinic, who) == [
        ("当月券", 10_00, 1),
        ("年度券", 30_00, 2),
        ("抵用券", 20_00, 1),
    ]
    assert names(clinic, who, "2026-12-01") == [("年度券", 30_00, 2), ("抵用券", 20_00, 1)]
    assert names(clinic, who, YESTERDAY) == []
    first = coupons_of(clinic.db, TODAY, who)[0]
    assert (first.programme_id, first.valid_to) == (
        main_timeline(clinic.db).programme_id,
        "2026-11-30",
    )


def test_e6_what_a_coupon_pays_earns_nothing(clinic, frontdesk, couponed):
    who = member(frontdesk)
    coupon = next(each for each in coupons_of(clinic.db, TODAY, who) if each.name == "年度券")
    posted = post_receipt(
        frontdesk,
        person_id=who,
        amount_fen=70_00,
        billed_fen=100_00,
        coupon_ids=(coupon.grant_id,),
    )
    assert posted.points == 70
    assert ("年度券", 30_00, 1) in names(clinic, who)


def test_r051_an_awarded_coupon_stays_when_the_membership_ends(
    clinic, director, frontdesk, couponed
):
    who = member(frontdesk)

    def award(tx):
        tx.db.insert(
            Award, person_id=who, programme_id=1, version_id=1, kind="coupon", name="推荐券",
            reason="referral", quantity=1, value_fen=50_00, occurred_on=tx.today,
            staff_id=tx.actor.id, seq=tx.seq,
        )  # fmt: skip
        settle_person(tx, who)

    in_command(director, award)
    assert ("推荐券", 50_00, 1) in names(clinic, who)
    in_command(
        director,
        lambda tx: tx.db.write(
            Membership.update(state="left", ended_on=tx.today).where(Membership.person_id == who)
        ),
    )
    assert names(clinic, who) == [("推荐券", 50_00, 1)]


def test_a_coupon_taken_back_pays_nothing(clinic, director, frontdesk, couponed):
    who = member(frontdesk)
    ever = next(row.id for row in grants_of(clinic.db, who) if row.name == "抵用券")
    closed = EntitlementGrant.update(state="closed").where(EntitlementGrant.id == ever)
    in_command(director, lambda tx: tx.db.write(closed))
    assert [name for name, _, _ in names(clinic, who)] == ["当月券", "年度券"]
