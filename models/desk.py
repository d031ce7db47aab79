"""The desk's day: visits."""

from peewee import IntegerField, TextField

from models.base import Table


class Visit(Table):
    person_id = IntegerField()
    visit_date = TextField()
    arrived_at = TextField()
    state = TextField()
    emergency = IntegerField(default=0)
    first_visit = IntegerField()
    reception_rank = IntegerField()
    doctor_id = IntegerField(null=True)
    escort = TextField(default="")
    doctor_told = IntegerField(default=0)
    room = TextField(default="")
    room_exception = TextField(default="")
    brought_by_id = IntegerField(null=True)
    note = TextField(default="")
    staff_id = IntegerField()
    seq = IntegerField()
    checked = TextField(default="")
    item = TextField(default="")
    assistant_id = IntegerField(null=True)
    consultant_id = IntegerField(null=True)
    voucher_id = IntegerField(null=True)
    receipt_id = IntegerField(null=True)
