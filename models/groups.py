"""Groups of people: labels, who carries one, and saved live filters."""

from peewee import IntegerField, TextField

from models.base import Table


class Label(Table):
    dimension = TextField()
    name = TextField()
    sensitive = TextField(default="")
    alert = IntegerField(default=0)
    exclusive = IntegerField(default=0)
    active = IntegerField(default=1)
    seq = IntegerField()


class PersonLabel(Table):
    person_id = IntegerField()
    label_id = IntegerField()
    from_on = TextField()
    until_on = TextField(null=True)
    staff_id = IntegerField()
    seq = IntegerField()


class CustomerGroup(Table):
    name = TextField()
    rule = TextField()
    sensitive = IntegerField(default=0)
    active = IntegerField(default=1)
    staff_id = IntegerField()
    seq = IntegerField()
