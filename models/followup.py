"""Follow-up: what asks for a call, the calls to make and made, what people said, letters."""

from peewee import CompositeKey, IntegerField, TextField

from models.base import Table


class FollowupPlan(Table):
    key = TextField()
    name = TextField()
    trigger = TextField()
    matching = TextField(default="")
    months = IntegerField(default=0)
    offsets = TextField()
    channel = TextField()
    purpose = TextField(default="")
    marketing = IntegerField()
    scripts = TextField(default="[]")
    post = TextField(default="")
    most_tries = IntegerField(default=6)
    daily_most = IntegerField(default=0)
    min_rank = IntegerField(default=0)
    group_id = IntegerField(null=True)
    active = IntegerField()
    from_on = TextField()
    seen_seq = IntegerField(default=0)
    seen_on = TextField(default="")
    seq = IntegerField()


class FollowupTask(Table):
    person_id = IntegerField()
    rule = TextField()
    cycle = TextField()
    due_on = TextField()
    state = TextField()
    attempts = IntegerField(default=0)
    subject = TextField(default="")
    seq = IntegerField()
    planned_on = TextField(null=True)
    closed_as = TextField(default="")
    channel = TextField(default="phone")
    purpose = TextField(default="")
    marketing = IntegerField(default=0)
    post = TextField(default="")
    assigned_to = IntegerField(null=True)
    plan_id = IntegerField(null=True)
    activity_id = IntegerField(null=True)
    group_id = IntegerField(null=True)
    held = IntegerField(default=0)  # kept by triggers; of open tasks only


class FollowupAttempt(Table):
    task_id = IntegerField()
    person_id = IntegerField()
    outcome = TextField()
    satisfaction = IntegerField(null=True)
    note = TextField(default="")
    next_on = TextField(null=True)
    occurred_on = TextField()
    staff_id = IntegerField()
    seq = IntegerField()
    channel = TextField(default="phone")
    recovery = TextField(default="")
    nps = IntegerField(null=True)
    was_due_on = TextField(null=True)
    was_channel = TextField(default="phone")
    undone_seq = IntegerField(null=True)


class Request(Table):
    person_id = IntegerField(null=True)
    kind = TextField()
    source = TextField()
    text = TextField()
    state = TextField()
    owner_id = IntegerField(null=True)
    due_on = TextField(null=True)
    answer = TextField(default="")
    call_seq = IntegerField(null=True)
    received_on = TextField()
    closed_on = TextField(null=True)
    staff_id = IntegerField()
    seq = IntegerField()


class ComplaintStep(Table):
    complaint_id = IntegerField()
    step = TextField()
    text = TextField(default="")
    occurred_on = TextField()
    staff_id = IntegerField()
    seq = IntegerField()


class Mailing(Table):
    number = TextField()
    kind = TextField()
    title = TextField()
    text = TextField(default="")
    marketing = IntegerField()
    clear = IntegerField()
    reason = TextField(default="")
    approved_by = IntegerField(null=True)
    group_id = IntegerField(null=True)
    activity_id = IntegerField(null=True)
    left_out = IntegerField(default=0)
    occurred_on = TextField()
    staff_id = IntegerField()
    seq = IntegerField()


class MailingPerson(Table):
    mailing_id = IntegerField()
    person_id = IntegerField()

    class Meta:
        primary_key = CompositeKey("mailing_id", "person_id")
        without_rowid = True
