"""Programmes: their signed, immutable versions, and drafts of the next ones."""

from peewee import IntegerField, TextField

from models.base import Table


class Programme(Table):
    name = TextField()
    state = TextField()


class ProgrammeVersion(Table):
    programme_id = IntegerField()
    number = IntegerField()
    valid_from = TextField()
    definition = TextField()
    note = TextField(default="")
    seq = IntegerField()
    scope = TextField(default="all")
    signed_by = IntegerField(null=True)


class ProgrammeDraft(Table):
    name = TextField()
    definition = TextField()
    based_on = IntegerField(null=True)
    changed_on = TextField()
    staff_id = IntegerField()
    seq = IntegerField()


class ProgrammeChange(Table):
    from_programme_id = IntegerField()
    to_programme_id = IntegerField()
    occurred_on = TextField()
    staff_id = IntegerField()
    seq = IntegerField()
    reversed_seq = IntegerField(null=True)
