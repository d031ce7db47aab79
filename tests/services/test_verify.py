"""Every fault made by hand is said in its own sentence, and a sound clinic has none.

The faults go in through a raw connection with the protecting triggers out of the way for a
moment: no verb of the program could make them.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from models import schema
from models.database import ClinicDatabase
from models.vault import FileVault
from services.clinic import Clinic, open_clinic
from services.clock import ManualClock
from services.feedback.complaints import open_complaint
from services.feedback.requests import open_request
from services.followups.plan_changes import switch_plans
from services.gifts.documents import Wanted
from services.gifts.handout import issue_gift
from services.gifts.purchasing import Arrival, receive_purchase, request_purchase
from services.gifts.reconciliation import open_week, set_reason
from services.gifts.requisitions import hand_over
from services.groups import rule as rules
from services.groups.carried import put_label
from services.groups.labels import define_label
from services.groups.saved import save_group
from services.loyalty.grants import grants_of
from services.loyalty.membership import join
from services.loyalty.points import adjust_points
from services.loyalty.receipts import move_receipt, open_case, post_receipt, refund, void_receipt
from services.loyalty.service_use import use_service
from services.memberships.fees import void_fee
from services.memberships.leaving import prepare_refund, sign_refund
from services.people.enrolment import PersonForm, enrol
from services.privacy.disclosures import DisclosureForm, disclose
from services.privacy.requests import receive
from services.staff import approve, sign_in
from services.verify import VerifyCancelled, verify
from services.verify.report import _sentences
from tests.activity_world import came_once
from tests.conftest import PIN, STAFF, TODAY
from tests.desk_world import another_doctor, called_back, came_as_booked, written_to
from tests.gift_world import (
    add_gift,
    count_all,
    friday,
    gift_grant,
    pack_and_promise,
    sign,
    stocked,
    voucher_and_bill,
)
from tests.services.duties.world import own_done
from tests.services.memberships.world import payer, with_programme
from tests.services.partners.partner_world import one_settled

NAMES = ("欧阳晓明", "单雪松", "曾美丽")
PHONES = ("13800138001", "13800138002", "13800138003")


@pytest.fixture(scope="module")
def busy_template(clinic_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clinic in which everything that can be checked has happened once."""
    root = tmp_path_factory.mktemp("busy") / "clinic"
    shutil.copytree(clinic_template, root)
    clock = ManualClock(TODAY)
    clinic = open_clinic(root / "data", clock, holder="test", vault=FileVault(root / "vault"))
    director = sign_in(clinic, STAFF["director"], PIN)
    manager = sign_in(clinic, STAFF["member_admin"], PIN)
    scheme = with_programme(director)
    for name, phone in zip(NAMES, PHONES, strict=True):
        enrol(manager, form=PersonForm(name=name, phone=phone), consents=("record",))
    gift = add_gift(director, code="G50", name="电动牙刷", band_yuan=50)
    stocked(director, gift, 10, 5)
    post_receipt(manager, person_id=1, amount_fen=600_000)
    join(manager, person_id=1, benefits_explained=True)
    issue_gift(manager, grant_id=gift_grant(clinic, 1), gift_id=gift)
    service = next(grant for grant in grants_of(clinic.db, 1) if grant.kind == "service")
    use_service(manager, grant_id=service.id)
    case = open_case(manager, person_id=2, name="右下种植")
    posted = post_receipt(manager, person_id=2, amount_fen=300_000, case_id=case.case_id)
    post_receipt(manager, person_id=2, amount_fen=100_000, case_id=case.case_id)
    refund(manager, receipt_id=posted.receipt_id, amount_fen=50_000, reason="多收")
    wrong = post_receipt(manager, person_id=2, amount_fen=80_000)
    move_receipt(manager, receipt_id=wrong.receipt_id, to_person_id=3, reason="录错人")
    gone = post_receipt(manager, person_id=3, amount_fen=70_000)
    void_receipt(manager, receipt_id=gone.receipt_id, reason="重复")
    adjust_points(manager, person_id=1, points=-200, reason_code="mistake", text="多记")
    payer(manager, scheme, person_id=1)
    mistake = payer(manager, scheme, person_id=2)
    void_fee(manager, fee_id=mistake.fee_id, reason="收错人")
    payer(manager, scheme, person_id=3)
    leaving = prepare_refund(
        manager, person_id=3, programme_id=scheme, fault="member", reason="搬家"
    )
    word = approve(clinic, STAFF["director"], PIN, "sign.refund")
    sign_refund(manager, case_id=leaving.case_id, approval=word)
    order = request_purchase(director, lines=[Wanted(gift, 3)]).document_id
    receive_purchase(director, document_id=order, arrivals=[Arrival(gift, 3, lot="B7")])
    hand_over(manager, lines=[Wanted(gift, 3)])
    week = open_week(manager).reconciliation_id
    count_all(manager, week, **{f"g{gift}_desk": 3})
    set_reason(manager, reconciliation_id=week, gift_id=gift, place="desk", reason="破损未登记")
    sign(manager, week)
    clock.day = "2026-11-23"
    stocked(director, gift, 2, 1)
    clock.day = "2026-11-27"
    friday(manager)
    pack_and_promise(manager, director)
    voucher_and_bill(manager, 1)
    another_doctor(manager, 1)
    came_as_booked(manager, 2)
    written_to(manager, 1)
    came_once(manager, 1)
    called_back(manager, 2)
    open_complaint(manager, person_id=1, text="等候太久")
    open_request(manager, text="希望有饮水机")
    receive(manager, person_id=1, kind="copy", checked="document")
    given = DisclosureForm("市一院", "姓名", "转诊", "consent", "书面同意")
    disclose(manager, person_id=1, form=given)
    one_settled(director, manager, 2)
    own_done(manager)
    term = define_label(manager, dimension="阶段", name="术前").label_id
    put_label(manager, people=(1,), label_id=term)
    save_group(manager, name="女士", rule=rules.Sex("F"))
    switch_plans(manager, keys=("care.extraction",), on=True)
    clinic.close()
    return root


@pytest.fixture
def busy(busy_template: Path, tmp_path: Path) -> Iterator[Clinic]:
    shutil.copytree(busy_template, tmp_path / "busy")
    vault = FileVault(tmp_path / "busy" / "vault")
    clock = ManualClock("2026-11-27")
    opened = open_clinic(tmp_path / "busy" / "data", clock, holder="test", vault=vault)
    yield opened
    opened.close()


def tamper(db: ClinicDatabase, *statements: str) -> None:
    """Run statements as if no trigger, CHECK or foreign key were there, then put all back."""
    query = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
    triggers = db.execute_sql(query).fetchall()
    db.execute_sql("PRAGMA foreign_keys=OFF")
    db.execute_sql("PRAGMA ignore_check_constraints=ON")
    for name, _ in triggers:
        db.execute_sql(f'DROP TRIGGER "{name}"')
    for statement in statements:
        assert db.execute_sql(statement).rowcount != 0, statement
    for _, sql in triggers:
        db.execute_sql(sql)
    db.execute_sql("PRAGMA ignore_check_constraints=OFF")
    db.execute_sql("PRAGMA foreign_keys=ON")


def codes(clinic: Clinic) -> set[str]:
    return {fault.code for fault in verify(clinic).faults}


def test_a_sound_clinic_has_no_fault(busy: Clinic) -> None:
    report = verify(busy)
    assert report.faults == ()
    assert report.good
    checked = report.checked
    assert checked["receipts"] == 5
    assert checked["audit"] > 20
    assert checked["people"] == 3
    assert checked["week_lines"] == 4
    assert checked["schema"] == len(schema.expected_schema_text())
    assert {name for name, count in checked.items() if not count} == set()


BROKEN = {
    "privacy.left": "UPDATE person SET erased_on = '2026-11-27' WHERE id = 1",
    "privacy.used": "UPDATE person SET frozen_on = '2026-11-27' WHERE id = 1",
    "privacy.undated": "UPDATE person SET state = 'erased' WHERE id = 1",
    "receipt.net": "UPDATE receipt SET net_fen = net_fen + 1 WHERE id = 1",
    "receipt.owner": "UPDATE receipt SET credited_id = 3 WHERE id = 1",
    "receipt.void": "UPDATE receipt SET void = 1 WHERE id = 1",
    "receipt.no_money": "DELETE FROM money_event WHERE receipt_id = 1",
    "standing.spend": "UPDATE money_event SET amount_fen = amount_fen + 100 WHERE id = 1",
    "standing.single": "UPDATE standing SET max_single_fen = 1 WHERE person_id = 2",
    "standing.receipts": "UPDATE standing SET receipts = receipts + 1 WHERE person_id = 2",
    "standing.missing": "DELETE FROM standing WHERE person_id = 2",
    "standing.earned": "UPDATE standing SET earned = earned + 1 WHERE person_id = 1",
    "standing.balance": "UPDATE points_entry SET points = points + 1 WHERE id = 1",
    "standing.available": "UPDATE standing SET available = available + 1, deficit = deficit + 1"
    " WHERE person_id = 1",
    "standing.deficit": "UPDATE standing SET deficit = deficit + 1 WHERE person_id = 1",
    "standing.supported": "UPDATE standing SET supported_rank = 4 WHERE person_id = 2",
    "standing.rank": "UPDATE standing SET rank = 4 WHERE person_id = 1",
    "standing.member": "UPDATE standing SET member = 1 WHERE person_id = 2",
    "standing.paid_until": "UPDATE standing SET paid_until = '2030-01-01'"
    " WHERE paid_until IS NOT NULL",
    "fee.void": "UPDATE fee_payment SET amount_fen = amount_fen - 1 WHERE kind = 'void'",
    "fee.refund": "UPDATE fee_payment SET amount_fen = amount_fen + 1 WHERE kind = 'refund'",
    "fee.negative": "UPDATE fee_payment SET amount_fen = -999999 WHERE kind = 'refund'",
    "points.lot": "UPDATE points_allocation SET points = 1000000 WHERE id = 1",
    "points.debit": "UPDATE points_allocation SET points = points + 1 WHERE id = 1",
    "points.allocation": "UPDATE points_allocation SET lot_id ="
    " (SELECT MIN(id) FROM points_entry WHERE person_id = 3) WHERE id = 1",
    "grant.used": "UPDATE entitlement_grant SET used = 0, state = 'open' WHERE used = 1",
    "grant.state": "UPDATE entitlement_grant SET state = 'open' WHERE state = 'used'",
    "grant.before": "INSERT INTO grant_before (grant_id, seq, quantity, closed, version_id, name,"
    " rank, due_on) SELECT grant_id, seq + 1, 0, 0, 1, 'x', 0, '2026-11-20' FROM service_use"
    " WHERE quantity > 0 LIMIT 1",
    "pack.rows": "UPDATE gift_issue SET reason = 'tier'"
    " WHERE id = (SELECT MAX(id) FROM gift_issue WHERE pack_id IS NOT NULL)",
    "pack.back": "INSERT INTO gift_issue (person_id, grant_id, gift_id, place, quantity, reason,"
    " collected, returns_id, occurred_on, staff_id, seq, pack_id)"
    " SELECT person_id, grant_id, gift_id, place, -quantity, reason, collected, MAX(id),"
    " occurred_on, staff_id, seq, pack_id FROM gift_issue WHERE pack_id IS NOT NULL",
    "pack.parts": "UPDATE stock_move SET gift_id = (SELECT MIN(gift_id) FROM gift_part)"
    " WHERE id = 1",
    "promise.grant": "UPDATE gift_promise SET person_id = 1",
    "promise.word": "UPDATE gift_promise SET approved_by = 1",
    "voucher.state": "UPDATE voucher SET state = 'expired' WHERE state = 'owned'",
    "voucher.use": "UPDATE service_use SET quantity = 2 WHERE id ="
    " (SELECT use_id FROM voucher WHERE state = 'used')",
    "voucher.until": "UPDATE voucher SET valid_to = '2099-12-31' WHERE state = 'owned'",
    "voucher.reserved": "UPDATE entitlement_grant SET quantity = used, state = 'used'"
    " WHERE id = (SELECT grant_id FROM voucher WHERE state = 'owned')",
    "bill.void": "INSERT INTO service_use (grant_id, person_id, beneficiary_id, quantity, state,"
    " borne_by, voids_id, occurred_on, staff_id, seq) SELECT grant_id, person_id, beneficiary_id,"
    " -1, 'void', borne_by, id, occurred_on, staff_id, seq FROM service_use"
    " WHERE bill_number = 'HJ-1'",
    "bill.money": "UPDATE service_bill SET borne_by = 'department'",
    "stock.level": "UPDATE stock_level SET quantity = quantity + 1 WHERE place = 'desk'",
    "stock.negative": "UPDATE stock_level SET quantity = -1 WHERE place = 'desk'",
    "stock.issue": "UPDATE stock_move SET issue_id = NULL WHERE issue_id = 1",
    "stock.transfer": "UPDATE stock_move SET quantity = quantity + 1 WHERE id ="
    " (SELECT MAX(id) FROM stock_move WHERE kind = 'transfer')",
    "stock.lot": "UPDATE stock_lot SET seq = seq - 1",
    "stock.cost": "UPDATE stock_move SET unit_cost_fen = 1 WHERE id ="
    " (SELECT move_id FROM stock_lot WHERE document_id IS NOT NULL)",
    "paper.received": "UPDATE stock_document_line SET received = 2 WHERE document_id = 2",
    "paper.steps": "UPDATE stock_document SET state = 'sent' WHERE id = 2",
    "week.figures": "UPDATE count_line SET issued = issued + 1 WHERE place = 'desk'",
    "week.opening": "UPDATE count_line SET counted = counted + 1"
    " WHERE reconciliation_id = 1 AND place = 'warehouse'",
    "week.counted": "UPDATE stock_move SET quantity = quantity - 1 WHERE kind = 'count'",
    "week.entries": "UPDATE count_entry SET counted = counted + 1 WHERE id = 1",
    "week.signed": "UPDATE reconciliation SET billing_signer = 1 WHERE id = 1",
    "week.correction": "UPDATE reconciliation SET corrects_id = 1 WHERE id = 2",
    "care.attending": "UPDATE person SET doctor_id = NULL WHERE id = 1",
    "care.application": "UPDATE care_team SET change_id = NULL",
    "visit.steps": "UPDATE visit SET state = 'waiting' WHERE state = 'done'",
    "visit.undone": "UPDATE visit_step SET undoes_id = 1 WHERE undoes_id IS NOT NULL",
    "visit.checked": "UPDATE visit SET checked = 'eyes'",
    "visit.receipt": "UPDATE visit SET receipt_id = (SELECT r.id FROM receipt r"
    " WHERE r.patient_id <> visit.person_id LIMIT 1)",
    "appointment.visit": "UPDATE appointment SET day = '2026-11-20'",
    "search.missing": "DELETE FROM search_key WHERE person_id = 2 AND kind = 8",
    "file.orphans": "INSERT INTO alert (person_id, text, seq) VALUES (999, 'x', 1)",
    "audit.mac": "UPDATE audit SET detail = '{}' WHERE seq = 9",
    "audit.gap": "DELETE FROM audit WHERE seq = 9",
    "audit.actor": "UPDATE voucher_step SET staff_id = 2",
    "audit.ahead": "INSERT INTO alert (person_id, text, seq) VALUES (1, 'x', 99999)",
    "schema.extra": "CREATE TABLE visitor (id INTEGER)",
}


@pytest.mark.parametrize("code", BROKEN)
def test_each_fault_has_its_own_sentence(busy: Clinic, code: str) -> None:
    tamper(busy.db, BROKEN[code])
    report = verify(busy)
    fault = next((fault for fault in report.faults if fault.code == code), None)
    assert fault is not None, report.faults
    assert fault.count >= 1
    assert not re.search(r"[{}]", fault.sentence)
    everything = " ".join(fault.sentence for fault in report.faults)
    assert not any(secret in everything for secret in (*NAMES, *PHONES))


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("UPDATE service_bill SET amount_fen = 1", "bill.money"),
        ("UPDATE service_bill SET bill_number = ''", "bill.money"),
        ("UPDATE reconciliation SET marketing_signer = 1 WHERE id = 2", "week.signed"),
        ("UPDATE reconciliation SET opened_by = 2 WHERE id = 1", "week.signed"),
        ("UPDATE count_line SET reason = 'x' WHERE reason <> ''", "week.signed"),
        ("UPDATE gift_issue SET staff_id = 2", "audit.actor"),
        ("UPDATE count_entry SET staff_id = 2 WHERE id = 1", "audit.actor"),
        ("UPDATE stock_move SET staff_id = 2 WHERE id = 1", "audit.actor"),
        ("UPDATE service_bill SET staff_id = 2", "audit.actor"),
        (
            "UPDATE stock_move SET unit_cost_fen = 1 WHERE id ="
            " (SELECT MAX(id) FROM stock_move WHERE kind = 'transfer')",
            "stock.cost",
        ),
    ],
)
def test_e67_what_was_signed_cannot_be_written_over(
    busy: Clinic, statement: str, code: str
) -> None:
    tamper(busy.db, statement)
    assert code in codes(busy)


def test_the_first_bad_number_of_the_chain_is_named(busy: Clinic) -> None:
    tamper(busy.db, "UPDATE audit SET actor_id = 2 WHERE seq = 12")
    sentences = {fault.code: fault.sentence for fault in verify(busy).faults}
    assert "第 12 号" in sentences["audit.mac"]


def test_a_rewritten_tail_of_the_chain_is_noticed(busy: Clinic) -> None:
    tamper(busy.db, "UPDATE audit SET mac = zeroblob(32) WHERE seq = (SELECT MAX(seq) FROM audit)")
    assert codes(busy) == {"audit.mac"}


def test_fees_of_somebody_without_a_standing_are_told(busy: Clinic) -> None:
    tamper(busy.db, "DELETE FROM standing WHERE person_id = 3")
    assert "standing.missing" in codes(busy)


def test_a_missing_and_a_changed_trigger_are_named(busy: Clinic) -> None:
    busy.db.execute_sql("DROP TRIGGER receipt_no_delete")
    busy.db.execute_sql("DROP TRIGGER person_no_delete")
    busy.db.execute_sql(
        "CREATE TRIGGER person_no_delete BEFORE DELETE ON person BEGIN SELECT 1; END"
    )
    faults = {fault.code: fault.sentence for fault in verify(busy).faults}
    assert "trigger receipt_no_delete" in faults["schema.missing"]
    assert "trigger person_no_delete" in faults["schema.changed"]
    assert len(faults) == 2


def test_a_flipped_bit_is_noticed(busy: Clinic) -> None:
    busy.db.checkpoint()
    path = busy.db.path
    where = "SELECT rootpage FROM sqlite_master WHERE name = 'person'"
    page = int(busy.db.execute_sql(where).fetchone()[0])
    size = int(busy.db.execute_sql("PRAGMA page_size").fetchone()[0])
    content = bytearray(path.read_bytes())
    content[page * size - size // 2] ^= 1  # the schema's own pages are read when it is opened
    path.write_bytes(content)
    found = codes(busy)
    assert "file.pages" in found


def test_a_value_no_rule_allows_is_named_as_structure(busy: Clinic) -> None:
    tamper(busy.db, "UPDATE receipt SET earns = 7 WHERE id = 1")
    assert "file.structure" in codes(busy)


def test_it_can_be_watched_and_stopped(busy: Clinic) -> None:
    seen: list[tuple[int, int]] = []
    verify(busy, lambda done, total: seen.append((done, total)))
    assert [done for done, _ in seen] == list(range(1, seen[0][1] + 1))
    with pytest.raises(VerifyCancelled):
        verify(busy, cancelled=lambda: True)


def test_every_sentence_is_proven_somewhere() -> None:
    """No sentence may exist that no test has seen."""
    tests = Path(__file__).parents[1].rglob("test_*.py")
    words = "\n".join(path.read_text(encoding="utf-8") for path in tests)
    assert set(BROKEN) <= set(_sentences())
    assert [code for code in _sentences() if f'"{code}"' not in words] == []
