"""Whatever the desk posts: batches that remember leave the very rows it leaves one by one."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import ExitStack, suppress
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from peewee import fn

from models.gifts import GiftIssue, ServiceUse
from models.ledgers import Receipt
from models.vault import FileVault
from services.bulk import Memory, bulk
from services.clinic import Clinic, open_clinic
from services.clock import ManualClock, plus_days
from services.commands import Approval, Session
from services.desk.daily import catch_up
from services.errors import AppError
from services.gifts.handout import issue_gift, return_gift
from services.loyalty.grants import grants_of
from services.loyalty.membership import join, override_tier
from services.loyalty.receipts import (
    move_receipt,
    pay_arrears,
    post_receipt,
    refund,
    void_receipt,
)
from services.loyalty.service_use import use_service, void_use
from services.people.merging import merge_people, unmerge_people
from services.programmes.registry import preset
from tests.conftest import TODAY
from tests.gift_world import add_gift, add_person, stocked
from tests.money_world import session_of, sign, variant
from tests.services.test_bulk import everything

PEOPLE = 4
AMOUNTS = st.sampled_from([99_00, 1000_00, 1999_00, 5000_00, 20_000_00])
VERBS = st.sampled_from([0, 0, 0, 5, 6, 7, 8, 9, 10, 10, 10, 11, 12, 13, 14, 14, 15, 15, 16, 16])
STEPS = st.lists(
    st.tuples(VERBS, st.sampled_from([1, 1, 1, 2, 3, 4]), AMOUNTS, st.integers(0, 40)), max_size=25
)
SIZES = st.lists(st.integers(1, 6), min_size=1, max_size=5)
SCHEMES = st.sampled_from(["", "spent", "生日当月", "黄金白银"])
Step = tuple[int, int, int, int]
MEMBER: list[Step] = [(0, 1, 5000_00, 0), (9, 1, 0, 0)]  # somebody with something to draw
BANDS_FEN = [10_00, 50_00, 100_00, 200_00, 500_00, 1000_00]
WORD = Approval(1, "院长", "director", "approve.late_void")


def newest(session: Session, table: type[ServiceUse] | type[GiftIssue]) -> int:
    return int(session.db.scalar(table.select(fn.MAX(table.id))) or 1)


def receipt_of(session: Session, number: int) -> int:
    rows = session.db.rows(Receipt.select(Receipt.id).order_by(Receipt.id))
    return int(rows[number % len(rows)][0]) if rows else 1


def do(session: Session, step: Step) -> None:
    """One thing at the desk; refused where it makes no sense."""
    verb, person_id, fen, number = step
    if verb <= 4:
        on = plus_days(session.clinic.clock.today(), -(number % 4))
        post_receipt(
            session, person_id=person_id, amount_fen=fen, billed_fen=fen + 500_00, occurred_on=on
        )
    elif verb == 5:
        pay_arrears(session, receipt_id=receipt_of(session, number), amount_fen=100_00)
    elif verb == 6:
        refund(session, receipt_id=receipt_of(session, number), amount_fen=99_00, reason="多收")
    elif verb == 7:
        void_receipt(session, receipt_id=receipt_of(session, number), reason="重复")
    elif verb == 8:
        move_receipt(
            session,
            receipt_id=receipt_of(session, number),
            to_person_id=person_id,
            reason="录错人",
        )
    elif verb == 9:
        join(session, person_id=person_id, benefits_explained=True)
    elif verb == 10:
        rows = [row for row in grants_of(session.db, person_id) if row.kind == "service"]
        if rows:
            use_service(session, grant_id=rows[number % len(rows)].id)
    elif verb == 11:
        other = person_id % PEOPLE + 1
        if number % 2:
            merge_people(session, survivor_id=person_id, merged_id=other)
        else:
            unmerge_people(session, merged_id=other)
    elif verb == 12:
        clock = session.clinic.clock
        assert isinstance(clock, ManualClock)
        clock.day = plus_days(clock.day, number)
        catch_up(session)
    elif verb == 13:
        override_tier(session, person_id=person_id, rank=2, reason="院长关怀")
    elif verb == 14:
        void_use(session, use_id=newest(session, ServiceUse), reason="点错了", approval=WORD)
    elif verb == 15:
        rows = [row for row in grants_of(session.db, person_id) if row.value_fen in BANDS_FEN]
        if rows:
            row = rows[number % len(rows)]
            issue_gift(session, grant_id=row.id, gift_id=BANDS_FEN.index(row.value_fen) + 1)
    else:
        return_gift(session, issue_id=newest(session, GiftIssue), sellable=True, reason="不想要")


def opened(template: Path, folder: Path, scheme: str) -> tuple[Clinic, Session]:
    shutil.copytree(template, folder)
    vault = FileVault(folder / "vault")
    clinic = open_clinic(folder / "data", ManualClock(TODAY), holder="test", vault=vault)
    session = session_of(clinic, "director").confirming(
        "clock_jump", "same_name", "merge_differs", "again_soon"
    )
    for number in range(PEOPLE):
        add_person(session, f"P{number}")
    for number, band in enumerate(BANDS_FEN):
        stocked(session, add_gift(session, f"G{number}", f"礼品{number}", band // 100), 0, 99)
    if scheme == "spent":
        sign(session, variant(mode="spend", expiry_months=1))
    elif scheme:
        sign(session, preset(scheme))
    return clinic, session


def run(session: Session, steps: list[Step]) -> list[Step]:
    """Do what can be done; answers what that was."""
    done = []
    for step in steps:
        with suppress(AppError):
            do(session, step)
            done.append(step)
    return done


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=STEPS, sizes=SIZES, scheme=SCHEMES, most=st.sampled_from([2, PEOPLE * 2]))
def test_a_batch_that_remembers_writes_what_single_commands_write(
    clinic_template: Path, steps: list[Step], sizes: list[int], scheme: str, most: int
) -> None:
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        single, session = opened(clinic_template, Path(folder) / "single", scheme)
        stack.callback(single.close)
        many, batched = opened(clinic_template, Path(folder) / "many", scheme)
        stack.callback(many.close)
        done = run(session, MEMBER + steps)
        memory = Memory(most)
        turn = 0
        while done:
            size = sizes[turn % len(sizes)]
            with bulk(batched, memory=memory) as (inside,):
                for step in done[:size]:
                    do(inside, step)
            done, turn = done[size:], turn + 1
        mine, its = everything(single), everything(many)
    for table, rows in mine.items():
        assert rows == its[table], table
