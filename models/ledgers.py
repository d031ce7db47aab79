"""Money, points and tiers: append-only ledgers, and the standing projected from them."""

from peewee import CompositeKey, IntegerField, TextField

from models.base import Table


class TreatmentCase(Table):
    person_id = IntegerField()
    name = TextField()
    opened_on = TextField()
    seq = IntegerField()


class Receipt(Table):
    number = TextField()
    patient_id = IntegerField()
    credited_id = IntegerField()
    case_id = IntegerField(null=True)
    doctor_id = IntegerField(null=True)
    occurred_on = TextField()
    recorded_on = TextField()
    billed_fen = IntegerField()
    discount_fen = IntegerField(default=0)
    insured_fen = IntegerField(default=0)
    covered_fen = IntegerField(default=0)
    net_fen = IntegerField()
    earns = IntegerField(default=1)
    void = IntegerField(default=0)
    replaces_id = IntegerField(null=True)
    reason = TextField(default="")
    note = TextField(default="")
    staff_id = IntegerField()
    seq = IntegerField()
    payment = TextField(default="")


class ReceiptLine(Table):
    receipt_id = IntegerField()
    item_class = TextField()
    item = TextField()
    quantity = IntegerField()
    amount_fen = IntegerField()
    void = IntegerField(default=0)


class MoneyEvent(Table):
    receipt_id = IntegerField()
    person_id = IntegerField()
    kind = TextField()
    amount_fen = IntegerField()
    occurred_on = TextField()
    recorded_on = TextField()
    reason = TextField(default="")
    seq = IntegerField()


class OpeningBalance(Table):
    person_id = IntegerField()
    programme_id = IntegerField()
    spend_fen = IntegerField()
    points = IntegerField()
    gifts_settled = IntegerField()
    occurred_on = TextField()
    reverses_id = IntegerField(null=True)
    seq = IntegerField()


class PointsEntry(Table):
    person_id = IntegerField()
    programme_id = IntegerField()
    version_id = IntegerField()
    kind = TextField()
    points = IntegerField()
    tier_counting = IntegerField()
    receipt_id = IntegerField(null=True)
    money_event_id = IntegerField(null=True)
    reverses_id = IntegerField(null=True)
    expired_lot_id = IntegerField(null=True)
    occurred_on = TextField()
    expires_on = TextField(null=True)
    reason = TextField(default="")
    seq = IntegerField()
    complaint_id = IntegerField(null=True)
    referral_id = IntegerField(null=True)


class PointsAllocation(Table):
    debit_id = IntegerField()
    lot_id = IntegerField()
    points = IntegerField()
    seq = IntegerField()


class Standing(Table):
    person_id = IntegerField()
    programme_id = IntegerField()
    spend_fen = IntegerField()
    max_single_fen = IntegerField()
    earned = IntegerField()
    available = IntegerField()
    deficit = IntegerField()
    supported_rank = IntegerField()
    rank = IntegerField()
    reached_on = TextField(null=True)
    route = TextField(null=True)
    member = IntegerField()
    receipts = IntegerField(default=0)
    seq = IntegerField()
    next_on = TextField(null=True)
    paid_until = TextField(null=True)
    tier_ends_on = TextField(null=True)
    redeemable = IntegerField(default=0)

    class Meta:
        primary_key = CompositeKey("person_id", "programme_id")
        without_rowid = True


class TierEvent(Table):
    person_id = IntegerField()
    programme_id = IntegerField()
    version_id = IntegerField()
    from_rank = IntegerField()
    to_rank = IntegerField()
    occurred_on = TextField()
    route = TextField()
    receipt_id = IntegerField(null=True)
    seq = IntegerField()


class TierNotice(Table):
    tier_event_id = IntegerField()
    post = TextField()
    told_on = TextField(null=True)
    staff_id = IntegerField(null=True)


class TierOverride(Table):
    person_id = IntegerField()
    programme_id = IntegerField()
    kind = TextField()
    rank = IntegerField()
    occurred_on = TextField()
    until = TextField(null=True)
    reason = TextField()
    approved_by = IntegerField()
    seq = IntegerField()
