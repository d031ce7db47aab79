"""Where somebody stands with the clinic by how long they stayed away (R171, front-desk 4.3).

The six stages share everybody out: whoever never came is a potential customer; whoever did is
told by the time since, and within the first span whoever came on one day only is new. The spans
are the clinic's own.
"""

from __future__ import annotations

from dataclasses import dataclass

from models.database import ClinicDatabase
from services.changes import Changes, Kind
from services.commands import Tx, command, read_setting, write_setting
from services.errors import RuleError
from services.i18n import tr

STAGES = ("potential", "new", "active", "to_wake", "asleep", "lost")
LONGEST = 240  # months
MOST_DAYS = 20
_WAKE, _ASLEEP, _LOST, _NEW = (
    "groups.wake_months",
    "groups.asleep_months",
    "groups.lost_months",
    "groups.new_days",
)


@dataclass(frozen=True)
class Spans:
    """Months without a visit after which somebody is to be woken, asleep, lost; and on how many
    days somebody came at most who is still new."""

    wake: int = 6
    asleep: int = 12
    lost: int = 24
    new_days: int = 1


@dataclass(frozen=True)
class SpansSet:
    """The spans of the life cycle are these now."""

    changes: Changes


def spans(db: ClinicDatabase) -> Spans:
    """The clinic's spans, those of the usual rule where it set none."""
    usual = Spans()
    return Spans(
        int(read_setting(db, _WAKE, str(usual.wake))),
        int(read_setting(db, _ASLEEP, str(usual.asleep))),
        int(read_setting(db, _LOST, str(usual.lost))),
        int(read_setting(db, _NEW, str(usual.new_days))),
    )


@command("group.life_cycle", entity="setting")
def set_spans(tx: Tx, *, wake: int, asleep: int, lost: int, new_days: int = 1) -> SpansSet:
    """Choose the spans. Raises RuleError when they do not grow, or are out of reach."""
    if not 1 <= wake < asleep < lost <= LONGEST:
        sentence = tr("三个月数要从小到大，在 1 到 {most} 之间，例如 6、12、24。")
        raise RuleError(sentence.format(most=LONGEST))
    if not 1 <= new_days <= MOST_DAYS:
        raise RuleError(tr("新客的到诊次数请填 1 到 {most}。").format(most=MOST_DAYS))
    for key, value in ((_WAKE, wake), (_ASLEEP, asleep), (_LOST, lost), (_NEW, new_days)):
        write_setting(tx, key, str(value))
    tx.detail.update(wake=wake, asleep=asleep, lost=lost, new_days=new_days)
    return SpansSet(Changes((Kind.SETTING,)))


def stage_title(stage: str) -> str:
    """A stage as the desk calls it."""
    return {
        "potential": tr("潜在(从未到诊)"),
        "new": tr("新客"),
        "active": tr("活跃"),
        "to_wake": tr("待唤醒"),
        "asleep": tr("沉睡"),
        "lost": tr("流失"),
    }[stage]
