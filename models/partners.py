"""Institutions patients come from or are sent to, on written terms."""

from peewee import IntegerField, TextField

from models.base import Table


class Partner(Table):
    name = TextField()
    licence = TextField(default="")
    contact = TextField(default="")
    phone = TextField(default="")
    address = TextField(default="")
    note = TextField(default="")
    active = IntegerField(default=1)
    staff_id = IntegerField()
    seq = IntegerField()


class PartnerAgreement(Table):
    partner_id = IntegerField()
    contract = TextField()
    direction = TextField()
    model = TextField()
    terms = TextField(default="{}")
    rhythm = TextField()
    exclusive = IntegerField(default=0)
    notice_days = IntegerField(default=0)
    from_on = TextField()
    until_on = TextField(null=True)
    ending = TextField(default="")
    ended_on = TextField(null=True)
    file_note = TextField(default="")
    signed_by = IntegerField()
    staff_id = IntegerField()
    seq = IntegerField()


class Introduction(Table):
    number = TextField()
    partner_id = IntegerField()
    agreement_id = IntegerField(null=True)
    person_id = IntegerField()
    direction = TextField()
    item_class = TextField(default="")
    purpose = TextField(default="")
    before_id = IntegerField(null=True)
    consent_on = TextField()
    consent_by = TextField(default="self")
    consent_note = TextField()
    handed = TextField(default="")
    state = TextField()
    value_fen = IntegerField(null=True)
    reported_on = TextField(null=True)
    occurred_on = TextField()
    arrived_on = TextField(null=True)
    ended_on = TextField(null=True)
    ended_why = TextField(default="")
    note = TextField(default="")
    staff_id = IntegerField()
    seq = IntegerField()


class PartnerStatement(Table):
    number = TextField()
    partner_id = IntegerField()
    agreement_id = IntegerField()
    direction = TextField()
    from_on = TextField()
    until_on = TextField()
    amount_fen = IntegerField()
    state = TextField()
    voucher = TextField(default="")
    settled_on = TextField(null=True)
    approved_by = IntegerField(null=True)
    reason = TextField(default="")
    staff_id = IntegerField()
    seq = IntegerField()


class PartnerStatementLine(Table):
    statement_id = IntegerField()
    introduction_id = IntegerField()
    arrived = IntegerField()
    amounts = TextField()
    value_fen = IntegerField()
    fee_fen = IntegerField()
    before_fen = IntegerField()
    why = TextField()
