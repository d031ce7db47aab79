"""The Friday workbook by cell value, and recalculated by LibreOffice (R144, workbooks.md).

`HAOCHI_GOLDEN=write` writes the golden file anew; look at the difference before you keep it.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import zipfile
from datetime import date, datetime
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest

from models.followup import FollowupAttempt, FollowupTask
from models.gifts import GiftIssue, ServiceUse
from models.ledgers import PointsEntry, TierEvent
from models.people import Person
from models.schemes import Redemption
from models.system import Audit, Doctor
from services.clock import local_text
from services.errors import EnvironmentFault, Fault, RuleError
from services.gifts import reconciliation as friday
from services.gifts import stock
from services.gifts.handout import issue_gift, return_gift
from services.gifts.reconciliation import CountEntry
from services.loyalty.grants import grants_of
from services.loyalty.service_use import use_service, void_use
from services.programmes.registry import main_timeline
from services.version import VERSION
from services.vouchers.billing import bill_use
from services.workbooks import files
from services.workbooks.count_sheet import file_name as count_file_name
from services.workbooks.count_sheet import write_count_sheet
from services.workbooks.export_log import log_export
from services.workbooks.friday import file_name, friday_workbook, write_friday
from services.workbooks.writer import Book, Column
from tests import gift_world as world
from tests.conftest import TODAY

GOLDEN = Path(__file__).with_name("friday_closed.json")
SHEETS = ["收发存", "发放明细", "服务核销", "应领未领", "积分对照", "新增会员", "说明"]
HEADERS = {
    "收发存": (
        "礼品编号 礼品 规格 单位 库位 期初 入库 申领 发放 退回 报损 调整 账面 实盘 差异 差异原因"
    ),
    "发放明细": ("日期时间 会员号 姓名(遮蔽) 等级 依据 礼品 数量 扣分 受益人(遮蔽) 领取方式 经手"),
    "服务核销": (
        "日期 会员号 姓名(遮蔽) 受益人(遮蔽) 项目 数量 医生 免挂号 状态(领取/使用/划价) "
        "划价单号 成本承担"
    ),
    "应领未领": ("会员号 姓名(遮蔽) 等级 礼品或项目 应领日期 逾期天数 最近回访"),
    "积分对照": ("礼品 兑换单数 单据扣分合计 流水扣分合计 差额"),
    "新增会员": ("会员号 姓名(遮蔽) 入会日期 方案 等级 入会依据 经办 核对"),
}
WEEK = "2026-11-27"
PROBES = ("=1+1", "+1", "-1", "@SUM(1)", "=1+1", "+1", "-1", "@x", "#N/A", "=HYPERLINK(0)")


@pytest.fixture
def story(clinic, clock, marketing, billing, frontdesk, director):
    """Two Fridays with a bit of everything; answers the second, compared but not signed."""
    paste = world.add_gift(marketing, name="=1+1 牙膏", spec="90 克", unit="支")
    brush = world.add_gift(
        marketing, code="G50", name="电动牙刷(声波款，含两支替换刷头及旅行盒)", band_yuan=50
    )
    world.stocked(marketing, paste, warehouse=20, desk=10)
    world.stocked(marketing, brush, warehouse=5, desk=3)
    people = [
        world.add_member(frontdesk, f"M000000{i}", name=name, spend_yuan=spend)
        for i, (name, spend) in enumerate(
            [("王小明", 2000), ("欧阳娜娜", 8000), ("=HYPERLINK(0)", 2000), ("John Smith", 8000)]
        )
    ]
    world.friday(marketing)
    clock.day = WEEK
    grants = [world.gift_grant(clinic, person) for person in people[:3]]
    issue_gift(billing, grant_id=grants[0], gift_id=paste)
    issue_gift(billing, grant_id=grants[1], gift_id=brush, collected="proxy")
    issued = issue_gift(frontdesk, grant_id=grants[2], gift_id=paste, collected="post")
    return_gift(
        frontdesk,
        issue_id=issued.issue_id,
        sellable=False,
        reason="包装破损",
        approval=world.return_word(clinic),
    )
    stock.receive(marketing, gift_id=paste, quantity=12)
    stock.adjust(director, gift_id=brush, quantity=-1, place="warehouse", reason="错登")
    stock.scrap(billing, gift_id=paste, quantity=2, place="desk", reason="受潮")
    world.add_member(frontdesk, "M0000009", name="单雄信", spend_yuan=26000)
    services = [g for g in grants_of(clinic.db, people[1]) if g.kind == "service"]
    friend = world.add_person(frontdesk, "P0000001", name="李新朋")

    def doctor_and_call(tx):
        task = tx.db.insert(
            FollowupTask,
            person_id=people[3],
            rule="unclaimed_gift",
            cycle="1",
            due_on=WEEK,
            state="open",
            seq=tx.seq,
        )
        tx.db.insert(
            FollowupAttempt,
            task_id=task,
            person_id=people[3],
            outcome="no_answer",
            occurred_on=WEEK,
            staff_id=tx.actor.id,
            seq=tx.seq,
        )
        return tx.db.insert(Doctor, name="钱医生")

    doctor = world.in_command(frontdesk, doctor_and_call)
    use = use_service(frontdesk, grant_id=services[0].id, beneficiary_id=friend, doctor_id=doctor)
    void_use(frontdesk, use_id=use.use_id, reason="点错了")
    use_service(frontdesk, grant_id=services[0].id, beneficiary_id=friend, doctor_id=doctor)
    use = use_service(frontdesk, grant_id=services[1].id, bill_number="HJ-0042")
    bill_use(billing, use_id=use.use_id, bill_number="HJ-0042", amount_fen=30_000)
    opened = friday.open_week(marketing).reconciliation_id
    world.to_desk(billing, paste, 5)  # after the cut-off: next week's
    entries = [
        CountEntry(line.gift_id, line.place, line.book + off)
        for line, off in zip(
            friday.week_view(clinic.db, WEEK, today=WEEK).lines, (0, -1, 2, 0), strict=True
        )
    ]
    friday.enter_count(billing, reconciliation_id=opened, counts=tuple(entries))
    friday.compare(billing, reconciliation_id=opened)
    for gift, place, reason in ((paste, "desk", "少一支"), (brush, "warehouse", "=多两支")):
        friday.set_reason(
            billing, reconciliation_id=opened, gift_id=gift, place=place, reason=reason
        )
    return opened


@pytest.fixture
def closed(story, marketing):
    world.sign(marketing, story)
    return story


def cells(path_or_bytes, *, values=False):
    source = BytesIO(path_or_bytes) if isinstance(path_or_bytes, bytes) else path_or_bytes
    return openpyxl.load_workbook(source, data_only=values)


def column(sheet, letter, first=4):
    return [row[0].value for row in sheet[f"{letter}{first}:{letter}{sheet.max_row}"]]


# -- the golden file -------------------------------------------------------------------------


def plain(value, clinic):
    """A cell's value without what differs from run to run."""
    if isinstance(value, (date, datetime)):
        value = value.isoformat(sep=" ", timespec="minutes")
    if isinstance(value, str):
        for day in (TODAY, WEEK):
            value = value.replace(f"{day} 09:00:00", f"<{day} clock>")
            value = value.replace(local_text(f"{day}T09:00:00Z"), f"<{day} now>")
        if "#" in value and len(value.split(" #")[0]) == 8:
            value = "<head> #" + value.split("#")[1]
        value = "<version>" if value == VERSION else value
    return value


def test_r144_the_closed_week_is_the_golden_workbook(clinic, closed, tmp_path):
    path = tmp_path / file_name(WEEK)
    assert path.name == "礼品核对_2026-11-27.xlsx"
    done = write_friday(clinic, path, week=WEEK, exported_by="李前台")
    assert (done.path, done.week, done.state) == (path, WEEK, "closed")
    found = {
        sheet.title: [
            [plain(cell, clinic) for cell in row] for row in sheet.iter_rows(values_only=True)
        ]
        for sheet in cells(path)
    }
    if os.environ.get("HAOCHI_GOLDEN") == "write":
        rows = ",\n".join(
            f" {json.dumps(name, ensure_ascii=False)}: [\n  "
            + ",\n  ".join(json.dumps(row, ensure_ascii=False) for row in lines)
            + "\n ]"
            for name, lines in found.items()
        )
        GOLDEN.write_text("{\n" + rows + "\n}\n", encoding="utf-8")
    assert found == json.loads(GOLDEN.read_text(encoding="utf-8"))


def test_r144_seven_sheets_with_the_columns_of_the_source(clinic, closed):
    book = cells(friday_workbook(clinic, week=WEEK))
    assert book.sheetnames == SHEETS
    for name, header in HEADERS.items():
        assert [cell.value for cell in book[name][3]] == header.split()


def test_r144_every_sheet_is_print_ready(clinic, closed):
    for sheet in cells(friday_workbook(clinic, week=WEEK)):
        assert sheet["A1"].value.startswith("礼品核对表 · ")
        assert sheet["A2"].value.startswith("试验口腔")
        assert sheet.freeze_panes == "A4"
        assert sheet.print_title_rows == "$1:$3"
        assert sheet.page_setup.paperSize == 9
        wide = sheet.max_column > 8
        assert sheet.page_setup.orientation == ("landscape" if wide else "portrait")
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (1, 0)
        assert "&P" in sheet.oddFooter.right.text
        assert "&N" in sheet.oddFooter.right.text
        assert "市场部(吴市场 已签)" in column(sheet, "A")[-1]
        assert "收费室(周收费 已签)" in column(sheet, "A")[-1]


def test_r144_the_count_is_an_input_cell_and_differences_are_coloured(clinic, closed):
    sheet = cells(friday_workbook(clinic, week=WEEK))["收发存"]
    assert sheet.protection.sheet
    assert not sheet["N4"].protection.locked
    assert sheet["M4"].protection.locked
    assert sheet["N4"].fill.fgColor.rgb == "00FFF9DB"
    (rule,) = sheet.data_validations.dataValidation
    assert (str(rule.sqref), rule.type, rule.operator, rule.formula1) == (
        "N4:N7",
        "whole",
        "greaterThanOrEqual",
        "0",
    )
    (area,) = sheet.conditional_formatting
    assert str(area.sqref) == "O4:O7"
    assert [r.formula for r in area.rules] == [
        ["AND(ISNUMBER(O4),O4<0)"],
        ["AND(ISNUMBER(O4),O4>0)"],
    ]


def test_p14_nothing_typed_by_people_becomes_a_formula(clinic, marketing, frontdesk, tmp_path):
    for i, probe in enumerate(PROBES):
        world.add_gift(marketing, code=f"{probe}{i}", name=f"{probe} {i}", spec=probe, unit=probe)
    world.in_command(
        frontdesk,
        lambda tx: tx.db.write(Person.update(name="=x")) or 0,
    )
    path = tmp_path / "probe.xlsx"
    write_friday(clinic, path, week=TODAY, exported_by="=cmd|' /C calc'!A0")
    with zipfile.ZipFile(path) as archive:
        sheets = [archive.read(name).decode() for name in archive.namelist() if "sheet" in name]
    formulas = "".join(sheets).split("<f>")[1:]
    ours = ("SUM(", "IF(", "COUNT", "F", "'", "C")
    assert all(text.startswith(ours) for text in formulas)
    sheet = cells(path)["收发存"]
    for i, probe in enumerate(PROBES):
        cell = next(c for c in sheet["A"] if c.value == f"{probe}{i}")
        assert cell.data_type == "s"
        assert cell.quotePrefix == (probe[0] != "#")
    note = next(c for c in cells(path)["说明"]["B"] if str(c.value).startswith("=cmd"))
    assert note.data_type == "s"


def test_p14_control_characters_and_endless_texts_do_no_harm(tmp_path):
    book = Book(clinic="诊\x00所", subject="\x0b")
    sheet = book.sheet("表", (Column("甲", 8), Column("乙", 8)), title="题\x1f目")
    sheet.rows([("a\x08b\x7f\uffff", "长" * 40_000), (None, "")])
    sheet.total(("\x01合", None))
    book.save(tmp_path / "x.xlsx")
    read = cells(tmp_path / "x.xlsx")["表"]
    assert read["A1"].value == "题目"
    assert read["A4"].value == "ab"
    assert len(read["B4"].value) == 32_767
    assert [cell.value for cell in read[5]] == [None, None]
    assert read["A6"].value == "合"


def test_r144_numbers_dates_and_numbers_of_members_keep_their_types(clinic, closed):
    book = cells(friday_workbook(clinic, week=WEEK))
    first = book["发放明细"][4]
    assert isinstance(first[0].value, datetime)
    assert (first[1].value, first[1].data_type) == ("M0000000", "s")
    assert (first[6].value, first[6].data_type) == (1, "n")
    assert book["新增会员"]["C4"].is_date


def test_p12_no_full_name_leaves_the_clinic(clinic, closed):
    text = str(
        [
            row
            for sheet in cells(friday_workbook(clinic, week=WEEK))
            for row in sheet.iter_rows(values_only=True)
        ]
    )
    for name in ("王小明", "欧阳娜娜", "John Smith", "单雄信", "李新朋"):
        assert name not in text
    assert "欧阳**" in text


# -- weeks that are not signed -----------------------------------------------------------------


def test_r144_a_week_without_signatures_says_so_everywhere(clinic, story, marketing):
    book = cells(friday_workbook(clinic, week=WEEK))
    assert all("(未签)" in sheet["A1"].value for sheet in book)
    assert all("未签(已比对)" in sheet["A2"].value for sheet in book)
    assert all("市场部(未签)" in column(sheet, "A")[-1] for sheet in book)
    assert column(book["收发存"], "N")[:4] == [32, 5, 6, 2]
    assert book["收发存"]["P5"].value == "少一支"


def test_e51_while_counting_the_workbook_shows_no_counts(clinic, story, billing):
    again = (CountEntry(1, "desk", 4),)
    friday.enter_count(billing, reconciliation_id=story, counts=again)
    book = cells(friday_workbook(clinic, week=WEEK))
    assert "未签(清点中)" in book["收发存"]["A2"].value
    assert column(book["收发存"], "N")[:4] == [None] * 4
    assert column(book["收发存"], "P")[:4] == [None] * 4


def test_r144_a_week_nobody_opened_is_written_live_without_writing_to_the_clinic(clinic, story):
    friday.abandon(world_session(clinic), reconciliation_id=story)
    before = clinic.db.scalar(Audit.select(Audit.seq).order_by(Audit.seq.desc()))
    with clinic.reading() as reader:
        book = cells(friday_workbook(reader, week=WEEK))
    assert "未签(尚未开始核对)" in book["收发存"]["A2"].value
    assert column(book["收发存"], "H")[:2] == [-5, 5]  # the transfer is inside: no cut-off yet
    assert clinic.db.scalar(Audit.select(Audit.seq).order_by(Audit.seq.desc())) == before
    assert "命令行" in column(book["说明"], "B")


def world_session(clinic):
    from services.staff import sign_in
    from tests.conftest import PIN, STAFF

    return sign_in(clinic, STAFF["marketing"], PIN)


def test_r144_a_closed_week_reads_the_same_when_the_desk_went_on(
    clinic, closed, billing, marketing, clock
):
    def rows():
        book = cells(friday_workbook(clinic, week=WEEK))
        return [
            list(sheet.iter_rows(values_only=True, max_row=sheet.max_row))
            for sheet in book
            if sheet.title != "说明"
        ]

    before = rows()
    clock.day = "2026-12-02"
    due = friday_due(clinic, clock)
    issue_gift(billing, grant_id=due, gift_id=1)
    stock.receive(marketing, gift_id=1, quantity=9)
    world.add_member(billing, "M0000010", name="赵新来")
    assert rows() == before


def friday_due(clinic, clock):
    from services.gifts.handout import due_gifts

    return next(g.grant_id for g in due_gifts(clinic.db, clock.day) if g.value_fen == 1000)


def test_r144_an_empty_clinic_has_a_workbook_too(clinic):
    book = cells(friday_workbook(clinic, week=TODAY))
    assert [sheet["B4"].value for sheet in book][:6] == ["本期没有记录"] * 6


def test_r144_points_on_documents_stand_beside_points_on_the_ledger(clinic, frontdesk, marketing):
    gift = world.add_gift(marketing)
    person = world.add_member(frontdesk, "M0000001", spend_yuan=26000)
    timeline = main_timeline(clinic.db)

    def redeem(points, taken, with_document=True):
        def body(tx):
            if with_document:
                tx.db.insert(
                    GiftIssue,
                    person_id=person,
                    gift_id=gift,
                    place="desk",
                    quantity=1,
                    reason="points",
                    points=points,
                    collected="self",
                    occurred_on=TODAY,
                    staff_id=tx.actor.id,
                    seq=tx.seq,
                )
            entry = tx.db.insert(
                PointsEntry,
                person_id=person,
                programme_id=timeline.programme_id,
                version_id=1,
                kind="redeem",
                points=-taken,
                tier_counting=0,
                occurred_on=TODAY,
                seq=tx.seq,
            )
            if with_document:
                tx.db.insert(
                    Redemption,
                    person_id=person,
                    programme_id=timeline.programme_id,
                    version_id=1,
                    kind="gift",
                    item_key="paste",
                    name="牙膏",
                    quantity=1,
                    points=points,
                    entry_id=entry,
                    occurred_on=TODAY,
                    staff_id=tx.actor.id,
                    seq=tx.seq,
                )

        world.in_command(frontdesk, body)

    redeem(3000, 3000)
    redeem(3000, 2500)
    redeem(0, 700, with_document=False)
    sheet = cells(friday_workbook(clinic, week=TODAY))["积分对照"]
    assert [tuple(cell.value for cell in row) for row in sheet["A4:E6"]] == [
        ("(没有兑换单据的扣分)", 0, 0, 700, "=C4-D4"),
        ("牙膏", 2, 6000, 5500, "=C5-D5"),
        ("合计", "=SUM(B4:B5)", "=SUM(C4:C5)", "=SUM(D4:D5)", "=SUM(E4:E5)"),
    ]
    issues = cells(friday_workbook(clinic, week=TODAY))["发放明细"]
    assert [cell.value for cell in issues[4]][3:5] == ["钻石VIP会员", "兑换"]
    assert clinic.db.scalar(TierEvent.select(TierEvent.id)) is not None


def test_r133_a_gift_and_a_service_for_somebody_else_name_the_receiver_masked(clinic, closed):
    sheet = cells(friday_workbook(clinic, week=WEEK))["服务核销"]
    rows = [[cell.value for cell in row] for row in sheet["A4:K6"]]
    assert [row[3] for row in rows] == ["李**", "李**", "李**"] or rows[0][3] == "李**"
    assert sorted(row[8] for row in rows) == ["作废", "使用", "使用"]
    assert rows[0][6] == "钱医生"
    assert clinic.db.scalar(ServiceUse.select(ServiceUse.id)) is not None


# -- LibreOffice -----------------------------------------------------------------------------


needs_office = pytest.mark.skipif(
    shutil.which("soffice") is None, reason="LibreOffice is not installed (libreoffice-calc)"
)


def convert(tmp_path, kind, *paths):
    """Let LibreOffice open the files, calculate, and save them as `kind`."""
    out = tmp_path / kind
    profile = (tmp_path / "profile").as_uri()
    subprocess.run(
        [
            *("soffice", f"-env:UserInstallation={profile}", "--headless"),
            *("--convert-to", kind, "--outdir", str(out)),
            *map(str, paths),
        ],
        check=True,
        capture_output=True,
        timeout=300,
    )
    return [out / f"{path.stem}.{kind}" for path in paths]


@needs_office
def test_r144_recalculated_by_libreoffice_it_agrees_with_the_program(
    clinic, story, marketing, tmp_path
):
    world_view = friday.week_view(clinic.db, WEEK, today=WEEK)
    open_path, filled_path = tmp_path / "open.xlsx", tmp_path / "filled.xlsx"
    write_friday(clinic, open_path, week=WEEK)
    filled = openpyxl.load_workbook(open_path)  # a person typed another count into one cell
    filled["收发存"]["N4"] = 30
    filled["收发存"]["N6"] = None
    filled.save(filled_path)
    world.sign(marketing, story)
    closed_path = tmp_path / "closed.xlsx"
    write_friday(clinic, closed_path, week=WEEK)
    open_path, filled_path, closed_path = convert(
        tmp_path, "xlsx", open_path, filled_path, closed_path
    )
    for path in (open_path, closed_path):
        book = cells(path, values=True)
        sheet = book["收发存"]
        lines = friday.week_view(clinic.db, WEEK, today=WEEK).lines
        found = [(r[12].value, r[13].value, r[14].value) for r in sheet["A4:P7"]]
        assert found == [(line.book, line.counted, line.difference) for line in lines]
        assert [cell.value for cell in sheet[8]][5:15] == [
            sum(getattr(line, name) for line in lines)
            for name in (
                *("opening", "received", "transferred", "issued", "returned"),
                *("scrapped", "adjusted", "book", "counted", "difference"),
            )
        ]
        checks = [value for value in column(book["说明"], "D") if value in ("一致", "不一致")]
        assert set(checks) == {"一致"}
        assert len(checks) == (13 if path is closed_path else 12)
    assert world_view.lines == lines
    sheet = cells(filled_path, values=True)["收发存"]
    assert (sheet["O4"].value, sheet["O6"].value) == (-2, None)
    assert sheet["O8"].value == sum(cell.value for cell in (sheet["O4"], sheet["O5"], sheet["O7"]))


@needs_office
@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler-utils is not installed")
def test_r144_every_printed_page_has_title_header_and_number(clinic, marketing, tmp_path):
    for i in range(60):
        world.add_gift(marketing, code=f"G{i:03}", name=f"礼品{i}")
    path = tmp_path / "long.xlsx"
    write_friday(clinic, path, week=TODAY)
    (pdf,) = convert(tmp_path, "pdf", path)
    text = subprocess.run(
        ["pdftotext", "-layout", str(pdf), "-"], check=True, capture_output=True, timeout=60
    ).stdout.decode()
    pages = text.split("\f")[:-1]
    assert len(pages) > 7  # the long first sheet breaks, and no sheet breaks sideways
    for number, page in enumerate(pages, 1):
        assert "礼品核对表" in page
        assert f"第 {number} 页，共 {len(pages)} 页" in page
    assert all("差异原因" in page for page in pages[:-6])


# -- the file --------------------------------------------------------------------------------


def refuse(monkeypatch, error):
    def fail(*_):
        raise error

    monkeypatch.setattr(files.os, "replace", fail)


def test_r144_a_file_open_in_excel_is_a_sentence(clinic, tmp_path, monkeypatch):
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"old")
    refuse(monkeypatch, PermissionError(errno.EACCES, "used by another process"))
    with pytest.raises(RuleError, match=r"Excel 正打开着“a\.xlsx”，请关闭后重试"):
        write_friday(clinic, path, week=TODAY)
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.glob("*.part")] == []


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (OSError(errno.ENOSPC, "full"), Fault.DISK_FULL),
        (PermissionError(errno.EACCES, "no"), Fault.READ_ONLY),
        (OSError(errno.EROFS, "read-only"), Fault.READ_ONLY),
        (OSError(errno.EIO, "gone"), Fault.UNREADABLE),
    ],
)
def test_p10_disk_and_folder_faults_have_their_names(clinic, tmp_path, monkeypatch, error, fault):
    refuse(monkeypatch, error)
    with pytest.raises(EnvironmentFault) as caught:
        write_friday(clinic, tmp_path / "a.xlsx", week=TODAY)
    assert caught.value.fault is fault
    assert list(tmp_path.glob("*.xlsx")) == list(tmp_path.glob(".haochi*")) == []


def test_p10_a_missing_folder_or_a_folder_of_that_name_is_a_sentence(clinic, tmp_path):
    with pytest.raises(RuleError, match="没有找到文件夹"):
        write_friday(clinic, tmp_path / "nowhere" / "a.xlsx", week=TODAY)
    (tmp_path / "a.xlsx").mkdir()
    with pytest.raises(RuleError, match=r"“a\.xlsx”是一个文件夹"):
        write_friday(clinic, tmp_path / "a.xlsx", week=TODAY)


def test_p10_a_folder_that_takes_no_file_leaves_nothing(clinic, tmp_path, monkeypatch):
    def fail(**_):
        raise PermissionError(errno.EACCES, "no")

    monkeypatch.setattr(files.tempfile, "NamedTemporaryFile", fail)
    with pytest.raises(EnvironmentFault) as caught:
        write_friday(clinic, tmp_path / "a.xlsx", week=TODAY)
    assert caught.value.fault is Fault.READ_ONLY


def test_p12_a_workbook_given_up_leaves_nothing_in_the_temporary_folder(
    clinic, tmp_path, monkeypatch
):
    from openpyxl.worksheet import _writer

    from services.workbooks import friday as module

    def fail(*_):
        raise LookupError

    monkeypatch.setattr(module, "totals", fail)
    before = list(_writer.ALL_TEMP_FILES)
    with pytest.raises(LookupError):
        write_friday(clinic, tmp_path / "a.xlsx", week=TODAY)
    assert before == _writer.ALL_TEMP_FILES
    assert not (tmp_path / "a.xlsx").exists()


# -- the count sheet and the log -------------------------------------------------------------


def test_e51_the_count_sheet_has_no_book_quantity(clinic, story, tmp_path):
    path = tmp_path / count_file_name(WEEK)
    assert path.name == "礼品清点_2026-11-27.xlsx"
    assert write_count_sheet(clinic, path, reconciliation_id=story).rows == 4
    sheet = cells(path)["清点"]
    header = [cell.value for cell in sheet[3]]
    assert header == ["礼品编号", "礼品", "规格", "单位", "库位", "实盘", "备注"]
    assert f"核对号 {story}" in sheet["A2"].value
    assert [cell.value for cell in sheet[5]] == [
        "G10",
        "=1+1 牙膏",
        "90 克",
        "支",
        "收费室",
        5,
        None,
    ]
    assert not sheet["F4"].protection.locked


def test_p14_an_export_is_on_record_without_personal_data(clinic, marketing):
    assert log_export(marketing, name=file_name(TODAY), rows=12).rows == 12
    row = clinic.db.row(Audit.select(Audit.action, Audit.detail).order_by(Audit.seq.desc()))
    assert row[0] == "export.workbook"
    assert json.loads(row[1]) == {"name": "礼品核对_2026-11-20.xlsx", "rows": 12}
