"""The first start: name → programme → director → recovery code → done. Or a demo, elsewhere."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from services.clinic import Clinic
from services.clinic_place import Concern, concern_here, not_here, refused, why_not
from services.clock import Clock
from services.commands import Session
from services.errors import RuleError
from services.forms.recovery_sheet import recovery_sheet, recovery_text
from services.i18n import tr
from services.programmes.gaps import missing
from services.programmes.registry import preset, preset_names
from services.programmes.sentences import describe
from services.setup import confirm_recovery, create_clinic
from services.staff import sign_in
from ui.alerts import Alerts
from ui.forms import Form, PinEdit, TextEdit, button, button_row, label
from ui.theme import GAP
from ui.widgets.programme_text import WARNING, Sentences

STEPS = 5
_CARD, _WIDE = (640, 424), (960, 536)
_SHOWN = 4  # open questions that are named
NAME, PROGRAMME, DIRECTOR, SHEET, TYPED = range(STEPS)


def same_code(one: str, two: str) -> bool:
    """Whether two writings of a recovery code mean the same (blanks, case, O/0, I/1)."""
    look = str.maketrans("OIL", "011")
    return _letters(one).translate(look) == _letters(two).translate(look)


def _letters(text: str) -> str:
    return "".join(c for c in text.upper() if c.isalnum())


class FirstStart(QWidget):
    """Emits `finished(clinic, session)` when the clinic stands and its sheet was typed back."""

    finished = Signal(object, object)
    demo_wanted = Signal()
    restore_wanted = Signal()
    place_wanted = Signal(object)  # another folder

    def __init__(self, folder: Path, clock: Clock, alerts: Alerts, vault: object = None) -> None:
        super().__init__()
        self._folder, self._clock, self._alerts, self._vault = folder, clock, alerts, vault
        self._clinic: Clinic | None = None
        self.concern = concern_here(folder)
        self.recovery_code = ""
        self.setWindowTitle(tr("首次使用"))
        self.step_label = label("", "muted")
        self.pages = QStackedWidget()
        self._forward: list[QPushButton] = []
        self._make_fields()
        pages = (self._name, self._programme, self._director, self._sheet, self._typed)
        for page in pages:
            self.pages.addWidget(page())
        self.card = QFrame()
        self.card.setProperty("role", "card")
        inside = QVBoxLayout(self.card)
        inside.setContentsMargins(4 * GAP, 3 * GAP, 4 * GAP, 3 * GAP)
        inside.addWidget(self.step_label)
        inside.addWidget(self.pages, 1)
        outside = QVBoxLayout(self)
        outside.setContentsMargins(0, 0, 0, 0)
        outside.addWidget(alerts.bar)
        outside.addStretch(2)
        outside.addWidget(self.card, 0, Qt.AlignmentFlag.AlignHCenter)
        outside.addStretch(3)
        self.programme.currentRowChanged.connect(self._describe)
        self.programme.setCurrentRow(0)
        self.show_step(NAME)

    def _make_fields(self) -> None:
        self.name = TextEdit(tr("例如 皓齿口腔门诊部"))
        self.programme = QListWidget()
        self.programme.setAccessibleName(tr("会员方案"))
        for name in preset_names():
            lacking = len(missing(preset(name)))
            marked = tr("{name}  {sign} 缺 {n}").format(name=name, sign=WARNING, n=lacking)
            item = QListWidgetItem(marked if lacking else name, self.programme)
            item.setData(Qt.ItemDataRole.UserRole, name)
            item.setSizeHint(QSize(0, 4 * GAP))
        self.description = Sentences(tr("方案内容"))
        self.lacking = label("", "warning")
        self.director = TextEdit()
        self.pin, self.pin_again = PinEdit(), PinEdit(tr("再输入一次"))
        self.code = QLabel()
        self.typed = TextEdit(tr("5 组、每组 5 个字符，横线可以不写"))

    # --- pages ---

    def _name(self) -> QWidget:
        form = Form()
        self.name_field = form.add(tr("诊所名称(&N)"), self.name)
        form.submitted.connect(self.next)
        demo = button(tr("先用演示数据试用"), "link", tr("另存在别处，不会和真实数据混在一起"))
        demo.clicked.connect(self.demo_wanted)
        restore = button(tr("从备份恢复…"), "link", tr("换了电脑：用 U 盘上的备份和恢复码找回诊所"))
        restore.clicked.connect(self.restore_wanted)
        self.place_button = button(
            tr("另选数据位置(&O)…"), "link", tr("也可以选已有诊所数据的文件夹")
        )
        self.place_button.clicked.connect(self._choose_place)
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2 * GAP)
        column.addWidget(form)
        road = tr("大约三分钟：诊所名称 → 会员方案 → 第一位院长 → 恢复码 → 核对恢复码")
        column.addWidget(label(road, "muted"))
        self.place_note = label(place_words(self.concern), "warning")
        self.place_note.setVisible(self.concern is not None)
        column.addWidget(self.place_note)
        column.addWidget(self.place_button, 0, Qt.AlignmentFlag.AlignLeft)
        words = tr("数据只保存在这台电脑上，全部加密。位置：{folder}")
        return self._page(
            tr("欢迎使用皓齿前台"), words.format(folder=self._folder), holder, left=(demo, restore)
        )

    def _programme(self) -> QWidget:
        self.programme.itemActivated.connect(self.next)
        words = tr("会员方案决定等级、积分和礼品的规则。以后随时可以改，签署新版，旧记录不变。")
        holder = QWidget()
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2 * GAP)
        self.programme.setFixedWidth(37 * GAP)
        row.addWidget(self.programme)
        right = QVBoxLayout()
        right.setSpacing(GAP)
        right.addWidget(self.description, 1)
        right.addWidget(self.lacking)
        row.addLayout(right, 1)
        return self._page(tr("选择会员方案"), words, holder, tall=True)

    def _describe(self, _row: int) -> None:
        """Read the preset aloud; say why one with open questions cannot be the first."""
        programme = preset(self._chosen())
        gaps = missing(programme)
        self.description.show_sections(describe(programme))
        self.description.to_top()
        self.lacking.setVisible(bool(gaps))
        self._forward[PROGRAMME].setEnabled(not gaps)
        if gaps:
            words = tr(
                "{sign} 还缺 {n} 项，不能直接用：{gaps}。可以先选“空白”或“医院方案A”、"
                "“医院方案B”，登录后在“方案 → 编辑方案”里补全并签署。"
            )
            first = tr("；").join(gap.sentence for gap in gaps[:_SHOWN])
            more = tr("……") if len(gaps) > _SHOWN else ""
            self.lacking.setText(words.format(sign=WARNING, n=len(gaps), gaps=first + more))

    def _chosen(self) -> str:
        return str(self.programme.currentItem().data(Qt.ItemDataRole.UserRole))

    def _director(self) -> QWidget:
        form = Form()
        self.director_field = form.add(tr("院长姓名(&D)"), self.director)
        self.pin_field = form.add(tr("密码(&P)"), self.pin, tr("6 至 12 位数字，不要用生日。"))
        self.again_field = form.add(tr("再输一次(&A)"), self.pin_again)
        form.submitted.connect(self.next)
        words = tr("院长管理员工、批准调整。其他员工稍后在“管理 → 员工”里添加。")
        return self._page(tr("第一位院长"), words, form, next_text=tr("建立诊所"))

    def _sheet(self) -> QWidget:
        self.code.setObjectName("recoveryCode")
        self.code.setAccessibleName(tr("恢复码"))
        self.code.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.code.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        font = QFont("monospace")
        font.setStyleHint(QFont.StyleHint.TypeWriter)
        self.code.setFont(font)
        printing, saving = button(tr("打印(&P)…")), button(tr("存到 U 盘(&S)…"))
        printing.clicked.connect(self._print)
        saving.clicked.connect(self._save)
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, GAP, 0, 0)
        column.setSpacing(2 * GAP)
        column.addWidget(self.code)
        column.addLayout(button_row(left=[printing, saving]))
        column.addWidget(
            label(tr("不要拍照，不要存在这台电脑上。没有它，电脑坏了数据就打不开。"), "warning")
        )
        column.addStretch(1)
        words = tr("这台电脑损坏或更换时，要用恢复码打开数据。请打印或抄写两份，分开保管。")
        return self._page(tr("恢复码：只显示这一次"), words, holder, back=False)

    def _typed(self) -> QWidget:
        form = Form()
        self.typed_field = form.add(tr("恢复码(&C)"), self.typed)
        form.submitted.connect(self.next)
        words = tr("请照着打印件或抄件输入恢复码，确认它没有写错。")
        return self._page(tr("核对恢复码"), words, form, next_text=tr("完成"))

    def _page(
        self, title: str, words: str, content: QWidget, *, next_text: str = "",
        back: bool = True, left: tuple[QWidget, ...] = (), tall: bool = False,
    ) -> QWidget:  # fmt: skip
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP)
        column.addWidget(label(title, "heading"))
        column.addWidget(label(words, "muted"))
        column.addSpacing(GAP)
        column.addWidget(content, 1 if tall else 0)
        if not tall:
            column.addStretch(1)
        forward = button(next_text or tr("下一步"), "primary")
        forward.clicked.connect(self.next)
        before = button(tr("上一步"))
        before.clicked.connect(self.back)
        self._forward.append(forward)
        show_back = back and self.pages.count() > NAME
        column.addLayout(button_row(*([before] if show_back else []), forward, left=left))
        return page

    # --- steps ---

    def show_step(self, step: int) -> None:
        """Turn to a page."""
        self.pages.setCurrentIndex(step)
        self.card.setFixedSize(*(_WIDE if step == PROGRAMME else _CARD))
        self.step_label.setText(tr("第 {n} 步，共 {all} 步").format(n=step + 1, all=STEPS))
        sheet = self._forward[SHEET]
        focus = (self.name, self.programme, self.director, sheet, self.typed)[step]
        focus.setFocus()

    def back(self) -> None:
        """The page before."""
        self.show_step(self.pages.currentIndex() - 1)

    def next(self, *_: object) -> None:
        """Check this page and go on."""
        step = self.pages.currentIndex()
        if step == NAME and self.concern is not None and refused(self.concern):
            self.place_button.setFocus()  # why stands above it
        elif step == NAME and not self.name.value():
            self.name_field.refuse(tr("请填写诊所名称。"))
        elif step == DIRECTOR:
            self._create()
        elif step == PROGRAMME and not self._forward[PROGRAMME].isEnabled():
            self.programme.setFocus()  # what is missing stands beside it
        elif step == TYPED:
            self._finish()
        else:
            self.show_step(step + 1)

    def _create(self) -> None:
        if not self.director.value():
            self.director_field.refuse(tr("请填写院长姓名。"))
        elif self.pin.text() != self.pin_again.text():
            self.again_field.refuse(tr("两次输入的密码不一样，请重新输入。"))
        else:
            made = self._made()
            if made is not None:
                self._clinic, self.recovery_code = made
                self.code.setText(self.recovery_code)
                self.show_step(SHEET)

    def _made(self) -> tuple[Clinic, str] | None:
        def make() -> tuple[Clinic, str] | None:
            try:
                return create_clinic(
                    self._folder,
                    self._clock,
                    name=self.name.value(),
                    programme=self._chosen(),
                    director=self.director.value(),
                    pin=self.pin.text(),
                    vault=self._vault,  # type: ignore[arg-type]
                )
            except RuleError as refused:
                self.pin_field.refuse(refused.sentence)
                return None

        return self._alerts.run(make)

    def _finish(self) -> None:
        if not same_code(self.typed.text(), self.recovery_code):
            self.typed_field.refuse(
                tr("和显示的恢复码不一样，请逐组核对。要再看一次，按“上一步”。")
            )
            return
        assert self._clinic is not None
        session = self._alerts.run(sign_in, self._clinic, self.director.value(), self.pin.text())
        if session is None or self._confirm(session) is None:
            return
        self.pin.clear()
        self.pin_again.clear()
        self.recovery_code = ""
        self.code.clear()
        self.finished.emit(self._clinic, session)

    def _confirm(self, session: Session) -> object:
        return self._alerts.run_command(confirm_recovery, session, typed=self.typed.text())

    def _choose_place(self) -> None:
        picked = QFileDialog.getExistingDirectory(self, tr("另选数据位置"), str(self._folder))
        if picked:
            self.place_wanted.emit(Path(picked))

    def abandon(self) -> None:
        """The window is closed half-way: leave the clinic that was made in good order."""
        if self._clinic is not None:
            self._clinic.close()
            self._clinic = None

    # --- the sheet ---

    def _print(self) -> None:
        from ui.printing import print_paper

        print_paper(recovery_sheet(self.name.value(), self.recovery_code), self)

    def _save(self) -> None:
        path, _ = QFileDialog.getSaveFileName(
            self, tr("存到 U 盘"), tr("皓齿前台恢复码.txt"), tr("文本文件 (*.txt)")
        )
        if path:
            text = recovery_text(self.name.value(), self.recovery_code)
            self._alerts.run(Path(path).write_text, text, encoding="utf-8-sig")


def place_words(found: Concern | None) -> str:
    """Why this folder is no good place for the data, and what to do about it; '' for a good one."""
    if found is None:
        return ""
    if refused(found):
        return not_here(found)
    return why_not(found) + tr("请另选本机硬盘上的普通文件夹。")
