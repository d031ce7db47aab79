"""The clinic itself: settings, staff, doctors, the audit trail."""

from peewee import BlobField, IntegerField, TextField

from models.base import Table


class Setting(Table):
    key = TextField(primary_key=True)
    value = TextField()


class Staff(Table):
    name = TextField()
    role = TextField()
    pin_hash = TextField()
    active = IntegerField(default=1)
    failures = IntegerField(default=0)
    locked_until = TextField(null=True)
    created_at = TextField()


class Doctor(Table):
    name = TextField()
    department = TextField(default="")
    active = IntegerField(default=1)


class Audit(Table):
    seq = IntegerField(primary_key=True)
    at_utc = TextField()
    business_date = TextField()
    app_version = TextField()
    actor_id = IntegerField(null=True)
    action = TextField()
    entity = TextField()
    entity_id = IntegerField(null=True)
    op_id = BlobField()
    detail = TextField()
    result = TextField()
    mac = BlobField()
