"""Papers of the gifts and services: orders, requisitions, lots, packs, promises, vouchers, bills,
the numbers of a count, hand-overs, and the clinic's own pictures."""

from peewee import BlobField, CompositeKey, IntegerField, TextField

from models.base import Table


class StockDocument(Table):
    kind = TextField()
    number = TextField()
    state = TextField()
    note = TextField(default="")
    occurred_on = TextField()
    seq = IntegerField()


class StockDocumentLine(Table):
    document_id = IntegerField()
    gift_id = IntegerField()
    wanted = IntegerField()
    sent = IntegerField(null=True)
    received = IntegerField(null=True)
    unit_cost_fen = IntegerField(null=True)
    reason = TextField(default="")

    class Meta:
        primary_key = CompositeKey("document_id", "gift_id")
        without_rowid = True


class StockDocumentStep(Table):
    document_id = IntegerField()
    step = TextField()
    note = TextField(default="")
    occurred_on = TextField()
    staff_id = IntegerField()
    role = TextField()
    seq = IntegerField()


class StockLot(Table):
    move_id = IntegerField(primary_key=True)
    gift_id = IntegerField()
    document_id = IntegerField(null=True)
    lot = TextField(default="")
    expires_on = TextField(null=True)
    seq = IntegerField()


class GiftPart(Table):
    gift_id = IntegerField()
    part_id = IntegerField()
    quantity = IntegerField()

    class Meta:
        primary_key = CompositeKey("gift_id", "part_id")
        without_rowid = True


class GiftPromise(Table):
    grant_id = IntegerField()
    person_id = IntegerField()
    band_fen = IntegerField()
    note = TextField(default="")
    approved_by = IntegerField()
    occurred_on = TextField()
    staff_id = IntegerField()
    seq = IntegerField()


class Voucher(Table):
    number = TextField()
    grant_id = IntegerField()
    person_id = IntegerField()
    mode = TextField()
    state = TextField()
    valid_to = TextField(null=True)
    pledged_to = IntegerField(null=True)
    use_id = IntegerField(null=True)
    occurred_on = TextField()
    seq = IntegerField()


class VoucherStep(Table):
    voucher_id = IntegerField()
    step = TextField()
    friend_id = IntegerField(null=True)
    checked = TextField(default="")
    note = TextField(default="")
    occurred_on = TextField()
    staff_id = IntegerField()
    seq = IntegerField()


class ServiceBill(Table):
    use_id = IntegerField()
    bill_number = TextField()
    amount_fen = IntegerField()
    borne_by = TextField()
    doctor_id = IntegerField(null=True)
    note = TextField(default="")
    occurred_on = TextField()
    staff_id = IntegerField()
    seq = IntegerField()


class CountEntry(Table):
    reconciliation_id = IntegerField()
    gift_id = IntegerField()
    place = TextField()
    counted = IntegerField()
    source = TextField()
    staff_id = IntegerField()
    seq = IntegerField()


class Handover(Table):
    report = TextField()
    first_day = TextField()
    last_day = TextField()
    row_count = IntegerField()
    digest = TextField()
    note = TextField(default="")
    occurred_on = TextField()
    handed_by = IntegerField()
    received_by = IntegerField()
    seq = IntegerField()


class Picture(Table):
    name = TextField(primary_key=True)
    data = BlobField()
    seq = IntegerField()
