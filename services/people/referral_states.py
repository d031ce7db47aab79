"""The states of a referral, what a programme promises for one, and the only way to change it.

recorded → paid (the first receipt that is large enough) → rewarded (after the cooling-off) →
reversed (the money went back); refused at any time before the reward (E55, E56).
"""

from __future__ import annotations

from dataclasses import dataclass

from models.database import ClinicDatabase
from models.schemes import Referral
from services.commands import Tx
from services.errors import IntegrityAlarm
from services.i18n import tr
from services.programmes import definition
from services.programmes.plan import number
from services.programmes.registry import Timeline, timelines

RECORDED, PAID, REWARDED = "recorded", "paid", "rewarded"
REVERSED, REFUSED = "reversed", "refused"
CLEARED = ""  # the reason of a referral that the desk took off the record again
STATES = (RECORDED, PAID, REWARDED, REVERSED, REFUSED)

# paid → recorded: the receipt was a mistake; refused → recorded: the desk had cleared the field
TRANSITIONS = frozenset(
    {
        (RECORDED, PAID),
        (RECORDED, REFUSED),
        (PAID, RECORDED),
        (PAID, REWARDED),
        (PAID, REVERSED),
        (PAID, REFUSED),
        (REWARDED, REVERSED),
        (REFUSED, RECORDED),
    }
)

COLUMNS = (
    Referral.id,
    Referral.referrer_id,
    Referral.newcomer_id,
    Referral.state,
    Referral.recorded_on,
    Referral.paid_on,
    Referral.receipt_id,
    Referral.seq,
)


@dataclass(frozen=True)
class ReferralHead:
    """A referral as far as the rules go by it; `seq` is the command of its last change."""

    id: int
    referrer_id: int
    newcomer_id: int
    state: str
    recorded_on: str
    paid_on: str | None
    receipt_id: int | None
    seq: int


@dataclass(frozen=True)
class Terms:
    """What a programme promises for referrals, and the programme the rewards belong to."""

    timeline: Timeline
    rules: definition.Referral

    @property
    def least_fen(self) -> int:
        """The first payment has to be so much, and never nothing."""
        return max((number(self.rules.first_payment_yuan) or 0) * 100, 1)


def terms_on(db: ClinicDatabase, day: str) -> Terms | None:
    """The first programme in force on a day that thanks for referrals."""
    for timeline in timelines(db):
        rules = timeline.at(day).programme.referral
        if rules is not None:
            return Terms(timeline, rules)
    return None


def state_title(state: str) -> str:
    """A state as the desk says it."""
    return {
        RECORDED: tr("已登记"),
        PAID: tr("已首付，冷静期内"),
        REWARDED: tr("已奖励"),
        REVERSED: tr("已收回"),
        REFUSED: tr("不奖励"),
    }[state]


def change(tx: Tx, row: ReferralHead, to_state: str, **values: object) -> None:
    """Move a referral to another state. Raises IntegrityAlarm for a step that is none."""
    if (row.state, to_state) not in TRANSITIONS:
        raise IntegrityAlarm(tr("这条推荐的状态与流水对不上，请院长运行“校验”。"))
    if to_state in (REVERSED, REFUSED):
        values["closed_on"] = tx.today
    update = Referral.update(state=to_state, seq=tx.seq, **values)
    tx.db.write(update.where(Referral.id == row.id))
