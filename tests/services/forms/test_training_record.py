"""The training of somebody as a paper to sign (R151)."""

from __future__ import annotations

import pytest

from services.duties.doing import do_duty, skip_duty
from services.errors import RuleError
from services.forms.paper import Ticks, texts
from services.forms.training_record import training_record
from tests.conftest import TODAY
from tests.services.duties.world import own, rows, take_up


def about(director, name):
    return next(each for each in rows(director, "training") if each.about == name)


def words(clinic, row):
    return list(texts(training_record(clinic.db, TODAY, row.about_id)))


def test_r151_what_was_taught_by_whom(clinic, director, member_admin):
    take_up(director)
    own(director)
    row = about(director, "李前台")
    assert "应于 2026-11-27 前完成" in words(clinic, row)
    do_duty(member_admin, duty_id=row.duty.id, cycle=row.cycle, ticked=row.duty.points[:1])
    assert "做了一部分，郑管理 2026-11-20；应于 2026-11-27 前完成" in words(clinic, row)
    do_duty(member_admin, duty_id=row.duty.id, cycle=row.cycle, ticked=row.duty.points, note="好")
    said = words(clinic, row)
    assert {"李前台", "前台", "完成，郑管理 2026-11-20", "好", "培训人"} <= set(said)
    paper = training_record(clinic.db, TODAY, row.about_id)
    (ticks,) = [block for block in paper.blocks if isinstance(block, Ticks)]
    assert all(ticked for ticked, _ in ticks.items)
    other = about(director, "孙院长")
    skip_duty(director, duty_id=other.duty.id, cycle=other.cycle, reason="本人主讲")
    assert "不做，孙院长 2026-11-20" in words(clinic, other)


def test_of_nobody_there_is_none(clinic):
    with pytest.raises(RuleError, match="没有这位员工"):
        training_record(clinic.db, TODAY, 99)
