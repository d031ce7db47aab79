"""What the schemes add to money and grants: fees, leaving, redemptions, awards, referrals."""

from peewee import IntegerField, TextField

from models.base import Table


class FeePayment(Table):
    person_id = IntegerField()
    programme_id = IntegerField()
    version_id = IntegerField()
    membership_id = IntegerField()
    kind = TextField()
    rank = IntegerField()
    months = IntegerField()
    amount_fen = IntegerField()
    listed_fen = IntegerField()
    credit_fen = IntegerField(default=0)
    payment = TextField(default="")
    agreement = TextField(default="")
    voids_id = IntegerField(null=True)
    reason = TextField(default="")
    occurred_on = TextField()
    staff_id = IntegerField()
    seq = IntegerField()


class RefundCase(Table):
    person_id = IntegerField()
    membership_id = IntegerField()
    state = TextField()
    applied_on = TextField()
    leaves_on = TextField()
    fault = TextField()
    method = TextField()
    amount_fen = IntegerField()
    worksheet = TextField()
    reason = TextField()
    prepared_by = IntegerField()
    signed_by = IntegerField(null=True)
    signed_on = TextField(null=True)
    seq = IntegerField()


class Redemption(Table):
    person_id = IntegerField()
    programme_id = IntegerField()
    version_id = IntegerField()
    kind = TextField()
    item_key = TextField()
    name = TextField()
    quantity = IntegerField()
    points = IntegerField()
    value_fen = IntegerField(default=0)
    rank = IntegerField(default=0)
    entry_id = IntegerField()
    receipt_id = IntegerField(null=True)
    checked = TextField(default="")
    valid_to = TextField(null=True)
    occurred_on = TextField()
    staff_id = IntegerField()
    seq = IntegerField()


class RedemptionReturn(Table):
    redemption_id = IntegerField()
    person_id = IntegerField()
    points = IntegerField()
    whole = IntegerField()
    reason = TextField()
    occurred_on = TextField()
    staff_id = IntegerField()
    seq = IntegerField()


class Referral(Table):
    referrer_id = IntegerField()
    newcomer_id = IntegerField()
    state = TextField()
    recorded_on = TextField()
    paid_on = TextField(null=True)
    receipt_id = IntegerField(null=True)
    due_on = TextField(null=True)
    rewarded_on = TextField(null=True)
    closed_on = TextField(null=True)
    reason = TextField(default="")
    seq = IntegerField()


class Award(Table):
    person_id = IntegerField()
    programme_id = IntegerField()
    version_id = IntegerField()
    kind = TextField()
    name = TextField()
    reason = TextField()
    quantity = IntegerField()
    value_fen = IntegerField(default=0)
    benefit_key = TextField(default="")
    valid_to = TextField(null=True)
    referral_id = IntegerField(null=True)
    complaint_id = IntegerField(null=True)
    note = TextField(default="")
    voids_id = IntegerField(null=True)
    occurred_on = TextField()
    staff_id = IntegerField()
    seq = IntegerField()
    activity_id = IntegerField(null=True)


class BenefitConfirmation(Table):
    person_id = IntegerField()
    programme_id = IntegerField()
    grant_key = TextField()
    occurred_on = TextField()
    staff_id = IntegerField()
    seq = IntegerField()
