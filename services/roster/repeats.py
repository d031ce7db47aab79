"""Noticing the same person twice: in the file, or in the clinic already.

The same document, name and phone, or member number keeps a row out; the same name and birthday
is a hint. The same phone alone says nothing: a mother's number stands for the whole family.
"""

from __future__ import annotations

from services.i18n import tr
from services.roster.known import Known
from services.roster.rows import Duplicate, RosterRow


class Repeats:
    """What the rows so far have used up."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self._ids: dict[str, int] = {}
        self._id_of: dict[int, str] = {}
        self._phones: dict[tuple[str, str], int] = {}
        self._birthdays: dict[tuple[str, str], int] = {}
        self._numbers: dict[str, int] = {}

    def of(self, row: RosterRow) -> Duplicate | None:
        """The repeat a row is, if any. A row that is none of the rejected kind is remembered."""
        found = self._same(row)
        if found is not None:
            return found
        hint = None
        if row.birthday:
            pair = (row.name, row.birthday)
            other, number = self._birthdays.get(pair, 0), self._known.birthdays.get(pair, "")
            hint = _repeat(row, other, number, tr("姓名和出生日期"), rejected=False)
            self._birthdays.setdefault(pair, row.row_number)
        if row.id_number:
            self._ids[row.id_number] = row.row_number
            self._id_of[row.row_number] = row.id_number
        if row.phone:
            self._phones.setdefault((row.name, row.phone), row.row_number)
        if row.number:
            self._numbers[row.number] = row.row_number
        return hint

    def _same(self, row: RosterRow) -> Duplicate | None:
        known = self._known
        found = None
        if row.id_number:
            other, number = self._ids.get(row.id_number, 0), known.ids.get(row.id_number, "")
            found = _repeat(row, other, number, tr("证件号"))
        if found is None and row.phone:
            pair = (row.name, row.phone)
            other = self._phones.get(pair, 0)
            if not self._is_other_person(row, other):
                found = _repeat(row, other, known.phones.get(pair, ""), tr("姓名和电话"))
        if found is None and row.number:
            other, number = self._numbers.get(row.number, 0), known.numbers.get(row.number, "")
            found = _repeat(row, other, number, tr("会员号"))
        return found

    def _is_other_person(self, row: RosterRow, other: int) -> bool:
        """Two documents are two people, whatever else they share (father and son of one name)."""
        known = self._id_of.get(other)
        return known is not None and row.id_number not in ("", known)


def _repeat(
    row: RosterRow, other: int, number: str, what: str, *, rejected: bool = True
) -> Duplicate | None:
    if other:
        text = tr("{what}与第 {row} 行相同").format(what=what, row=other)
    elif number:
        text = tr("{what}与诊所已有的 {number} 相同").format(what=what, number=number)
    else:
        return None
    text += tr("，这一行没有导入。") if rejected else tr("，可能是同一个人，请核对。")
    return Duplicate(row.row_number, other, "" if other else number, text, rejected)
