"""What people ask about their own data, and what was given to others."""

from peewee import IntegerField, TextField

from models.base import Table


class DataRequest(Table):
    person_id = IntegerField()
    kind = TextField()
    state = TextField()
    checked = TextField()
    answer = TextField(default="")
    received_on = TextField()
    answered_on = TextField(null=True)
    approved_by = IntegerField(null=True)
    staff_id = IntegerField()
    seq = IntegerField()


class Disclosure(Table):
    person_id = IntegerField()
    receiver = TextField()
    what = TextField()
    purpose = TextField()
    basis = TextField()
    basis_note = TextField()
    takes_back_id = IntegerField(null=True)
    occurred_on = TextField()
    staff_id = IntegerField()
    seq = IntegerField()
