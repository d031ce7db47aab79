"""What a clinic does, one deed per family of commands, to be interrupted at any point.

The deeds follow on each other: each finds what the ones before it left. All are done by the
director, who may do everything; a second person's word is written down without asking for a PIN.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bench.reliability.desk import DIRECTOR
from services.activities.door import attend
from services.activities.planning import ActivityForm, open_activity, plan_activity
from services.activities.sign_up import sign_up
from services.care.doctor_change import draft_change
from services.care.team import set_member
from services.clinic import Clinic
from services.commands import Actor, Approval, Session
from services.desk.appointments import arrive, book
from services.desk.daily import catch_up_some
from services.desk.visits import change_visit, check_in, undo_step
from services.feedback.complaint_steps import acknowledge
from services.feedback.complaints import open_complaint
from services.feedback.requests import answer_request, open_request
from services.followups.calls import create_task, log_call
from services.followups.campaign import plan_many
from services.followups.plan_changes import switch_plans
from services.gifts.catalogue import define_gift
from services.gifts.counting import CountEntry, compare, enter_count
from services.gifts.documents import Wanted
from services.gifts.handout import issue_gift
from services.gifts.purchasing import Arrival, receive_purchase, request_purchase
from services.gifts.reconciliation import close, count_sheet, open_week
from services.gifts.requisitions import hand_over
from services.gifts.stock import level, receive
from services.gifts.taking_back import return_gift
from services.groups.carried import put_label
from services.groups.labels import label_named, take_presets
from services.groups.rule import Member
from services.groups.saved import save_group
from services.loyalty.awards import give_award
from services.loyalty.grants import grants_of
from services.loyalty.membership import join, override_tier
from services.loyalty.points import adjust_points, reverse_adjustment
from services.loyalty.receipts import move_receipt, pay_arrears, post_receipt, refund, void_receipt
from services.loyalty.service_use import use_service
from services.outreach.mailings import send
from services.partners.institutions import PartnerForm, add_partner
from services.partners.switch import phrase, switch_partners
from services.people.cards import issue_card
from services.people.consents import set_consent
from services.people.enrolment import enrol
from services.people.form import PersonForm
from services.people.merging import merge_people, unmerge_people
from services.people.records import add_alert, add_doctor
from services.programmes.cutover import cut_over, undo_cut_over
from services.programmes.definition import to_json
from services.programmes.drafts import save_draft
from services.programmes.registry import main_timeline, preset, timelines
from services.programmes.signing import sign
from services.roster.mapping import guess
from services.roster.posting import import_roster, list_batches
from services.roster.preview import preview_roster
from services.roster.reading import RawTable
from services.roster.undo import undo_import
from services.setup import change_settings
from services.staff import add_staff
from services.vouchers.billing import bill_use
from services.vouchers.claim import claim_voucher

HEAD = ("姓名", "手机", "累计消费", "积分")
NEXT = "医院方案B"
GIFT = "小礼品"
ROWS = 40


@dataclass(frozen=True)
class Deed:
    """A verb and the command that is the last of it."""

    name: str
    do: Callable[[Session], Any]


def director(clinic: Clinic) -> Session:
    """The director at work, without the cost of a PIN; consents to whatever is asked."""
    asked = ("clock_jump", "possible_duplicate", "same_file", "paid_terms", "two_names")
    return Session(clinic, Actor(1, DIRECTOR, "director")).confirming(*asked)


def _day(session: Session) -> str:
    return session.clinic.clock.today()


def _word(right: str, role: str = "director", staff_id: int = 1) -> Approval:
    return Approval(staff_id, DIRECTOR, role, right)


def _one(session: Session, table: str, where: str = "1") -> int:
    """The newest row of a table; 0 for none, as when a deed is asked for again later."""
    sql = f"SELECT max(id) FROM {table} WHERE {where}"
    return int(session.db.execute_sql(sql).fetchone()[0] or 0)


def roster_rows(session: Session, rows: int = ROWS) -> tuple[Any, ...]:
    """Good rows of a made-up register."""
    lines: list[Any] = [
        (number + 2, (f"老会员{number}", f"137{number:08d}", 2500 + number, 2500 + number))
        for number in range(rows)
    ]
    table = RawTable("名册", ("名册",), 1, HEAD, lines, "0" * 64)
    today = _day(session)
    return tuple(preview_roster(table, guess(HEAD), main_timeline(session.db), today).good)


def _import(session: Session) -> object:
    return import_roster(session, rows=roster_rows(session), file_digest="0" * 64, rejected_count=0)


def _gift(session: Session) -> int:
    return _one(session, "gift")


def _grant(session: Session, kind: str, name: str = "") -> int:
    found = [
        row
        for row in grants_of(session.db, 1)
        if row.kind == kind and row.left > 0 and name in row.name
    ]
    return found[-1].id if found else 0


def _count(session: Session) -> object:
    week = _one(session, "reconciliation")
    counted = tuple(
        CountEntry(row.gift_id, row.place, level(session.db, row.gift_id, row.place))
        for row in count_sheet(session.db, week)
    )
    return enter_count(session, reconciliation_id=week, counts=counted)


def _close(session: Session) -> object:
    return close(
        session,
        reconciliation_id=_one(session, "reconciliation"),
        marketing=_word("sign.marketing", "marketing", 2),
        billing=_word("sign.billing", "billing", 3),
    )


def _draft(session: Session) -> object:
    return save_draft(session, definition=to_json(preset(NEXT)))


def _sign(session: Session) -> object:
    return sign(
        session,
        draft_id=_one(session, "programme_draft"),
        valid_from=_day(session),
        approval=_word("approve.programme"),
    )


def _cut_over(session: Session) -> object:
    other = next(each for each in timelines(session.db) if each.programme_id != 1)
    return cut_over(session, from_programme_id=1, to_programme_id=other.programme_id)


def _undo_cut_over(session: Session) -> object:
    return undo_cut_over(session, change_id=_one(session, "programme_change"))


def _award(session: Session) -> object:
    return give_award(session, person_id=1, kind="gift", name=GIFT, reason="event", value_fen=1000)


def _hand_out(session: Session) -> object:
    return issue_gift(session, grant_id=_grant(session, "gift", GIFT), gift_id=_gift(session))


def _take_back(session: Session) -> object:
    return return_gift(
        session,
        issue_id=_one(session, "gift_issue"),
        sellable=True,
        reason="不喜欢",
        approval=_word("approve.return"),
    )


def _receive_order(session: Session) -> object:
    coming = (Arrival(_gift(session), 5),)
    return receive_purchase(session, document_id=_one(session, "stock_document"), arrivals=coming)


def _call(session: Session) -> object:
    task = _one(session, "followup_task", "state = 'open' AND person_id = 2")
    return log_call(session, person_id=2, task_ids=(task,), outcome="no_answer")


def _label(session: Session) -> object:
    label_id = label_named(session.db, "种植", health=True).id
    return put_label(session, people=(1, 2, 3), label_id=label_id)


def _letter(session: Session) -> object:
    return send(
        session, kind="numbers", title="通知", text="{姓氏}{称谓}：明天停水，改到后天。",
        marketing=False, people=(1, 2),
    )  # fmt: skip


def _activity(session: Session) -> object:
    form = ActivityForm(name="护牙讲座", kind="lecture", day=_day(session), points=10)
    return plan_activity(session, form=form)


def _receipt(session: Session) -> int:
    return _one(session, "receipt", "void = 0 AND credited_id = 1")


DEEDS = tuple(
    Deed(name, do)
    for name, do in (
        ("enrol", lambda s: enrol(s, form=PersonForm(name="新顾客", phone="13612345678"))),
        ("consent", lambda s: set_consent(s, person_id=1, item="marketing", granted=True)),
        ("alert", lambda s: add_alert(s, person_id=1, text="青霉素过敏")),
        ("card", lambda s: issue_card(s, person_id=1, number="HC000001")),
        ("doctor", lambda s: add_doctor(s, name="陈医生")),
        ("second doctor", lambda s: add_doctor(s, name="林医生")),
        ("team", lambda s: set_member(s, person_id=1, part="attending", doctor_id=1)),
        (
            "doctor change",
            lambda s: draft_change(s, person_id=1, to_doctor_id=2, reason="离家近"),
        ),
        ("staff", lambda s: add_staff(s, name="吴市场", role="marketing", pin="582914")),
        ("more staff", lambda s: add_staff(s, name="周收费", role="billing", pin="582914")),
        ("settings", lambda s: change_settings(s, idle_minutes=7)),
        ("post", lambda s: post_receipt(s, person_id=1, amount_fen=880_000)),
        (
            "post with arrears",
            lambda s: post_receipt(s, person_id=1, amount_fen=10_000, billed_fen=30_000),
        ),
        ("pay arrears", lambda s: pay_arrears(s, receipt_id=_receipt(s), amount_fen=5_000)),
        (
            "refund",
            lambda s: refund(s, receipt_id=_receipt(s), amount_fen=3_000, reason="退费"),
        ),
        (
            "move",
            lambda s: move_receipt(s, receipt_id=_receipt(s), to_person_id=2, reason="录错人"),
        ),
        (
            "void",
            lambda s: void_receipt(s, receipt_id=_one(s, "receipt"), reason="录错"),
        ),
        ("join", lambda s: join(s, person_id=1, benefits_explained=True)),
        ("tier", lambda s: override_tier(s, person_id=1, rank=3, reason="批准")),
        (
            "adjust",
            lambda s: adjust_points(
                s,
                person_id=1,
                points=100,
                reason_code="other",
                text="补偿",
                approval=_word("approve.adjustment"),
            ),
        ),
        (
            "reverse",
            lambda s: reverse_adjustment(
                s, entry_id=_one(s, "points_entry", "kind = 'adjust'"), text="冲销"
            ),
        ),
        (
            "gift",
            lambda s: define_gift(s, code="G10", name="牙膏", band_fen=1000, cost_fen=600),
        ),
        ("stock", lambda s: receive(s, gift_id=_gift(s), quantity=20)),
        ("requisition", lambda s: hand_over(s, lines=(Wanted(_gift(s), 8),))),
        ("order", lambda s: request_purchase(s, lines=(Wanted(_gift(s), 5),))),
        ("order received", _receive_order),
        ("award", _award),
        ("hand out", _hand_out),
        ("take back", _take_back),
        ("voucher", lambda s: claim_voucher(s, grant_id=_grant(s, "service"))),
        ("use", lambda s: use_service(s, voucher_id=_one(s, "voucher"))),
        (
            "bill",
            lambda s: bill_use(
                s, use_id=_one(s, "service_use"), bill_number="HJ-1", amount_fen=30_000
            ),
        ),
        ("open a Friday", open_week),
        ("count", _count),
        ("compare", lambda s: compare(s, reconciliation_id=_one(s, "reconciliation"))),
        ("close a Friday", _close),
        (
            "book",
            lambda s: book(s, day=_day(s), at="10:00", person_id=1),
        ),
        ("arrive", lambda s: arrive(s, appointment_id=_one(s, "appointment"))),
        ("check in", lambda s: check_in(s, person_id=2)),
        ("call in", lambda s: change_visit(s, visit_id=_one(s, "visit"), to_state="called")),
        ("step back", lambda s: undo_step(s, visit_id=_one(s, "visit"))),
        ("plans", lambda s: switch_plans(s, keys=("care.implant", "recall.cleaning"), on=True)),
        ("daily", catch_up_some),
        (
            "task",
            lambda s: create_task(s, person_id=2, due_on=_day(s), subject="问复查时间"),
        ),
        ("call", _call),
        (
            "many tasks",
            lambda s: plan_many(
                s, people=(1, 2, 3), due_on=_day(s), subject="提醒复查", marketing=False
            ),
        ),
        ("complaint", lambda s: open_complaint(s, person_id=2, text="等得太久")),
        (
            "complaint step",
            lambda s: acknowledge(s, complaint_id=_one(s, "complaint"), text="已致电道歉"),
        ),
        ("request", lambda s: open_request(s, text="要一份明细", person_id=2)),
        (
            "answer",
            lambda s: answer_request(s, request_id=_one(s, "request"), answer="已给"),
        ),
        ("labels", take_presets),
        ("label", _label),
        ("group", lambda s: save_group(s, name="会员", rule=Member())),
        ("letter", _letter),
        ("activity", _activity),
        ("activity open", lambda s: open_activity(s, activity_id=_one(s, "activity"))),
        (
            "sign up",
            lambda s: sign_up(s, activity_id=_one(s, "activity"), person_id=1, companions=0),
        ),
        ("attend", lambda s: attend(s, activity_id=_one(s, "activity"), person_id=1)),
        ("partners", lambda s: switch_partners(s, on=True, typed=phrase())),
        (
            "partner",
            lambda s: add_partner(s, form=PartnerForm(name="城东医院", licence="PDY900001-1")),
        ),
        ("merge", lambda s: merge_people(s, survivor_id=1, merged_id=3)),
        ("unmerge", lambda s: unmerge_people(s, merged_id=3)),
        ("import", _import),
        ("import undone", lambda s: undo_import(s, batch_id=list_batches(s.db)[0].id)),
        ("draft", _draft),
        ("sign", _sign),
        ("cut over", _cut_over),
        ("cut over undone", _undo_cut_over),
    )
)


def deed(name: str) -> Deed:
    """A deed by its name."""
    return next(each for each in DEEDS if each.name == name)
