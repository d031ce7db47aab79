"""A person's past as the events `evaluate` folds, read from the ledgers in their order.

A merged person's rows are read with the survivor's (E62). What only some programmes ask for
(receipt lines, visits) is read only for these.
"""

from __future__ import annotations

from collections.abc import Iterable

from models.database import ClinicDatabase
from models.gifts import EntitlementGrant, GiftIssue, ServiceUse
from models.ledgers import MoneyEvent, OpeningBalance, Receipt, ReceiptLine, TierOverride
from models.people import LunarDay, Membership, Person
from models.query import Prepared, slot
from services.gifts.hand_outs import direction, first_of_hand_out
from services.loyalty.merged_past import MergedPast, Ordered
from services.loyalty.own_timeline import joinings_of
from services.loyalty.scheme_past import award_benefit, scheme_events
from services.people.aliases import Merge, merges_into
from services.programmes.definition import Benefit, Programme
from services.programmes.events import NOBODY, Event, Profile
from services.programmes.plan import plan_of
from services.programmes.registry import Timeline, timelines, version

_FAR = 2**62  # the number of a command that has not been run

_MONEY = Prepared(
    lambda: (
        MoneyEvent.select(
            MoneyEvent.seq,
            MoneyEvent.id,
            MoneyEvent.occurred_on,
            MoneyEvent.receipt_id,
            Receipt.case_id,
            MoneyEvent.amount_fen,
            MoneyEvent.recorded_on,
            MoneyEvent.kind,
            Receipt.payment,
        )
        .join(Receipt, on=(Receipt.id == MoneyEvent.receipt_id))
        .where((MoneyEvent.person_id == slot("person_id")) & (Receipt.earns == 1))
    )
)
_LINES = Prepared(
    lambda: (
        ReceiptLine.select(ReceiptLine.receipt_id, ReceiptLine.item_class, ReceiptLine.amount_fen)
        .join(MoneyEvent, on=(MoneyEvent.receipt_id == ReceiptLine.receipt_id))
        .where(
            (MoneyEvent.person_id == slot("person_id"))
            & MoneyEvent.kind.in_(("payment", "move_in"))
            & (ReceiptLine.void == 0)
        )
        .group_by(ReceiptLine.id)
    )
)
_OPENINGS = Prepared(
    lambda: OpeningBalance.select(
        OpeningBalance.seq,
        OpeningBalance.id,
        OpeningBalance.occurred_on,
        OpeningBalance.spend_fen,
        OpeningBalance.points,
        OpeningBalance.gifts_settled,
    ).where(
        (OpeningBalance.person_id == slot("person_id"))
        & (OpeningBalance.programme_id == slot("programme_id"))
    ),
    steady=(OpeningBalance,),
)
_OVERRIDES = Prepared(
    lambda: TierOverride.select(
        TierOverride.seq,
        TierOverride.id,
        TierOverride.occurred_on,
        TierOverride.kind,
        TierOverride.rank,
        TierOverride.until,
    ).where(
        (TierOverride.person_id == slot("person_id"))
        & (TierOverride.programme_id == slot("programme_id"))
    ),
    steady=(TierOverride,),
)
_ISSUES = Prepared(
    lambda: (
        GiftIssue.select(
            GiftIssue.seq,
            GiftIssue.id,
            GiftIssue.occurred_on,
            EntitlementGrant.grant_key,
            direction(),
        )
        .join(EntitlementGrant, on=(EntitlementGrant.id == GiftIssue.grant_id))
        .where(
            (GiftIssue.person_id == slot("person_id"))
            & (EntitlementGrant.programme_id == slot("programme_id"))
            & first_of_hand_out()
        )
    )
)
_USES = Prepared(
    lambda: (
        ServiceUse.select(
            ServiceUse.seq,
            ServiceUse.id,
            ServiceUse.occurred_on,
            EntitlementGrant.grant_key,
            ServiceUse.quantity,
        )
        .join(EntitlementGrant, on=(EntitlementGrant.id == ServiceUse.grant_id))
        .where(
            (ServiceUse.person_id == slot("person_id"))
            & (EntitlementGrant.programme_id == slot("programme_id"))
        )
    )
)
_GRANTS = Prepared(
    lambda: EntitlementGrant.select(
        EntitlementGrant.grant_key,
        EntitlementGrant.kind,
        EntitlementGrant.name,
        EntitlementGrant.value_fen,
        EntitlementGrant.version_id,
        EntitlementGrant.valid_to,
    ).where(
        (EntitlementGrant.person_id == slot("person_id"))
        & (EntitlementGrant.programme_id == slot("programme_id"))
    )
)
_JOINED = Prepared(
    lambda: Membership.select(Membership.joined_on).where(
        (Membership.person_id == slot("person_id"))
        & (Membership.programme_id == slot("programme_id"))
        & (Membership.state == "active")
    )
)
_BORN = Prepared(lambda: Person.select(Person.birthday).where(Person.id == slot("person_id")))
_MOVED = Prepared(
    lambda: LunarDay.select(LunarDay.year, LunarDay.day).where(
        LunarDay.person_id == slot("person_id")
    )
)


def history(db: ClinicDatabase, person_id: int, timeline: Timeline) -> list[Event]:
    """A person's events under a programme, in ledger order."""
    return [event for _, event in ordered_history(db, person_id, timeline)]


def ordered_history(
    db: ClinicDatabase, person_id: int, timeline: Timeline, other_id: int | None = None
) -> list[Ordered]:
    """Events with their order: seq, then table, then id; those of everybody merged into the
    person too, and of `other_id`, who might be (E62)."""
    merges = merges_into(db, person_id)
    if other_id is not None:
        merges += [Merge(_FAR, person_id, other_id), *merges_into(db, other_id)]
    if not merges:
        return sorted(_own(db, person_id, timeline, alone=True), key=lambda entry: entry[0])
    # whoever joined later may have been under versions that the survivor never was (E41)
    ours = (t for t in timelines(db) if t.programme_id == timeline.programme_id)
    timeline = next(ours, timeline)
    group = (person_id, *(merge.merged_id for merge in merges))
    programmes = [each.programme for each in timeline.versions]
    past = MergedPast(
        timeline,
        {each: _own(db, each, timeline, alone=False) for each in group},
        merges,
        {each: joinings_of(db, each, timeline.programme_id) for each in group},
        {each: profile_of(db, each, programmes) for each in group},
    )
    return past.together(person_id)


def member_since(db: ClinicDatabase, person_id: int, programme_id: int) -> str | None:
    """The day of joining that stands in the person's own membership; None for others."""
    row = _JOINED.row(db, person_id=person_id, programme_id=programme_id)
    return None if row is None else str(row[0])


def _own(db: ClinicDatabase, person_id: int, timeline: Timeline, *, alone: bool) -> list[Ordered]:
    """What was written for this very person; `alone`: it is read without anybody else's."""
    programmes = [each.programme for each in timeline.versions]
    ids = {"person_id": person_id, "programme_id": timeline.programme_id}
    found = _money_and_words(db, ids, programmes)
    drawn = _draws(db, ids)
    back = any(event.points < 0 for _, event in drawn)
    asks = drawn and (back or not alone or any(map(asks_birthday, programmes)))
    found += _explained(db, ids, drawn, alone=alone) if asks else drawn
    found += scheme_events(db, ids, programmes)
    if alone:
        return found
    return [
        (order, event._replace(flag=True) if event.kind == "confirm" else event)
        for order, event in found
    ]


def _draws(db: ClinicDatabase, ids: dict[str, int]) -> list[Ordered]:
    return [
        ((seq, table, i), draw_event(on, key, quantity))
        for table, query in ((20, _ISSUES), (21, _USES))
        for seq, i, on, key, quantity in query.rows(db, **ids)
    ]


def _explained(
    db: ClinicDatabase, ids: dict[str, int], drawn: list[Ordered], *, alone: bool
) -> list[Ordered]:
    """Draws that say what was drawn, where this past may never have given it.

    Read together with somebody else's, a tier below may never have been entered, and its gift was
    handed out all the same (E62). Read alone: what was given for a birthday that was corrected
    later (E54), and what was taken back in the end.
    """
    grants = {
        key: (_benefit_of(db, key.partition("@")[0], kind, name, fen, version_id), until)
        for key, kind, name, fen, version_id, until in _GRANTS.rows(db, **ids)
    }
    sums: dict[str, int] = {}
    for _, event in drawn:
        sums[event.key] = sums.get(event.key, 0) + event.points
    found = []
    for order, event in drawn:
        benefit, until = grants[event.key]
        if not alone or benefit.per == "birthday" or sums[event.key] == 0:
            event = event._replace(benefit=benefit, until=until)
        found.append((order, event))
    return found


def _benefit_of(
    db: ClinicDatabase, key: str, kind: str, name: str, value_fen: int, version_id: int
) -> Benefit:
    tiers = version(db, version_id).tiers
    benefits = (benefit for tier in tiers for benefit in tier.benefits if benefit.key == key)
    return next(benefits, award_benefit(key, kind, name, "tier", value_fen))


def _money_and_words(
    db: ClinicDatabase, ids: dict[str, int], programmes: list[Programme]
) -> list[Ordered]:
    openings = _OPENINGS.rows(db, **ids)
    found: list[Ordered] = [
        ((seq, 0, i), Event("opening", on, amount_fen=fen, points=points, flag=bool(settled)))
        for seq, i, on, fen, points, settled in openings
    ]
    lines = _lines(db, ids["person_id"]) if any(map(_asks_lines, programmes)) else {}
    found += [
        (
            (seq, 1, i),
            money_event(on, receipt, case, fen, recorded, kind, payment, lines.get(receipt, ())),
        )
        for seq, i, on, receipt, case, fen, recorded, kind, payment in _MONEY.rows(
            db, person_id=ids["person_id"]
        )
    ]
    # a tier taken over from the paper register came with its gifts when the opening did
    on_paper = {row[0] for row in openings if row[5]}
    found += [
        (
            (seq, 2, i),
            Event("override", on, rank=rank, until=until, flag=seq in on_paper)
            if kind == "grant"
            else Event("drop", on),
        )
        for seq, i, on, kind, rank, until in _OVERRIDES.rows(db, **ids)
    ]
    return found


def money_event(
    on: str,
    receipt_id: int,
    case_id: int | None,
    fen: int,
    recorded: str,
    kind: str,
    payment: str,
    lines: tuple[tuple[str, int], ...] = (),
) -> Event:
    """A row of the money ledger as programmes read it."""
    return Event(
        "money",
        on,
        receipt_id,
        case_id or 0,
        fen,
        flag=kind in ("void", "move_out"),
        recorded=recorded,
        lines=lines,
        payment=payment,
    )


def draw_event(on: str, grant_key: str, quantity: int) -> Event:
    """A gift handed out or a service used as programmes read it; negative when taken back."""
    return Event("use", on, key=grant_key, points=quantity)


def tells_all(programme: Programme) -> bool:
    """Whether events alone say everything: neither lines of receipts nor a birthday is asked."""
    return not _asks_lines(programme) and not asks_birthday(programme)


def _lines(db: ClinicDatabase, person_id: int) -> dict[int, tuple[tuple[str, int], ...]]:
    found: dict[int, list[tuple[str, int]]] = {}
    for receipt, item_class, fen in _LINES.rows(db, person_id=person_id):
        found.setdefault(receipt, []).append((item_class, fen))
    return {receipt: tuple(lines) for receipt, lines in found.items()}


def _asks_lines(programme: Programme) -> bool:
    plan = plan_of(programme)
    return plan.needs.drugs or any(rate.classes for rate in programme.points.rates)


def asks_birthday(programme: Programme) -> bool:
    """Whether some benefit goes by the birthday."""
    return plan_of(programme).birthdays


def profile_of(db: ClinicDatabase, person_id: int, programmes: Iterable[Programme]) -> Profile:
    """What the programmes ask of the person beside the history: only a birthday gift asks."""
    if not any(map(asks_birthday, programmes)):
        return NOBODY
    return birthday_profile(db, person_id)


def birthday_profile(db: ClinicDatabase, person_id: int) -> Profile:
    """The person's birthday, with the solar days of a lunar one (E53)."""
    row = _BORN.row(db, person_id=person_id)
    moved = {int(year): str(day) for year, day in _MOVED.rows(db, person_id=person_id)}
    return Profile(None if row is None else row[0], moved)
