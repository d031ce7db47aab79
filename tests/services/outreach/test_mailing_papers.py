"""The letters, labels and number lists made of a mailing (R037, R146, 个保法 55 条)."""

import openpyxl
import pytest

from models.people import Person
from services.errors import RuleError
from services.forms.envelopes import envelope_labels
from services.forms.letter import letters
from services.forms.paper import Break, Cells, Text, texts
from services.outreach import filling
from services.outreach.mailings import mailings
from services.outreach.number_list import file_name, write_numbers
from services.reports.clear_text import APPROVAL
from services.staff import approve
from services.workbooks.export_log import log_export
from tests.conftest import PIN, STAFF
from tests.desk_world import another_doctor
from tests.services.outreach.letter_world import post, reader, task


def numbers(clinic, session, *people, clear=True, **values):
    release = {}
    if clear:
        approval = approve(clinic, STAFF["member_admin"], PIN, APPROVAL)
        release = {"clear": True, "reason": "发通知", "approval": approval}
    return post(session, *people, **{"kind": "numbers", **release, **values}).mailing_id


def rows(path, sheet="名单"):
    book = openpyxl.load_workbook(path)
    return [tuple(cell.value for cell in row) for row in book[sheet].iter_rows(min_row=4)]


def test_r146_every_letter_has_its_own_page_with_address_text_and_sender(clinic, frontdesk):
    adult = reader(frontdesk, "M1", sex="F")
    child = reader(frontdesk, "M2", "赵小川", sex="M", birthday="2020-01-05", address="幸福里 2 号")
    sent = post(frontdesk, child, adult)
    paper = letters(frontdesk, sent.mailing_id)
    assert paper.letters
    assert paper.name == "信函"
    assert paper.title == "信函"
    assert "会员日邀请" not in "".join(texts(paper))
    pages = [block for block in paper.blocks if isinstance(block, Break)]
    assert len(pages) == 1
    assert Text(("人民路 1 号", "王小明　女士　收", "\u00a0")) in paper.blocks
    assert Text(("幸福里 2 号", "赵小川　小朋友家长　收", "\u00a0")) in paper.blocks
    assert paper.blocks[2] == Text(("试验口腔", "2026年11月20日"), right=True)
    said = "\n".join(texts(paper))
    assert "尊敬的王女士：您好！" in said
    assert "尊敬的赵小朋友：您好！" in said
    assert "我们马上停寄" in said


def test_r148_what_a_task_is_about_stands_in_the_letter(clinic, frontdesk, member_admin):
    who = reader(frontdesk, "M1")
    another_doctor(member_admin, who)
    task_id = task(frontdesk, who)
    text = "您好。{医生}记着您的{项目}。您还有{权益余次}。"
    sent = post(frontdesk, who, text=text, marketing=False, task_ids=(task_id,))
    paper = letters(frontdesk, sent.mailing_id, subjects={who: ("洁牙", "")})
    assert 7 * "\u00a0" + "您好。林医生记着您的洁牙。" in list(texts(paper))


def test_r146_labels_have_the_whole_address_and_are_on_record(clinic, frontdesk):
    called, none = reader(frontdesk, "M1", sex="M"), reader(frontdesk, "M2", address="")
    sent = post(frontdesk, called, none, called, kind="labels", text="", marketing=False)
    paper = envelope_labels(frontdesk, sent.mailing_id, across=2)
    assert paper.blocks == (Cells((("人民路 1 号", "王小明　先生　收", "试验口腔 寄"),), 2),)
    assert (sent.people, sent.left_out) == (1, 1)
    assert [row.kind for row in mailings(clinic.db)] == ["labels"]


def test_r146_what_was_not_sent_today_by_oneself_is_not_made(clinic, frontdesk, billing, clock):
    sent = post(frontdesk, reader(frontdesk, "M1"))
    with pytest.raises(RuleError, match="再寄一次"):
        letters(billing, sent.mailing_id)
    clock.day = "2026-11-21"
    for make in (letters, envelope_labels):
        with pytest.raises(RuleError, match="再寄一次"):
            make(frontdesk, sent.mailing_id)


def test_r037_a_list_in_full_is_marked_on_every_page_and_made_once(
    clinic, marketing, frontdesk, tmp_path
):
    one = reader(frontdesk, "M1", phone="13800138000")
    family = reader(frontdesk, "M2", phone="13800138000")
    other = reader(frontdesk, "M3", "=1+1", phone="13800138001")
    mailing_id = numbers(clinic, marketing, one, family, other)
    path = tmp_path / f"{file_name('2026-11-20', clear=True)}.xlsx"
    seen = []
    written = write_numbers(
        clinic, path, mailing_id, marketing.actor, progress=lambda *far: seen.append(far)
    )
    assert path.name == "短信名单_2026-11-20(明文).xlsx"
    text = "【试验口腔】尊敬的王女士/先生：您好！请打电话预约。拒收请回复T"
    found = rows(path)
    assert found[0] == ("M1", "王小明", "13800138000", text, 32, 1)
    assert [row[0] for row in found] == ["M1", "M3"]  # the same words to one number once
    assert found[1][1] == "=1+1"
    assert (written.rows, written.messages) == (2, 2)
    assert seen == [(3, 3)]
    book = openpyxl.load_workbook(path)
    for sheet in book:
        mark = sheet.oddHeader.center.text
        assert "吴市场" in mark
        assert "郑管理" in mark
        assert f"文件号 {written.clear}" in mark
    said = dict(rows(path, "说明")[n][:2] for n in range(8))
    assert said["性质"] == "营销：只含同意营销联系的人"
    assert said["号码数"] == "2"
    log_export(marketing, name=path.name, rows=written.rows, clear=written.clear)
    with pytest.raises(RuleError, match="已经导出过一份"):
        write_numbers(clinic, path, mailing_id, marketing.actor)


def test_r037_a_masked_list_shows_nobody(clinic, marketing, frontdesk, tmp_path):
    who = reader(frontdesk, "M1", "欧阳小明", phone="13800138000")
    text = "{姓名}您好，请来复查。"
    mailing_id = numbers(clinic, marketing, who, clear=False, text=text, marketing=False)
    path = tmp_path / f"{file_name('2026-11-20', clear=False)}.xlsx"
    written = write_numbers(clinic, path, mailing_id, marketing.actor)
    assert written.clear == 0
    assert rows(path) == [
        ("M1", "欧阳**", "138****8000", "【试验口腔】欧阳**您好，请来复查。", 18, 1)
    ]
    said = dict(row[:2] for row in rows(path, "说明"))
    assert said["性质"] == "服务通知"
    assert "明文" not in said


def test_r037_letters_are_no_number_list_and_what_fails_leaves_nothing(
    clinic, marketing, frontdesk, tmp_path, monkeypatch
):
    who = reader(frontdesk, "M1")
    sent = post(frontdesk, who)
    with pytest.raises(RuleError, match="不是短信名单"):
        write_numbers(clinic, tmp_path / "a.xlsx", sent.mailing_id, frontdesk.actor)
    mailing_id = numbers(clinic, marketing, who)

    def broken(*_):
        raise RuntimeError("no")

    monkeypatch.setattr(filling, "fill", broken)
    with pytest.raises(RuntimeError):
        write_numbers(clinic, tmp_path / "a.xlsx", mailing_id, marketing.actor)
    assert list(tmp_path.glob("*.xlsx")) == []
    assert clinic.db.rows(Person.select(Person.id))
