"""Who did what when, what was missed, and how far everybody is trained (R151)."""

from __future__ import annotations

from services.backups.drill import note_drill
from services.duties.doing import do_duty, skip_duty, take_back
from services.reports.paper import as_paper
from tests.services.duties.world import by_key, own, row, rows, take_up
from tests.services.reports.world import report
from tests.services.reports.world import rows as sheet_rows


def test_r151_what_was_done_and_what_nobody_did(clinic, director, marketing, clock):
    take_up(director)
    weekly = by_key(director, own(director, "擦展柜", points=("一", "二")))
    clock.day = "2026-11-24"
    first = do_duty(marketing, duty_id=weekly.id, cycle="2026-W48", ticked=("一",)).row_id
    take_back(marketing, row_id=first, note="勾错")
    clock.day = "2026-11-26"
    do_duty(marketing, duty_id=weekly.id, cycle="2026-W48", ticked=("一", "二"), note="好")
    note_drill(director, backup="a", faults=0)
    clock.day = "2026-12-09"
    skip_duty(director, duty_id=weekly.id, cycle="2026-W50", reason="装修")
    note_drill(director, backup="b", faults=0)
    found = report(clinic, "duties", "2026-11-20", "2026-12-31")
    about = [line for line in sheet_rows(found, "谁做了什么") if line[1] in ("擦展柜", "备份演练")]
    assert about == [
        ["2026-11-24", "擦展柜", "11-23 至 11-29", "做了一部分", "吴市场", "一", ""],
        ["2026-11-24", "擦展柜", "11-23 至 11-29", "收回", "吴市场", "", "勾错"],
        ["2026-11-26", "擦展柜", "11-23 至 11-29", "完成", "吴市场", "一、二", "好"],
        ["2026-12-01", "擦展柜", "11-30 至 12-06", "漏办", "", "", ""],
        ["2026-12-09", "备份演练", "2026年12月", "完成", "孙院长", "", ""],
        ["2026-12-09", "擦展柜", "12-07 至 12-13", "这次不做", "孙院长", "", "装修"],
    ]
    (line,) = [each for each in sheet_rows(found, "事项完成") if each[0] == "擦展柜"]
    assert line == ["擦展柜", "大家", 3, 1, 1, 1, 1, 0, 333]
    november = report(clinic, "duties", "2026-11-01", "2026-11-30")
    assert "漏办" not in {
        each[3] for each in sheet_rows(november, "谁做了什么") if each[1] == "擦展柜"
    }


def test_r151_the_training_of_each(clinic, director, member_admin):
    take_up(director)
    duty = by_key(director, "training")
    by_name = {each.about: each.cycle for each in rows(director, "training")}
    do_duty(member_admin, duty_id=duty.id, cycle=by_name["李前台"], ticked=duty.points)
    do_duty(member_admin, duty_id=duty.id, cycle=by_name["周收费"], ticked=duty.points[:1])
    skip_duty(director, duty_id=duty.id, cycle=by_name["孙院长"], reason="本人主讲")
    found = report(clinic, "duties", "2026-11-01", "2026-11-30")
    told = {line[0]: line[1:] for line in sheet_rows(found, "培训记录")}
    everything = "、".join(duty.points)
    assert told["李前台"][3:8] == ["完成", "2026-11-20", "郑管理", everything, ""]
    assert told["周收费"][3:8] == [
        "没完成", "2026-11-20", "郑管理", duty.points[0], "、".join(duty.points[1:]),
    ]  # fmt: skip
    assert told["孙院长"][3] == "不做"
    assert told["吴市场"][3:7] == ["没完成", None, "", ""]
    assert as_paper(clinic.db, found).blocks
    assert row(director, "learning").state == "open"
