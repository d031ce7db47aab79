"""Programmes and their signed, immutable versions."""

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
