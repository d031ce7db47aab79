"""Lectures, outings, member days: who is invited, who came, what it cost."""

from peewee import IntegerField, TextField

from models.base import Table


class Activity(Table):
    number = TextField()
    name = TextField()
    kind = TextField()
    state = TextField()
    day = TextField()
    at = TextField(default="")
    place = TextField(default="")
    capacity = IntegerField(null=True)
    companions = IntegerField(default=0)
    members_only = IntegerField(default=0)
    points = IntegerField(default=0)
    gift_name = TextField(default="")
    gift_fen = IntegerField(default=0)
    group_id = IntegerField(null=True)
    owner_id = IntegerField(null=True)
    note = TextField(default="")
    summary = TextField(default="")
    staff_id = IntegerField()
    seq = IntegerField()


class ActivityPlace(Table):
    activity_id = IntegerField()
    person_id = IntegerField()
    state = TextField()
    companions = IntegerField(default=0)
    invited_on = TextField(null=True)
    signed_on = TextField(null=True)
    attended_at = TextField(null=True)
    points_entry_id = IntegerField(null=True)
    note = TextField(default="")
    staff_id = IntegerField()
    seq = IntegerField()


class ActivityCost(Table):
    activity_id = IntegerField()
    what = TextField()
    amount_fen = IntegerField()
    document = TextField(default="")
    takes_back_id = IntegerField(null=True)
    occurred_on = TextField()
    staff_id = IntegerField()
    seq = IntegerField()
