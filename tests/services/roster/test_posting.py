"""Posting a roster and taking it back (E46): end to end, in one command each."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import msgspec
import pytest

from models.followup import FollowupTask
from models.gifts import EntitlementGrant
from models.ledgers import OpeningBalance, PointsEntry, TierNotice
from models.people import ImportBatch, Membership, Person, SearchKey
from models.system import Audit, Doctor
from services.commands import Session
from services.errors import Confirmable, RuleError
from services.loyalty.standing import standing_of
from services.people.enrolment import PersonForm, change_person, enrol
from services.people.privacy import reveal
from services.people.records import add_alert, add_doctor, person
from services.people.search import find
from services.programmes.registry import main_timeline
from services.roster.known import known_people
from services.roster.mapping import guess
from services.roster.posting import RosterImported, import_roster, list_batches
from services.roster.preview import RosterPreview, preview_roster, read_and_preview
from services.roster.reading import ImportCancelled, RawTable
from services.roster.undo import undo_import
from services.verify.run import verify
from tests.services.programmes.presets import ALL
from tests.services.programmes.signing_world import sign_draft
from tests.services.roster.rosters import messy_roster

TODAY = "2026-11-20"


def look(session: Session, *rows: dict[str, Any]) -> RosterPreview:
    headers = tuple(dict.fromkeys(header for row in rows for header in row))
    values = [(n, tuple(row.get(h) for h in headers)) for n, row in enumerate(rows, 2)]
    table = RawTable("a", ("a",), 1, headers, values, "digest")
    known = known_people(session.db)
    return preview_roster(table, guess(headers), main_timeline(session.db), TODAY, known)


def take_in(session: Session, *rows: dict[str, Any], **options: Any) -> RosterImported:
    preview = look(session, *rows)
    assert not preview.rejected
    return import_roster(
        session, rows=preview.good, file_digest=preview.digest, rejected_count=0, **options
    )


def count(session: Session, table: Any, *where: Any) -> int:
    return len(session.db.rows(table.select().where(*where) if where else table.select()))


def assert_sound(session: Session) -> None:
    report = verify(session.clinic)
    assert report.good, report.faults


MEMBER = {"姓名": "王芳", "电话": "13800138001", "会员号": "V1", "累计消费": 8500, "积分": 300}
PAYER = {"姓名": "李强", "电话": "13800138002", "累计消费": 500}
NOBODY = {"姓名": "赵敏", "电话": "13800138003"}


def test_e46_people_go_in_with_their_opening_balance(member_admin: Session) -> None:
    result = take_in(member_admin, MEMBER, PAYER, NOBODY)
    assert (result.batch_id, result.people) == (1, 3)
    db = member_admin.db
    standing = standing_of(db, 1, 1)
    assert (standing.spend_fen, standing.earned, standing.available) == (850_000, 300, 300)
    assert (standing.rank, standing.route, standing.member) == (2, "opening", 1)
    assert standing_of(db, 2, 1).spend_fen == 50_000
    assert standing_of(db, 2, 1).member == 0
    assert count(member_admin, OpeningBalance) == 2
    assert count(member_admin, PointsEntry, PointsEntry.kind == "opening") == 2
    assert [hit.tier_name for hit in find(db, "V1")] == ["高级会员"]
    assert [hit.number for hit in find(db, "zm")] == ["M0000003"]
    assert_sound(member_admin)


@pytest.mark.parametrize("settled", [True, False])
def test_e46_gifts_of_the_past_are_settled_or_not(member_admin: Session, settled: bool) -> None:
    take_in(member_admin, MEMBER, gifts_settled=settled)
    gifts = count(member_admin, EntitlementGrant, EntitlementGrant.kind == "gift")
    assert (gifts == 0) is settled
    assert_sound(member_admin)


def test_e46_a_claimed_tier_is_kept_as_granted(member_admin: Session) -> None:
    take_in(member_admin, {**PAYER, "等级": "VIP", "入会日期": "2019.5.1"})
    standing = standing_of(member_admin.db, 1, 1)
    assert (standing.rank, standing.supported_rank, standing.route) == (3, 0, "manual")
    joined = member_admin.db.scalar(Membership.select(Membership.joined_on))
    assert joined == "2019-05-01"
    assert_sound(member_admin)


def test_e46_points_alone_and_spend_alone(member_admin: Session) -> None:
    take_in(
        member_admin,
        {"姓名": "甲", "可用积分": 0, "累计积分": 2500},
        {"姓名": "乙", "可用积分": 10, "累计积分": 0},
    )
    assert standing_of(member_admin.db, 1, 1).spend_fen == 250_000
    assert standing_of(member_admin.db, 1, 1).available == 0
    assert standing_of(member_admin.db, 2, 1).available == 10
    assert_sound(member_admin)


def test_the_audit_row_holds_counts_and_nobody(member_admin: Session) -> None:
    take_in(member_admin, MEMBER, PAYER)
    row = member_admin.db.row(
        Audit.select(Audit.action, Audit.detail, Audit.result).order_by(Audit.seq.desc())
    )
    assert row is not None
    assert row[0] == "roster.import"
    detail = msgspec.json.decode(row[1])
    assert (detail["people"], detail["spend_fen"], detail["points"]) == (2, 900_000, 800)
    assert "王芳" not in row[1] + row[2]
    assert "13800138001" not in row[1] + row[2]


def test_doctors_are_added_and_referrers_found(member_admin: Session) -> None:
    enrol(member_admin, form=PersonForm(name="老客户", phone="13700137000"), number="OLD1")
    take_in(
        member_admin,
        {**NOBODY, "医生": "陈医生", "推荐人": "老客户"},
        {**PAYER, "医生": "陈医生", "推荐人": "V1", "备注": "怕疼"},
        {**MEMBER, "推荐人": "不认识的人"},
        {"姓名": "孙五", "推荐人": "孙五", "备注": "常客"},
    )
    db = member_admin.db
    assert count(member_admin, Doctor) == 1
    assert [person(db, i).form.referrer_id for i in (2, 3, 4, 5)] == [1, 4, None, None]
    assert [person(db, i).form.doctor_id for i in (2, 3, 4)] == [1, 1, None]
    assert person(db, 4).form.note == "推荐人：不认识的人"
    assert person(db, 5).form.note == "常客 推荐人：孙五"


def test_numbers_given_by_hand_and_by_us_never_meet(member_admin: Session) -> None:
    take_in(
        member_admin,
        {"姓名": "甲", "会员号": "M0000002"},
        {"姓名": "乙", "会员号": None},
    )
    numbers = [row[0] for row in member_admin.db.rows(Person.select(Person.number))]
    assert sorted(numbers) == ["M0000002", "M0000003"]


def test_a_number_taken_since_the_preview_stops_everything(member_admin: Session) -> None:
    preview = look(member_admin, MEMBER)
    enrol(member_admin, form=PersonForm(name="孙五", phone="13700137000"), number="V1")
    with pytest.raises(RuleError, match="重新预览"):
        import_roster(member_admin, rows=preview.good, file_digest="", rejected_count=0)
    assert count(member_admin, Person) == 1


def test_what_the_clinic_knows_leaves_out_the_withdrawn_but_not_their_numbers(
    member_admin: Session,
) -> None:
    quiet = member_admin.confirming("no_phone")
    enrol(quiet, form=PersonForm(name="甲"))
    enrol(quiet, form=PersonForm(name="乙", phone="13700137000", birthday="1980-01-01"))
    enrol(quiet, form=PersonForm(name="丙", id_number="11010519491231002X"))
    enrol(quiet, form=PersonForm(name="丁", id_number="110105194912310038"))
    member_admin.db.write(Person.update(state="withdrawn").where(Person.id == 3))
    known = known_people(member_admin.db)
    assert set(known.numbers) == {"M0000001", "M0000002", "M0000003", "M0000004"}
    assert known.phones == {("乙", "13700137000"): "M0000002"}
    assert known.ids == {"110105194912310038": "M0000004"}
    assert known.birthdays["乙", "1980-01-01"] == "M0000002"


@pytest.mark.usefixtures("collector")
def test_an_import_leaves_the_garbage_collector_as_it_was(member_admin: Session) -> None:
    import gc

    take_in(member_admin, MEMBER)
    assert gc.isenabled()
    gc.disable()
    take_in(member_admin.confirming("same_file"), PAYER)
    assert not gc.isenabled()


def test_a_doctor_of_the_clinic_is_not_added_again(member_admin: Session) -> None:
    add_doctor(member_admin, name="陈医生")
    take_in(member_admin, {**NOBODY, "医生": "陈医生"}, {**PAYER, "医生": None})
    assert count(member_admin, Doctor) == 1


def test_nothing_to_import_is_said(member_admin: Session) -> None:
    with pytest.raises(RuleError, match="没有可以导入"):
        import_roster(member_admin, rows=[], file_digest="", rejected_count=3)


def test_the_same_file_twice_is_asked_about(member_admin: Session) -> None:
    take_in(member_admin, MEMBER)
    with pytest.raises(Confirmable) as asked:
        take_in(member_admin, PAYER)
    assert asked.value.code == "same_file"
    assert take_in(member_admin.confirming("same_file"), PAYER).batch_id == 2


def test_cancel_in_the_middle_leaves_nothing(member_admin: Session) -> None:
    answers = iter([False, False, True])
    with pytest.raises(ImportCancelled):
        take_in(member_admin, MEMBER, PAYER, cancelled=lambda: next(answers))
    assert count(member_admin, Person) == count(member_admin, ImportBatch) == 0


def test_the_front_desk_may_not_import(frontdesk: Session) -> None:
    with pytest.raises(RuleError, match="权限"):
        take_in(frontdesk, MEMBER)


# -- taking it back ------------------------------------------------------------------------


def test_e46_a_batch_is_taken_back_whole(member_admin: Session) -> None:
    enrol(member_admin, form=PersonForm(name="老客户", phone="13700137000"))
    rows = (MEMBER, PAYER, NOBODY, {"姓名": "孙五", "会员号": "V5", "等级": "钻石"})
    rows += ({"姓名": "钱六", "会员号": "V6"}, {"姓名": "周七", "累计积分": 2500, "可用积分": 0})
    take_in(member_admin, *rows, gifts_settled=False)
    db = member_admin.db
    db.insert(
        FollowupTask, person_id=2, rule="birthday", cycle="2026", due_on=TODAY, state="open", seq=1
    )
    seen: list[tuple[int, int]] = []
    undone = undo_import(
        member_admin, batch_id=1, progress=lambda done, total: seen.append((done, total))
    )
    assert (undone.people, seen) == (6, [(0, 6)])
    for person_id in range(2, 8):
        standing = standing_of(db, person_id, 1)
        assert (standing.spend_fen, standing.available, standing.rank, standing.member) == (
            0,
            0,
            0,
            0,
        )
        assert person(db, person_id).state == "withdrawn"
    assert count(member_admin, SearchKey, SearchKey.person_id > 1) == 0
    assert count(member_admin, EntitlementGrant, EntitlementGrant.state == "open") == 0
    assert count(member_admin, Membership, Membership.state == "active") == 0
    assert count(member_admin, TierNotice) == 0
    assert count(member_admin, FollowupTask, FollowupTask.state == "open") == 0
    assert [hit.name for hit in find(db, "老客")] == ["老客户"]
    assert [(batch.id, batch.state) for batch in list_batches(db)] == [(1, "undone")]
    assert_sound(member_admin)


def test_e46_the_corrected_roster_goes_in_with_the_same_numbers(member_admin: Session) -> None:
    take_in(member_admin, MEMBER, PAYER)
    undo_import(member_admin, batch_id=1)
    again = take_in(member_admin, {**MEMBER, "累计消费": 25_000}, PAYER)
    assert again.batch_id == 2
    assert [(hit.person_id, hit.tier_name) for hit in find(member_admin.db, "v1")] == [
        (3, "钻石VIP会员")
    ]
    assert_sound(member_admin)


def test_e46_what_was_touched_later_stays(member_admin: Session) -> None:
    take_in(member_admin, MEMBER, PAYER, NOBODY)
    reveal(member_admin, person_id=3, field="phone")  # a look is no touch
    add_alert(member_admin, person_id=1, text="过敏")
    form = dataclasses.replace(person(member_admin.db, 2).form, note="改过")
    change_person(member_admin, person_id=2, form=form, document_checked=False)
    with pytest.raises(RuleError, match=r"2 人已有后来的.*V1、M0000002 等"):
        undo_import(member_admin, batch_id=1)
    assert [hit.name for hit in find(member_admin.db, "V1")] == ["王芳"]


def test_e46_a_later_receipt_keeps_the_batch(member_admin: Session) -> None:
    from services.loyalty.receipts import post_receipt

    take_in(member_admin, MEMBER, PAYER)
    post_receipt(member_admin, person_id=1, amount_fen=10_000)
    with pytest.raises(RuleError, match="1 人已有后来的"):
        undo_import(member_admin, batch_id=1)


def test_e46_undoing_twice_or_nothing_is_refused(member_admin: Session) -> None:
    take_in(member_admin, MEMBER)
    undo_import(member_admin, batch_id=1)
    for batch_id in (1, 9):
        with pytest.raises(RuleError, match="已经撤销过"):
            undo_import(member_admin, batch_id=batch_id)


def test_cancelling_an_undo_keeps_the_batch(member_admin: Session) -> None:
    take_in(member_admin, MEMBER)
    with pytest.raises(ImportCancelled):
        undo_import(member_admin, batch_id=1, cancelled=lambda: True)
    assert list_batches(member_admin.db)[0].state == "posted"
    assert undo_import(member_admin, batch_id=1, cancelled=lambda: False).people == 1


def test_a_roster_nobody_tuned_for_goes_in_and_comes_out(
    member_admin: Session, tmp_path: Path
) -> None:
    """The 5,000 rows of `messy_roster`, through the process, into the clinic, and back."""
    bad = messy_roster(tmp_path / "old.xlsx")
    db = member_admin.db
    table, preview = read_and_preview(
        tmp_path / "old.xlsx", main_timeline(db), TODAY, known_people(db)
    )
    seen: list[tuple[int, int]] = []
    result = import_roster(
        member_admin,
        rows=preview.good,
        file_digest=table.digest,
        rejected_count=len(preview.rejected),
        progress=lambda done, total: seen.append((done, total)),
    )
    good = 5000 - sum(map(len, bad.values()))
    assert result.people == good == count(member_admin, Person)
    assert seen[0] == (0, good)
    assert seen[-1] == (good, good)
    assert_sound(member_admin)
    again = read_and_preview(tmp_path / "old.xlsx", main_timeline(db), TODAY, known_people(db))[1]
    assert again.good == []  # everybody is here already, and every row says so
    undo_import(member_admin, batch_id=result.batch_id)
    assert count(member_admin, SearchKey) == 0
    assert_sound(member_admin)


def test_e42_a_roster_counts_in_every_programme_and_gives_points_in_the_main_one(
    member_admin: Session, director: Session
) -> None:
    """What was spent on paper is spend of the clinic: a second programme knows it too."""
    sign_draft(director, ALL["医院方案B"])
    take_in(member_admin, MEMBER, PAYER)
    found = standing_of(member_admin.db, 1, 2)
    assert (found.spend_fen, found.rank, found.available, found.member) == (850_000, 1, 0, 0)
    assert standing_of(member_admin.db, 1, 1).available == 300
    assert_sound(member_admin)
    undo_import(member_admin, batch_id=1)
    assert standing_of(member_admin.db, 1, 2).spend_fen == 0
    assert_sound(member_admin)


def test_e42_whoever_brings_nothing_brings_nothing_to_a_second_programme(
    director: Session, member_admin: Session
) -> None:
    second = sign_draft(director, ALL["医院方案B"]).programme_id
    take_in(member_admin, MEMBER, NOBODY)
    kept = OpeningBalance.programme_id == second
    (row,) = member_admin.db.rows(OpeningBalance.select(OpeningBalance.spend_fen).where(kept))
    assert row == (850_000,)
    assert_sound(member_admin)
