"""Until when somebody who complains or asks is answered (R067, R151).

A first answer is owed within working days, sooner to members of high tiers, the same day when it
is urgent; the matter itself is to be settled within days of the calendar.
"""

from __future__ import annotations

from dataclasses import dataclass

from models.database import ClinicDatabase
from services.changes import Changes, Kind
from services.clock import plus_days
from services.commands import Tx, command, read_setting, write_setting
from services.errors import RuleError
from services.gifts.appointment import is_working_day
from services.i18n import tr
from services.setup import SettingChanged

_REPLY, _REPLY_HIGH = "complaint.reply_days", "complaint.reply_days_high"
_DAYS, _HIGH = "complaint.days", "complaint.high_rank"
_REQUEST = "request.days"


@dataclass(frozen=True)
class Deadlines:
    """Working days until the first answer, for members from the tier `high_rank` on and for
    everybody else; days until a complaint is settled and a request is answered."""

    reply_days: int = 2
    reply_days_high: int = 1
    high_rank: int = 2
    days: int = 7
    request_days: int = 7


def deadlines(db: ClinicDatabase) -> Deadlines:
    """The clinic's days."""
    usual = Deadlines()
    return Deadlines(
        reply_days=int(read_setting(db, _REPLY, str(usual.reply_days))),
        reply_days_high=int(read_setting(db, _REPLY_HIGH, str(usual.reply_days_high))),
        high_rank=int(read_setting(db, _HIGH, str(usual.high_rank))),
        days=int(read_setting(db, _DAYS, str(usual.days))),
        request_days=int(read_setting(db, _REQUEST, str(usual.request_days))),
    )


@command("feedback.deadlines", entity="clinic")
def change_deadlines(
    tx: Tx, *, reply_days: int, reply_days_high: int, high_rank: int, days: int, request_days: int
) -> SettingChanged:
    """Set all of them; what is open keeps the days it was given. Raises RuleError for a number
    out of bounds."""
    if not (1 <= reply_days_high <= reply_days <= 30):
        raise RuleError(tr("首次回应请填 1 至 30 个工作日，高等级会员不能比其他人更长。"))
    if not 1 <= high_rank <= 20:
        raise RuleError(tr("高等级从第几级算起，请填 1 至 20。"))
    if not (1 <= days <= 365 and 1 <= request_days <= 365):
        raise RuleError(tr("处理期限请填 1 至 365 天。"))
    given = {
        _REPLY: reply_days,
        _REPLY_HIGH: reply_days_high,
        _HIGH: high_rank,
        _DAYS: days,
        _REQUEST: request_days,
    }
    for key, value in given.items():
        write_setting(tx, key, str(value))
    tx.about(1, **{key.replace(".", "_"): value for key, value in given.items()})
    return SettingChanged(Changes((Kind.SETTING, Kind.FOLLOWUP)))


def reply_by(db: ClinicDatabase, today: str, *, rank: int, urgent: bool) -> str:
    """The last day of the first answer to what was received today."""
    if urgent:
        return today
    asked = deadlines(db)
    left = asked.reply_days_high if rank >= asked.high_rank else asked.reply_days
    day = today
    while left:
        day = plus_days(day, 1)
        left -= is_working_day(db, day)
    return day
