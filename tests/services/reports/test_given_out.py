"""导出与对外提供登记 (R135, 个保法 55, 56 条): what left, who looked, whom it was given to."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.commands import Approval
from services.forms.enrolment_form import filled_enrolment_form
from services.outreach.mailings import send
from services.people.consents import set_contact
from services.people.privacy import reveal
from services.privacy.copying import log_copy
from services.privacy.disclosures import DisclosureForm, disclose, take_back
from services.privacy.my_data import my_data_paper, my_data_workbook
from services.reports.clear_text import release_clear
from services.reports.given_out import given_out
from services.reports.registry import find
from services.reports.sheet import Ask
from services.rights import may
from services.verify.run import verify
from services.workbooks.export_log import log_export
from tests.conftest import STAFF, TODAY
from tests.desk_world import consent
from tests.privacy_world import CANARIES, asked, enrolled
from tests.services.partners.partner_world import introduced, partner, switched_on

LETTER = DisclosureForm("市一院", "姓名", "转诊", "consent", "书面同意")


@pytest.fixture
def who(frontdesk):
    return enrolled(frontdesk)


def sheets(clinic):
    return [list(sheet.rows) for sheet in given_out(clinic.db, Ask(TODAY, TODAY, TODAY))]


def test_every_way_out_is_in_the_register_and_nobody_in_clear(
    clinic, frontdesk, marketing, member_admin, who, tmp_path: Path
):
    log_export(marketing, name="礼品核对_2026-W47.xlsx", rows=12)
    word = Approval(5, STAFF["member_admin"], "member_admin", "approve.clear_export")
    release_clear(marketing, report="group-list", reason="寄请柬", approval=word)
    filled_enrolment_form(frontdesk, who)
    consent(frontdesk, who, True)
    set_contact(frontdesk, person_id=who, by="", note="", quiet=False)
    send(
        frontdesk, kind="labels", title="回访", text="", marketing=True, people=(who,)
    )  # labels carry names in full by nature
    request_id = asked(frontdesk, who, "copy")
    my_data_paper(frontdesk, request_id=request_id, person_id=who)
    my_data_workbook(
        frontdesk, request_id=request_id, person_id=who, path=tmp_path / "我的资料.xlsx"
    )
    log_copy(frontdesk, place="今日到诊", values=2, person_id=who)
    exports, given, looks = sheets(clinic)
    assert [(row[2], row[3], row[4], row[7], row[8]) for row in exports] == [
        ("吴市场", "导出工作簿", "礼品核对_2026-W47.xlsx", "", ""),
        ("吴市场", "批准明文名单", "group-list，寄请柬", "是", "郑管理"),
        ("李前台", "打印个人单子", "入会登记表", "是", ""),
        ("李前台", "信函、标签、短信名单", "信封标签", "是", ""),
        ("李前台", "我的资料(本人要求)", "纸质", "是", ""),
        ("李前台", "我的资料(本人要求)", "工作簿", "是", ""),
        ("李前台", "复制到剪贴板", "今日到诊", "是", ""),
    ]
    assert [row[6] for row in exports][:4] == [12, 1, 1, 1]
    assert exports[2][5] == "M0000001"
    assert (given, looks) == ([], [])
    assert not [each for each in CANARIES if each in str(exports)]


def test_what_is_given_to_others_stands_with_introductions(clinic, member_admin, director, who):
    disclose(member_admin, person_id=who, form=LETTER)
    wrong = disclose(member_admin, person_id=who, form=LETTER).disclosure_id
    take_back(member_admin, disclosure_id=wrong)
    switched_on(director)
    introduced(member_admin, partner(member_admin), who, "out")
    given = sheets(clinic)[1]
    assert [(row[1], row[2], row[3], row[6], row[9]) for row in given] == [
        ("M0000001", "欧阳**", "市一院", "本人单独同意", ""),
        ("M0000001", "欧阳**", "市一院", "本人单独同意", "已撤回"),
        ("M0000001", "欧阳**", "康宁门诊部", "本人单独同意", ""),
    ]
    assert verify(clinic).good


def test_looks_are_counted_by_day_and_person(clinic, frontdesk, director, who):
    for session in (frontdesk, frontdesk, director):
        reveal(session, person_id=who, field="phone")
    looks = sheets(clinic)[2]
    assert [(row[1], row[2], row[3]) for row in looks] == [("孙院长", 1, 1), ("李前台", 2, 1)]


def test_it_is_for_managers():
    report = find("导出与对外提供登记")
    assert report.name == "given-out"
    assert may("director", report.right)
    assert not may("frontdesk", report.right)
