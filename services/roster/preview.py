"""What an import would do: good rows, rejected rows with their reason, doubts, totals to sign.

Pure: a raw table, a mapping and what the clinic knows already go in. A row is rejected when
importing it would keep something wrong (digits lost for good, an unreadable amount, a repeat);
what is merely missing or odd is imported and said.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from services.i18n import tr
from services.identity import age_on
from services.pinyin import full_pinyin
from services.programmes.evaluate import supported
from services.programmes.registry import Timeline
from services.roster import cells
from services.roster.known import NOBODY, Known
from services.roster.mapping import Mapping, field_title
from services.roster.reading import ImportCancelled, RawTable

_EVERY = 2000  # rows between two looks at the cancel button


class RosterRow(NamedTuple):
    """A row that goes in. `spend_fen` and `points` are the opening balance; `joined_on` and
    `claimed_rank` are what the old register says; a NamedTuple because there are 50,000."""

    row_number: int
    name: str
    pinyin: str
    sex: str
    birthday: str | None
    id_number: str
    phone: str
    phone_alt: str
    address: str
    number: str
    guardian_name: str
    guardian_relation: str
    guardian_phone: str
    source: str
    referrer: str
    doctor: str
    note: str
    last_visit_on: str | None
    joined_on: str | None
    member: bool
    claimed_rank: int
    supported_rank: int
    spend_fen: int
    points: int


class RejectedRow(NamedTuple):
    """A row that stays out, and why in the desk's words."""

    row_number: int
    reason: str


class RosterWarning(NamedTuple):
    """Something to look at in a row that goes in; row 0 speaks of the whole file."""

    row_number: int
    sentence: str


class Duplicate(NamedTuple):
    """A repeat: of another row (`other_row`) or of somebody in the clinic (`number`).

    `rejected` tells whether the row stays out for it.
    """

    row_number: int
    other_row: int
    number: str
    reason: str
    rejected: bool


@dataclass(frozen=True)
class RosterTotals:
    """The totals to sign: people, members among them, opening points, opening spend in fen,
    people by tier name ('' is none)."""

    people: int = 0
    members: int = 0
    points: int = 0
    spend_fen: int = 0
    by_tier: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class RosterPreview:
    """The answer of `preview_roster`."""

    digest: str
    good: list[RosterRow]
    rejected: list[RejectedRow]
    warnings: list[RosterWarning]
    duplicates: list[Duplicate]
    totals: RosterTotals
    unmapped: tuple[str, ...]


def preview_roster(
    table: RawTable,
    mapping: Mapping,
    timeline: Timeline,
    today: str,
    known: Known = NOBODY,
    *,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> RosterPreview:
    """Judge every row of a table as of `today` (ISO). Raises ImportCancelled only."""
    judge = _Judge(mapping, timeline, today, known)
    if not mapping.problem:
        total = len(table.rows)
        for index, (number, values) in enumerate(table.rows):
            if index % _EVERY == 0:
                if cancelled is not None and cancelled():
                    raise ImportCancelled
                if progress is not None:
                    progress(index, total)
            judge.take(number, values)
    else:
        judge.rejected = [RejectedRow(number, mapping.problem) for number, _ in table.rows]
    used = set(mapping.columns.values())
    unmapped = tuple(header for at, header in enumerate(table.headers) if header and at not in used)
    if unmapped:
        sentence = tr("这些列没有对应的内容,不会导入:{columns}。")
        judge.warnings.insert(0, RosterWarning(0, sentence.format(columns="、".join(unmapped))))
    return RosterPreview(
        table.digest,
        judge.good,
        judge.rejected,
        judge.warnings,
        judge.duplicates,
        judge.totals(),
        unmapped,
    )


class _Rejected(Exception):
    pass


class _Judge:
    """Goes through the rows once, remembering what it saw."""

    def __init__(self, mapping: Mapping, timeline: Timeline, today: str, known: Known) -> None:
        self.good: list[RosterRow] = []
        self.rejected: list[RejectedRow] = []
        self.warnings: list[RosterWarning] = []
        self.duplicates: list[Duplicate] = []
        self._mapping = mapping
        self._programme = timeline.at(today).programme
        self._today = today
        self._known = known
        self._columns = mapping.columns
        self._last = max(mapping.columns.values(), default=0)
        self._ids: dict[str, int] = {}
        self._id_of: dict[int, str] = {}
        self._phones: dict[tuple[str, str], int] = {}
        self._birthdays: dict[tuple[str, str], int] = {}
        self._numbers: dict[str, int] = {}
        self._tiers = _tier_names(self._programme.tiers)

    def totals(self) -> RosterTotals:
        """The totals of the good rows."""
        good = self.good
        tiers = Counter(self._programme.tier_name(held_rank(row)) for row in good)
        return RosterTotals(
            people=len(good),
            members=sum(row.member for row in good),
            points=sum(row.points for row in good),
            spend_fen=sum(row.spend_fen for row in good),
            by_tier=dict(tiers),
        )

    def take(self, number: int, values: tuple[Any, ...]) -> None:
        """Judge one row."""
        if len(values) <= self._last:
            values += (None,) * (self._last + 1 - len(values))
        warnings = len(self.warnings)
        try:
            row = self._row(number, values)
            if row is not None:
                self._check_repeats(row)
                self.good.append(row)
        except _Rejected as reason:
            del self.warnings[warnings:]  # the reason says enough
            self.rejected.append(RejectedRow(number, str(reason)))

    # -- one row ---------------------------------------------------------------------------

    def _row(self, number: int, values: tuple[Any, ...]) -> RosterRow | None:
        cell = {name: values[column] for name, column in self._columns.items()}
        get = cell.get
        name = cells.text(get("name"))
        if not name:
            if _is_footer(values):
                return None
            raise _Rejected(tr("没有姓名。"))
        if _is_total(name):
            return None
        phone, second, code = cells.phones(get("phone"))
        self._phone_issue(number, "phone", code)
        alt, _, code = cells.phones(get("phone_alt"))
        self._phone_issue(number, "phone_alt", code)
        guardian_phone, _, code = cells.phones(get("guardian_phone"))
        self._phone_issue(number, "guardian_phone", code)
        id_number, id_birthday, id_sex, code = cells.id_number(get("id_number"), self._today)
        if code == "lost":
            raise _Rejected(
                tr("身份证号成了科学计数法,后几位已经丢失。请把该列设为文本并补全后再导入这一行。")
            )
        if code:
            self._warn(number, tr("身份证号校验不符,已照原样导入,请对照证件。"))
        birthday, extra = self._birthday(number, get("birthday"), id_birthday)
        sex = cells.sex(get("sex"))
        if sex and id_sex and sex != id_sex:
            self._warn(number, tr("性别与身份证号里的不一致,请对照证件。"))
        claimed, tier_text = self._tier(number, get("tier"))
        joined_on = self._date(number, "joined_on", get("joined_on"))
        spend_fen, points = self._opening(number, cell)
        rank = supported(self._programme, 0, spend_fen)[0] if spend_fen else 0
        own = cells.text(get("number"))
        member = bool(own or tier_text or joined_on or rank)
        if claimed > rank:
            sentence = tr("登记的等级“{tier}”高于期初消费能达到的等级,将按登记的等级保留。")
            self._warn(number, sentence.format(tier=self._programme.tier_name(claimed)))
        guardian = cells.text(get("guardian_name"))
        row = RosterRow(
            row_number=number,
            name=name,
            pinyin=full_pinyin(name),
            sex=sex or id_sex,
            birthday=birthday,
            id_number=id_number,
            phone=phone,
            phone_alt=alt or second,
            address=cells.text(get("address")),
            number=own or cells.text(get("file_number")),
            guardian_name=guardian,
            guardian_relation=cells.text(get("guardian_relation")),
            guardian_phone=guardian_phone,
            source=cells.text(get("source")),
            referrer=cells.text(get("referrer")),
            doctor=cells.text(get("doctor")),
            note=" ".join(part for part in (cells.text(get("note")), extra) if part),
            last_visit_on=self._date(number, "last_visit_on", get("last_visit_on")),
            joined_on=joined_on,
            member=member,
            claimed_rank=claimed,
            supported_rank=rank,
            spend_fen=spend_fen,
            points=points,
        )
        self._check_reachable(row)
        return row

    def _warn(self, number: int, sentence: str) -> None:
        self.warnings.append(RosterWarning(number, sentence))

    def _phone_issue(self, number: int, name: str, code: str) -> None:
        if not code:
            return
        if code == "odd":
            sentence = tr("{field}的样子不对,已照原样导入,请核对。")
            self._warn(number, sentence.format(field=field_title(name)))
        elif code == "bad":
            sentence = tr("{field}里没有数字,没有导入这一项。")
            self._warn(number, sentence.format(field=field_title(name)))
        else:
            sentence = tr("{field}成了科学计数法,后几位已经丢失。请补全后再导入这一行。")
            raise _Rejected(sentence.format(field=field_title(name)))

    def _date(self, number: int, name: str, value: Any) -> str | None:
        found, code = cells.day(value, self._today)
        if code in ("bad", "future"):
            sentence = tr("{field}看不懂或在今天之后,没有导入这一项。")
            self._warn(number, sentence.format(field=field_title(name)))
        return found

    def _birthday(self, number: int, value: Any, from_id: str | None) -> tuple[str | None, str]:
        """The birthday to keep, and a remark when it is only half known."""
        found, code = cells.day(value, self._today)
        if code == "month":
            if from_id and found and from_id[:7] == found[:7]:
                return from_id, ""
            self._warn(number, tr("生日只有年月,暂记为当月 1 日,请补全。"))
            return found, tr("(生日仅知年月)")
        if code:
            self._warn(number, tr("出生日期看不懂或在今天之后,没有导入这一项,请补登。"))
            return from_id, ""
        if found and from_id and found != from_id:
            self._warn(number, tr("出生日期与身份证号里的不一致,请对照证件。"))
        return found or from_id, ""

    def _tier(self, number: int, value: Any) -> tuple[int, str]:
        text = cells.text(value)
        if not text:
            return 0, ""
        rank = self._tiers.get(_tier_key(text), 0)
        if not rank:
            sentence = tr("等级“{tier}”不在方案里,将按消费和积分重新计算。")
            self._warn(number, sentence.format(tier=text[:20]))
        return rank, text

    def _opening(self, number: int, cell: dict[str, Any]) -> tuple[int, int]:
        """Opening spend (fen) and points; one is reckoned from the other when missing (E46)."""
        big = "spend" in self._mapping.ten_thousand
        spend, code = cells.amount_fen(cell.get("spend"), ten_thousand=big)
        self._number_issue("spend", code)
        available = self._points(number, "points", cell)
        total = self._points(number, "points_total", cell)
        points = total if available is None else available
        rate = self._programme.points.per_yuan
        if spend is None:
            basis = points if total is None else total
            return (0, 0) if basis is None else (basis * 100 // rate, points or 0)
        return spend, spend // 100 * rate if points is None else points

    def _points(self, number: int, name: str, cell: dict[str, Any]) -> int | None:
        found, code = cells.points(cell.get(name))
        if code == "part":
            self._warn(number, tr("积分带小数,小数部分没有导入。"))
        else:
            self._number_issue(name, code)
        return found

    def _number_issue(self, name: str, code: str) -> None:
        if code:
            sentence = tr("{field}是负数。") if code == "negative" else tr("{field}不是数字。")
            sentence += tr("请改正后再导入这一行。")
            raise _Rejected(sentence.format(field=field_title(name)))

    def _check_reachable(self, row: RosterRow) -> None:
        if not (row.phone or row.phone_alt or row.guardian_phone):
            self._warn(row.row_number, tr("没有任何电话,请在下次到诊时补登。"))
        young = row.birthday is not None and age_on(row.birthday, self._today) < 14
        if young and not (row.guardian_name and row.guardian_phone):
            self._warn(row.row_number, tr("未满 14 岁而没有监护人,请在下次到诊时补登并取得同意。"))

    # -- repeats ---------------------------------------------------------------------------

    def _check_repeats(self, row: RosterRow) -> None:
        here, known = row.row_number, self._known
        if row.id_number:
            self._reject_repeat(
                row, self._ids.get(row.id_number, 0), known.ids.get(row.id_number), tr("证件号")
            )
        if row.phone:
            pair = (row.name, row.phone)
            other = self._phones.get(pair, 0)
            if not self._is_other_person(row, other):
                self._reject_repeat(row, other, known.phones.get(pair), tr("姓名和电话"))
        if row.number:
            self._reject_repeat(
                row, self._numbers.get(row.number, 0), known.numbers.get(row.number), tr("会员号")
            )
        if row.birthday:
            pair = (row.name, row.birthday)
            self._hint_repeat(row, self._birthdays.get(pair, 0), known.birthdays.get(pair))
            self._birthdays.setdefault(pair, here)
        if row.id_number:
            self._ids[row.id_number] = here
            self._id_of[here] = row.id_number
        if row.phone:
            self._phones.setdefault((row.name, row.phone), here)
        if row.number:
            self._numbers[row.number] = here

    def _is_other_person(self, row: RosterRow, other: int) -> bool:
        """Two documents are two people, whatever else they share (father and son of one name)."""
        known = self._id_of.get(other)
        return known is not None and row.id_number not in ("", known)

    def _reject_repeat(self, row: RosterRow, other: int, number: str | None, what: str) -> None:
        if other:
            sentence = tr("{what}与第 {row} 行相同,这一行没有导入。").format(what=what, row=other)
        elif number is not None:
            sentence = tr("{what}与诊所已有的 {number} 相同,这一行没有导入。")
            sentence = sentence.format(what=what, number=number)
        else:
            return
        self.duplicates.append(Duplicate(row.row_number, other, number or "", what, True))
        raise _Rejected(sentence)

    def _hint_repeat(self, row: RosterRow, other: int, number: str | None) -> None:
        what = tr("姓名和出生日期")
        if other:
            sentence = tr("{what}与第 {row} 行相同,可能是同一个人,请核对。")
            sentence = sentence.format(what=what, row=other)
        elif number is not None:
            sentence = tr("{what}与诊所已有的 {number} 相同,可能是同一个人,请核对。")
            sentence = sentence.format(what=what, number=number)
        else:
            return
        self.duplicates.append(Duplicate(row.row_number, other, number or "", what, False))
        self._warn(row.row_number, sentence)


def held_rank(row: RosterRow) -> int:
    """The tier a row starts with: a member's claimed or supported one."""
    return max(row.claimed_rank, row.supported_rank) if row.member else 0


def _tier_names(tiers: tuple[Any, ...]) -> dict[str, int]:
    return {_tier_key(tier.name): tier.rank for tier in tiers}


def _tier_key(name: str) -> str:
    key = name.upper()
    for word in ("会员", "客户", "顾客", "级", "卡", " "):
        key = key.replace(word, "")
    return "钻石" if key.startswith("钻石") else key


def _is_total(name: str) -> bool:
    return name.replace(" ", "") in ("合计", "总计", "小计", "共计", "制表人", "填表人")


def _is_footer(values: tuple[Any, ...]) -> bool:
    """A row without a name that sums up, or is a remark in its first cell alone."""
    filled = [value for value in values if value not in (None, "")]
    first = str(filled[0]) if filled else ""
    return len(filled) <= 1 or _is_total(first.strip("::"))
