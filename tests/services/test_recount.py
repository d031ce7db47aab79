"""Counting anew after the comparison; every number that was entered is kept (E51)."""

import pytest

from services.errors import RuleError
from services.gifts import reconciliation as friday
from services.gifts.documents import Wanted, documents
from services.gifts.friday_lists import count_notes, hints
from services.gifts.reconciliation import CountEntry
from services.gifts.requisitions import (
    Handed,
    receive_requisition,
    request_requisition,
    send_requisition,
)
from tests import gift_world as world
from tests.conftest import STAFF
from tests.services.test_reconciliation import line


@pytest.fixture
def gift(marketing):
    gift_id = world.add_gift(marketing)
    world.stocked(marketing, gift_id, warehouse=10, desk=5)
    return gift_id


@pytest.fixture
def compared(marketing, gift):
    """A week whose desk is one short, with its reason."""
    number = friday.open_week(marketing).reconciliation_id
    world.count_all(marketing, number, g1_desk=4)
    where = {"reconciliation_id": number, "gift_id": gift, "place": "desk"}
    friday.set_reason(marketing, **where, reason="少一支")
    return number


def recount(session, number, counted, place="desk"):
    entries = (CountEntry(1, place, counted),)
    return friday.recount(session, reconciliation_id=number, entries=entries)


def test_e51_a_recount_keeps_the_comparison_and_the_first_number(clinic, billing, compared):
    done = recount(billing, compared, 3)
    assert (done.changed, done.differences) == (1, 1)
    assert friday.current(clinic.db).state == "compared"
    row = line(friday.comparison(clinic.db, compared), "desk")
    assert (row.first, row.counted, row.recounted, row.reason) == (4, 3, True, "少一支")
    assert not line(friday.comparison(clinic.db, compared), "warehouse").recounted


def test_e51_the_reason_goes_with_the_difference(clinic, billing, compared):
    done = recount(billing, compared, 5)
    assert (done.changed, done.differences) == (1, 0)
    assert line(friday.comparison(clinic.db, compared), "desk").reason == ""
    assert recount(billing, compared, 6).differences == 1
    with pytest.raises(RuleError, match=r"还没有原因：“牙膏”.收费室."):
        world.sign(billing, compared)


def test_e51_every_number_is_kept_with_who_and_how(clinic, marketing, billing, compared):
    recount(billing, compared, 4)  # the same again is a word, too
    recount(billing, compared, 5)
    notes = count_notes(clinic.db, compared, gift_id=1, place="desk")
    assert [(note.counted, note.source, note.staff) for note in notes] == [
        (4, "typed", STAFF["marketing"]),
        (4, "typed", STAFF["billing"]),
        (5, "typed", STAFF["billing"]),
    ]
    assert notes[0].at.startswith("2026-11-20 ")


def test_e51_what_a_recount_refuses(clinic, billing, marketing, gift, frontdesk):
    number = friday.open_week(marketing).reconciliation_id
    with pytest.raises(RuleError, match="还没有比对"):
        recount(billing, number, 5)
    world.count_all(marketing, number)
    with pytest.raises(RuleError, match="请填写复点的数量"):
        friday.recount(billing, reconciliation_id=number, entries=())
    for wrong in (-1, 1_000_001, 2.5, True):
        with pytest.raises(RuleError, match="须是 0 至 1000000 的整数"):
            recount(billing, number, wrong)
    with pytest.raises(RuleError, match="您没有这项权限"):
        recount(frontdesk, number, 5)
    world.sign(marketing, number)
    with pytest.raises(RuleError, match="签字结账，不能再改"):
        recount(billing, number, 5)


def test_e51_counting_blind_again_hides_what_was_compared(clinic, marketing, compared):
    friday.enter_count(marketing, reconciliation_id=compared, counts=())
    assert friday.current(clinic.db).state == "compared"  # nothing was entered
    entry = (CountEntry(1, "desk", 4),)
    friday.enter_count(marketing, reconciliation_id=compared, counts=entry, source="sheet")
    assert friday.current(clinic.db).state == "counting"
    notes = count_notes(clinic.db, compared, gift_id=1, place="desk")
    assert [note.source for note in notes] == ["typed", "sheet"]


def test_e51_a_recount_pressed_twice_counts_once(clinic, billing, compared):
    import uuid

    once = billing.once(uuid.uuid4())
    assert recount(once, compared, 5) == recount(once, compared, 5)
    assert len(count_notes(clinic.db, compared, gift_id=1, place="desk")) == 2


# -- requisitions and the count ----------------------------------------------------------------


def requisition(session, gift, quantity=4):
    lines = (Wanted(gift, quantity),)
    asked = request_requisition(session, lines=lines).document_id
    send_requisition(session, document_id=asked, lines=(Handed(gift, quantity),))
    return asked


def test_r143_goods_on_the_way_are_received_before_the_count(
    clinic, member_admin, director, marketing, gift
):
    asked = requisition(member_admin, gift)
    with pytest.raises(RuleError, match=r"还有 1 张申领单在途：\S+。请收费室先签收，再打开核对"):
        friday.open_week(marketing)
    got = (Handed(gift, 4),)
    receive_requisition(director, document_id=asked, lines=got)
    assert friday.open_week(marketing).week == "2026-11-20"


def test_r143_a_short_delivery_explains_the_difference_of_the_warehouse(
    clinic, member_admin, director, marketing, gift
):
    asked = requisition(member_admin, gift)
    short = (Handed(gift, 1, "路上摔坏"),)
    receive_requisition(director, document_id=asked, lines=short)
    number = friday.open_week(marketing).reconciliation_id
    (document,) = documents(clinic.db)
    assert hints(clinic.db, number) == {
        (gift, "warehouse"): f"申领单 {document.number} 短少 3：路上摔坏"
    }
