-- Schema 5: plans that make follow-up tasks, what people said, duties, activities, groups, letters,
-- partner institutions.

-- groups -----------------------------------------------------------------------------------

-- a word that may hang on a person; sensitive: 'health', 'minor' or 'own' (marked by the clinic)
CREATE TABLE label (
    id INTEGER PRIMARY KEY,
    dimension TEXT NOT NULL,
    name TEXT NOT NULL,
    sensitive TEXT NOT NULL DEFAULT '' CHECK (sensitive IN ('', 'health', 'minor', 'own')),
    alert INTEGER NOT NULL DEFAULT 0 CHECK (alert IN (0, 1)),
    exclusive INTEGER NOT NULL DEFAULT 0 CHECK (exclusive IN (0, 1)),
    active INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
    seq INTEGER NOT NULL,
    UNIQUE (dimension, name)
) STRICT;
CREATE TRIGGER label_no_delete BEFORE DELETE ON label BEGIN SELECT RAISE(ABORT, 'labels are retired, never deleted'); END;

CREATE TABLE person_label (
    id INTEGER PRIMARY KEY,
    person_id INTEGER NOT NULL REFERENCES person (id) ON DELETE RESTRICT,
    label_id INTEGER NOT NULL REFERENCES label (id) ON DELETE RESTRICT,
    from_on TEXT NOT NULL,
    until_on TEXT,
    staff_id INTEGER NOT NULL REFERENCES staff (id) ON DELETE RESTRICT,
    seq INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX person_label_now ON person_label (person_id, label_id) WHERE until_on IS NULL;
CREATE INDEX person_label_people ON person_label (label_id, person_id) WHERE until_on IS NULL;
CREATE INDEX person_label_from ON person_label (label_id, from_on);
CREATE TRIGGER person_label_no_delete BEFORE DELETE ON person_label BEGIN SELECT RAISE(ABORT, 'labels of a person keep their history'); END;

-- a saved live filter: conditions and groups joined by and, or, not, as JSON
CREATE TABLE customer_group (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    rule TEXT NOT NULL,
    sensitive INTEGER NOT NULL DEFAULT 0 CHECK (sensitive IN (0, 1)),
    active INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
    staff_id INTEGER NOT NULL REFERENCES staff (id) ON DELETE RESTRICT,
    seq INTEGER NOT NULL
) STRICT;
CREATE TRIGGER customer_group_no_delete BEFORE DELETE ON customer_group BEGIN SELECT RAISE(ABORT, 'groups are retired, never deleted'); END;

-- how somebody wants to be reached; quiet: do not disturb, whatever was agreed to before
ALTER TABLE person ADD COLUMN contact_by TEXT NOT NULL DEFAULT '' CHECK (contact_by IN ('', 'phone', 'sms', 'letter'));
ALTER TABLE person ADD COLUMN contact_note TEXT NOT NULL DEFAULT '';
ALTER TABLE person ADD COLUMN quiet INTEGER NOT NULL DEFAULT 0 CHECK (quiet IN (0, 1));
ALTER TABLE person ADD COLUMN reviewed_on TEXT;
CREATE INDEX person_last_visit ON person (last_visit_on) WHERE last_visit_on IS NOT NULL;

-- activities ---------------------------------------------------------------------------------

-- a lecture, an outing, a member day: whom it is for, what it gives, what it costs (R012, R013)
CREATE TABLE activity (
    id INTEGER PRIMARY KEY,
    number TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('lecture', 'outing', 'member_day', 'meeting', 'contest', 'online', 'other')),
    state TEXT NOT NULL CHECK (state IN ('planned', 'open', 'held', 'closed', 'cancelled')),
    day TEXT NOT NULL,
    at TEXT NOT NULL DEFAULT '',
    place TEXT NOT NULL DEFAULT '',
    capacity INTEGER CHECK (capacity IS NULL OR capacity > 0),
    companions INTEGER NOT NULL DEFAULT 0 CHECK (companions >= 0),
    members_only INTEGER NOT NULL DEFAULT 0 CHECK (members_only IN (0, 1)),
    points INTEGER NOT NULL DEFAULT 0 CHECK (points >= 0),
    gift_name TEXT NOT NULL DEFAULT '',
    gift_fen INTEGER NOT NULL DEFAULT 0 CHECK (gift_fen >= 0),
    group_id INTEGER REFERENCES customer_group (id) ON DELETE RESTRICT,
    owner_id INTEGER REFERENCES staff (id) ON DELETE RESTRICT,
    note TEXT NOT NULL DEFAULT '',
    summary TEXT NOT NULL DEFAULT '',
    staff_id INTEGER NOT NULL REFERENCES staff (id) ON DELETE RESTRICT,
    seq INTEGER NOT NULL
) STRICT;
CREATE INDEX activity_day ON activity (day);
CREATE TRIGGER activity_no_delete BEFORE DELETE ON activity BEGIN SELECT RAISE(ABORT, 'activities are cancelled, never deleted'); END;

-- somebody invited, signed up, or there
CREATE TABLE activity_place (
    id INTEGER PRIMARY KEY,
    activity_id INTEGER NOT NULL REFERENCES activity (id) ON DELETE RESTRICT,
    person_id INTEGER NOT NULL REFERENCES person (id) ON DELETE RESTRICT,
    state TEXT NOT NULL CHECK (state IN ('invited', 'declined', 'waiting', 'signed_up', 'attended', 'missed', 'withdrawn')),
    companions INTEGER NOT NULL DEFAULT 0 CHECK (companions >= 0),
    invited_on TEXT,
    signed_on TEXT,
    attended_at TEXT,
    points_entry_id INTEGER REFERENCES points_entry (id) ON DELETE RESTRICT,
    note TEXT NOT NULL DEFAULT '',
    staff_id INTEGER NOT NULL REFERENCES staff (id) ON DELETE RESTRICT,
    seq INTEGER NOT NULL,
    UNIQUE (activity_id, person_id)
) STRICT;
CREATE INDEX activity_place_person ON activity_place (person_id, activity_id);
CREATE TRIGGER activity_place_no_delete BEFORE DELETE ON activity_place BEGIN SELECT RAISE(ABORT, 'places are given back, never deleted'); END;

-- money spent on an activity; a mistake is taken back by a row of its own
CREATE TABLE activity_cost (
    id INTEGER PRIMARY KEY,
    activity_id INTEGER NOT NULL REFERENCES activity (id) ON DELETE RESTRICT,
    what TEXT NOT NULL,
    amount_fen INTEGER NOT NULL CHECK (amount_fen <> 0),
    document TEXT NOT NULL DEFAULT '',
    takes_back_id INTEGER UNIQUE REFERENCES activity_cost (id) ON DELETE RESTRICT,
    occurred_on TEXT NOT NULL,
    staff_id INTEGER NOT NULL REFERENCES staff (id) ON DELETE RESTRICT,
    seq INTEGER NOT NULL
) STRICT;
CREATE INDEX activity_cost_activity ON activity_cost (activity_id);
CREATE TRIGGER activity_cost_no_update BEFORE UPDATE ON activity_cost BEGIN SELECT RAISE(ABORT, 'costs are append-only'); END;
CREATE TRIGGER activity_cost_no_delete BEFORE DELETE ON activity_cost BEGIN SELECT RAISE(ABORT, 'costs are append-only'); END;

ALTER TABLE award ADD COLUMN activity_id INTEGER REFERENCES activity (id) ON DELETE RESTRICT;
CREATE INDEX award_activity ON award (activity_id) WHERE activity_id IS NOT NULL;

-- follow-up ----------------------------------------------------------------------------------

-- what asks for a call or a letter; its key is the rule of its tasks, for ever (E66)
CREATE TABLE followup_plan (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    trigger TEXT NOT NULL CHECK (trigger IN ('item', 'first_visit', 'tier', 'gift', 'birthday', 'quota', 'points', 'term', 'recall', 'idle', 'review', 'survey', 'label')),
    matching TEXT NOT NULL DEFAULT '',
    months INTEGER NOT NULL DEFAULT 0 CHECK (months >= 0),
    offsets TEXT NOT NULL,
    channel TEXT NOT NULL CHECK (channel IN ('phone', 'sms', 'letter')),
    purpose TEXT NOT NULL DEFAULT '',
    marketing INTEGER NOT NULL CHECK (marketing IN (0, 1)),
    scripts TEXT NOT NULL DEFAULT '[]',
    post TEXT NOT NULL DEFAULT '',
    most_tries INTEGER NOT NULL DEFAULT 6 CHECK (most_tries > 0),
    daily_most INTEGER NOT NULL DEFAULT 0 CHECK (daily_most >= 0),
    min_rank INTEGER NOT NULL DEFAULT 0 CHECK (min_rank >= 0),
    group_id INTEGER REFERENCES customer_group (id) ON DELETE RESTRICT,
    active INTEGER NOT NULL CHECK (active IN (0, 1)),
    from_on TEXT NOT NULL,
    seen_seq INTEGER NOT NULL DEFAULT 0,
    seen_on TEXT NOT NULL DEFAULT '',
    seq INTEGER NOT NULL
) STRICT;
CREATE TRIGGER followup_plan_no_delete BEFORE DELETE ON followup_plan BEGIN SELECT RAISE(ABORT, 'plans are switched off, never deleted'); END;
CREATE TRIGGER followup_plan_key_fixed BEFORE UPDATE OF id, key ON followup_plan
BEGIN SELECT RAISE(ABORT, 'a plan keeps its key'); END;

-- the rule of a task is the key of a plan, or one of the program's own; planned_on: the day first
-- asked for, kept once the task has moved away from it; closed_as: how it ended
CREATE TABLE followup_task_5 (
    id INTEGER PRIMARY KEY,
    person_id INTEGER NOT NULL REFERENCES person (id) ON DELETE RESTRICT,
    rule TEXT NOT NULL CHECK (rule <> ''),
    cycle TEXT NOT NULL,
    due_on TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'done', 'given_up')),
    attempts INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    subject TEXT NOT NULL DEFAULT '',
    seq INTEGER NOT NULL,
    planned_on TEXT,
    closed_as TEXT NOT NULL DEFAULT '' CHECK (closed_as IN ('', 'reached', 'sent', 'settled', 'refused', 'tries', 'stopped')),
    channel TEXT NOT NULL DEFAULT 'phone' CHECK (channel IN ('phone', 'sms', 'letter')),
    purpose TEXT NOT NULL DEFAULT '',
    marketing INTEGER NOT NULL DEFAULT 0 CHECK (marketing IN (0, 1)),
    post TEXT NOT NULL DEFAULT '',
    assigned_to INTEGER REFERENCES staff (id) ON DELETE RESTRICT,
    plan_id INTEGER REFERENCES followup_plan (id) ON DELETE RESTRICT,
    activity_id INTEGER REFERENCES activity (id) ON DELETE RESTRICT,
    group_id INTEGER REFERENCES customer_group (id) ON DELETE RESTRICT,
    UNIQUE (person_id, rule, cycle)
) STRICT;
INSERT INTO followup_task_5 (id, person_id, rule, cycle, due_on, state, attempts, subject, seq, marketing)
SELECT id, person_id, rule, cycle, due_on, state, attempts, subject, seq, rule = 'birthday' FROM followup_task;

-- undone_seq: the command that took the call back, within the minute or by a manager
CREATE TABLE followup_attempt_5 (
    id INTEGER PRIMARY KEY,
    task_id INTEGER NOT NULL REFERENCES followup_task_5 (id) ON DELETE RESTRICT,
    person_id INTEGER NOT NULL REFERENCES person (id) ON DELETE RESTRICT,
    outcome TEXT NOT NULL CHECK (outcome IN ('fine', 'request', 'no_answer', 'busy', 'wrong_number', 'refused', 'sent', 'not_called')),
    satisfaction INTEGER CHECK (satisfaction IS NULL OR satisfaction BETWEEN 1 AND 4),
    note TEXT NOT NULL DEFAULT '',
    next_on TEXT,
    occurred_on TEXT NOT NULL,
    staff_id INTEGER NOT NULL REFERENCES staff (id) ON DELETE RESTRICT,
    seq INTEGER NOT NULL,
    channel TEXT NOT NULL DEFAULT 'phone' CHECK (channel IN ('phone', 'sms', 'letter')),
    recovery TEXT NOT NULL DEFAULT '' CHECK (recovery IN ('', 'well', 'slow', 'unwell')),
    nps INTEGER CHECK (nps IS NULL OR nps BETWEEN 0 AND 10),
    was_due_on TEXT,
    was_channel TEXT NOT NULL DEFAULT 'phone',
    undone_seq INTEGER
) STRICT;
INSERT INTO followup_attempt_5 (id, task_id, person_id, outcome, satisfaction, note, next_on, occurred_on, staff_id, seq)
SELECT id, task_id, person_id, outcome, satisfaction, note, next_on, occurred_on, staff_id, seq FROM followup_attempt;
DROP TABLE followup_attempt;
DROP TABLE followup_task;
ALTER TABLE followup_task_5 RENAME TO followup_task;
ALTER TABLE followup_attempt_5 RENAME TO followup_attempt;
CREATE INDEX followup_task_due ON followup_task (due_on) WHERE state = 'open';
CREATE INDEX followup_task_assigned ON followup_task (assigned_to, due_on) WHERE state = 'open' AND assigned_to IS NOT NULL;
CREATE INDEX followup_task_rule ON followup_task (rule, person_id);
CREATE INDEX followup_attempt_person ON followup_attempt (person_id, seq);
CREATE INDEX followup_attempt_task ON followup_attempt (task_id);
CREATE INDEX followup_attempt_seq ON followup_attempt (seq);
CREATE TRIGGER followup_task_no_delete BEFORE DELETE ON followup_task BEGIN SELECT RAISE(ABORT, 'tasks are closed, never deleted'); END;
CREATE TRIGGER followup_attempt_no_update BEFORE UPDATE OF id, task_id, person_id, outcome, satisfaction, note, next_on,
    occurred_on, staff_id, seq, channel, recovery, nps, was_due_on, was_channel ON followup_attempt
BEGIN SELECT RAISE(ABORT, 'call attempts are append-only'); END;
CREATE TRIGGER followup_attempt_undone_once BEFORE UPDATE OF undone_seq ON followup_attempt WHEN OLD.undone_seq IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'a call is taken back once'); END;
CREATE TRIGGER followup_attempt_no_delete BEFORE DELETE ON followup_attempt BEGIN SELECT RAISE(ABORT, 'call attempts are append-only'); END;

-- what somebody asked for or suggested, until it is answered (R052, R066, R149)
CREATE TABLE request (
    id INTEGER PRIMARY KEY,
    person_id INTEGER REFERENCES person (id) ON DELETE RESTRICT,
    kind TEXT NOT NULL CHECK (kind IN ('request', 'suggestion')),
    source TEXT NOT NULL CHECK (source IN ('call', 'desk', 'board', 'survey', 'activity')),
    text TEXT NOT NULL CHECK (text <> ''),
    state TEXT NOT NULL CHECK (state IN ('open', 'done', 'dropped')),
    owner_id INTEGER REFERENCES staff (id) ON DELETE RESTRICT,
    due_on TEXT,
    answer TEXT NOT NULL DEFAULT '',
    call_seq INTEGER,
    received_on TEXT NOT NULL,
    closed_on TEXT,
    staff_id INTEGER NOT NULL REFERENCES staff (id) ON DELETE RESTRICT,
    seq INTEGER NOT NULL,
    CHECK ((state = 'open') = (closed_on IS NULL))
) STRICT;
CREATE INDEX request_open ON request (due_on) WHERE state = 'open';
CREATE INDEX request_person ON request (person_id) WHERE person_id IS NOT NULL;
CREATE TRIGGER request_no_delete BEFORE DELETE ON request BEGIN SELECT RAISE(ABORT, 'requests are closed, never deleted'); END;

-- received → acknowledged → handled → closed; rank: the tier whoever complains held (R067)
ALTER TABLE complaint ADD COLUMN topic TEXT NOT NULL DEFAULT '';
ALTER TABLE complaint ADD COLUMN source TEXT NOT NULL DEFAULT '';
ALTER TABLE complaint ADD COLUMN rank INTEGER NOT NULL DEFAULT 0;
ALTER TABLE complaint ADD COLUMN urgent INTEGER NOT NULL DEFAULT 0 CHECK (urgent IN (0, 1));
ALTER TABLE complaint ADD COLUMN reply_by TEXT;
ALTER TABLE complaint ADD COLUMN acknowledged_on TEXT;
ALTER TABLE complaint ADD COLUMN handled_on TEXT;
ALTER TABLE complaint ADD COLUMN reported_on TEXT;
ALTER TABLE complaint ADD COLUMN call_seq INTEGER;
ALTER TABLE complaint ADD COLUMN satisfied INTEGER CHECK (satisfied IS NULL OR satisfied BETWEEN 1 AND 4);
CREATE INDEX complaint_received ON complaint (received_on);
CREATE TABLE complaint_step (
    id INTEGER PRIMARY KEY,
    complaint_id INTEGER NOT NULL REFERENCES complaint (id) ON DELETE RESTRICT,
    step TEXT NOT NULL CHECK (step IN ('receive', 'acknowledge', 'assign', 'note', 'report', 'handle', 'close', 'reopen')),
    text TEXT NOT NULL DEFAULT '',
    occurred_on TEXT NOT NULL,
    staff_id INTEGER NOT NULL REFERENCES staff (id) ON DELETE RESTRICT,
    seq INTEGER NOT NULL
) STRICT;
CREATE INDEX complaint_step_complaint ON complaint_step (complaint_id, id);
CREATE TRIGGER complaint_step_no_update BEFORE UPDATE ON complaint_step BEGIN SELECT RAISE(ABORT, 'steps are append-only'); END;
CREATE TRIGGER complaint_step_no_delete BEFORE DELETE ON complaint_step BEGIN SELECT RAISE(ABORT, 'steps are append-only'); END;

-- letters and messages that left the program, and to whom (R146, 个保法 55)
CREATE TABLE mailing (
    id INTEGER PRIMARY KEY,
    number TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL CHECK (kind IN ('letter', 'labels', 'numbers')),
    title TEXT NOT NULL,
    text TEXT NOT NULL DEFAULT '',
    marketing INTEGER NOT NULL CHECK (marketing IN (0, 1)),
    clear INTEGER NOT NULL CHECK (clear IN (0, 1)),
    reason TEXT NOT NULL DEFAULT '',
    approved_by INTEGER REFERENCES staff (id) ON DELETE RESTRICT,
    group_id INTEGER REFERENCES customer_group (id) ON DELETE RESTRICT,
    activity_id INTEGER REFERENCES activity (id) ON DELETE RESTRICT,
    left_out INTEGER NOT NULL DEFAULT 0 CHECK (left_out >= 0),
    occurred_on TEXT NOT NULL,
    staff_id INTEGER NOT NULL REFERENCES staff (id) ON DELETE RESTRICT,
    seq INTEGER NOT NULL
) STRICT;
CREATE INDEX mailing_day ON mailing (occurred_on);
CREATE TRIGGER mailing_no_update BEFORE UPDATE ON mailing BEGIN SELECT RAISE(ABORT, 'what left stays on record'); END;
CREATE TRIGGER mailing_no_delete BEFORE DELETE ON mailing BEGIN SELECT RAISE(ABORT, 'what left stays on record'); END;
CREATE TABLE mailing_person (
    mailing_id INTEGER NOT NULL REFERENCES mailing (id) ON DELETE RESTRICT,
    person_id INTEGER NOT NULL REFERENCES person (id) ON DELETE RESTRICT,
    PRIMARY KEY (mailing_id, person_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX mailing_person_person ON mailing_person (person_id);
CREATE TRIGGER mailing_person_no_update BEFORE UPDATE ON mailing_person BEGIN SELECT RAISE(ABORT, 'what left stays on record'); END;
CREATE TRIGGER mailing_person_no_delete BEFORE DELETE ON mailing_person BEGIN SELECT RAISE(ABORT, 'what left stays on record'); END;

-- duties -------------------------------------------------------------------------------------

-- what comes round by itself; ask: a fact of the program that does it ('' where somebody ticks it)
CREATE TABLE duty (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    rhythm TEXT NOT NULL CHECK (rhythm IN ('day', 'week', 'month', 'quarter', 'half', 'year', 'staff', 'once')),
    day INTEGER NOT NULL DEFAULT 0,
    month INTEGER NOT NULL DEFAULT 0,
    ahead INTEGER NOT NULL DEFAULT 0 CHECK (ahead >= 0),
    post TEXT NOT NULL DEFAULT '',
    ask TEXT NOT NULL DEFAULT '',
    points TEXT NOT NULL DEFAULT '[]',
    note TEXT NOT NULL DEFAULT '',
    active INTEGER NOT NULL CHECK (active IN (0, 1)),
    from_on TEXT NOT NULL,
    seq INTEGER NOT NULL
) STRICT;
CREATE TRIGGER duty_no_delete BEFORE DELETE ON duty BEGIN SELECT RAISE(ABORT, 'duties are switched off, never deleted'); END;
-- ticked: the numbers of the points that were done, as JSON; a mistake is taken back by a row
CREATE TABLE duty_done (
    id INTEGER PRIMARY KEY,
    duty_id INTEGER NOT NULL REFERENCES duty (id) ON DELETE RESTRICT,
    cycle TEXT NOT NULL,
    about_id INTEGER REFERENCES staff (id) ON DELETE RESTRICT,
    ticked TEXT NOT NULL DEFAULT '[]',
    skipped INTEGER NOT NULL DEFAULT 0 CHECK (skipped IN (0, 1)),
    note TEXT NOT NULL DEFAULT '',
    takes_back_id INTEGER UNIQUE REFERENCES duty_done (id) ON DELETE RESTRICT,
    occurred_on TEXT NOT NULL,
    staff_id INTEGER NOT NULL REFERENCES staff (id) ON DELETE RESTRICT,
    seq INTEGER NOT NULL
) STRICT;
CREATE INDEX duty_done_duty ON duty_done (duty_id, cycle);
CREATE TRIGGER duty_done_no_update BEFORE UPDATE ON duty_done BEGIN SELECT RAISE(ABORT, 'done duties are append-only'); END;
CREATE TRIGGER duty_done_no_delete BEFORE DELETE ON duty_done BEGIN SELECT RAISE(ABORT, 'done duties are append-only'); END;

-- partner institutions -----------------------------------------------------------------------

CREATE TABLE partner (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    licence TEXT NOT NULL DEFAULT '',
    contact TEXT NOT NULL DEFAULT '',
    phone TEXT NOT NULL DEFAULT '',
    address TEXT NOT NULL DEFAULT '',
    note TEXT NOT NULL DEFAULT '',
    active INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
    staff_id INTEGER NOT NULL REFERENCES staff (id) ON DELETE RESTRICT,
    seq INTEGER NOT NULL
) STRICT;
CREATE TRIGGER partner_no_delete BEFORE DELETE ON partner BEGIN SELECT RAISE(ABORT, 'partners are retired, never deleted'); END;

-- what was agreed in writing; terms: fixed per mille, steps by class and value, sums, as JSON (R181)
CREATE TABLE partner_agreement (
    id INTEGER PRIMARY KEY,
    partner_id INTEGER NOT NULL REFERENCES partner (id) ON DELETE RESTRICT,
    contract TEXT NOT NULL,
    direction TEXT NOT NULL CHECK (direction IN ('in', 'out', 'both')),
    model TEXT NOT NULL CHECK (model IN ('alliance', 'fixed', 'stepped', 'once', 'mixed')),
    terms TEXT NOT NULL DEFAULT '{}',
    rhythm TEXT NOT NULL CHECK (rhythm IN ('month', 'quarter', 'half', 'year', 'each')),
    exclusive INTEGER NOT NULL DEFAULT 0 CHECK (exclusive IN (0, 1)),
    from_on TEXT NOT NULL,
    until_on TEXT,
    ending TEXT NOT NULL DEFAULT '',
    ended_on TEXT,
    file_note TEXT NOT NULL DEFAULT '',
    signed_by INTEGER NOT NULL REFERENCES staff (id) ON DELETE RESTRICT,
    staff_id INTEGER NOT NULL REFERENCES staff (id) ON DELETE RESTRICT,
    seq INTEGER NOT NULL
) STRICT;
CREATE INDEX partner_agreement_partner ON partner_agreement (partner_id);
CREATE TRIGGER partner_agreement_no_delete BEFORE DELETE ON partner_agreement BEGIN SELECT RAISE(ABORT, 'agreements are ended, never deleted'); END;
CREATE TRIGGER partner_agreement_fixed BEFORE UPDATE OF id, partner_id, contract, direction, model, terms, rhythm, exclusive, from_on,
    signed_by, staff_id, seq ON partner_agreement
BEGIN SELECT RAISE(ABORT, 'what was agreed is changed by a new agreement'); END;

-- somebody introduced by or to a partner, with their own word for it (个保法 23)
CREATE TABLE introduction (
    id INTEGER PRIMARY KEY,
    number TEXT NOT NULL UNIQUE,
    partner_id INTEGER NOT NULL REFERENCES partner (id) ON DELETE RESTRICT,
    agreement_id INTEGER REFERENCES partner_agreement (id) ON DELETE RESTRICT,
    person_id INTEGER NOT NULL REFERENCES person (id) ON DELETE RESTRICT,
    direction TEXT NOT NULL CHECK (direction IN ('in', 'out')),
    item_class TEXT NOT NULL DEFAULT '',
    purpose TEXT NOT NULL DEFAULT '',
    before_id INTEGER REFERENCES introduction (id) ON DELETE RESTRICT,
    consent_on TEXT NOT NULL,
    consent_note TEXT NOT NULL,
    handed TEXT NOT NULL DEFAULT '',
    state TEXT NOT NULL CHECK (state IN ('recorded', 'arrived', 'ended', 'withdrawn')),
    value_fen INTEGER CHECK (value_fen IS NULL OR value_fen >= 0),
    fee_fen INTEGER CHECK (fee_fen IS NULL OR fee_fen >= 0),
    fee_why TEXT NOT NULL DEFAULT '',
    statement_id INTEGER REFERENCES partner_statement (id) ON DELETE RESTRICT,
    occurred_on TEXT NOT NULL,
    arrived_on TEXT,
    ended_on TEXT,
    note TEXT NOT NULL DEFAULT '',
    staff_id INTEGER NOT NULL REFERENCES staff (id) ON DELETE RESTRICT,
    seq INTEGER NOT NULL
) STRICT;
CREATE INDEX introduction_partner ON introduction (partner_id, occurred_on);
CREATE INDEX introduction_person ON introduction (person_id);
CREATE INDEX introduction_statement ON introduction (statement_id) WHERE statement_id IS NOT NULL;
CREATE TRIGGER introduction_no_delete BEFORE DELETE ON introduction BEGIN SELECT RAISE(ABORT, 'introductions are withdrawn, never deleted'); END;

-- what is settled with a partner, booked under a voucher of the accounts (反不正当竞争法 8)
CREATE TABLE partner_statement (
    id INTEGER PRIMARY KEY,
    number TEXT NOT NULL UNIQUE,
    partner_id INTEGER NOT NULL REFERENCES partner (id) ON DELETE RESTRICT,
    agreement_id INTEGER NOT NULL REFERENCES partner_agreement (id) ON DELETE RESTRICT,
    direction TEXT NOT NULL CHECK (direction IN ('in', 'out')),
    from_on TEXT NOT NULL,
    until_on TEXT NOT NULL,
    amount_fen INTEGER NOT NULL CHECK (amount_fen >= 0),
    state TEXT NOT NULL CHECK (state IN ('drawn', 'settled', 'void')),
    voucher TEXT NOT NULL DEFAULT '',
    settled_on TEXT,
    approved_by INTEGER REFERENCES staff (id) ON DELETE RESTRICT,
    staff_id INTEGER NOT NULL REFERENCES staff (id) ON DELETE RESTRICT,
    seq INTEGER NOT NULL,
    CHECK ((state = 'settled') = (settled_on IS NOT NULL AND voucher <> ''))
) STRICT;
CREATE INDEX partner_statement_partner ON partner_statement (partner_id, id);
CREATE TRIGGER partner_statement_no_delete BEFORE DELETE ON partner_statement BEGIN SELECT RAISE(ABORT, 'statements are voided, never deleted'); END;
