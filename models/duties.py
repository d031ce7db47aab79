"""What comes round by itself, and who did it when."""

from peewee import IntegerField, TextField

from models.base import Table


class Duty(Table):
    key = TextField()
    name = TextField()
    rhythm = TextField()
    day = IntegerField(default=0)
    month = IntegerField(default=0)
    ahead = IntegerField(default=0)
    post = TextField(default="")
    ask = TextField(default="")
    points = TextField(default="[]")
    note = TextField(default="")
    active = IntegerField()
    from_on = TextField()
    seq = IntegerField()


class DutyDone(Table):
    duty_id = IntegerField()
    cycle = TextField()
    about_id = IntegerField(null=True)
    ticked = TextField(default="[]")
    complete = IntegerField(default=0)
    skipped = IntegerField(default=0)
    note = TextField(default="")
    takes_back_id = IntegerField(null=True)
    occurred_on = TextField()
    staff_id = IntegerField()
    seq = IntegerField()
