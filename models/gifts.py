"""Gifts, grants, what was handed out or used, stock moves, and the Friday reconciliation."""

from peewee import CompositeKey, IntegerField, TextField

from models.base import Table


class Gift(Table):
    code = TextField()
    name = TextField()
    spec = TextField(default="")
    unit = TextField(default="份")
    source = TextField()
    band_fen = IntegerField()
    cost_fen = IntegerField()
    safety_stock = IntegerField(default=0)
    active = IntegerField(default=1)
    seq = IntegerField()


class EntitlementGrant(Table):
    person_id = IntegerField()
    programme_id = IntegerField()
    version_id = IntegerField()
    grant_key = TextField()
    kind = TextField()
    name = TextField()
    rank = IntegerField()
    reason = TextField()
    value_fen = IntegerField(default=0)
    quantity = IntegerField()
    used = IntegerField(default=0)
    due_on = TextField()
    valid_from = TextField()
    valid_to = TextField(null=True)
    state = TextField()
    seq = IntegerField()
    form = TextField(default="")


class GrantBefore(Table):
    """What a grant was before the command `seq` changed it; written by a trigger."""

    grant_id = IntegerField()
    seq = IntegerField()
    quantity = IntegerField()
    closed = IntegerField()
    version_id = IntegerField()
    name = TextField()
    rank = IntegerField()
    due_on = TextField()
    valid_to = TextField(null=True)


class GiftIssue(Table):
    person_id = IntegerField()
    grant_id = IntegerField(null=True)
    gift_id = IntegerField()
    place = TextField()
    quantity = IntegerField()
    reason = TextField()
    points = IntegerField(default=0)
    beneficiary_id = IntegerField(null=True)
    collected = TextField()
    returns_id = IntegerField(null=True)
    note = TextField(default="")
    occurred_on = TextField()
    staff_id = IntegerField()
    seq = IntegerField()
    pack_id = IntegerField(null=True)


class ServiceUse(Table):
    grant_id = IntegerField()
    person_id = IntegerField()
    beneficiary_id = IntegerField()
    quantity = IntegerField()
    doctor_id = IntegerField(null=True)
    registration_waived = IntegerField(default=0)
    state = TextField()
    bill_number = TextField(default="")
    borne_by = TextField()
    voids_id = IntegerField(null=True)
    reason = TextField(default="")
    occurred_on = TextField()
    staff_id = IntegerField()
    seq = IntegerField()
    checked = TextField(default="")


class StockMove(Table):
    gift_id = IntegerField()
    place = TextField()
    kind = TextField()
    quantity = IntegerField()
    unit_cost_fen = IntegerField(default=0)
    issue_id = IntegerField(null=True)
    reconciliation_id = IntegerField(null=True)
    reason = TextField(default="")
    occurred_on = TextField()
    staff_id = IntegerField()
    seq = IntegerField()


class StockLevel(Table):
    gift_id = IntegerField()
    place = TextField()
    quantity = IntegerField()

    class Meta:
        primary_key = CompositeKey("gift_id", "place")
        without_rowid = True


class Reconciliation(Table):
    week = TextField()
    opened_on = TextField()
    opened_by = IntegerField()
    from_seq = IntegerField()
    cutoff_seq = IntegerField()
    state = TextField()
    marketing_signer = IntegerField(null=True)
    billing_signer = IntegerField(null=True)
    closed_on = TextField(null=True)
    closed_seq = IntegerField(null=True)
    seq = IntegerField()
    corrects_id = IntegerField(null=True)
    reason = TextField(default="")


class CountLine(Table):
    reconciliation_id = IntegerField()
    gift_id = IntegerField()
    place = TextField()
    opening = IntegerField()
    received = IntegerField()
    transferred = IntegerField()
    issued = IntegerField()
    returned = IntegerField()
    scrapped = IntegerField()
    adjusted = IntegerField()
    counted = IntegerField(null=True)
    reason = TextField(default="")

    class Meta:
        primary_key = CompositeKey("reconciliation_id", "gift_id", "place")
        without_rowid = True
