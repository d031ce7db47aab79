"""客户分组名单: consented people only, masked; in clear text with a reason and two people."""

from __future__ import annotations

import uuid
from dataclasses import replace

import openpyxl
import pytest

from models.system import Audit
from services.errors import RuleError
from services.groups.carried import put_label
from services.groups.labels import define_label
from services.groups.rule import Minor, Sex
from services.groups.saved import save_group
from services.people.lunar import LunarDate, set_lunar_birthday
from services.people.merging import merge_people
from services.reports.clear_text import release_clear
from services.reports.group import filters_words, tier_choices
from services.reports.paper import as_paper
from services.reports.reading import read
from services.reports.registry import find
from services.reports.sheet import Ask, Filters
from services.reports.workbook import write_workbook
from services.staff import approve
from services.workbooks.export_log import log_export
from tests.conftest import PIN, STAFF
from tests.desk_world import change, consent
from tests.money_world import member, person
from tests.services.reports.world import column, report, rows

TODAY = "2026-11-20"


def listed(clinic, **filters):
    return column(report(clinic, "group-list", TODAY, TODAY, **filters), "名单", "会员号")


@pytest.fixture
def people(frontdesk):
    """Three who agreed: a member born in May, somebody born in June, a child with a guardian."""
    one = change(
        frontdesk, member(frontdesk, 2000), number="M1", birthday="1990-05-15", phone="13800138000"
    )
    two = change(frontdesk, person(frontdesk), number="M2", birthday="1980-06-01", name="李明")
    child = change(frontdesk, person(frontdesk), number="M3", guardian_phone="13800138001", sex="F")
    for each in (one, two, child):
        consent(frontdesk, each, True)
    return one, two, child


def test_r046_only_who_said_yes_and_masked(clinic, frontdesk, people):
    person(frontdesk)  # never asked
    gone = person(frontdesk)
    consent(frontdesk, gone, True)
    consent(frontdesk, gone, False)
    found = report(clinic, "group-list", TODAY, TODAY)
    assert rows(found, "名单") == [
        ["M1", "王**", "", 5, "138****8000", "普通会员", "", TODAY],
        ["M2", "李*", "", 6, "", "", "", None],
        ["M3", "王**", "女", None, "138****8001", "", "", None],
    ]
    assert all("13800138" not in str(row) for row in found.sheets[0].rows)


def test_r174_filters_by_tier_month_and_time_away(clinic, clock, frontdesk, people):
    one, two, child = people
    assert listed(clinic, tier="普通会员") == ["M1"]
    assert listed(clinic, birthday_month=6) == ["M2"]
    set_lunar_birthday(frontdesk, person_id=child, lunar=LunarDate(4, 2))
    assert listed(clinic, birthday_month=5) == ["M1", "M3"]
    change(frontdesk, one, last_visit_on="2026-05-19")
    change(frontdesk, two, last_visit_on="2026-05-20")
    assert listed(clinic, idle_months=6) == ["M1"]
    assert listed(clinic, tier="普通会员", birthday_month=5, idle_months=6) == ["M1"]
    words = filters_words(Filters("普通会员", 5, 6))
    assert words == "条件：等级 普通会员，5 月生日，6 个月没有到诊"
    assert filters_words(Filters()) == "条件：全部"
    assert tier_choices(clinic.db)[0] == "普通会员"


@pytest.mark.parametrize(
    ("filters", "sentence"),
    [
        ({"tier": "皇帝"}, "没有“皇帝”这个等级。可选：普通会员、"),
        ({"birthday_month": 13}, "1 到 12"),
        ({"birthday_month": -1}, "1 到 12"),
        ({"idle_months": -1}, "未到诊月数"),
        ({"idle_months": 1000}, "未到诊月数"),
    ],
)
def test_filters_that_mean_nothing_are_refused(clinic, filters, sentence):
    with pytest.raises(RuleError, match=sentence):
        report(clinic, "group-list", TODAY, TODAY, **filters)


def test_e62_a_no_of_the_merged_record_counts(clinic, frontdesk, member_admin, people):
    other = person(frontdesk)
    consent(frontdesk, other, False)
    merge_people(member_admin.confirming("two_names"), survivor_id=people[0], merged_id=other)
    assert listed(clinic) == ["M2", "M3"]


# -- in clear text -----------------------------------------------------------------------------


@pytest.fixture
def second(clinic):
    return approve(clinic, STAFF["member_admin"], PIN, "approve.clear_export")


def clear_ask(number, **filters):
    return Ask(TODAY, TODAY, TODAY, Filters(**filters), number)


def test_in_clear_text_with_reason_second_person_and_watermark(
    clinic, marketing, second, people, tmp_path
):
    session = marketing.once(uuid.uuid4())
    values = {"report": "group-list", "reason": " 寄请柬 ", "approval": second}
    number = release_clear(session, **values, tier="普通会员").number
    assert release_clear(session, **values, tier="普通会员").number == number
    row = clinic.db.row(Audit.select(Audit.action, Audit.detail).where(Audit.seq == number))
    assert row[0] == "export.clear"
    assert '"reason":"寄请柬"' in row[1]
    assert '"approved_by":5' in row[1]
    path = tmp_path / "a.xlsx"
    asked = clear_ask(number, tier="普通会员")
    write_workbook(clinic, path, find("group-list"), asked, exported_by="吴市场")
    sheet = openpyxl.load_workbook(path)["名单"]
    assert [cell.value for cell in sheet[4]][:7] == [
        "M1", "王小明", None, 5, "13800138000", "普通会员", None,
    ]  # fmt: skip
    assert sheet["B3"].value == "姓名"
    for place in (sheet.oddHeader.center.text, sheet.oddFooter.center.text):
        assert "明文名单，不得外传" in place
        assert "导出人 吴市场" in place
        assert "批准人 郑管理" in place
        assert f"文件号 {number}" in place


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"reason": " "}, "为什么要导出明文"),
        ({"approval": None}, "须由会员管理员或院长另行批准"),
    ],
)
def test_it_is_refused_without_either(clinic, marketing, second, values, sentence):
    asked = {"report": "group-list", "reason": "寄请柬", "approval": second}
    with pytest.raises(RuleError, match=sentence):
        release_clear(marketing, **(asked | values))


def test_the_second_person_is_another_one_and_the_right_is_not_the_desks(
    clinic, member_admin, frontdesk, second
):
    values = {"report": "group-list", "reason": "寄请柬", "approval": second}
    with pytest.raises(RuleError, match="须是两个人"):
        release_clear(member_admin, **values)
    with pytest.raises(RuleError, match="没有这项权限"):
        release_clear(frontdesk, **values)


def test_only_the_list_that_was_released_and_only_today(
    clinic, clock, marketing, second, people, tmp_path
):
    values = {"report": "group-list", "reason": "寄请柬", "approval": second}
    number = release_clear(marketing, **values, birthday_month=5).number
    good = clear_ask(number, birthday_month=5)
    path = tmp_path / "a.xlsx"
    for wrong in (
        clear_ask(number),
        clear_ask(number - 1, birthday_month=5),
        clear_ask(number + 99, birthday_month=5),
        replace(good, today="2026-11-21"),
    ):
        with pytest.raises(RuleError, match="没有批准明文导出"):
            write_workbook(clinic, path, find("group-list"), wrong, exported_by="吴市场")
    with pytest.raises(RuleError, match="没有批准明文导出"):
        write_workbook(clinic, path, find("group-list"), good, exported_by="钱院长")
    with pytest.raises(RuleError, match="没有批准明文导出"):
        write_workbook(clinic, path, find("points"), good, exported_by="吴市场")
    assert not path.exists()
    found = read(clinic.db, find("group-list"), good)
    with pytest.raises(RuleError, match="只能存成带水印的 Excel"):
        as_paper(clinic.db, found)


def test_r174_a_release_is_for_one_file(clinic, marketing, second, people, tmp_path):
    values = {"report": "group-list", "reason": "寄请柬", "approval": second}
    number = release_clear(marketing, **values).number
    log_export(marketing, name="周一.xlsx", rows=3)  # a list without clear text in between
    asked = clear_ask(number)
    for _ in range(2):  # the disk was full the first time
        done = write_workbook(
            clinic, tmp_path / "a.xlsx", find("group-list"), asked, exported_by="吴市场"
        )
    log_export(marketing, name="a.xlsx", rows=done.rows, clear=done.clear)
    with pytest.raises(RuleError, match=f"文件号 {number} 已经导出过一份"):
        write_workbook(clinic, tmp_path / "b.xlsx", find("group-list"), asked, exported_by="吴市场")
    assert not (tmp_path / "b.xlsx").exists()


# -- saved groups and labels ---------------------------------------------------------------------


def test_r174_filters_by_a_saved_group_and_a_label(clinic, director, people):
    _, two, child = people
    save_group(director, name="女顾客", rule=Sex("F"))
    tag = define_label(director, dimension="兴趣", name="讲座").label_id
    put_label(director, people=(two, child), label_id=tag)
    assert listed(clinic, group="女顾客") == ["M3"]
    assert listed(clinic, label="讲座") == ["M2", "M3"]
    assert listed(clinic, group="女顾客", label="兴趣:讲座") == ["M3"]
    words = filters_words(Filters(group="女顾客", label="讲座"))
    assert words == "条件：分组“女顾客”，标签“讲座”"
    with pytest.raises(RuleError, match="没有“男顾客”这个分组"):
        listed(clinic, group="男顾客")
    with pytest.raises(RuleError, match="没有“种植”这个标签"):
        listed(clinic, label="种植")


@pytest.mark.parametrize("wanted", [{"group": "孩子"}, {"label": "慢性病"}])
def test_what_is_sensitive_leaves_by_a_managers_own_hand_only(
    clinic, director, member_admin, marketing, people, tmp_path, wanted
):
    one = people[0]
    save_group(director, name="孩子", rule=Minor())
    tag = define_label(director, dimension="病", name="慢性病", sensitive="health").label_id
    consent(director, one, True, "health")
    put_label(director, people=(one,), label_id=tag)
    with pytest.raises(RuleError, match="不能直接导出"):
        listed(clinic, **wanted)
    who = {"report": "group-list", "reason": "寄请柬", **wanted}
    approval = approve(clinic, STAFF["director"], PIN, "approve.clear_export")
    with pytest.raises(RuleError, match="只能由会员管理员、院长自己导出"):
        release_clear(marketing, approval=approval, **who)
    number = release_clear(member_admin, approval=approval, **who).number
    ask = Ask(TODAY, TODAY, TODAY, Filters(**wanted), number)
    out = tmp_path / "list.xlsx"
    written = write_workbook(clinic, out, find("group-list"), ask, exported_by="郑管理")
    assert written.clear == number
    assert written.rows == (1 if "label" in wanted else 0)
