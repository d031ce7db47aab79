"""People (members and not), what they can be found by, their consents, cards and memberships."""

from peewee import CompositeKey, IntegerField, TextField

from models.base import Table


class Household(Table):
    pass


class ImportBatch(Table):
    file_digest = TextField()
    rows_in = IntegerField()
    rows_rejected = IntegerField()
    state = TextField()
    seq = IntegerField()
    undone_seq = IntegerField(null=True)


class Person(Table):
    number = TextField()
    state = TextField(default="active")
    name = TextField()
    pinyin = TextField(default="")
    sex = TextField(default="")
    birthday = TextField(null=True)
    id_type = TextField(default="resident")
    id_number = TextField(default="")
    id_absent_reason = TextField(default="")
    phone = TextField(default="")
    phone_alt = TextField(default="")
    address = TextField(default="")
    guardian_name = TextField(default="")
    guardian_relation = TextField(default="")
    guardian_phone = TextField(default="")
    household_id = IntegerField(null=True)
    source = TextField(default="")
    referrer_id = IntegerField(null=True)
    doctor_id = IntegerField(null=True)
    note = TextField(default="")
    last_visit_on = TextField(null=True)
    import_batch_id = IntegerField(null=True)
    created_on = TextField()
    seq = IntegerField()
    contact_by = TextField(default="")
    contact_note = TextField(default="")
    quiet = IntegerField(default=0)
    reviewed_on = TextField(null=True)
    frozen_on = TextField(null=True)
    erased_on = TextField(null=True)


class SearchKey(Table):
    kind = IntegerField()
    key = TextField()
    person_id = IntegerField()

    class Meta:
        primary_key = CompositeKey("kind", "key", "person_id")
        without_rowid = True


class Alert(Table):
    person_id = IntegerField()
    text = TextField()
    active = IntegerField(default=1)
    seq = IntegerField()


class Consent(Table):
    person_id = IntegerField()
    item = TextField()
    granted = IntegerField()
    notice_version = TextField()
    seq = IntegerField()


class Card(Table):
    person_id = IntegerField()
    number = TextField()
    state = TextField()
    replaces_id = IntegerField(null=True)
    seq = IntegerField()


class Membership(Table):
    person_id = IntegerField()
    programme_id = IntegerField()
    version_id = IntegerField()
    state = TextField()
    joined_on = TextField()
    basis = TextField()
    benefits_explained = IntegerField(default=0)
    staff_id = IntegerField()
    ended_on = TextField(null=True)
    seq = IntegerField()
    agreement = TextField(default="")
    end_reason = TextField(default="")
    end_seq = IntegerField(null=True)


class PersonAlias(Table):
    merged_id = IntegerField()
    survivor_id = IntegerField()
    merged_on = TextField()
    staff_id = IntegerField()
    seq = IntegerField()
    unmerged_on = TextField(null=True)
    unmerged_seq = IntegerField(null=True)


class LunarBirthday(Table):
    person_id = IntegerField(primary_key=True)
    month = IntegerField()
    day = IntegerField()
    leap = IntegerField()
    seq = IntegerField()


class LunarDay(Table):
    person_id = IntegerField()
    year = IntegerField()
    day = TextField()

    class Meta:
        primary_key = CompositeKey("person_id", "year")
        without_rowid = True


class HealthGrade(Table):
    person_id = IntegerField()
    grade = IntegerField()
    note = TextField(default="")
    occurred_on = TextField()
    staff_id = IntegerField()
    seq = IntegerField()


class Complaint(Table):
    person_id = IntegerField()
    text = TextField()
    state = TextField()
    owner_id = IntegerField(null=True)
    due_on = TextField(null=True)
    outcome = TextField(default="")
    received_on = TextField()
    closed_on = TextField(null=True)
    staff_id = IntegerField()
    seq = IntegerField()
    topic = TextField(default="")
    source = TextField(default="")
    rank = IntegerField(default=0)
    urgent = IntegerField(default=0)
    reply_by = TextField(null=True)
    acknowledged_on = TextField(null=True)
    handled_on = TextField(null=True)
    reported_on = TextField(null=True)
    call_seq = IntegerField(null=True)
    satisfied = IntegerField(null=True)
