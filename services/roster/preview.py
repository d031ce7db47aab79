"""What an import would do: good rows, rejected rows with their reason, doubts, totals to sign.

Pure: a raw table, a mapping and what the clinic knows already go in. A row is rejected when
importing it would keep something wrong (digits lost for good, an unreadable amount, a repeat);
what is merely missing or odd is imported and said.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from services.i18n import tr
from services.people.birthdays import age_on
from services.people.pinyin import full_pinyin
from services.programmes.evaluate import supported
from services.programmes.plan import number as plan_number
from services.programmes.registry import Timeline
from services.roster import cells
from services.roster.known import NOBODY, Known
from services.roster.mapping import Mapping, field_title, override
from services.roster.reading import Cancelled, ImportCancelled, RawTable, Row, opened_roster
from services.roster.repeats import Repeats
from services.roster.rows import (
    Duplicate,
    RejectedRow,
    RosterPreview,
    RosterRow,
    RosterTotals,
    RosterWarning,
    held_rank,
)

__all__ = [
    "Duplicate",
    "RejectedRow",
    "RosterPreview",
    "RosterRow",
    "RosterTotals",
    "RosterWarning",
    "preview_roster",
    "read_and_preview",
]

Progress = Callable[[int, int], None]

_EVERY = 2000  # rows between two looks at the cancel button


def preview_roster(
    table: RawTable,
    mapping: Mapping,
    timeline: Timeline,
    today: str,
    known: Known = NOBODY,
    *,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> RosterPreview:
    """Judge every row of a table as of `today` (ISO). Raises ImportCancelled only."""
    total = len(table.rows)
    portions = (table.rows[start : start + _EVERY] for start in range(0, total, _EVERY))
    return _preview(table, portions, mapping, timeline, today, known, total, progress, cancelled)


def read_and_preview(
    path: Path,
    timeline: Timeline,
    today: str,
    known: Known = NOBODY,
    *,
    sheet: str | None = None,
    chosen: dict[str, int | None] | None = None,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> tuple[RawTable, RosterPreview]:
    """Read a roster and judge its rows while the rest is still being read.

    `chosen` corrects the guessed mapping. Raises what `reading.read_roster` raises.
    """
    with opened_roster(path, sheet=sheet, cancelled=cancelled) as (table, portions):
        mapping = override(table.headers, chosen or {})
        preview = _preview(table, portions, mapping, timeline, today, known, 0, progress, cancelled)
    return table, preview


def _preview(
    table: RawTable,
    portions: Iterable[list[Row]],
    mapping: Mapping,
    timeline: Timeline,
    today: str,
    known: Known,
    total: int,
    progress: Progress | None,
    cancelled: Cancelled | None,
) -> RosterPreview:
    judge = _Judge(mapping, timeline, today, known)
    problem = mapping.problem
    done = 0
    for rows in portions:
        if cancelled is not None and cancelled():
            raise ImportCancelled
        if progress is not None:
            progress(done, max(total, len(table.rows)))
        for number, values in rows:
            if problem:
                judge.rejected.append(RejectedRow(number, problem))
            else:
                judge.take(number, values)
        done += len(rows)
    used = set(mapping.columns.values())
    unmapped = tuple(header for at, header in enumerate(table.headers) if header and at not in used)
    if unmapped:
        sentence = tr("这些列没有对应的内容，不会导入：{columns}。")
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
        self._columns = mapping.columns
        self._last = max(mapping.columns.values(), default=0)
        self._repeats = Repeats(known)
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
                self._notice_repeat(row)
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
                tr("身份证号成了科学计数法，后几位已经丢失。请把该列设为文本并补全后再导入这一行。")
            )
        if code:
            self._warn(number, tr("身份证号校验不符，已照原样导入，请对照证件。"))
        birthday, extra = self._birthday(number, get("birthday"), id_birthday)
        sex = cells.sex(get("sex"))
        if sex and id_sex and sex != id_sex:
            self._warn(number, tr("性别与身份证号里的不一致，请对照证件。"))
        claimed, tier_text = self._tier(number, get("tier"))
        joined_on = self._date(number, "joined_on", get("joined_on"))
        spend_fen, points = self._opening(number, cell)
        rank = supported(self._programme, 0, spend_fen)[0] if spend_fen else 0
        own = cells.text(get("number"))
        member = bool(own or tier_text or joined_on or rank)
        if claimed > rank:
            sentence = tr("登记的等级“{tier}”高于期初消费能达到的等级，将按登记的等级保留。")
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

    def _notice_repeat(self, row: RosterRow) -> None:
        repeat = self._repeats.of(row)
        if repeat is None:
            return
        self.duplicates.append(repeat)
        if repeat.rejected:
            raise _Rejected(repeat.reason)

    def _warn(self, number: int, sentence: str) -> None:
        self.warnings.append(RosterWarning(number, sentence))

    def _phone_issue(self, number: int, name: str, code: str) -> None:
        if not code:
            return
        if code == "odd":
            sentence = tr("{field}的样子不对，已照原样导入，请核对。")
            self._warn(number, sentence.format(field=field_title(name)))
        elif code == "bad":
            sentence = tr("{field}里没有数字，没有导入这一项。")
            self._warn(number, sentence.format(field=field_title(name)))
        else:
            sentence = tr("{field}成了科学计数法，后几位已经丢失。请补全后再导入这一行。")
            raise _Rejected(sentence.format(field=field_title(name)))

    def _date(self, number: int, name: str, value: Any) -> str | None:
        found, code = cells.day(value, self._today)
        if code in ("bad", "future"):
            sentence = tr("{field}看不懂或在今天之后，没有导入这一项。")
            self._warn(number, sentence.format(field=field_title(name)))
        return found

    def _birthday(self, number: int, value: Any, from_id: str | None) -> tuple[str | None, str]:
        """The birthday to keep, and a remark when it is only half known."""
        found, code = cells.day(value, self._today)
        if code == "month":
            if from_id and found and from_id[:7] == found[:7]:
                return from_id, ""
            self._warn(number, tr("生日只有年月，暂记为当月 1 日，请补全。"))
            return found, tr("(生日仅知年月)")
        if code:
            self._warn(number, tr("出生日期看不懂或在今天之后，没有导入这一项，请补登。"))
            return from_id, ""
        if found and from_id and found != from_id:
            self._warn(number, tr("出生日期与身份证号里的不一致，请对照证件。"))
        return found or from_id, ""

    def _tier(self, number: int, value: Any) -> tuple[int, str]:
        text = cells.text(value)
        if not text:
            return 0, ""
        rank = self._tiers.get(_tier_key(text), 0)
        if not rank:
            sentence = tr("等级“{tier}”不在方案里，将按消费和积分重新计算。")
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
        rate = plan_number(self._programme.points.per_yuan) or 1
        if spend is None:
            basis = points if total is None else total
            return (0, 0) if basis is None else (basis * 100 // rate, points or 0)
        return spend, spend // 100 * rate if points is None else points

    def _points(self, number: int, name: str, cell: dict[str, Any]) -> int | None:
        found, code = cells.points(cell.get(name))
        if code == "part":
            self._warn(number, tr("积分带小数，小数部分没有导入。"))
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
            self._warn(row.row_number, tr("没有任何电话，请在下次到诊时补登。"))
        young = row.birthday is not None and age_on(row.birthday, self._today) < 14
        if young and not (row.guardian_name and row.guardian_phone):
            self._warn(row.row_number, tr("未满 14 岁而没有监护人，请在下次到诊时补登并取得同意。"))


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
    return len(filled) <= 1 or _is_total(cells.text(filled[0]).rstrip(":"))
