"""How long records are kept, children who grow up, copies out of the window, open matters, and
consents that are taken back without any cost (个保法 15, 16, 19, 31 条)."""

from __future__ import annotations

import msgspec
import pytest

from models.desk import Visit
from models.followup import Request
from models.paperwork import Voucher
from models.people import Complaint, Person
from models.reception import DoctorChange
from models.schemes import RefundCase
from models.system import Audit
from services.desk.strip import member_strip
from services.desk.visits import change_visit, check_in
from services.errors import RuleError
from services.loyalty.receipts import post_receipt
from services.people.consents import set_consent
from services.people.enrolment import PersonForm, enrol
from services.people.records import CONSENT_ITEMS
from services.privacy.copying import clear_values, log_copy
from services.privacy.minors import asks_anew, grown_up
from services.privacy.open_matters import open_matters
from services.privacy.retention import past_keeping, retention, set_retention
from tests.conftest import TODAY
from tests.gift_world import add_member, in_command
from tests.privacy_world import ID_NUMBER, NAME, PHONE, enrolled
from tests.services.partners.partner_world import introduced, partner, switched_on


@pytest.fixture
def who(frontdesk):
    return enrolled(frontdesk)


def change(session, person_id, **values):
    update = Person.update(**values).where(Person.id == person_id)
    in_command(session, lambda tx: tx.db.write(update))


# -- kept so long ----------------------------------------------------------------------------


def test_only_who_was_last_seen_long_ago_is_past_keeping(clinic, frontdesk, director):
    old = enrolled(frontdesk)
    seen = enrol(frontdesk, form=PersonForm("李四", phone="13100000001")).person_id
    paid = enrol(frontdesk, form=PersonForm("王五", phone="13100000002")).person_id
    held = add_member(frontdesk, "M9", "赵六")
    for person_id in (old, seen, paid, held):
        change(frontdesk, person_id, created_on="2018-02-01")
    change(frontdesk, old, last_visit_on="2020-05-06")
    change(frontdesk, seen, last_visit_on="2025-05-06")
    post_receipt(frontdesk, person_id=paid, amount_fen=1000)
    (row,) = past_keeping(clinic.db, TODAY)
    assert (row.person_id, row.name_masked) == (old, "欧阳**")
    assert (row.last_on, row.until) == ("2020-05-06", "2023-05-06")
    set_retention(director, keep_years=10, legal_years=0)
    assert past_keeping(clinic.db, TODAY) == []


def test_the_director_sets_the_years(clinic, member_admin, director):
    assert (retention(clinic.db).keep_years, retention(clinic.db).legal_years) == (3, 0)
    set_retention(director, keep_years=5, legal_years=15)
    assert (retention(clinic.db).keep_years, retention(clinic.db).legal_years) == (5, 15)
    with pytest.raises(RuleError, match="没有这项权限"):
        set_retention(member_admin, keep_years=5, legal_years=15)
    for years in ((0, 0), (31, 0), (3, -1), (3, 31)):
        with pytest.raises(RuleError, match="保存年限请填"):
            set_retention(director, keep_years=years[0], legal_years=years[1])


def test_nothing_is_erased_while_the_law_asks_for_keeping(clinic, frontdesk, director, who):
    set_retention(director, keep_years=3, legal_years=15)
    (sentence,) = open_matters(clinic.db, TODAY, who)
    assert sentence.startswith("法定保存期到 2041-11-20 才满")
    assert open_matters(clinic.db, "2041-11-20", who) == ()


# -- what is open ----------------------------------------------------------------------------


def test_debts_complaints_requests_and_papers_are_open_matters(
    clinic, frontdesk, member_admin, who
):
    assert open_matters(clinic.db, TODAY, who) == ()
    post_receipt(frontdesk, person_id=who, amount_fen=1000, billed_fen=3000)

    def rows(tx):
        mine = {"person_id": who, "staff_id": 2, "seq": tx.seq}
        tx.db.insert(Complaint, **mine, text="等", state="received", received_on=TODAY)
        tx.db.insert(
            Request, **mine, kind="request", source="call", text="改", state="open",
            received_on=TODAY,
        )  # fmt: skip
        doctors = {"from_doctor_id": 1, "to_doctor_id": 2}
        tx.db.insert(
            DoctorChange, **mine, **doctors, number="D1", reason="远", state="draft",
            occurred_on=TODAY,
        )  # fmt: skip

    clinic.db.execute_sql("PRAGMA foreign_keys=OFF")
    in_command(frontdesk, rows)
    clinic.db.execute_sql("PRAGMA foreign_keys=ON")
    heads = [each.split("。")[0] for each in open_matters(clinic.db, TODAY, who)]
    assert heads == [
        "还欠 ¥20",
        "积分还没清零",
        "还有没结案的投诉",
        "还有没答复的要求或建议",
        "有一份更换医生申请还没办完",
    ]


def test_vouchers_and_refunds_are_open_matters(clinic, frontdesk, who):
    def rows(tx):
        tx.db.insert(
            RefundCase, person_id=who, membership_id=1, state="prepared", applied_on=TODAY,
            leaves_on=TODAY, fault="member", method="agreed", amount_fen=1, worksheet="",
            reason="", prepared_by=2, seq=tx.seq,
        )  # fmt: skip
        tx.db.insert(
            Voucher, number="V1", grant_id=1, person_id=who, mode="card", state="owned",
            occurred_on=TODAY, seq=tx.seq,
        )  # fmt: skip

    clinic.db.execute_sql("PRAGMA foreign_keys=OFF")
    in_command(frontdesk, rows)
    clinic.db.execute_sql("PRAGMA foreign_keys=ON")
    heads = [each.split("。")[0] for each in open_matters(clinic.db, TODAY, who)]
    assert heads == ["有一份退费单还没签字", "还有没用的项目卡"]


def test_introductions_end_first(clinic, frontdesk, member_admin, director, who):
    switched_on(director)
    introduced(member_admin, partner(member_admin), who, "out")
    assert open_matters(clinic.db, TODAY, who)[0].startswith("与合作机构的介绍还没结束")


# -- children --------------------------------------------------------------------------------


def child(session, birthday, phone):
    form = PersonForm(
        "陈小鱼",
        birthday=birthday,
        phone=phone,
        guardian_name="陈大鱼",
        guardian_relation="父亲",
        guardian_phone="13100000009",
    )
    return enrol(session, form=form, consents=("record",)).person_id


def test_a_child_needs_a_guardian_before_anything_is_stored(frontdesk):
    with pytest.raises(RuleError, match="监护人"):
        enrol(frontdesk, form=PersonForm("陈小鱼", birthday="2016-05-01", phone="13100000001"))


def test_who_turned_fourteen_is_asked_anew_once(clinic, clock, frontdesk):
    person_id = child(frontdesk, "2012-12-01", "13100000001")
    child(frontdesk, "2016-05-01", "13100000002")
    assert not asks_anew(clinic.db, "2026-11-30", person_id)
    assert asks_anew(clinic.db, "2026-12-01", person_id)
    clock.day = "2026-12-05"
    assert "已满 14 岁，请本人重新同意" in member_strip(clinic.db, "2026-12-05", person_id).alerts
    (row,) = grown_up(clinic.db, "2026-12-05")
    assert (row.person_id, row.name_masked, row.day) == (person_id, "陈**", "2026-12-01")
    set_consent(frontdesk, person_id=person_id, item="record", granted=True)
    assert grown_up(clinic.db, "2026-12-05") == []
    assert not asks_anew(clinic.db, "2026-12-05", person_id)


def test_nobody_else_is_asked_anew(clinic, frontdesk, who):
    nobody = enrol(frontdesk, form=PersonForm("李四", phone="13100000001")).person_id
    assert not asks_anew(clinic.db, TODAY, who)  # was never a child here
    assert not asks_anew(clinic.db, TODAY, nobody)  # without a birthday
    assert not asks_anew(clinic.db, TODAY, 999)


# -- copied ----------------------------------------------------------------------------------


def test_names_and_numbers_are_counted_and_nothing_else(clinic, who):
    line = f"M0000001\t{NAME}\t139****5544\t{PHONE}\n姓名\t电话 {ID_NUMBER}"
    assert clear_values(clinic.db, line) == 3
    assert clear_values(clinic.db, "礼品\t数量\n牙膏\t12\n2026-11-20 ¥1,900.00") == 0
    assert clear_values(clinic.db, "") == 0
    assert clear_values(clinic.db, "一行 " * 3 + "字词 " * 501) == 504


def test_a_copy_is_on_record_without_what_was_copied(clinic, frontdesk, who):
    log_copy(frontdesk, place="今日到诊", values=2, person_id=who)
    row = clinic.db.row(
        Audit.select(Audit.entity_id, Audit.detail).where(Audit.action == "privacy.copied")
    )
    assert row[0] == who
    assert msgspec.json.decode(row[1]) == {"place": "今日到诊", "values": 2}
    log_copy(frontdesk, place="今日到诊", values=2)


# -- taken back ------------------------------------------------------------------------------


def test_taking_back_every_consent_costs_no_treatment(clinic, frontdesk, who):
    for item in CONSENT_ITEMS:
        set_consent(frontdesk, person_id=who, item=item, granted=False)
    visit = check_in(frontdesk, person_id=who)
    for state in ("called", "in_treatment", "done"):
        change_visit(frontdesk, visit_id=visit.visit_id, to_state=state)
    assert clinic.db.scalar(Visit.select(Visit.state)) == "done"
    assert post_receipt(frontdesk, person_id=who, amount_fen=1000).receipt_id
