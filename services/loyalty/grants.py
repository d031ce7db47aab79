"""Grants: what a person may claim, and drawing from it.

A grant's `used` and `state` are projections of the gift issues and service uses that name it;
`verify` compares them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from models.database import ClinicDatabase
from models.gifts import EntitlementGrant, GiftIssue, ServiceUse
from models.query import Prepared, slot
from models.schemes import Award, Redemption
from models.system import Staff
from services.commands import Tx
from services.errors import RuleError
from services.i18n import tr
from services.loyalty.scheme_past import award_benefit, redeemed_benefit
from services.people.aliases import group_of
from services.people.closed import refuse_closed
from services.programmes.definition import Benefit
from services.programmes.registry import version

_COLUMNS = (
    EntitlementGrant.id,
    EntitlementGrant.person_id,
    EntitlementGrant.programme_id,
    EntitlementGrant.version_id,
    EntitlementGrant.grant_key,
    EntitlementGrant.kind,
    EntitlementGrant.name,
    EntitlementGrant.rank,
    EntitlementGrant.reason,
    EntitlementGrant.value_fen,
    EntitlementGrant.quantity,
    EntitlementGrant.used,
    EntitlementGrant.due_on,
    EntitlementGrant.valid_from,
    EntitlementGrant.valid_to,
    EntitlementGrant.state,
    EntitlementGrant.form,
)

_ONE = Prepared(lambda: EntitlementGrant.select(*_COLUMNS).where(EntitlementGrant.id == slot("id")))
_REDEEMED = Prepared(
    lambda: Redemption.select(Redemption.item_key).where(Redemption.id == slot("id"))
)
_AWARDED = Prepared(lambda: Award.select(Award.benefit_key).where(Award.id == slot("id")))
_OF_PERSON = Prepared(
    lambda: (
        EntitlementGrant.select(*_COLUMNS)
        .where(EntitlementGrant.person_id == slot("person_id"))
        .order_by(EntitlementGrant.valid_from.desc(), EntitlementGrant.rank, EntitlementGrant.id)
    )
)


@dataclass(frozen=True)
class GrantRow:
    """A grant as stored. Dates are inclusive; `valid_to` None means it never ends. `form` is
    'coupon', 'advice' or 'waiver' where a service is one of these."""

    id: int
    person_id: int
    programme_id: int
    version_id: int
    grant_key: str
    kind: str
    name: str
    rank: int
    reason: str
    value_fen: int
    quantity: int
    used: int
    due_on: str
    valid_from: str
    valid_to: str | None
    state: str
    form: str = ""

    @property
    def left(self) -> int:
        """How many may still be drawn, if the period allows."""
        return self.quantity - self.used if self.state == "open" else 0

    def valid_on(self, day: str) -> bool:
        """Whether `day` is inside the grant's period."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


def grants_of(db: ClinicDatabase, person_id: int) -> list[GrantRow]:
    """Every grant of a person, newest period first; of people merged into them those that were
    drawn from or still may be (E62)."""
    group = group_of(db, person_id)
    found = [GrantRow(*row) for row in _OF_PERSON.rows(db, person_id=person_id)]
    if len(group) == 1:
        return [row for row in found if row.quantity or row.state != "closed"]
    merged = [GrantRow(*row) for each in group[1:] for row in _OF_PERSON.rows(db, person_id=each)]
    found = [row for row in found if row.quantity]
    found += [row for row in merged if row.used or row.left]
    found.sort(key=lambda row: (row.rank, row.id))
    return sorted(found, key=lambda row: row.valid_from, reverse=True)


def grant(db: ClinicDatabase, grant_id: int) -> GrantRow:
    """One grant. Raises RuleError when there is none."""
    row = _ONE.row(db, id=grant_id)
    if row is None:
        raise RuleError(tr("没有找到这项权益，请刷新后重试。"))
    return GrantRow(*row)


def draw(tx: Tx, grant_id: int, quantity: int = 1) -> GrantRow:
    """Take `quantity` from a grant for today, inside a command.

    The caller writes the gift issue or service use. Raises RuleError when nothing is left
    (naming who drew it and when, E29), when it is closed, or when its period is over (E48).
    """
    row = grant(tx.db, grant_id)
    check_drawable(tx, row, quantity)
    _set_used(tx.db, row, row.used + quantity)
    return row


def check_drawable(tx: Tx, row: GrantRow, quantity: int = 1) -> None:
    """Whether so much may be taken from a grant today. Raises RuleError as `draw`."""
    refuse_closed(tx.db, row.person_id)
    if row.state == "closed":
        raise RuleError(tr("这项权益已作废，不能再领取或使用。"))
    if not row.valid_on(tx.today):
        raise RuleError(
            tr("这项权益的期限是 {start} 至 {end}，今天不能使用。").format(
                start=row.valid_from, end=row.valid_to or tr("长期")
            )
        )
    if row.used + quantity > row.quantity:
        raise RuleError(_who_drew(tx.db, row))


def give_back(tx: Tx, grant_id: int, quantity: int = 1) -> GrantRow:
    """Put back what a voided use or a returned gift had taken (E47); the period stays as it was."""
    row = grant(tx.db, grant_id)
    _set_used(tx.db, row, row.used - quantity)
    return row


def _set_used(db: ClinicDatabase, row: GrantRow, used: int) -> None:
    state = "closed" if row.state == "closed" else ("used" if used == row.quantity else "open")
    db.update(EntitlementGrant, row.id, used=used, state=state)


def _who_drew(db: ClinicDatabase, row: GrantRow) -> str:
    table: Any = GiftIssue if row.kind == "gift" else ServiceUse
    last = db.row(
        table.select(table.occurred_on, Staff.name)
        .join(Staff, on=(Staff.id == table.staff_id))
        .where(table.grant_id == row.id)
        .order_by(table.id.desc())
    )
    if last is None:
        return tr("“{name}”已没有剩余次数。").format(name=row.name)
    sentence = tr("“{name}”已领取：{day}，经手 {staff}。不能重复发放。")
    return sentence.format(name=row.name, day=last[0], staff=last[1])


def benefit_of(db: ClinicDatabase, row: GrantRow) -> Benefit:
    """The conditions a grant was given under: a tier's benefit, something redeemed, an award."""
    programme = version(db, row.version_id)
    source, _, number = row.grant_key.partition(".")
    if source == "redeem":
        found = _REDEEMED.row(db, id=int(number))
        items = programme.points.catalogue
        item = next((each for each in items if found and each.key == found[0]), None)
        if item is not None:
            return redeemed_benefit(row.grant_key, item)
    key = row.grant_key.partition("@")[0]
    if source == "award":  # one given by hand has the conditions of the tier's benefit
        awarded = _AWARDED.row(db, id=int(number))
        key = awarded[0] if awarded else ""
    benefits = (b for tier in programme.tiers for b in tier.benefits if b.key == key)
    plain = award_benefit(row.grant_key, row.form or row.kind, row.name, "event", row.value_fen)
    return next(benefits, plain)
