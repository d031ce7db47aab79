"""Papers laid out: pages, texts that can be read back, nothing beyond the edge; Ctrl+P by keys."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import unicodedata
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPdfWriter
from PySide6.QtWidgets import QFileDialog, QGraphicsView, QListWidget, QWidget

from models.system import Audit
from services.errors import RuleError
from services.followups.calls import create_task
from services.forms.agreement import membership_agreement
from services.forms.benefit_notice import benefit_notice
from services.forms.doctor_change import doctor_change_form
from services.forms.enrolment_form import blank_enrolment_form
from services.forms.followup_register import blank_followup_register
from services.forms.gift_check import gift_check
from services.forms.gift_register import blank_gift_register
from services.forms.letterhead import logo_of
from services.forms.paper import (
    Break,
    Cells,
    Face,
    Grid,
    Heading,
    Pairs,
    Paper,
    Signatures,
    Size,
    Text,
    Ticks,
    texts,
)
from services.forms.privacy_notice import privacy_notice
from services.forms.recovery_sheet import recovery_sheet
from services.forms.statement import points_statement
from services.gifts.handout import issue_gift
from services.people.enrolment import enrol
from services.people.form import PersonForm
from services.people.records import person
from services.programmes.registry import main_timeline
from services.setup import CLINIC_PHONE, read_setting
from services.staff import sign_in
from tests.conftest import PIN, STAFF, TODAY
from tests.gift_world import add_gift, add_member, gift_grant, stocked
from tests.money_world import member, session_of
from tests.ui.desk_hands import on_screen
from tests.ui.dialog_hands import ENTER, ESC, focus, press, top
from ui import paper_cells, printing
from ui.dialogs.paper import PaperDialog
from ui.dialogs.papers import PapersDialog
from ui.dialogs.recovery import RecoveryDialog
from ui.dialogs.settings import SettingsDialog, read_logo
from ui.flow import Flow, TextPart
from ui.pages import Piece, cut_pieces
from ui.papers import stretches
from ui.tabs.checkin import CheckinTab
from ui.tabs.enrollment import EnrollmentTab
from ui.tabs.followups import FollowupsTab
from ui.tabs.gifts import GiftsTab
from ui.tabs.points import PointsTab

LONG = "很长的说明会自己换行，一个字也不能少。" * 6
ROWS = tuple((f"第{n:03}行", LONG if n % 9 == 0 else "短", f"{n:,}") for n in range(90))
GRID = Grid(("名称", "说明", "数目"), ROWS, (2, 6, 1), (2,))
needs_poppler = pytest.mark.skipif(
    shutil.which("pdftotext") is None, reason="no pdftotext on this computer"
)


def picture(width: int = 60, height: int = 30, kind: str = "PNG") -> bytes:
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(QColor("#0B7A75"))
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, kind)
    return bytes(buffer.data().data())


def paper(*blocks: Any, **more: Any) -> Paper:
    return Paper("题目", "名字", "试验口腔", blocks, **more)


def text_of(made: Paper, folder: Path) -> list[str]:
    """What can be copied out of the PDF, page by page."""
    path = folder / "paper.pdf"
    pages = printing.render_pdf(made, path)
    out = subprocess.run(["pdftotext", "-layout", str(path), "-"], capture_output=True, check=True)
    found = unicodedata.normalize("NFKC", out.stdout.decode())
    found = found.replace("⻔", "门").replace("⻓", "长").replace("⻚", "页")
    parts = found.split("\f")
    assert len(parts) == pages + 1
    return parts


# -- pages -------------------------------------------------------------------------------------


@needs_poppler
def test_a_long_table_loses_no_row_and_heads_every_page(qapp, tmp_path) -> None:
    pages = text_of(paper(Heading("表"), GRID, Signatures(("甲", "乙", "丙"))), tmp_path)
    everything = "".join(pages)
    assert [everything.count(f"第{n:03}行") for n in range(90)] == [1] * 90
    body = [page for page in pages[:-1] if "行" in page]
    assert len(body) > 2
    assert all("名称" in page and "数目" in page for page in body)
    for number, page in enumerate(pages[:-1], 1):
        assert re.search(rf"第\s*{number}\s*页\s*共\s*{len(pages) - 1}\s*页", page)
    assert sum("甲" in page for page in pages) == 1  # the lines to sign on stay together
    assert next(page for page in pages if "甲" in page).count("丙") == 1


@needs_poppler
@pytest.mark.parametrize("size", list(Size)[:4])
def test_every_text_can_be_copied_on_every_size(qapp, tmp_path, size) -> None:
    made = paper(
        Text(("M0000123 和 A12", "无空格" + "A" * 200)),
        Pairs((("会员号", "M0000123"), ("空", ""), ("住址", LONG))),
        Ticks(((True, "已讲解"), (False, "不同意"))),
        Grid(("一", "二", "三", "四"), (("a1", "b2", "c3", "d4"),), blank=1),
        Cells((("x1",), ("y2",), ("z3",)), 2),
        Signatures(("签字",)),
        Break(),
        Text(("另起",), small=True),
        size=size,
        number="D2026-001",
        contact="人民路 1 号",
        printed="2026-11-20 李前台 打印",
        logo=picture(),
    )
    said = re.sub(r"\s", "", "".join(text_of(made, tmp_path)))
    for part in ("M0000123和A12", "A" * 200, "已讲解", "c3", "z3", "D2026-001", "另起", "李前台"):
        assert part in said, part
    assert said.count("一个字也不能少") == 6


@pytest.mark.parametrize("size", list(Size)[:4])
def test_nothing_stands_beyond_the_edge(qapp, size) -> None:
    made = paper(
        Text((LONG, "A" * 300)),
        Pairs((("A" * 40, "B" * 100),)),
        Grid(tuple("abcdefghijklmnop"), (("W" * 12,) * 16,)),
        Signatures(("很长的签字人名称" * 2,)),
        size=size,
    )
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    printing.set_page(writer, made)
    flow = printing._flow(writer, made)
    room = printing._room(writer).width()
    for placed in flow.parts:
        if isinstance(placed.part, TextPart):
            assert placed.part.width <= room + 1
        else:
            assert placed.part._columns[-1] <= room + 1
            for (_, column), laid in placed.part._wrapped.items():
                inner = placed.part._columns[column + 1] - placed.part._columns[column]
                lines = [laid.lineAt(n) for n in range(laid.lineCount())]
                assert all(line.naturalTextWidth() <= inner for line in lines)


def test_a_slip_is_as_long_as_what_is_on_it(qapp) -> None:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    lengths = []
    for count in (1, 40):
        made = paper(Pairs((("行", "字"),) * count), size=Size.SLIP_58)
        printing.set_page(writer, made)
        size = writer.pageLayout().pageSize().size(writer.pageLayout().pageSize().Unit.Millimeter)
        assert round(size.width()) == 58
        lengths.append(size.height())
    assert lengths[0] < 60 < lengths[1]


def test_what_belongs_together_is_not_parted() -> None:
    def pieces(*more: Any) -> list[Piece]:
        return [Piece(n * 10, n * 10 + 10, *each) for n, each in enumerate(more)]

    assert cut_pieces([], 50) == []
    whole = cut_pieces(pieces((), (), ()), 100)
    assert [(p.top, p.bottom) for p in whole] == [(0, 30)]
    heading = cut_pieces(pieces((), (), (None, True)), 20)
    assert [(p.top, p.bottom) for p in heading] == [(0, 10), (10, 30)]
    chained = cut_pieces(pieces((), (None, True), (None, True)), 20)
    assert [(p.top, p.bottom) for p in chained] == [(0, 20), (20, 30)]
    fresh = cut_pieces(pieces((), (None, False, True)), 100)
    assert len(fresh) == 2
    headed = cut_pieces(pieces((), ((0, 10),), ((0, 10),)), 20)
    assert [(p.top, p.header) for p in headed] == [(0, None), (20, (0, 10))]
    high = cut_pieces([Piece(0, 500)], 100)
    assert high[0].bottom == 100


def test_a_report_of_a_thousand_rows_does_not_keep_the_window_waiting(qapp) -> None:
    rows = tuple(tuple(f"第{n}行{column}" for column in range(10)) for n in range(1000))
    made = paper(Grid(tuple("abcdefghij"), rows), size=Size.A4_LANDSCAPE)
    _, pages = printing.pdf_bytes(made)
    assert 25 < pages < 50


def test_a_heading_goes_with_what_follows_it_and_a_break_begins_a_page(qapp) -> None:
    lines = Text(tuple("行" for _ in range(40)))
    for count in range(8):
        blocks = (lines, Text(("行",) * count), Heading("标题"), GRID)
        flow = _flow_of(paper(*blocks))
        grid = flow.parts[-1]
        pieces = list(flow._pieces())
        heading = next(piece for piece in pieces if piece.heading)
        at = pieces.index(heading)
        assert pieces[at + 1].follows
        assert pieces[at + 1].top == grid.top
    broken = _flow_of(paper(Text(("一",)), Break(), GRID))
    pages = broken.pages(10_000_000)
    assert len(pages) == 2
    assert pages[1].top == broken.parts[-1].top


def _flow_of(made: Paper) -> Flow:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    printing.set_page(writer, made)
    return printing._flow(writer, made)


# -- labels and cards --------------------------------------------------------------------------


@needs_poppler
def test_r146_labels_fill_the_sheet(qapp, tmp_path) -> None:
    cells = tuple((f"地址{n:02}", "某人 收", LONG if n == 3 else "") for n in range(26))
    pages = text_of(paper(Cells(cells, 3), size=Size.LABELS), tmp_path)
    assert [page.count("地址") for page in pages] == [24, 2, 0]
    pages = text_of(paper(Cells(cells[:15], 2), size=Size.LABELS), tmp_path)
    assert [page.count("地址") for page in pages] == [14, 1, 0]


@needs_poppler
def test_r006_a_card_has_two_sides_of_its_own_size(qapp, tmp_path) -> None:
    made = paper(
        Face("#B8860B", "口腔 · 金卡", "M0000123", ("王小明",), "入会"),
        Face("#B8860B", "小知识", "", (LONG,), ""),
        size=Size.CARD,
        logo=picture(),
    )
    pages = text_of(made, tmp_path)
    assert "M0000123" in pages[0]
    assert re.sub(r"\s", "", pages[1]).count("一个字也不能少") == 6
    info = subprocess.run(["pdfinfo", str(tmp_path / "paper.pdf")], capture_output=True).stdout
    assert b"243 x 153" in info.replace(b"242.64", b"243").replace(b"153.06", b"153")


def test_a_face_is_painted_in_the_tiers_colour(qapp) -> None:
    image = QImage(856, 540, QImage.Format.Format_RGB32)
    image.fill(QColor("#FFFFFF"))
    painter = QPainter(image)
    painter.scale(10, 10)
    paper_cells.paint_face(painter, Face("#123456", "一", "", (), ""), b"no picture")
    painter.end()
    assert image.pixelColor(850, 5).name() == "#123456"
    assert image.pixelColor(850, 500).name() == "#ffffff"
    assert len(list(paper_cells.label_areas(3))) == 24
    assert QRectF(0, 0, 105, 297 / 7) == next(iter(paper_cells.label_areas(2)))


def test_a_face_and_labels_inside_an_ordinary_paper_are_text(qapp) -> None:
    (html,) = stretches(paper(Face("#123456", "一", "二", ("三<b>",), "四"), Text(("五\n六",))))
    assert "三&lt;b&gt;" in html
    assert "五<br>六" in html


# -- every form --------------------------------------------------------------------------------


@needs_poppler
def test_every_form_becomes_a_pdf_whose_texts_are_all_there(
    context, clinic, director, frontdesk, tmp_path
) -> None:
    programme = main_timeline(clinic.db).at(TODAY).programme
    who = member(frontdesk, 2000)
    forms = (
        blank_enrolment_form(clinic.db),
        membership_agreement(clinic.db, programme),
        privacy_notice(clinic.db, who),
        benefit_notice(clinic.db, programme),
        doctor_change_form(clinic.db, TODAY, who),
        blank_gift_register(clinic.db),
        blank_followup_register(clinic.db),
        points_statement(clinic.db, TODAY, who),
        gift_check(clinic.db, TODAY, TODAY),
        recovery_sheet("试验口腔", "ABCDE-FGHIJ"),
    )
    for made in forms:
        pages = text_of(made, tmp_path)
        assert 1 <= len(pages) - 1 <= 3, made.title
        said = re.sub(r"\s", "", "".join(pages))
        assert unicodedata.normalize("NFKC", made.title) in said
        for block in made.blocks:
            if isinstance(block, Signatures):
                signed = "".join(block.names)
                assert unicodedata.normalize("NFKC", signed)[:3] in said, made.title


def test_a_pdf_is_whole_or_not_there(context, tmp_path) -> None:
    dialog = PaperDialog(context, None, paper(Text(("字",))))
    target = tmp_path / "there.pdf"
    target.mkdir()
    dialog.write_pdf(target)
    assert "是一个文件夹" in dialog.context.alerts.bar.sentence
    assert list(tmp_path.glob(".haochi*")) == []
    dialog.reject()


def test_render_needs_no_window(tmp_path) -> None:
    code = (
        "from pathlib import Path\n"
        "from ui.steady import keep_singletons\n"
        "keep_singletons()\n"
        "from services.forms.paper import Paper, Text\n"
        "from ui.printing import render_pdf\n"
        f"print(render_pdf(Paper('题', '名', '所', (Text(('字',)),)), Path({str(tmp_path)!r})"
        " / 'x.pdf'))\n"
    )
    import sys

    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, check=True)
    assert done.stdout.strip() == b"1"
    assert (tmp_path / "x.pdf").read_bytes().startswith(b"%PDF")


def test_printing_asks_for_a_printer(qtbot, monkeypatch) -> None:
    from PySide6.QtPrintSupport import QPrintDialog

    parent = QWidget()
    qtbot.addWidget(parent)
    printed: list[str] = []
    monkeypatch.setattr(printing, "paint", lambda made, _printer: printed.append(made.title))
    monkeypatch.setattr(QPrintDialog, "exec", lambda _self: QPrintDialog.DialogCode.Rejected)
    made = paper(Text(("字",)), size=Size.SLIP_80)
    assert not printing.print_paper(made, parent)
    monkeypatch.setattr(QPrintDialog, "exec", lambda _self: QPrintDialog.DialogCode.Accepted)
    assert printing.print_paper(made, parent)
    assert printed == ["题目"]


# -- Ctrl+P ------------------------------------------------------------------------------------


def chooser(tab: QWidget) -> PapersDialog:
    found = top(tab)
    assert isinstance(found, PapersDialog), found
    return found


def titles(dialog: PapersDialog) -> list[str]:
    return [dialog.list.item(n).text() for n in range(dialog.list.count())]


def test_ctrl_p_in_enrollment_offers_what_a_new_member_signs(
    context, frontdesk, qtbot, monkeypatch
) -> None:
    who = member(frontdesk, 2000)
    tab = on_screen(EnrollmentTab(context), qtbot)
    assert tab.act("print")
    assert titles(chooser(tab))[0] == "空白入会登记表"
    assert all(each.startswith(("空白", "全部")) for each in titles(chooser(tab)))
    press(tab, ESC)
    context.current_person.select(who)
    assert tab.act("print")
    dialog = chooser(tab)
    assert titles(dialog)[:5] == [
        "入会登记表",
        "会员协议 · 医院方案A",
        "个人信息告知与同意书",
        "权益告知单 · 医院方案A",
        "会员卡 · 医院方案A",
    ]
    assert focus(tab) is dialog.list
    for offer in dialog.offers:
        assert offer.make().title
    dialog.list.keyboardSearch("q")
    dialog.list.keyboardSearch("y")
    assert dialog.list.currentItem().text().startswith("权益告知单")
    press(tab, ENTER)
    shown = top(tab)
    assert isinstance(shown, PaperDialog)
    assert shown.paper.title == "会员权益告知单"
    assert STAFF["frontdesk"] in shown.paper.printed
    monkeypatch.setattr("ui.dialogs.paper.print_paper", lambda *_: True)
    press(tab, ENTER)
    assert chooser(tab) is dialog
    press(tab, ESC)


def test_letters_walk_through_the_papers(context, qtbot) -> None:
    tab = on_screen(EnrollmentTab(context), qtbot)
    tab.act("print")
    found = chooser(tab).list
    assert found.currentRow() == 0
    found.keyboardSearch("k")
    found._when = 0
    found.keyboardSearch("k")
    assert found.currentRow() == 2
    found.keyboardSearch("z")  # nothing is called so
    assert found.currentRow() == 2


def test_a_paper_without_the_right_is_grey_and_says_who(
    context, marketing, frontdesk, qtbot
) -> None:
    who = member(frontdesk, 2000)
    context.signed_in.set(marketing)
    tab = on_screen(EnrollmentTab(context), qtbot)
    context.current_person.select(who)
    tab.act("print")
    dialog = chooser(tab)
    assert "须由前台" in titles(dialog)[0]
    dialog.submit()
    assert chooser(tab) is dialog
    press(tab, ESC)


def test_every_paper_with_a_name_in_full_takes_the_right_and_is_on_record(
    context, clinic, marketing, frontdesk, qtbot
) -> None:
    who = member(frontdesk, 2000)
    context.current_person.select(who)
    tab = on_screen(EnrollmentTab(context), qtbot)
    tab.act("print")
    name = person(clinic.db, who).name
    for offer in chooser(tab).offers:
        before = personal_rows(clinic)
        made = offer.make()
        fresh = personal_rows(clinic)[len(before) :]
        assert fresh == ([made.title] if name in "".join(texts(made)) else []), offer.title
        assert (offer.right == "paper.personal") == bool(fresh)
    assert len(personal_rows(clinic)) == 5
    press(tab, ESC)
    context.signed_in.set(marketing)
    tab.act("print")
    dialog = chooser(tab)
    offered = [offer for offer in dialog.offers if offer.right]
    assert len(offered) == 5
    for offer in offered:
        with pytest.raises(RuleError, match="没有这项权限"):
            offer.make()
    press(tab, ESC)


def personal_rows(clinic) -> list[str]:
    rows = clinic.db.rows(
        Audit.select(Audit.detail).where(Audit.action == "paper.personal").order_by(Audit.seq)
    )
    return [json.loads(detail)["form"] for (detail,) in rows]


def test_a_statement_is_on_record_too(context, clinic, marketing, frontdesk, qtbot) -> None:
    context.current_person.select(member(frontdesk, 2000))
    tab = on_screen(PointsTab(context), qtbot)
    assert tab.act("print")
    shown = top(tab)
    assert isinstance(shown, PaperDialog)
    assert personal_rows(clinic) == ["积分对账单"]
    press(tab, ESC)
    context.signed_in.set(marketing)
    tab.ledger.open_statement()
    assert not isinstance(top(tab), PaperDialog)
    assert "没有这项权限" in context.alerts.bar.sentence
    assert personal_rows(clinic) == ["积分对账单"]


def test_ctrl_p_at_the_board_prints_the_doctors_form(context, frontdesk, qtbot) -> None:
    tab = on_screen(CheckinTab(context), qtbot)
    tab.act("print")
    slips = ["今日收尾单(80 mm)", "今日收尾单(A4)"]
    assert titles(chooser(tab)) == [*slips, "空白更换主治医师申请表"]
    press(tab, ESC)
    context.current_person.select(member(frontdesk, 2000))
    tab.act("print")
    assert titles(chooser(tab))[0] == "更换主治医师申请表"
    assert chooser(tab).offers[0].make().title == "更换主治医师申请表"


def test_ctrl_p_in_gifts_offers_slips_registers_and_the_check(
    context, clinic, director, frontdesk, qtbot
) -> None:
    who = add_member(director, "M1")
    gift = add_gift(director)
    stocked(director, gift, 5, 5)
    issue_gift(frontdesk, grant_id=gift_grant(clinic, who), gift_id=gift)
    tab = on_screen(GiftsTab(context), qtbot)
    context.current_person.select(who)
    tab.act("print")
    assert any(each.startswith("领取单(80 mm)") for each in titles(chooser(tab)))
    for offer in chooser(tab).offers:
        assert offer.make().title
    press(tab, ESC)
    tab.show_page("friday")
    tab.act("print")
    assert any(each == f"礼品核对表 · {TODAY}" for each in titles(chooser(tab)))
    press(tab, ESC)


def test_ctrl_p_in_calls_offers_the_register_and_labels(context, frontdesk, qtbot) -> None:
    form = PersonForm(name="周小川", phone="13800008000", address="人民路 1 号")
    who = enrol(frontdesk, form=form).person_id
    bare = enrol(frontdesk, form=PersonForm(name="吴小军", phone="13900009000")).person_id
    for each in (who, bare):
        create_task(frontdesk, person_id=each, due_on=TODAY, subject="问恢复")
    tab = on_screen(FollowupsTab(context), qtbot)
    tab.page("calls").calls.selectAll()
    tab.act("print")
    dialog = chooser(tab)
    assert any(each == "信封标签 3×8 · 回访信函，2 位" for each in titles(dialog))
    number = next(n for n, each in enumerate(titles(dialog)) if each.startswith("信封标签 2×7"))
    dialog.list.setCurrentRow(number)
    press(tab, ENTER)
    shown = top(tab)
    assert isinstance(shown, PaperDialog)
    assert "1 位没有住址" in shown.context.alerts.bar.sentence
    press(tab, ESC)
    press(tab, ESC)
    tab.page("calls").calls.clearSelection()
    context.current_person.select(who)
    tab.act("print")
    assert any("打开的顾客" in each for each in titles(chooser(tab)))
    assert chooser(tab).offers[1].make().title == "会员回访登记表"
    press(tab, ESC)
    context.current_person.select(None)
    tab.act("print")
    assert not any("信封" in each for each in titles(chooser(tab)))
    press(tab, ESC)


# -- settings and the recovery sheet -----------------------------------------------------------


def test_the_director_gives_the_clinic_its_letterhead(
    context, clinic, qtbot, tmp_path, monkeypatch
) -> None:
    context.signed_in.set(session_of(clinic, "director"))
    logo = tmp_path / "logo.png"
    logo.write_bytes(picture())
    dialog = SettingsDialog(context, None)
    dialog.show()
    dialog.phone.setText("021-62345678")
    dialog.days.setValue(14)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(logo), ""))
    dialog.choose_logo()
    dialog.submit()
    assert read_setting(clinic.db, CLINIC_PHONE) == "021-62345678"
    assert logo_of(clinic.db) == picture()
    again = SettingsDialog(context, None)
    assert again.days.value() == 14
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: ("", ""))
    again.choose_logo()
    again.remove_logo()
    assert again.picture.text() == "(没有标志)"
    again.name.setText("")
    again.submit()
    assert "诊所名称" in again.context.alerts.bar.sentence
    assert logo_of(clinic.db)
    again.name.setText("试验口腔")
    again.submit()
    assert logo_of(clinic.db) == b""


def test_a_logo_that_cannot_be_used_says_why(context, clinic, qtbot, tmp_path) -> None:
    context.signed_in.set(session_of(clinic, "director"))
    dialog = SettingsDialog(context, None)
    wrong = tmp_path / "x.png"
    wrong.write_text("no picture", encoding="utf-8")
    dialog.take_logo(wrong)
    assert "不是 PNG" in dialog.logo_field._note.text()
    dialog.take_logo(tmp_path / "missing.png")
    assert "512 KB" in dialog.logo_field._note.text()
    bmp = tmp_path / "x.bmp"
    bmp.write_bytes(picture(kind="BMP"))
    dialog.take_logo(bmp)
    assert dialog.logo == b""
    large = tmp_path / "large.jpg"
    large.write_bytes(picture(3000, 1000, "JPEG"))
    image = QImage.fromData(QByteArray(read_logo(large)))
    assert image.width() == 800
    dialog.take_logo(large)
    assert dialog.remove_button.isEnabled()
    dialog.reject()


def test_the_recovery_page_is_printed_again_only_from_the_right_code(
    context, clinic, qtbot, monkeypatch
) -> None:
    context.signed_in.set(sign_in(clinic, STAFF["director"], PIN))
    dialog = RecoveryDialog(context, None)
    dialog.show()
    printed: list[Paper] = []
    monkeypatch.setattr("ui.printing.print_paper", lambda made, _parent: printed.append(made))
    dialog.typed.setText("00000-00000-00000-00000-00000")
    dialog.print_again()
    assert printed == []
    assert "恢复码不对" in dialog.field.error
    monkeypatch.setattr("services.setup.unlock_with_code", lambda *_: clinic.file.key)
    dialog.print_again()
    assert printed[0].title == "恢复密钥页"
    monkeypatch.setattr("ui.printing.print_paper", lambda *_: True)
    dialog.print_again()
    assert dialog.result() == RecoveryDialog.DialogCode.Accepted


def test_a_paper_is_kept_where_the_user_asks(context, tmp_path, monkeypatch) -> None:
    dialog = PaperDialog(context, None, replace(paper(Text(("字",))), name="对账单"))
    proposals: list[str] = []

    def ask(*given: str) -> tuple[str, str]:
        proposals.append(given[2])
        return str(tmp_path / "我的"), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", ask)
    dialog.keep_pdf()
    assert proposals[0].endswith("对账单.pdf")
    assert (tmp_path / "我的.pdf").exists()
    dialog.reject()


def test_the_list_is_found_by_a_screen_reader(context, qtbot) -> None:
    tab = on_screen(EnrollmentTab(context), qtbot)
    tab.act("print")
    found = chooser(tab).findChild(QListWidget)
    assert found is not None
    assert found.accessibleName() == "可以打印的单子"


def test_the_page_keys_turn_the_preview(context, qtbot) -> None:
    tab = on_screen(EnrollmentTab(context), qtbot)
    dialog = PaperDialog(context, tab.window(), paper(GRID))
    dialog.open()
    bar = dialog.preview.findChild(QGraphicsView).verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 0)
    at = bar.value()
    press(tab, Qt.Key.Key_PageDown)
    assert bar.value() > at
    press(tab, Qt.Key.Key_PageUp)
    assert bar.value() == at
    dialog.reject()
