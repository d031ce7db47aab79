"""What a programme is made of: the shape of `resources/programmes/*.toml`.

Money in a definition is whole yuan, as the source documents write it; the engine works in fen.
A number the source leaves blank is `PENDING` (待定) and such a programme cannot be signed; None
means that there is no such condition. Percentages are what is paid or earned: 90 pays 0.90.
"""

from __future__ import annotations

from typing import Literal

import msgspec

PENDING: Literal["待定"] = "待定"
Whole = int | Literal["待定"]

Per = Literal["once", "month", "quarter", "half", "year", "term", "birthday"]
Basis = Literal["calendar", "anniversary"]
Room = Literal["none", "bookable", "required"]
Escort = Literal["none", "to_floor", "full"]
Given = Literal["auto", "confirm", "manual"]
Every = Literal["year", "half", "quarter", "month", "once", "待定"]
Reason = Literal[
    "tier", "points", "birthday", "enrol", "event", "referral", "scholarship", "compensation"
]
Window = Literal[
    "always", "birthday_day", "birthday_month", "member_day", "first_visit", "dates", "weekdays"
]
MONTHS: dict[str, int] = {"year": 12, "half": 6, "quarter": 3, "month": 1, "once": 0}


class Reach(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One way to reach a tier: every condition given must hold (ways are alternatives).

    `within_months` counts the cumulative conditions over that many months instead of for ever.
    `fee`, `approval` and `purchase_points` are reached by a payment, a leader's word and spent
    points, never by receipts. `health_grade` is given by hand, higher is better.
    """

    single_spend_yuan: Whole | None = None
    cumulative_spend_yuan: Whole | None = None
    visits: Whole | None = None
    drug_spend_yuan: Whole | None = None
    points: Whole | None = None
    health_grade: Whole | None = None
    within_months: int | None = None
    fee: bool = False
    approval: bool = False
    purchase_points: Whole | None = None


class Benefit(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Something a tier entitles to, counted. `quota` ties benefits that replace each other on an
    upgrade (C23); `value_yuan` is the price band of a gift (R139) or the list price of a service;
    `contents` are the parts of a gift pack; `valid_days` ends a grant so long after it began."""

    key: str
    kind: Literal["gift", "service", "coupon", "advice", "waiver"]
    name: str
    quantity: Whole = 1
    unit: str = ""
    per: Per = "once"
    basis: Basis | None = None
    carry_over: bool = False
    quota: str = ""
    value_yuan: Whole = 0
    contents: tuple[str, ...] = ()
    beneficiary: Literal["self", "family", "anyone"] = "anyone"
    beneficiary_age_from: int | None = None
    beneficiary_age_below: int | None = None
    transferable: bool = True
    card_required: bool = False
    waives_registration: bool = True
    voucher: Literal["electronic", "card"] = "electronic"
    valid_days: int | None = None
    borne_by: Literal["marketing", "doctor", "department"] = "marketing"
    given: Given = "auto"
    reason: Reason = "tier"


class Discount(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A member price: `pay_percent` of the list price, 0 waives it. No `classes` means all.
    `weekdays` are 1 (Monday) to 7."""

    pay_percent: Whole
    classes: tuple[str, ...] = ()
    name: str = ""
    window: Window = "always"
    start: str | None = None
    end: str | None = None
    weekdays: tuple[int, ...] = ()


class Fee(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A membership fee in yuan for a period; a tier may offer several periods (R023)."""

    yuan: Whole
    every: Every = "year"


class Reception(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How a tier is received (R126–R128, C15). `extra_minutes` lengthens an appointment."""

    escort: Escort = "none"
    floor: str = ""
    tell_doctor: bool = False
    room: Room = "none"
    queue: int = 0
    lounge: str = ""
    extra_minutes: int = 0


class Tier(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A tier; `rank` 1 is the lowest. `reach` lists alternatives.

    `inherits` adds the benefits and discounts of the tier below. `valid_months` ends the tier;
    `renew` says what keeps it (the `reach` conditions when empty). `locked` is never lost to a
    refund or a missed renewal. `unlimited`: treatment as often as wished while the term runs, so
    that leaving is reckoned by days (R085). `promises` are benefits in words that nobody counts.
    """

    rank: int
    name: str
    colour: str
    reach: tuple[Reach, ...]
    benefits: tuple[Benefit, ...] = ()
    reception: Reception = Reception()
    inherits: bool = False
    fees: tuple[Fee, ...] = ()
    discounts: tuple[Discount, ...] = ()
    points_percent: Whole = 100
    valid_months: Whole | None = None
    renew: tuple[Reach, ...] = ()
    locked: bool = False
    unlimited: bool = False
    warranty_months: Whole | None = None
    card_face: str = ""
    card_note: str = ""
    promises: tuple[str, ...] = ()


class Rate(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Another earning rate: `percent` of the usual points for item classes, payment kinds, a
    date window or the member days. Conditions given must all hold; several rates multiply."""

    percent: Whole
    classes: tuple[str, ...] = ()
    payments: tuple[str, ...] = ()
    start: str | None = None
    end: str | None = None
    member_day: bool = False


class Redeemable(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Something points buy (R166). `value_yuan` is a gift's price band or a coupon's worth."""

    key: str
    kind: Literal["gift", "service", "coupon"]
    name: str
    points: Whole
    unit: str = "次"
    value_yuan: Whole = 0
    beneficiary: Literal["self", "family", "anyone"] = "anyone"
    transferable: bool = True
    card_required: bool = False
    waives_registration: bool = True
    valid_days: int | None = None
    borne_by: Literal["marketing", "doctor", "department"] = "marketing"


class Points(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How points are earned and whether they are spent or only reach thresholds.

    `yuan_step`: points are given per so many yuan. A lot lives `expiry_months`, or until the
    31 December `expiry_year_ends` years after the year it was earned in. Spending opens once one
    of `opens` holds (R165). `per_yuan_off` points pay one yuan of a receipt (R033).
    """

    mode: Literal["threshold", "spend", "none"]
    per_yuan: Whole = 1
    yuan_step: int = 1
    rounding: Literal["floor", "round"] = "floor"
    expiry_months: Whole | None = None
    expiry_year_ends: int | None = None
    opens: tuple[Reach, ...] = ()
    rates: tuple[Rate, ...] = ()
    per_yuan_off: Whole | None = None
    catalogue: tuple[Redeemable, ...] = ()
    bonuses: tuple[tuple[str, Whole], ...] = ()


class Enrol(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One way to be eligible: every condition given must hold (ways are alternatives). The dates
    bound the receipts that count for this way (R154); no way at all leaves it to the tiers."""

    any_visit: bool = False
    seen_from: str | None = None
    seen_before: str | None = None
    single_spend_yuan: Whole | None = None
    cumulative_spend_yuan: Whole | None = None
    fee: bool = False
    approval: bool = False


class Birthday(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Which days count as the birthday for gifts (C11): itself, its month, or ± `days`."""

    window: Literal["day", "month", "around"] = "month"
    days: int = 0


class Reward(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What one side of a referral receives: points, or a gift or coupon worth `value_yuan`."""

    points: Whole = 0
    kind: Literal["", "gift", "coupon"] = ""
    name: str = ""
    value_yuan: Whole = 0


class Referral(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Referral rewards (E55, E56): one level only, after the first payment and a cooling-off."""

    referrer: Reward = Reward()
    newcomer: Reward = Reward()
    first_payment_yuan: Whole = 0
    cooling_days: int = 7
    reverse_days: int = 30
    yearly_cap: Whole = 10


class Leaving(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What was agreed about leaving (R108): the share of the fee given back, the notice."""

    refund_percent: Whole | None = None
    notice_months: int = 0
    cooling_days: int = 7


class MemberDay(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A member day: a day of every month, or a period of dates."""

    name: str
    monthly_day: int | None = None
    start: str | None = None
    end: str | None = None


class Programme(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A whole programme. Settings carry the C-number of the contradiction they settle."""

    name: str
    kind: Literal["tiered_points", "fee_term", "item", "visit", "mixed"]
    points: Points
    tiers: tuple[Tier, ...]
    term: Literal["lifetime", "paid"] = "lifetime"
    source: str = ""
    summary: str = ""
    card: Literal["physical", "electronic", "both"] = "electronic"
    real_name: bool = True
    agreement: bool = False
    min_age: int | None = None
    places: Whole | None = None
    enrol: tuple[Enrol, ...] = ()
    on_upgrade: Literal["replace", "sum"] = "replace"
    year_basis: Basis = "calendar"
    single_basis: Literal["receipt", "day"] = "receipt"
    grant_skipped_tiers: bool = False
    overdue_days: int = 30
    grace_days: int = 15
    upgrade_fee: Literal["credit", "extend", "full"] = "credit"
    stacking: Literal["best", "multiply", "exclusive"] = "best"
    birthday: Birthday = Birthday()
    member_days: tuple[MemberDay, ...] = ()
    referral: Referral | None = None
    leaving: Leaving = Leaving()
    needs_doctor: bool = False
    review_months: int | None = None

    def tier(self, rank: int) -> Tier | None:
        """The tier of a rank; None for 0 (no tier)."""
        return self.tiers[rank - 1] if 0 < rank <= len(self.tiers) else None

    def tier_name(self, rank: int) -> str:
        """The tier's name; '' for none."""
        tier = self.tier(rank)
        return "" if tier is None else tier.name

    def tier_named(self, name: str) -> Tier | None:
        """The tier called so, or None."""
        return next((tier for tier in self.tiers if tier.name == name), None)


class DefinitionError(Exception):
    """A programme text that cannot be read; the message names the place."""


def from_toml(text: str) -> Programme:
    """Parse and check a programme. Raises DefinitionError."""
    import tomllib

    try:
        programme = msgspec.convert(tomllib.loads(text), Programme)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise DefinitionError(str(error)) from error
    check(programme)
    return programme


RESERVED = ("redeem.", "award.", "tier.")  # keys of what no tier brings


def check(programme: Programme) -> None:
    """What the shape alone cannot say. Raises DefinitionError."""
    if [tier.rank for tier in programme.tiers] != list(range(1, len(programme.tiers) + 1)):
        raise DefinitionError("tiers: ranks must be 1, 2, 3 … in order")
    names = [tier.name for tier in programme.tiers]
    if len(names) != len(set(names)) or not all(names):
        raise DefinitionError("tiers: every tier has a name of its own")
    keys = [benefit.key for tier in programme.tiers for benefit in tier.benefits]
    keys += [item.key for item in programme.points.catalogue]
    if len(keys) != len(set(keys)):
        raise DefinitionError("benefits: every key is used once")
    if any("@" in key or not key for key in keys):
        raise DefinitionError("benefits: a key is not empty and holds no @")
    taken = [key for key in keys if key.startswith(RESERVED)]
    if taken:
        raise DefinitionError(f"benefits: {taken[0]} begins like the key of a redemption or award")
    for tier in programme.tiers:
        for benefit in tier.benefits:
            if benefit.quantity != PENDING and benefit.quantity < 1:
                raise DefinitionError(f"benefits: {benefit.key} needs a quantity of at least 1")
            if benefit.given == "manual" and benefit.reason == "points":
                raise DefinitionError(f"benefits: {benefit.key} is given by hand, not for points")
        if any(not 1 <= day <= 7 for discount in tier.discounts for day in discount.weekdays):
            raise DefinitionError("discounts: weekdays are 1 (Monday) to 7")
    _check_numbers(programme, "programme")


def _check_numbers(value: object, place: str) -> None:
    """Every number anywhere is zero or more. Raises DefinitionError."""
    if isinstance(value, int) and not isinstance(value, bool):
        if value < 0:
            raise DefinitionError(f"{place}: {value} is below zero")
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            _check_numbers(getattr(value, name), f"{place}.{name}")
    elif isinstance(value, tuple):
        for index, part in enumerate(value):
            _check_numbers(part, f"{place}[{index}]")


def to_json(programme: Programme) -> str:
    """The canonical text a signed version keeps."""
    return msgspec.json.encode(programme, order="deterministic").decode()


def from_json(text: str) -> Programme:
    """A signed version's text, back."""
    return msgspec.json.decode(text, type=Programme)
