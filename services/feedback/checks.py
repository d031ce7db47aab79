"""What something said must be before it is written down: words, a day, somebody who cares."""

from __future__ import annotations

from models.system import Staff
from services.clock import is_date, plus_days
from services.commands import Tx
from services.errors import RuleError
from services.i18n import tr

MOST_LETTERS = 2000
MOST_DAYS = 366


def said(text: str, nothing: str) -> str:
    """The words without blanks around them. Raises RuleError: none (`nothing` says what to do),
    or more than a paper holds."""
    words = text.strip()
    if not words:
        raise RuleError(nothing)
    if len(words) > MOST_LETTERS:
        sentence = tr("最多写 {n} 个字，请写要点，其余附在纸上。")
        raise RuleError(sentence.format(n=MOST_LETTERS))
    return words


def check_day(tx: Tx, day: str) -> None:
    """A day to be done by is today or within a year. Raises RuleError."""
    if not is_date(day) or day < tx.today:
        raise RuleError(tr("处理期限须在今天或以后，写成 2027-01-15 这样。"))
    if day > plus_days(tx.today, MOST_DAYS):
        raise RuleError(tr("处理期限最长一年，请填近一些的日期。"))


def owner_of(tx: Tx, owner_id: int | None) -> tuple[int, str]:
    """Who looks after it, by default whoever writes it down: id and name. Raises RuleError for
    somebody who does not work here (any more)."""
    wanted = tx.actor.id if owner_id is None else owner_id
    name = tx.db.scalar(Staff.select(Staff.name).where((Staff.id == wanted) & (Staff.active == 1)))
    if name is None:
        raise RuleError(tr("没有找到责任人，请重新选择在岗的员工。"))
    return wanted, str(name)
