"""A version that comes into force today: what was posted before it was signed follows it (E12)."""

from __future__ import annotations

from typing import Any

from models.ledgers import MoneyEvent, OpeningBalance, TierOverride
from models.schemes import FeePayment
from services.commands import Tx
from services.errors import IntegrityAlarm, RuleError
from services.i18n import tr
from services.loyalty.counted_past import differences, take_back
from services.loyalty.ledger import Source, StoredAccount, credit, expiry_of
from services.loyalty.standing import Folded, fold, open_account, standing_of, store
from services.people.aliases import root_of
from services.programmes.registry import Timeline


def reckon_today(tx: Tx, timeline: Timeline) -> int:
    """What was posted today before a version of today was signed follows that version (E12);
    answers how many people had anything posted.

    Raises RuleError when somebody would lose a tier that the older version gave them today: a
    version takes nothing away by itself (E41), so this one has to begin tomorrow.
    """
    people = sorted({root_of(tx.db, person_id) for person_id in _today(tx)})
    losing = 0
    for person_id in people:
        account = open_account(tx, person_id, timeline)
        held = standing_of(tx.db, person_id, timeline.programme_id)
        try:
            folded = fold(tx, account)
        except IntegrityAlarm:  # a gift of a tier that the new version does not give
            losing += 1
            continue
        losing += bool(held.member) and folded.evaluation.rank < held.rank
        _reckon(tx, account, folded)
    if losing:
        sentence = tr(
            "今天已按旧版给 {n} 位会员定了等级或发了礼品，和新版对不上。请改成明天起生效。"
        )
        raise RuleError(sentence.format(n=losing))
    return len(people)


def _today(tx: Tx) -> set[int]:
    """Everybody with money, an opening, a word on the tier or a fee of today."""
    tables: tuple[Any, ...] = (MoneyEvent, OpeningBalance, TierOverride, FeePayment)
    return {
        row[0]
        for table in tables
        for row in tx.db.rows(table.select(table.person_id).where(table.occurred_on >= tx.today))
    }


def _reckon(tx: Tx, account: StoredAccount, folded: Folded) -> None:
    ends = expiry_of(account.timeline, tx.today)
    more, less = differences(tx, account, folded)
    for receipt_id, points in more:
        credit(account, points, _again(tx, "earn", receipt_id)._replace(expires_on=ends))
    for receipt_id, points in less:
        take_back(tx, account, _again(tx, "reversal", receipt_id), points)
    store(tx, account, folded)


def _again(tx: Tx, kind: str, receipt_id: int) -> Source:
    return Source(kind, tx.today, tr("方案当天换版，按新版重算"), receipt_id, tier_counting=True)
