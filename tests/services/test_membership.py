"""Joining, tiers by word, being told, drawing from grants (R120–R123, E29, E37, E40, E43–E49)."""

from __future__ import annotations

import msgspec
import pytest

from models.ledgers import OpeningBalance, PointsEntry
from models.people import Household, Person
from services.errors import IntegrityAlarm, RuleError
from services.gifts.handout import issue_gift
from services.loyalty.grants import GrantRow, draw, grant, grants_of
from services.loyalty.ledger import StoredAccount
from services.loyalty.membership import (
    drop_tier,
    grant_opening_tier,
    invitations,
    join,
    join_opening,
    override_tier,
)
from services.loyalty.points import expire_due
from services.loyalty.receipts import refund
from services.loyalty.service_use import use_service, uses_of, void_use
from services.loyalty.standing import settle_new, settle_person
from services.loyalty.tier_notices import open_notices, tell_tier
from services.programmes.definition import Reach
from services.programmes.evaluate import Event
from services.programmes.registry import main_timeline
from services.staff import approve
from tests.conftest import PIN, STAFF, TODAY
from tests.gift_world import add_gift, gift_grant, in_command, settle_opening, stocked
from tests.money_world import (
    check_books,
    dump,
    grant_id,
    grants,
    member,
    pay,
    person,
    sign,
    stand,
    variant,
)


@pytest.fixture(autouse=True)
def _the_books_agree(clinic):
    yield
    check_books(clinic)


def settle_all(session) -> None:
    people = [row[0] for row in session.db.execute_sql("SELECT id FROM person").fetchall()]

    def body(tx) -> None:
        for person_id in people:
            settle_person(tx, person_id)

    in_command(session, body)


# -- joining (R120–R122) -----------


def test_r120_reaching_a_threshold_invites_and_joining_takes_effect(clinic, frontdesk):
    who = person(frontdesk)
    pay(frontdesk, who, 999.99)
    assert invitations(clinic.db) == []
    with pytest.raises(RuleError, match="单笔满 1000 元或累计满 2000 元"):
        join(frontdesk, person_id=who, benefits_explained=True)
    posted = pay(frontdesk, who, 1000)
    assert (posted.rank_after, posted.member, posted.new_grant_ids) == (1, False, ())
    (invited,) = invitations(clinic.db)
    assert (invited.person_id, invited.tier_name, invited.route) == (who, "普通会员", "single")
    assert grants(clinic, who) == {}
    with pytest.raises(RuleError, match="讲解"):
        join(frontdesk, person_id=who, benefits_explained=False)
    joined = join(frontdesk, person_id=who, benefits_explained=True)
    assert (joined.rank, len(joined.grant_ids)) == (1, 1)
    assert invitations(clinic.db) == []
    with pytest.raises(RuleError, match="已是会员"):
        join(frontdesk, person_id=who, benefits_explained=True)
    basis = clinic.db.execute_sql("SELECT basis, benefits_explained FROM membership").fetchall()
    assert basis == [("single", 1)]


def test_joining_late_brings_every_tiers_gift_but_no_quota_of_years_gone(clinic, frontdesk, clock):
    clock.day = "2026-12-30"
    frontdesk = frontdesk.confirming("clock_jump")
    who = person(frontdesk)
    pay(frontdesk, who, 1000)
    pay(frontdesk, who, 5000)
    clock.day = "2027-01-05"
    join(frontdesk, person_id=who, benefits_explained=True)
    assert set(grants(clinic, who)) == {
        "regular.gift", "advanced.gift", "advanced.facial", "advanced.ultrasonic@2027",
    }  # fmt: skip
    due = {row.grant_key: row.due_on for row in grants_of(clinic.db, who)}
    assert set(due.values()) == {"2027-01-05"}
    assert [n.tier_name for n in open_notices(clinic.db, person_id=who)] == ["高级会员"] * 2


def test_unknown_people_are_nobodys_members(frontdesk, director):
    with pytest.raises(RuleError, match="档案"):
        join(frontdesk, person_id=999, benefits_explained=True)
    with pytest.raises(RuleError, match="档案"):
        override_tier(director, person_id=999, rank=1, reason="x")


# -- telling (R123) -----------


def test_r123_an_upgrade_is_told_by_both_posts_and_ticked_off_once(clinic, frontdesk, billing):
    who = member(frontdesk, 1000)
    assert [n.post for n in open_notices(clinic.db)] == ["frontdesk", "billing"]
    mine = open_notices(clinic.db, post="frontdesk", person_id=who)[0]
    assert mine.tier_name == "普通会员"
    tell_tier(frontdesk, notice_id=mine.notice_id)
    with pytest.raises(RuleError, match="已经登记"):
        tell_tier(frontdesk, notice_id=mine.notice_id)
    assert [n.post for n in open_notices(clinic.db)] == ["billing"]
    tell_tier(billing, notice_id=open_notices(clinic.db)[0].notice_id)
    assert open_notices(clinic.db) == []
    big = pay(frontdesk, who, 5000)
    assert len(open_notices(clinic.db)) == 2
    refund(frontdesk, receipt_id=big.receipt_id, amount_fen=1, reason="退")
    assert len(open_notices(clinic.db)) == 2  # going down is no news to tell


# -- settling -----------


def test_settling_twice_changes_nothing(clinic, frontdesk, director):
    who = member(frontdesk, 5000)
    use_service(frontdesk, grant_id=grant_id(clinic, who, "advanced.facial"))
    big = pay(frontdesk, who, 10_000)
    refund(frontdesk, receipt_id=big.receipt_id, amount_fen=100_000, reason="退")
    override_tier(director, person_id=person(frontdesk), rank=3, reason="批准", until="2026-12-01")
    before = dump(clinic)
    for _ in range(2):
        settle_all(frontdesk)
        assert dump(clinic) == before


def test_e64_a_standing_that_was_tampered_with_stops_posting(clinic, frontdesk):
    who = member(frontdesk, 1000)
    clinic.db.execute_sql("UPDATE standing SET spend_fen = spend_fen + 7")
    with pytest.raises(IntegrityAlarm):
        pay(frontdesk, who, 10)
    clinic.db.execute_sql("UPDATE standing SET spend_fen = spend_fen - 7")
    pay(frontdesk, who, 10)


def test_e64_a_use_of_a_grant_the_history_does_not_know_stops_posting(clinic, frontdesk):
    who = member(frontdesk, 5000)
    use = use_service(frontdesk, grant_id=grant_id(clinic, who, "advanced.facial"))
    clinic.db.execute_sql(
        "UPDATE entitlement_grant SET grant_key = 'x' WHERE id = ?", (use.grant_id,)
    )
    with pytest.raises(IntegrityAlarm):
        pay(frontdesk, who, 10)
    clinic.db.execute_sql(
        "UPDATE entitlement_grant SET grant_key = 'advanced.facial' WHERE id = ?", (use.grant_id,)
    )


# -- by word (E40, R153) -----------


def test_r153_e40_the_director_grants_a_tier_and_it_ends(clinic, frontdesk, director, clock):
    who = person(frontdesk)
    changed = override_tier(director, person_id=who, rank=3, reason="批准", until="2026-12-10")
    assert changed.rank == 3
    row = stand(clinic, who)
    assert (row.route, row.member, row.supported_rank) == ("manual", 1, 0)
    clock.day = "2026-12-11"
    expire_due(frontdesk, person_id=who)
    assert stand(clinic, who).rank == 0
    assert grants(clinic, who)["vip.ultrasonic@2026"] == (2, 0, "open")


@pytest.mark.parametrize(
    "bad",
    [{"rank": 5}, {"rank": 0}, {"reason": " "}, {"until": "2026-11-19"}, {"until": "soon"}],
)
def test_e40_what_an_override_wants(frontdesk, director, bad):
    good = {"person_id": person(frontdesk), "rank": 2, "reason": "x", "until": TODAY}
    with pytest.raises(RuleError):
        override_tier(director, **{**good, **bad})
    assert override_tier(director, **good).rank == 2


def test_e37_the_manager_lets_an_unsupported_tier_go(clinic, frontdesk, member_admin):
    who = member(frontdesk, 5000)
    use_service(frontdesk, grant_id=grant_id(clinic, who, "advanced.facial"))
    with pytest.raises(RuleError, match="有消费支持"):
        drop_tier(member_admin, person_id=who, reason="x")
    receipt = clinic.db.execute_sql("SELECT id FROM receipt").fetchone()[0]
    refund(frontdesk, receipt_id=receipt, amount_fen=500_000, reason="退")
    with pytest.raises(RuleError, match="原因"):
        drop_tier(member_admin, person_id=who, reason="")
    assert drop_tier(member_admin, person_id=who, reason="退费").rank == 0
    states = clinic.db.execute_sql("SELECT state FROM followup_task").fetchall()
    assert states == [("done",)]
    assert grants(clinic, who)["advanced.gift"] == (1, 0, "closed")


# -- the paper register (E46, E49) -----------


def opening(session, person_id: int, yuan: int, *, settled: int, rank: int | None = None) -> None:
    def body(tx) -> None:
        made = tx.db.insert(
            OpeningBalance, person_id=person_id, programme_id=1, spend_fen=yuan * 100,
            points=yuan, gifts_settled=settled, occurred_on=tx.today, seq=tx.seq,
        )  # fmt: skip
        join_opening(tx, person_id, "2020-05-01")
        if rank is not None:
            grant_opening_tier(tx, person_id, rank, "2020-05-01")
        settle_opening(tx, person_id, made)

    in_command(session, body)


def test_e46_e49_old_members_keep_tier_and_get_no_gift_twice(clinic, frontdesk):
    who = person(frontdesk)
    opening(frontdesk, who, 2000, settled=1, rank=3)
    row = stand(clinic, who)
    assert (row.rank, row.available, row.spend_fen) == (3, 2000, 200_000)
    assert set(grants(clinic, who)) == {"vip.ultrasonic@2026"}
    joined = clinic.db.execute_sql("SELECT joined_on, basis FROM membership").fetchall()
    assert joined == [("2020-05-01", "opening")]


def test_e46_an_opening_taken_back_takes_its_points_back(clinic, frontdesk, member_admin):
    who = person(frontdesk)
    opening(frontdesk, who, 2000, settled=0)

    def undo(tx) -> None:
        made = tx.db.insert(
            OpeningBalance, person_id=who, programme_id=1, spend_fen=-200_000, points=-2000,
            gifts_settled=0, occurred_on=tx.today, reverses_id=1, seq=tx.seq,
        )  # fmt: skip
        settle_opening(tx, who, made)

    in_command(frontdesk, undo)
    row = stand(clinic, who)
    assert (row.rank, row.available, row.spend_fen, row.earned) == (0, 0, 0, 0)


def test_e46_the_fast_way_in_settles_the_same(clinic, frontdesk):
    slow, fast = person(frontdesk), person(frontdesk)
    opening(frontdesk, slow, 8000, settled=0)

    def body(tx) -> None:
        timeline = main_timeline(tx.db)
        tx.db.insert(
            OpeningBalance, person_id=fast, programme_id=1, spend_fen=800_000, points=8000,
            gifts_settled=0, occurred_on=tx.today, seq=tx.seq,
        )  # fmt: skip
        join_opening(tx, fast, "2020-05-01")
        tx.db.insert(
            PointsEntry, person_id=fast, programme_id=1, version_id=1, kind="opening",
            points=8000, tier_counting=1, occurred_on=tx.today, seq=tx.seq,
        )  # fmt: skip
        events = [Event("opening", tx.today, amount_fen=800_000, points=8000)]
        settle_new(tx, StoredAccount(tx, fast, timeline, 8000, 0), events, "2020-05-01")

    in_command(frontdesk, body)
    assert grants(clinic, fast) == grants(clinic, slow)
    assert stand(clinic, fast) == stand(clinic, slow)


# -- drawing (E29, E43, E47, R133) -----------


def test_e29_the_second_window_hears_who_was_first(clinic, frontdesk, billing):
    who = member(frontdesk, 5000)
    facial = grant_id(clinic, who, "advanced.facial")
    used = use_service(frontdesk, grant_id=facial, bill_number="B1")
    assert (used.left, used.beneficiary_id) == (0, who)
    with pytest.raises(RuleError, match=f"{TODAY}，经手 {STAFF['frontdesk']}"):
        use_service(billing, grant_id=facial)
    assert grants(clinic, who)["advanced.facial"] == (1, 1, "used")


def test_e29_nothing_left_though_nobody_drew(clinic, frontdesk):
    """An upgrade may leave 0 of a quota."""
    who = member(frontdesk, 10_000)
    use_service(frontdesk, grant_id=grant_id(clinic, who, "vip.ultrasonic@2026"), quantity=2)
    pay(frontdesk, who, 20_000)
    assert grants(clinic, who)["diamond.airflow@2026"] == (0, 0, "used")
    with pytest.raises(RuleError, match="没有剩余"):
        use_service(frontdesk, grant_id=grant_id(clinic, who, "diamond.airflow@2026"))


def test_c23_e44_two_ultrasonic_used_leave_no_airflow_until_new_year(clinic, frontdesk, clock):
    who = member(frontdesk, 10_000)
    use_service(frontdesk, grant_id=grant_id(clinic, who, "vip.ultrasonic@2026"))
    pay(frontdesk, who, 20_000)
    assert grants(clinic, who)["diamond.airflow@2026"] == (1, 0, "open")
    assert grants(clinic, who)["vip.ultrasonic@2026"] == (2, 1, "closed")
    clock.day = "2027-01-01"
    frontdesk = frontdesk.confirming("clock_jump")
    with pytest.raises(RuleError, match="2026-12-31"):
        use_service(frontdesk, grant_id=grant_id(clinic, who, "diamond.airflow@2026"))
    expire_due(frontdesk, person_id=who)
    assert grants(clinic, who)["diamond.airflow@2027"] == (2, 0, "open")


def test_e47_a_slip_goes_back_today_by_the_author_later_by_word(clinic, frontdesk, billing, clock):
    who = member(frontdesk, 10_000)
    cleaning = grant_id(clinic, who, "vip.ultrasonic@2026")
    one = use_service(frontdesk, grant_id=cleaning)
    with pytest.raises(RuleError, match="原因"):
        void_use(frontdesk, use_id=one.use_id, reason="")
    with pytest.raises(RuleError, match="批准"):
        void_use(billing, use_id=one.use_id, reason="错")
    assert void_use(frontdesk, use_id=one.use_id, reason="错").left == 2
    with pytest.raises(RuleError, match="已撤销过"):
        void_use(frontdesk, use_id=one.use_id, reason="错")
    with pytest.raises(RuleError, match="没有找到"):
        void_use(frontdesk, use_id=99, reason="错")
    two = use_service(frontdesk, grant_id=cleaning)
    clock.day = "2026-11-21"
    word = approve(clinic, STAFF["member_admin"], PIN, "approve.late_void")
    void_use(frontdesk, use_id=two.use_id, reason="错", approval=word)
    assert grants(clinic, who)["vip.ultrasonic@2026"] == (2, 0, "open")
    assert [row.voided for row in uses_of(clinic.db, who)] == [True, True]


def test_r133_transferred_to_somebody_new_without_registration_fee(clinic, frontdesk, clock):
    who = member(frontdesk, 10_000)
    friend, patient = person(frontdesk), person(frontdesk)
    cleaning = grant_id(clinic, who, "vip.ultrasonic@2026")
    in_command(  # checked in today for the first time: still new
        frontdesk,
        lambda tx: tx.db.write(Person.update(last_visit_on=TODAY).where(Person.id == friend)),
    )
    used = use_service(frontdesk, grant_id=cleaning, beneficiary_id=friend)
    assert (used.registration_waived, used.left) == (True, 1)
    assert [row.beneficiary_id for row in uses_of(clinic.db, friend)] == [friend]
    assert [row.registration_waived for row in uses_of(clinic.db, who)] == [True]
    clock.day = "2026-11-21"
    facial = grant_id(clinic, who, "vip.facial")
    assert not use_service(frontdesk, grant_id=facial, beneficiary_id=friend).registration_waived
    pay(frontdesk, who, 5, patient_id=patient, occurred_on=TODAY)
    herbal = grant_id(clinic, who, "vip.herbal")
    assert not use_service(frontdesk, grant_id=herbal, beneficiary_id=patient).registration_waived


def family(session, *people: int, birthdays: tuple[str | None, ...]) -> None:
    def body(tx) -> None:
        house = tx.db.insert(Household, id=None)
        for who, born in zip(people, birthdays, strict=True):
            tx.db.write(Person.update(household_id=house, birthday=born).where(Person.id == who))

    in_command(session, body)


@pytest.mark.parametrize(
    ("born", "says"),
    [
        ("2014-11-21", None),
        ("2014-11-20", "12 岁以下.*今年 12 岁"),
        (None, "出生日期"),
    ],
)
def test_r161_a_child_below_twelve_of_the_family(clinic, frontdesk, born, says):
    who, child = member(frontdesk, 20_000), person(frontdesk)
    family(frontdesk, who, child, birthdays=("1980-01-01", born))
    care = grant_id(clinic, who, "diamond.child@2026")
    if says is None:
        assert use_service(frontdesk, grant_id=care, beneficiary_id=child).left == 0
    else:
        with pytest.raises(RuleError, match=says):
            use_service(frontdesk, grant_id=care, beneficiary_id=child)


def test_r161_neither_the_member_nor_a_stranger(clinic, frontdesk):
    who, stranger = member(frontdesk, 20_000), person(frontdesk)
    care = grant_id(clinic, who, "diamond.child@2026")
    for receiver in (None, stranger):
        with pytest.raises(RuleError, match="家人"):
            use_service(frontdesk, grant_id=care, beneficiary_id=receiver)
    with pytest.raises(RuleError, match="档案"):
        use_service(frontdesk, grant_id=care, beneficiary_id=999)


def test_family_of_any_age_where_the_programme_sets_none(clinic, frontdesk, director):
    plain = variant()
    benefits = tuple(
        msgspec.structs.replace(b, beneficiary_age_below=None) for b in plain.tiers[3].benefits
    )
    tier = msgspec.structs.replace(plain.tiers[3], benefits=benefits)
    sign(director, msgspec.structs.replace(plain, tiers=(*plain.tiers[:3], tier)))
    who, mother = member(frontdesk, 20_000), person(frontdesk)
    family(frontdesk, who, mother, birthdays=(None, None))
    care = grant_id(clinic, who, "diamond.child@2026")
    assert use_service(frontdesk, grant_id=care, beneficiary_id=mother).left == 0


@pytest.mark.parametrize(("born", "says"), [("2008-11-20", None), ("2008-11-21", "限满 18 岁.*17")])
def test_family_from_an_age_on(clinic, frontdesk, director, born, says):
    plain = variant()
    benefits = tuple(
        msgspec.structs.replace(b, beneficiary_age_below=None, beneficiary_age_from=18)
        for b in plain.tiers[3].benefits
    )
    tier = msgspec.structs.replace(plain.tiers[3], benefits=benefits)
    sign(director, msgspec.structs.replace(plain, tiers=(*plain.tiers[:3], tier)))
    who, relative = member(frontdesk, 20_000), person(frontdesk)
    family(frontdesk, who, relative, birthdays=("1980-01-01", born))
    terms = {"grant_id": grant_id(clinic, who, "diamond.child@2026"), "beneficiary_id": relative}
    if says is None:
        assert use_service(frontdesk, **terms).left == 0
    else:
        with pytest.raises(RuleError, match=says):
            use_service(frontdesk, **terms)


def test_a_programme_nobody_can_earn_says_only_the_director_can_grant_it(frontdesk, director):
    plain = variant()
    tier = msgspec.structs.replace(plain.tiers[0], reach=(Reach(),))
    sign(director, msgspec.structs.replace(plain, tiers=(tier,)))
    with pytest.raises(RuleError, match="请先登记到诊或消费，或由院长直接授予等级"):
        join(frontdesk, person_id=person(frontdesk), benefits_explained=True)


def test_e46_an_opening_without_points_settles_the_sum_alone(clinic, frontdesk):
    who = person(frontdesk)
    in_command(frontdesk, lambda tx: None)

    def body(tx) -> None:
        made = tx.db.insert(
            OpeningBalance, person_id=who, programme_id=1, spend_fen=500_000, points=0,
            gifts_settled=0, occurred_on=tx.today, seq=tx.seq,
        )  # fmt: skip
        settle_opening(tx, who, made)

    in_command(frontdesk, body)
    assert (stand(clinic, who).spend_fen, stand(clinic, who).available) == (500_000, 0)


def test_e64_less_than_nothing_spent_is_an_alarm(clinic, frontdesk):
    who = person(frontdesk)

    def body(tx) -> None:
        made = tx.db.insert(
            OpeningBalance, person_id=who, programme_id=1, spend_fen=-1, points=0,
            gifts_settled=0, occurred_on=tx.today, seq=tx.seq,
        )  # fmt: skip
        settle_opening(tx, who, made)

    with pytest.raises(IntegrityAlarm):
        in_command(frontdesk, body)


def test_what_cannot_be_used(clinic, frontdesk):
    who = member(frontdesk, 1000)
    gift = grant_id(clinic, who, "regular.gift")
    with pytest.raises(RuleError, match="礼品"):
        use_service(frontdesk, grant_id=gift)
    for quantity in (0, -1):
        with pytest.raises(RuleError, match="至少是 1"):
            use_service(frontdesk, grant_id=gift, quantity=quantity)
    with pytest.raises(RuleError, match="没有找到"):
        grant(clinic.db, 99)
    receipt = clinic.db.execute_sql("SELECT id FROM receipt").fetchone()[0]
    refund(frontdesk, receipt_id=receipt, amount_fen=1, reason="退")
    with pytest.raises(RuleError, match="作废"):
        in_command(frontdesk, lambda tx: draw(tx, gift))


def test_e49_a_gift_handed_out_is_named_when_asked_for_again(clinic, frontdesk, billing, marketing):
    who = member(frontdesk, 1000)
    goods = add_gift(marketing)
    stocked(marketing, goods, 3, 3)
    issue_gift(billing, gift_id=goods, grant_id=gift_grant(clinic, who))
    with pytest.raises(RuleError, match=STAFF["billing"]):
        in_command(billing, lambda tx: draw(tx, grant_id(clinic, who, "regular.gift")))


def test_a_benefit_for_the_member_alone(clinic, frontdesk, director):
    plain = variant()
    alone = msgspec.structs.replace(plain.tiers[1].benefits[2], beneficiary="self")
    tier = msgspec.structs.replace(plain.tiers[1], benefits=(*plain.tiers[1].benefits[:2], alone))
    sign(
        director,
        msgspec.structs.replace(plain, tiers=(plain.tiers[0], tier, *plain.tiers[2:])),
    )
    who, friend = member(frontdesk, 5000), person(frontdesk)
    facial = grant_id(clinic, who, "advanced.facial")
    with pytest.raises(RuleError, match="本人"):
        use_service(frontdesk, grant_id=facial, beneficiary_id=friend)
    use_service(frontdesk, grant_id=facial)


def test_a_grant_knows_its_days():
    row = GrantRow(1, 1, 1, 1, "k", "gift", "n", 1, "tier", 0, 2, 1, "", "2026-01-01", None, "open")
    assert (row.left, row.valid_on("2025-12-31"), row.valid_on("2099-01-01")) == (1, False, True)
