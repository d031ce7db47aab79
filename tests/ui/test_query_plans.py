"""How every read of the day's work finds its rows: through an index, however large the clinic.

Each statement that the window and the commands of a day run is asked for its plan. A small clinic
shows it as well as a large one: plans are made without statistics.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from models.database import ClinicDatabase
from models.desk import Visit
from models.ledgers import Receipt
from services.desk import daily
from services.desk.appointments import book
from services.desk.visits import change_visit, check_in, reception_card
from services.followups.calls import create_task, log_call
from services.gifts.handout import issue_gift
from services.gifts.lists import due_gifts
from services.gifts.requisitions import unreceived
from services.loyalty.grants import grants_of
from services.loyalty.membership import join
from services.loyalty.receipts import refund, void_receipt
from services.loyalty.redemption import redeem
from services.loyalty.service_use import use_service
from services.people.merging import merge_people
from services.people.search import find
from services.programmes.registry import preset
from tests.conftest import TODAY
from tests.gift_world import add_gift, friday, gift_grant, stocked, voucher_and_bill
from tests.money_world import member, pay, person, session_of, sign
from ui.context import UiContext
from ui.idle import IdleWatch
from ui.main_window import MainWindow
from ui.tabs.paged import PagedTab

# tables that a clinic fills once and adds little to, whoever comes: a walk through them is short
FEW = {
    *("setting", "staff", "doctor", "gift", "gift_band", "programme", "programme_version"),
    *("programme_change", "programme_draft", "activity", "activity_cost", "customer_group"),
    *("label", "followup_plan", "duty", "partner", "partner_agreement", "import_batch"),
    *("gift_part", "stock_level", "stock_lot"),  # some for a gift
    *("reconciliation", "mailing"),  # one a week or so
    *("stock_document", "stock_document_line", "stock_document_step"),  # the same
    *("gift_promise", "tier_override", "refund_case", "doctor_change", "complaint"),  # signed for
    "person_alias",  # a record that was entered twice
}
# walks and sorts of tables that grow which are short all the same, and why
ALLOWED = {
    "SCAN request USING INDEX request_open": "what is open, not what ever was",
    "SCAN tier_notice USING INDEX tier_notice_open": "the same; the count of it stops at 1,000",
    "SORT visit visit_day": "the visits of one day",
    "SORT service_bill service_bill_day": "the bills of one month",
    "SCAN fee_payment": "fees of a programme: nobody's without one, one a year for a member",
    "SCAN followup_task USING COVERING INDEX followup_task_papers": "letters to print",
    "SCAN followup_task USING COVERING INDEX followup_task_order": "the numbers beside the plans",
}
_NEWEST = re.compile(
    r'^SELECT [^()]* FROM "\w+" AS "t1" ORDER BY "t1"\."(id|seq)" DESC LIMIT [?1]$'
)
_EXTREME = re.compile(r'^SELECT (MAX|MIN)\("t1"\."\w+"\) FROM "\w+" AS "t1"$')


class Plans:
    """Statements that ran, each once, with what its plan says of tables that grow."""

    def __init__(self) -> None:
        self.seen: set[str] = set()
        self.found: dict[str, str] = {}

    def ask(self, sql: str, steps: list[str]) -> None:
        """Keep what a plan walks through or sorts without a bound."""
        tables = {alias: table for table, alias in re.findall(r'"(\w+)" AS "(t\d+)"', sql)}
        loose = set()
        for step in steps:
            verb, name, *rest = step.split(" ", 2)
            table = tables.get(name, "")
            how = rest[0] if rest else ""
            if not table or table in FEW:
                continue
            if verb == "SCAN" and not _NEWEST.match(sql) and not _EXTREME.match(sql):
                self.found[f"SCAN {table} {how}".split(" (")[0].strip()] = sql
            if verb == "SEARCH" and "(" in how and "=?" not in how:
                index = re.search(r"INDEX (\w+)", how)
                loose.add(f"SORT {table} {index[1] if index else 'by number'}")
        sorts = ("USE TEMP B-TREE FOR ORDER", "USE TEMP B-TREE FOR GROUP")  # DISTINCT stops early
        if any(step.startswith(sorts) for step in steps):
            self.found |= dict.fromkeys(loose, sql)


@pytest.fixture
def plans(monkeypatch: pytest.MonkeyPatch) -> Plans:
    asked = Plans()
    execute = ClinicDatabase.execute_sql

    def explained(self: ClinicDatabase, sql: str, params: Any = None) -> Any:
        here = threading.current_thread() is threading.main_thread()  # what runs beside has time
        if here and sql.startswith(("SELECT", "UPDATE", "DELETE")) and sql not in asked.seen:
            asked.seen.add(sql)
            rows = execute(self, "EXPLAIN QUERY PLAN " + sql, params).fetchall()
            asked.ask(sql, [row[3] for row in rows])
        return execute(self, sql, params)

    monkeypatch.setattr(ClinicDatabase, "execute_sql", explained)
    return asked


@pytest.fixture
def people(clinic: Any, director: Any) -> list[int]:
    """Members with all a past holds, one of them recorded twice; the gifts of a Friday."""
    front = session_of(clinic, "frontdesk")
    sign(director, preset("医院方案B"))
    vip, other, twice = member(front, 20_000), member(front, 3000), person(front)
    join(front, person_id=vip, benefits_explained=True, programme_id=2)
    pay(front, twice, 500)
    merge_people(session_of(clinic, "member_admin"), survivor_id=other, merged_id=twice)
    refund(front, receipt_id=pay(front, vip, 300).receipt_id, amount_fen=100, reason="退")
    goods = add_gift(session_of(clinic, "marketing"))
    stocked(session_of(clinic, "marketing"), goods, 10, 5)
    friday(session_of(clinic, "billing"))
    voucher_and_bill(front, vip)
    book(front, day=TODAY, at="10:00", person_id=twice)
    book(front, day=TODAY, at="11:00", name="孙朋友", phone="13812345678")
    create_task(front, person_id=other, due_on=TODAY, subject="问复查时间")
    create_task(front, person_id=vip, due_on=TODAY, subject="问复查时间")
    visit = check_in(front, person_id=other).visit_id
    change_visit(front, visit_id=visit, to_state="called")
    return [vip, other]


@pytest.fixture
def window(context: UiContext, qapp: QApplication, qtbot: Any) -> Iterator[MainWindow]:
    made = MainWindow(context, IdleWatch(qapp))
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    yield made
    made.close()


def short(plans: Plans) -> None:
    """Nothing but what is allowed, each with its why."""
    left = [f"{what}: {sql}" for what, sql in plans.found.items() if what not in ALLOWED]
    assert not left, "\n".join(left)


def test_a_walk_and_an_unbounded_sort_are_seen(clinic: Any, plans: Plans) -> None:
    clinic.db.rows(Receipt.select(Receipt.id).where(Receipt.net_fen > 0))
    clinic.db.rows(Visit.select(Visit.id).where(Visit.visit_date > TODAY).order_by(Visit.note))
    clinic.db.rows(Receipt.select(Receipt.id).order_by(Receipt.id.desc()).limit(1))
    assert list(plans.found) == ["SCAN receipt", "SORT visit visit_day"]


def test_every_kind_of_key_is_a_range_of_one_index(
    clinic: Any, people: list[int], plans: Plans
) -> None:
    texts = ("王", "王小明", "小明", "wang", "w", "wxm", "N1", "1", "1380", "13800138000", "张san")
    for text in (*texts, "123x", "11010519491231002x"):
        find(clinic.db, text)
    assert plans.seen
    assert plans.found == {}


def test_the_window_of_a_day_walks_through_nothing_that_grows(
    window: MainWindow, people: list[int], plans: Plans, director: Any
) -> None:
    window.enter(director)
    for name in ("enrollment", "checkin", "points", "gifts", "followups"):
        window.show_tab(name)
        tab: Any = window.tabs.current()
        pages = tuple(tab.pages) if isinstance(tab, PagedTab) else (None,)
        for person_id in (None, *people):
            window.context.current_person.select(person_id)
            for page in pages:
                if page is not None:
                    tab.show_page(page)
                QApplication.processEvents()
    assert len(plans.seen) > 100
    short(plans)


def test_the_commands_of_a_day_walk_through_nothing_that_grows(
    clinic: Any, people: list[int], plans: Plans, clock: Any
) -> None:
    vip, other = people
    front, billing = session_of(clinic, "frontdesk"), session_of(clinic, "billing")
    clock.day = "2026-11-21"
    daily.catch_up(front)
    bill = pay(front, vip, 120)
    pay(front, other, 80)
    void_receipt(front, receipt_id=bill.receipt_id, reason="录错")
    redeem(front, person_id=vip, item_key="b.fluoride", programme_id=2)
    issue_gift(billing, grant_id=gift_grant(clinic, other), gift_id=1)
    services = [row for row in grants_of(clinic.db, vip) if row.kind == "service" and row.left]
    use_service(front, grant_id=services[0].id)
    check_in(front, person_id=vip, room="VIP")
    assert reception_card(clinic.db, clock.day, vip)
    due_gifts(clinic.db, clock.day, reason="points")
    due_gifts(clinic.db, clock.day, overdue=True)
    due_gifts(clinic.db, clock.day, promised=True)
    unreceived(clinic.db)
    log_call(front, person_id=vip, task_ids=(2,), outcome="no_answer")
    short(plans)
