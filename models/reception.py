"""Receiving people: appointments, the steps of a visit, doctors and the change of one."""

from peewee import IntegerField, TextField

from models.base import Table


class Appointment(Table):
    day = TextField()
    at = TextField()
    person_id = IntegerField(null=True)
    name = TextField(default="")
    phone = TextField(default="")
    doctor_id = IntegerField(null=True)
    item = TextField(default="")
    introduced_by_id = IntegerField(null=True)
    note = TextField(default="")
    state = TextField()
    confirmed = TextField(default="")
    confirmed_on = TextField(null=True)
    visit_id = IntegerField(null=True)
    staff_id = IntegerField()
    seq = IntegerField()


class VisitStep(Table):
    visit_id = IntegerField()
    was = TextField()
    now = TextField()
    at_utc = TextField()
    undoes_id = IntegerField(null=True)
    staff_id = IntegerField()
    seq = IntegerField()


class DoctorChange(Table):
    number = TextField()
    person_id = IntegerField()
    from_doctor_id = IntegerField()
    to_doctor_id = IntegerField()
    reason = TextField()
    state = TextField()
    from_word = TextField(default="")
    to_word = TextField(default="")
    note = TextField(default="")
    signed_by = IntegerField(null=True)
    signed_on = TextField(null=True)
    in_force_on = TextField(null=True)
    occurred_on = TextField()
    staff_id = IntegerField()
    seq = IntegerField()


class CareTeam(Table):
    person_id = IntegerField()
    part = TextField()
    doctor_id = IntegerField()
    from_on = TextField()
    until_on = TextField(null=True)
    change_id = IntegerField(null=True)
    staff_id = IntegerField()
    seq = IntegerField()
