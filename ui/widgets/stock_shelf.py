"""What lies on the shelves: both places, the moves behind a number, and the card for one."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from services.gifts.lots import expiring
from services.gifts.stock import MoveRow, StockRow, kind_name, moves, place_name, stock_levels
from services.i18n import tr
from services.money import yuan
from ui.context import UiContext
from ui.forms import label
from ui.tables.model import Column
from ui.tables.view import Table
from ui.theme import GAP, role_of
from ui.widgets.consequences import scrolling
from ui.widgets.gift_kit import key_button
from ui.widgets.stock_card import TRANSFER, StockCard

Warned = tuple[str, int]
MOVES_SHOWN = 200
CARD_WIDTH = 416


class StockShelf(QWidget):
    """The gifts at the left, the card at the right; Enter on a gift goes into the card."""

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self.context = context
        self.setAccessibleName(tr("两个库位的库存"))
        self._expired: dict[int, int] = {}
        self.title = label("", "subheading")
        self.stock = stock_table(context.settings, self._warning)
        self.moves = moves_table("stock_moves", context.settings)
        self.moves_title = label("", "muted")
        self.card = StockCard(context)
        self.card.setFixedWidth(CARD_WIDTH)
        self.new = key_button(tr("新礼品(&N)…"))
        self.change = key_button(tr("修改礼品(&E)…"))
        self._build()
        self.stock.activated_row.connect(self._enter)
        self.stock.current_row_changed.connect(self._row_changed)
        self.card.done.connect(self.refresh)
        self.new.clicked.connect(self.new_gift)
        self.change.clicked.connect(self.change_gift)

    def _build(self) -> None:
        left = QVBoxLayout()
        left.setSpacing(GAP)
        head = QHBoxLayout()
        head.setSpacing(GAP)
        head.addWidget(self.title, 1)
        head.addWidget(self.new)
        head.addWidget(self.change)
        left.addLayout(head)
        left.addWidget(self.stock, 3)
        left.addWidget(self.moves_title)
        left.addWidget(self.moves, 2)
        right = scrolling(self.card)  # in a low window the form scrolls instead of shrinking
        right.setFixedWidth(CARD_WIDTH + GAP)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2 * GAP)
        row.addLayout(left, 1)
        row.addWidget(right)

    def refresh(self) -> None:
        """Read both places again."""
        rows = stock_levels(self.context.db)
        self._expired = {}
        for lot in expiring(self.context.db, self.context.today(), days=-1):
            self._expired[lot.gift_id] = self._expired.get(lot.gift_id, 0) + lot.left
        self.stock.set_rows(rows)
        self.stock.select_first()
        self.card.set_rows([row for row in rows if not row.pack])
        low = sum(1 for row in rows if row.below_safety)
        if low:
            self.title.setText(tr("⚠ {n} 种礼品低于安全库存").format(n=low))
            role_of(self.title, "warning")
        else:
            self.title.setText(tr("库存({n} 种礼品)").format(n=len(rows)))
            role_of(self.title, "subheading")
        self.change.setEnabled(bool(rows))
        self._show_moves(self.stock.current_row())

    def first_focus(self) -> QWidget:
        """The gifts, or the button that makes the first one."""
        return self.stock if self.stock.rows() else self.new

    def start_requisition(self, gift_id: int | None) -> None:
        """申领 of this gift: only the number is missing."""
        self.refresh()
        self.card.use_kind(TRANSFER)
        if gift_id is not None:
            self.stock.select_key(gift_id)
            self.card.choose_gift(gift_id)
        self.card.start()

    def start_scrap(self, gift_id: int, quantity: int, reason: str) -> None:
        """报损 of so many pieces, for somebody to check and send."""
        self.refresh()
        self.stock.select_key(gift_id)
        self.card.fill_scrap(gift_id, quantity, reason)

    def go_back(self) -> bool:
        """Esc: from the card to the list."""
        focus = self.focusWidget()
        if focus is not None and self.card.isAncestorOf(focus):
            self.first_focus().setFocus()
            return True
        return False

    def new_gift(self) -> None:
        """The dialog for a gift that is not in the catalogue yet."""
        self._dialog(None)

    def change_gift(self) -> None:
        """The dialog for the gift under the cursor."""
        row = self.stock.current_row()
        if row is not None:
            self._dialog(row.gift_id)

    def _dialog(self, gift_id: int | None) -> None:
        from ui.dialogs.stock_gift import GiftDialog

        dialog = GiftDialog(self.context, self.window(), gift_id)
        dialog.saved.connect(self._saved)
        dialog.open()

    def _saved(self, gift_id: int) -> None:
        self.refresh()
        self.stock.select_key(gift_id)
        self.card.choose_gift(gift_id)
        self.stock.setFocus()

    def _enter(self, row: StockRow) -> None:
        self.card.choose_gift(row.gift_id)
        self.card.start()

    def _row_changed(self, row: StockRow | None) -> None:
        if row is not None and not self.card.isAncestorOf(self.focusWidget() or self):
            self.card.choose_gift(row.gift_id)
        self._show_moves(row)

    def _warning(self, row: StockRow) -> Warned:
        """What the desk should know of a gift, and how urgent it is (0 to 3)."""
        expired = self._expired.get(row.gift_id, 0)
        if expired:
            return tr("⚠ 已过期 {n}，请报损").format(n=expired), 3
        if row.pack:
            return tr("礼包，发放时用其中的礼品"), 0
        if row.below_safety:
            short = row.safety_stock - row.warehouse - row.desk
            return tr("⚠ 低于安全库存，差 {n}").format(n=short), 2
        if row.desk == 0:
            return (tr("收费室无货，可申领") if row.warehouse else tr("两处都无货")), 1
        return "", 0

    def _show_moves(self, row: StockRow | None) -> None:
        if row is None:
            self.moves.set_rows([])
            self.moves_title.setText("")
            return
        self.moves.set_rows(moves(self.context.db, gift_id=row.gift_id, limit=MOVES_SHOWN))
        self.moves_title.setText(tr("{name} 的出入明细").format(name=row.name))


def stock_table(settings: QSettings, warning: Callable[[StockRow], Warned]) -> Table:
    """Every gift in use with what lies where, and what `warning` has to say of it."""
    columns = [
        Column(tr("编号"), lambda r: r.code, width=72),
        Column(tr("礼品"), lambda r: r.name, width=176),
        Column(tr("规格"), lambda r: r.spec, width=80, tone=_muted),
        Column(
            tr("价值档"),
            lambda r: yuan(r.band_fen),
            sort=lambda r: r.band_fen,
            align="right",
            width=72,
        ),
        Column(
            tr("仓库"),
            lambda r: str(r.warehouse),
            sort=lambda r: r.warehouse,
            align="right",
            width=64,
        ),
        Column(
            tr("收费室"),
            lambda r: str(r.desk),
            sort=lambda r: r.desk,
            align="right",
            width=72,
            tone=lambda r: "" if r.desk else "warning",
        ),
        Column(
            tr("安全库存"),
            lambda r: str(r.safety_stock),
            sort=lambda r: r.safety_stock,
            align="right",
            width=80,
            tone=_muted,
        ),
        Column(
            tr("提醒"),
            lambda r: warning(r)[0],
            sort=lambda r: warning(r)[1],
            width=176,
            tone=lambda r: "error" if warning(r)[1] > 1 else "warning",
        ),
    ]
    return Table(
        "stock",
        columns,
        settings,
        title=tr("两个库位的库存"),
        empty_text=tr(
            "礼品目录还是空的。\n按 Alt+N 新建礼品，申购入库到仓库，再申领到收费室，就可以发放了。"
        ),
        key=lambda r: r.gift_id,
    )


def _muted(_row: StockRow) -> str:
    return "muted"


def moves_table(name: str, settings: QSettings, empty_text: str = "") -> Table:
    """Stock moves: when, what, where, how many, why, who."""
    columns = [
        Column(tr("时间"), lambda r: r.at, width=144),
        Column(tr("种类"), lambda r: kind_name(r.kind), width=64),
        Column(tr("库位"), lambda r: place_name(r.place), width=72),
        Column(
            tr("数量"),
            lambda r: f"{r.quantity:+d}",
            sort=lambda r: r.quantity,
            align="right",
            width=64,
        ),
        Column(tr("经手"), lambda r: r.staff, width=88),
        Column(tr("原因"), _why, width=200),
    ]
    return Table(
        name,
        columns,
        settings,
        title=tr("出入明细"),
        empty_text=empty_text or tr("还没有出入。入库、申领、发放和报损会逐笔列在这里。"),
    )


def _why(row: MoveRow) -> str:
    return row.reason
