"""礼品核对_YYYY-MM-DD.xlsx: the seven sheets of the Friday reconciliation (workbooks.md).

Book, difference and totals are live formulas; the last sheet holds the program's own figures
beside them and says whether they agree. A period without both signatures says 未签 everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from models.database import ClinicDatabase
from services.clinic import Clinic
from services.collecting import no_collecting
from services.commands import head_of_chain, read_setting
from services.gifts.friday_lists import WEEKS
from services.gifts.period import ComparedRow, PeriodView, week_view
from services.gifts.stock import place_name
from services.i18n import tr
from services.setup import CLINIC_NAME
from services.version import VERSION
from services.workbooks import friday_data as data
from services.workbooks import friday_services
from services.workbooks.friday_notes import corrections, write_shrinkage
from services.workbooks.friday_totals import Totals, programmes, totals
from services.workbooks.friday_unclaimed import unclaimed
from services.workbooks.writer import Book, Column, Formula, Sheet, Value

STOCK = "收发存"
ISSUES = "发放明细"
USES = "服务核销"
UNCLAIMED = "应领未领"
POINTS = "积分对照"
JOINED = "新增会员"
NOTES = "说明"

_STOCK_COLUMNS = (
    Column("礼品编号", 10),
    Column("礼品", 24),
    Column("规格", 14),
    Column("单位", 6),
    Column("库位", 8),
    Column("期初", 8, "int"),
    Column("入库", 8, "int"),
    Column("申领", 8, "signed"),
    Column("发放", 8, "int"),
    Column("退回", 8, "int"),
    Column("报损", 8, "int"),
    Column("调整", 8, "signed"),
    Column("账面", 9, "int"),
    Column("实盘", 9, "input"),
    Column("差异", 9, "signed"),
    Column("差异原因", 26, "note"),
)
_ISSUE_COLUMNS = (
    Column("日期时间", 17, "moment"),
    Column("会员号", 12),
    Column("姓名(遮蔽)", 12),
    Column("等级", 13),
    Column("依据", 12),
    Column("礼品", 24),
    Column("数量", 7, "int"),
    Column("扣分", 9, "int"),
    Column("受益人(遮蔽)", 13),
    Column("领取方式", 9),
    Column("经手", 10),
)
_USE_COLUMNS = (
    Column("日期", 12, "date"),
    Column("会员号", 12),
    Column("姓名(遮蔽)", 12),
    Column("受益人(遮蔽)", 13),
    Column("项目", 26),
    Column("数量", 7, "int"),
    Column("医生", 10),
    Column("免挂号", 8),
    Column("状态(领取/使用/划价)", 13),
    Column("划价单号", 16),
    Column("成本承担", 9),
)
_UNCLAIMED_COLUMNS = (
    Column("会员号", 12),
    Column("姓名(遮蔽)", 12),
    Column("等级", 14),
    Column("礼品或项目", 28),
    Column("应领日期", 12, "date"),
    Column("逾期天数", 9, "int"),
    Column("最近回访", 20),
)
_POINT_COLUMNS = (
    Column("礼品", 30),
    Column("兑换单数", 12, "int"),
    Column("单据扣分合计", 14, "int"),
    Column("流水扣分合计", 14, "int"),
    Column("差额", 12, "signed"),
)
_JOINED_COLUMNS = (
    Column("会员号", 12),
    Column("姓名(遮蔽)", 12),
    Column("入会日期", 12, "date"),
    Column("方案", 18),
    Column("等级", 14),
    Column("入会依据", 10),
    Column("经办", 10),
    Column("核对", 10, "note"),
)
# the width of a label and of the last weeks' figures
_NOTE_COLUMNS = (Column("项目", 30), Column("内容", 12), *[Column("", 12)] * (WEEKS - 1))


@dataclass(frozen=True)
class FridayWritten:
    """The workbook was written. `rows` counts the lines of all sheets, for the export log."""

    path: Path
    week: str
    state: str
    rows: int
    cutoff_seq: int


def file_name(week: str) -> str:
    """The file's name: no personal data in it."""
    return f"礼品核对_{week}.xlsx"


def write_friday(clinic: Clinic, path: Path, *, week: str, exported_by: str = "") -> FridayWritten:
    """Write the workbook of a week, closed or not; needs a reading connection only (R144).

    Raises RuleError: no such week (see `services.gifts.period.week_view`), file open in Excel;
    EnvironmentFault for disk and folder.
    """
    with no_collecting():  # 50,000 rows and no cycle; a search for one would hold up the window
        book, view, rows = _build(clinic, week, exported_by)
        book.save(path)
    return FridayWritten(path, view.week, view.state, rows, view.cutoff_seq)


def friday_workbook(clinic: Clinic, *, week: str, exported_by: str = "") -> bytes:
    """The same workbook as bytes. Raises RuleError when there is no such week."""
    book, _, _ = _build(clinic, week, exported_by)
    buffer = BytesIO()
    book.workbook.save(buffer)
    return buffer.getvalue()


def _build(clinic: Clinic, week: str, exported_by: str) -> tuple[Book, PeriodView, int]:
    # one transaction: every sheet shows the same instant, though the desk goes on working
    with clinic.db.atomic("DEFERRED"):
        view = week_view(clinic.db, week, today=clinic.clock.today())
        book = Book(clinic=read_setting(clinic.db, CLINIC_NAME), subject=_subject(view))
        writer = _Friday(book, clinic.db, view)
        try:
            writer.write(clinic.clock.now_local(), exported_by)
        except BaseException:
            book.discard()
            raise
    return book, view, writer.row_count


def _subject(view: PeriodView) -> str:
    since = view.since or tr("启用")
    sentence = tr("核对日 {week}　期间 {since} 至 {until}　截止号 {cutoff}　{state}")
    return sentence.format(
        week=view.week,
        since=since,
        until=view.until,
        cutoff=view.cutoff_seq,
        state=state_name(view),
    )


def state_name(view: PeriodView) -> str:
    """已签 for a closed period; 未签 with where it stands for any other."""
    return {
        "closed": tr("已签(更正)") if view.row and view.row.corrects_id else tr("已签"),
        "compared": tr("未签(已比对)"),
        "counting": tr("未签(清点中)"),
        "live": tr("未签(尚未开始核对)"),
    }[view.state]


def identity(view: PeriodView) -> tuple[tuple[str, str], tuple[str, str]]:
    """The two lines of the notes by which a written workbook is known again: what it spans, and
    whether it is signed."""
    return (
        (tr("截止号(不含上期截止号)"), f"{view.from_seq} < n ≤ {view.cutoff_seq}"),
        (tr("状态"), state_name(view)),
    )


class _Friday:
    """Writes the seven sheets and remembers where their totals stand."""

    def __init__(self, book: Book, db: ClinicDatabase, view: PeriodView) -> None:
        self._book = book
        self._db = db
        self._view = view
        self._total_row: dict[str, int] = {}
        self.row_count = 0

    def write(self, now_local: str, exported_by: str) -> None:
        """All sheets, in the order of workbooks.md."""
        db, view = self._db, self._view
        self._stock(view.lines)
        self._list(ISSUES, _ISSUE_COLUMNS, data.issues(db, view), sums="GH")
        self._list(USES, _USE_COLUMNS, friday_services.uses(db, view), sums="F")
        self._list(UNCLAIMED, _UNCLAIMED_COLUMNS, unclaimed(db, view), count="A")
        self._points()
        self._list(JOINED, _JOINED_COLUMNS, data.joined(db, view), count="A")
        self._notes(totals(db, view), now_local, exported_by)

    # -- sheets ------------------------------------------------------------------------------

    def _stock(self, lines: Sequence[ComparedRow]) -> None:
        sheet = self._sheet(STOCK, _STOCK_COLUMNS)
        first = sheet.row_number + 1
        _, last = sheet.rows(_stock_row(line, first + i) for i, line in enumerate(lines))
        values: list[Value] = [tr("合计"), *[""] * 4]
        values += [_sum(letter, first, last) for letter in "FGHIJKLM"]
        counted, book = f"N{first}:N{last}", f"M{first}:M{last}"
        values.append(Formula(f'=IF(COUNT({counted})=0,"",SUM({counted}))'))
        # not every line may be counted yet: only what is counted is compared with its book
        values.append(
            Formula(f'=IF(COUNT({counted})=0,"",SUM({counted})-SUMIF({counted},">=0",{book}))')
        )
        values.append("")
        self._finish(sheet, values, last)
        sheet.accept_counts("N", first, last)
        sheet.colour_differences("O", first, last)
        self.row_count += len(lines)

    def _points(self) -> None:
        rows = [
            (*row, Formula(f"=C{number}-D{number}"))
            for number, row in enumerate(data.points(self._db, self._view), 4)
        ]
        self._list(POINTS, _POINT_COLUMNS, rows, sums="BCDE")

    def _list(
        self,
        name: str,
        columns: Sequence[Column],
        rows: object,
        *,
        sums: str = "",
        count: str = "",
    ) -> None:
        sheet = self._sheet(name, columns)
        first, last = sheet.rows(rows)  # type: ignore[arg-type]
        values: list[Value] = [""] * len(columns)
        values[0] = tr("合计")
        for letter in sums:
            values[ord(letter) - ord("A")] = _sum(letter, first, last)
        if count:
            values[1] = Formula(f"=COUNTA({count}{first}:{count}{last})")
        self._finish(sheet, values, last)
        self.row_count += last - first + 1

    def _notes(self, sums: Totals, now_local: str, exported_by: str) -> None:
        view = self._view
        sheet = self._sheet(NOTES, _NOTE_COLUMNS)
        seq, digits = head_of_chain(self._db)
        for label, value in (
            (tr("核对日(周五)"), view.week),
            (tr("期间"), f"{view.since or tr('启用')} — {view.until}"),
            *identity(view),
            (tr("方案版本"), "；".join(programmes(self._db, view))),
            (tr("程序版本"), VERSION),
            (tr("导出人"), exported_by or tr("命令行")),
            (tr("导出时间"), now_local),
            (tr("审计链末端"), f"{digits} #{seq}"),
        ):
            sheet.pair(label, value)
        for label, value in corrections(self._db, view):
            sheet.pair(label, value)
        sheet.heading(tr("与账簿核对"), tr("账上"), tr("本表合计"), tr("核对"))
        for label, ours, where in self._agreements(sums):
            sheet.check(label, ours, where)
        write_shrinkage(sheet, self._db, view)
        for text in (
            tr("账面 = 期初 + 入库 + 申领 − 发放 + 退回 − 报损 + 调整；差异 = 实盘 − 账面。"),
            tr("截止号之后的登记属于下一期；上期的盘点差异已计入本期期初。"),
            tr("应领未领含礼品和一次性项目；每年额度另有年度未用名单。"),
        ):
            sheet.line(text)
        sheet.signatures(self._signers())

    def _agreements(self, sums: Totals) -> list[tuple[str, int, str]]:
        rows = [
            (tr("入库"), sums.received, (STOCK, "G")),
            (tr("申领(两库位相抵)"), sums.transferred, (STOCK, "H")),
            (tr("发放"), sums.issued, (STOCK, "I")),
            (tr("退回"), sums.returned, (STOCK, "J")),
            (tr("报损"), sums.scrapped, (STOCK, "K")),
            (tr("调整"), sums.adjusted, (STOCK, "L")),
            (tr("账面"), sums.book, (STOCK, "M")),
        ]
        if sums.difference is not None:
            rows.append((tr("差异(盘点流水)"), sums.difference, (STOCK, "O")))
        rows += [
            (tr("发放减退回(发放明细)"), sums.handed_out, (ISSUES, "G")),
            (tr("服务核销次数"), sums.used, (USES, "F")),
            (tr("积分流水扣分"), sums.points, (POINTS, "D")),
        ]
        found = [
            (label, ours, f"='{name}'!{letter}{self._total_row[name]}")
            for label, ours, (name, letter) in rows
        ]
        for label, ours, name in (
            (tr("应领未领项数"), sums.unclaimed, UNCLAIMED),
            (tr("新增会员人数"), sums.joined, JOINED),
        ):
            last = self._total_row[name] - 1
            found.append((label, ours, f"=COUNTA('{name}'!A4:A{last})"))
        return found

    # -- parts -------------------------------------------------------------------------------

    def _sheet(self, name: str, columns: Sequence[Column]) -> Sheet:
        unsigned = "" if self._view.signed else tr("(未签)")
        title = tr("礼品核对表 · {name}{unsigned}").format(name=name, unsigned=unsigned)
        return self._book.sheet(name, columns, title=title, landscape=len(columns) > 8)

    def _finish(self, sheet: Sheet, total: Sequence[Value], last: int) -> None:
        self._total_row[sheet.name] = sheet.total(total)
        sheet.filter_to(last)
        sheet.signatures(self._signers())

    def _signers(self) -> list[str]:
        row = self._view.row
        if row is None or not self._view.signed:
            names = [tr("未签"), tr("未签"), ""]
        else:
            signed = tr("{name} 已签")
            names = [
                signed.format(name=row.marketing_signer),
                signed.format(name=row.billing_signer),
                row.closed_on or "",
            ]
        labels = (tr("市场部"), tr("收费室"), tr("日期"))
        line = tr("{label}:________________")
        named = tr("{label}({name}):____________")
        return [
            named.format(label=label, name=name) if name else line.format(label=label)
            for label, name in zip(labels, names, strict=True)
        ]


def _stock_row(line: ComparedRow, number: int) -> tuple[Value, ...]:
    return (
        line.code,
        line.name,
        line.spec,
        line.unit,
        place_name(line.place),
        line.opening,
        line.received,
        line.transferred,
        line.issued,
        line.returned,
        line.scrapped,
        line.adjusted,
        Formula(f"=F{number}+G{number}+H{number}-I{number}+J{number}-K{number}+L{number}"),
        line.counted,
        Formula(f'=IF(N{number}="","",N{number}-M{number})'),
        line.reason if line.difference else "",
    )


def _sum(letter: str, first: int, last: int) -> Formula:
    return Formula(f"=SUM({letter}{first}:{letter}{last})")
