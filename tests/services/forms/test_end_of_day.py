"""今日收尾单: counts of the day, the head of the chain, the backups; nobody's name, no takings."""

from services.backups import making, off_pc, shelf
from services.desk.visits import check_in
from services.followups.calls import create_task, log_call
from services.forms.end_of_day import end_of_day
from services.forms.paper import Size, texts
from services.gifts.handout import issue_gift
from services.loyalty.membership import join
from services.loyalty.points import adjust_points
from services.loyalty.receipts import post_receipt, refund
from services.verify import anchors, verify
from tests.conftest import TODAY
from tests.desk_world import person
from tests.gift_world import add_gift, gift_grant, stocked


def pairs(paper):
    return {key: text for block in paper.blocks for key, text in getattr(block, "rows", ())}


def test_p13_an_empty_day_still_has_a_head_and_says_what_was_never_copied(clinic):
    paper = end_of_day(clinic)
    assert paper.size is Size.SLIP_80
    said = pairs(paper)
    assert said["链末端"] == anchors.written(clinic.db)
    assert verify(clinic, heads=[anchors.typed(said["链末端"])]).good
    assert said["今日操作"] == "5 步"
    assert said["到诊"] == "0 人次"
    assert said["消费单据"] == "0"
    assert said["最近备份"] == "还没有"
    assert said["U 盘或第二处"] == "从未复制"


def test_a_clinic_without_a_step_has_no_head(clinic, monkeypatch):
    monkeypatch.setattr("services.forms.end_of_day.written", lambda db: "")
    assert pairs(end_of_day(clinic))["链末端"] == "还没有操作"


def test_the_day_is_counted_and_what_was_taken_back_is_named(clinic, member_admin, director):
    gift = add_gift(director, code="G50", name="电动牙刷", band_yuan=50)
    stocked(director, gift, 10, 5)
    who = person(member_admin, "M1", name="王丽华")
    check_in(member_admin, person_id=who)
    posted = post_receipt(member_admin, person_id=who, amount_fen=600_000)
    refund(member_admin, receipt_id=posted.receipt_id, amount_fen=10_000, reason="多收")
    join(member_admin, person_id=who, benefits_explained=True)
    issue_gift(member_admin, grant_id=gift_grant(clinic, who), gift_id=gift)
    adjust_points(member_admin, person_id=who, points=-200, reason_code="mistake", text="多记")
    task = create_task(member_admin, person_id=who, due_on=TODAY, subject="随访")
    log_call(
        member_admin, person_id=who, task_ids=(task.task_id,), outcome="request", note="想换时间"
    )
    said = pairs(end_of_day(clinic, Size.A4))
    assert said["到诊"] == "1 人次，1 人还没结束"
    assert said["消费单据"] == "1 (退款 1)"
    assert said["积分"] == "增 6000，减 300"
    assert said["发放礼品"] == "1"
    assert said["新入会"] == "1"
    assert said["回访"] == "1"
    words = " ".join(texts(end_of_day(clinic)))
    assert "王" not in words
    assert "6,000" not in words


def test_the_backups_are_as_old_as_they_are(clinic, frontdesk, clock, tmp_path):
    made = making.make_backup(clinic, "by hand")
    stick = tmp_path / "stick"
    stick.mkdir()
    home = shelf.folder_of(clinic.folder)
    off_pc.copy_out(made, off_pc.adopt(stick, made.manifest.clinic_id), clock, home)
    said = pairs(end_of_day(clinic))
    assert said["最近备份"] == f"{TODAY} 09:00"
    assert said["U 盘或第二处"] == "今天"
    clock.day = "2026-11-22"
    person(frontdesk, "M1")
    state = shelf.read_state(home)
    state.failed_on = clock.day
    shelf.write_state(home, state)
    said = pairs(end_of_day(clinic))
    assert said["最近备份"] == f"{TODAY} 09:00，此后有新登记，最近一次检查没有通过"
    assert said["U 盘或第二处"] == "2 天前"
