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
CREATE INDEX person_last_visit ON person (last_visit_on, state) WHERE last_visit_on IS NOT NULL;
-- what most groups ask, without a look at the records themselves
CREATE INDEX person_groups ON person (birthday, sex) WHERE state = 'active';
CREATE INDEX person_reviewed ON person (reviewed_on) WHERE reviewed_on IS NOT NULL;

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
    trigger TEXT NOT NULL CHECK (trigger IN ('item', 'first_visit', 'tier', 'gift', 'birthday', 'quota', 'points', 'term', 'recall', 'idle', 'review', 'survey', 'label', 'referral')),
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
-- covering: the call list orders everything that is due without looking into the tasks
CREATE INDEX followup_task_due ON followup_task (due_on, id, rule, channel, person_id) WHERE state = 'open';
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
CREATE INDEX points_entry_complaint ON points_entry (complaint_id) WHERE complaint_id IS NOT NULL;
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
-- ticked: the points that were done, in their own words, as JSON; complete: with this row the duty is
-- done; a mistake is taken back by a row
CREATE TABLE duty_done (
    id INTEGER PRIMARY KEY,
    duty_id INTEGER NOT NULL REFERENCES duty (id) ON DELETE RESTRICT,
    cycle TEXT NOT NULL,
    about_id INTEGER REFERENCES staff (id) ON DELETE RESTRICT,
    ticked TEXT NOT NULL DEFAULT '[]',
    complete INTEGER NOT NULL DEFAULT 0 CHECK (complete IN (0, 1)),
    skipped INTEGER NOT NULL DEFAULT 0 CHECK (skipped IN (0, 1) AND skipped + complete <= 1),
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
    notice_days INTEGER NOT NULL DEFAULT 0 CHECK (notice_days >= 0),
    from_on TEXT NOT NULL,
    until_on TEXT,
    ending TEXT NOT NULL DEFAULT '',
    ended_on TEXT,
    file_note TEXT NOT NULL DEFAULT '',
    signed_by INTEGER NOT NULL REFERENCES staff (id) ON DELETE RESTRICT,
    staff_id INTEGER NOT NULL REFERENCES staff (id) ON DELETE RESTRICT,
    seq INTEGER NOT NULL,
    UNIQUE (partner_id, contract)
) STRICT;
CREATE INDEX partner_agreement_partner ON partner_agreement (partner_id);
CREATE TRIGGER partner_agreement_no_delete BEFORE DELETE ON partner_agreement BEGIN SELECT RAISE(ABORT, 'agreements are ended, never deleted'); END;
CREATE TRIGGER partner_agreement_fixed BEFORE UPDATE OF id, partner_id, contract, direction, model, terms, rhythm, exclusive,
    notice_days, from_on, signed_by, staff_id, seq ON partner_agreement
BEGIN SELECT RAISE(ABORT, 'what was agreed is changed by a new agreement'); END;

-- somebody introduced by or to a partner, with their own word for it (个保法 23); value_fen: what
-- they spent there as the partner said on reported_on, of outbound ones only
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
    consent_by TEXT NOT NULL DEFAULT 'self' CHECK (consent_by IN ('self', 'guardian')),
    consent_note TEXT NOT NULL,
    handed TEXT NOT NULL DEFAULT '',
    state TEXT NOT NULL CHECK (state IN ('recorded', 'arrived', 'ended', 'withdrawn')),
    value_fen INTEGER CHECK (value_fen IS NULL OR value_fen >= 0),
    reported_on TEXT,
    occurred_on TEXT NOT NULL,
    arrived_on TEXT,
    ended_on TEXT,
    ended_why TEXT NOT NULL DEFAULT '',
    note TEXT NOT NULL DEFAULT '',
    staff_id INTEGER NOT NULL REFERENCES staff (id) ON DELETE RESTRICT,
    seq INTEGER NOT NULL
) STRICT;
CREATE INDEX introduction_partner ON introduction (partner_id, occurred_on);
CREATE INDEX introduction_person ON introduction (person_id);
CREATE INDEX introduction_agreement ON introduction (agreement_id) WHERE agreement_id IS NOT NULL;
CREATE TRIGGER introduction_no_delete BEFORE DELETE ON introduction BEGIN SELECT RAISE(ABORT, 'introductions are withdrawn, never deleted'); END;

-- what is settled with a partner, booked under a voucher of the accounts (反不正当竞争法 8); below
-- zero when more has to come back than is due
CREATE TABLE partner_statement (
    id INTEGER PRIMARY KEY,
    number TEXT NOT NULL UNIQUE,
    partner_id INTEGER NOT NULL REFERENCES partner (id) ON DELETE RESTRICT,
    agreement_id INTEGER NOT NULL REFERENCES partner_agreement (id) ON DELETE RESTRICT,
    direction TEXT NOT NULL CHECK (direction IN ('in', 'out')),
    from_on TEXT NOT NULL,
    until_on TEXT NOT NULL,
    amount_fen INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('drawn', 'settled', 'void')),
    voucher TEXT NOT NULL DEFAULT '',
    settled_on TEXT,
    approved_by INTEGER REFERENCES staff (id) ON DELETE RESTRICT,
    reason TEXT NOT NULL DEFAULT '',
    staff_id INTEGER NOT NULL REFERENCES staff (id) ON DELETE RESTRICT,
    seq INTEGER NOT NULL,
    CHECK ((state = 'settled') = (settled_on IS NOT NULL AND voucher <> ''))
) STRICT;
CREATE INDEX partner_statement_partner ON partner_statement (partner_id, id);
CREATE TRIGGER partner_statement_no_delete BEFORE DELETE ON partner_statement BEGIN SELECT RAISE(ABORT, 'statements are voided, never deleted'); END;
CREATE TRIGGER partner_statement_final BEFORE UPDATE ON partner_statement WHEN OLD.state <> 'drawn'
BEGIN SELECT RAISE(ABORT, 'what is settled or void stays so'); END;
CREATE TRIGGER partner_statement_fixed BEFORE UPDATE OF id, number, partner_id, agreement_id, direction, from_on, until_on, amount_fen,
    staff_id, seq ON partner_statement
BEGIN SELECT RAISE(ABORT, 'a statement is drawn once'); END;

-- an introduction on a statement: the whole fee up to its last day, and what settled ones bore
-- before; amounts: what was received by item class, as JSON
CREATE TABLE partner_statement_line (
    id INTEGER PRIMARY KEY,
    statement_id INTEGER NOT NULL REFERENCES partner_statement (id) ON DELETE RESTRICT,
    introduction_id INTEGER NOT NULL REFERENCES introduction (id) ON DELETE RESTRICT,
    arrived INTEGER NOT NULL CHECK (arrived IN (0, 1)),
    amounts TEXT NOT NULL,
    value_fen INTEGER NOT NULL CHECK (value_fen >= 0),
    fee_fen INTEGER NOT NULL CHECK (fee_fen >= 0),
    before_fen INTEGER NOT NULL CHECK (before_fen >= 0),
    why TEXT NOT NULL,
    UNIQUE (statement_id, introduction_id)
) STRICT;
CREATE INDEX partner_statement_line_introduction ON partner_statement_line (introduction_id, id);
CREATE TRIGGER partner_statement_line_no_update BEFORE UPDATE ON partner_statement_line BEGIN SELECT RAISE(ABORT, 'what was drawn stays on record'); END;
CREATE TRIGGER partner_statement_line_no_delete BEFORE DELETE ON partner_statement_line BEGIN SELECT RAISE(ABORT, 'what was drawn stays on record'); END;

-- personal data (个保法) ----------------------------------------------------------------------

-- frozen_on: kept but no longer used, where the law asks for keeping (47 条); erased_on: made anonymous
ALTER TABLE person ADD COLUMN frozen_on TEXT;
ALTER TABLE person ADD COLUMN erased_on TEXT;

-- what somebody asked about their own data, and what was answered (44–50 条)
CREATE TABLE data_request (
    id INTEGER PRIMARY KEY,
    person_id INTEGER NOT NULL REFERENCES person (id) ON DELETE RESTRICT,
    kind TEXT NOT NULL CHECK (kind IN ('copy', 'correct', 'freeze', 'erase')),
    state TEXT NOT NULL CHECK (state IN ('received', 'done', 'refused')),
    checked TEXT NOT NULL,
    answer TEXT NOT NULL DEFAULT '',
    received_on TEXT NOT NULL,
    answered_on TEXT,
    approved_by INTEGER REFERENCES staff (id) ON DELETE RESTRICT,
    staff_id INTEGER NOT NULL REFERENCES staff (id) ON DELETE RESTRICT,
    seq INTEGER NOT NULL,
    CHECK ((state = 'received') = (answered_on IS NULL))
) STRICT;
CREATE INDEX data_request_person ON data_request (person_id);
CREATE INDEX data_request_open ON data_request (received_on) WHERE state = 'received';
CREATE TRIGGER data_request_no_delete BEFORE DELETE ON data_request BEGIN SELECT RAISE(ABORT, 'requests are answered, never deleted'); END;

-- data that was given to somebody outside the clinic, with the person's word for it (R135, 23 条)
CREATE TABLE disclosure (
    id INTEGER PRIMARY KEY,
    person_id INTEGER NOT NULL REFERENCES person (id) ON DELETE RESTRICT,
    receiver TEXT NOT NULL CHECK (receiver <> ''),
    what TEXT NOT NULL CHECK (what <> ''),
    purpose TEXT NOT NULL CHECK (purpose <> ''),
    basis TEXT NOT NULL CHECK (basis IN ('consent', 'law')),
    basis_note TEXT NOT NULL CHECK (basis_note <> ''),
    takes_back_id INTEGER UNIQUE REFERENCES disclosure (id) ON DELETE RESTRICT,
    occurred_on TEXT NOT NULL,
    staff_id INTEGER NOT NULL REFERENCES staff (id) ON DELETE RESTRICT,
    seq INTEGER NOT NULL
) STRICT;
CREATE INDEX disclosure_person ON disclosure (person_id);
CREATE INDEX disclosure_day ON disclosure (occurred_on);
CREATE TRIGGER disclosure_no_update BEFORE UPDATE ON disclosure BEGIN SELECT RAISE(ABORT, 'what was given stays on record'); END;
CREATE TRIGGER disclosure_no_delete BEFORE DELETE ON disclosure BEGIN SELECT RAISE(ABORT, 'what was given stays on record'); END;

-- words about somebody in rows that never change can be emptied once they were made anonymous: every
-- figure, day, kind and hand stays as it was written

DROP TRIGGER money_event_no_update;
CREATE TRIGGER money_event_no_update BEFORE UPDATE OF
    id, receipt_id, person_id, kind, amount_fen, occurred_on, recorded_on, seq ON money_event
BEGIN SELECT RAISE(ABORT, 'money events are append-only'); END;
CREATE TRIGGER money_event_words BEFORE UPDATE OF reason ON money_event
WHEN NEW.reason NOT IN ('', OLD.reason) OR NOT EXISTS (
    SELECT 1 FROM person WHERE id = OLD.person_id
    AND person.erased_on IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'money events are append-only'); END;
DROP TRIGGER points_entry_no_update;
CREATE TRIGGER points_entry_no_update BEFORE UPDATE OF
    id, person_id, programme_id, version_id, kind, points, tier_counting, receipt_id,
    money_event_id, reverses_id, expired_lot_id, occurred_on, expires_on, seq, complaint_id,
    referral_id ON points_entry
BEGIN SELECT RAISE(ABORT, 'the points ledger is append-only'); END;
CREATE TRIGGER points_entry_words BEFORE UPDATE OF reason ON points_entry
WHEN NEW.reason NOT IN ('', OLD.reason) OR NOT EXISTS (
    SELECT 1 FROM person WHERE id = OLD.person_id
    AND person.erased_on IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'the points ledger is append-only'); END;
DROP TRIGGER tier_override_no_update;
CREATE TRIGGER tier_override_no_update BEFORE UPDATE OF
    id, person_id, programme_id, kind, rank, occurred_on, until, approved_by, seq ON tier_override
BEGIN SELECT RAISE(ABORT, 'tier overrides are append-only'); END;
CREATE TRIGGER tier_override_words BEFORE UPDATE OF reason ON tier_override
WHEN NEW.reason NOT IN ('', OLD.reason) OR NOT EXISTS (
    SELECT 1 FROM person WHERE id = OLD.person_id
    AND person.erased_on IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'tier overrides are append-only'); END;
DROP TRIGGER gift_issue_no_update;
CREATE TRIGGER gift_issue_no_update BEFORE UPDATE OF
    id, person_id, grant_id, gift_id, place, quantity, reason, points, beneficiary_id, collected,
    returns_id, occurred_on, staff_id, seq, pack_id ON gift_issue
BEGIN SELECT RAISE(ABORT, 'gift issues are append-only'); END;
CREATE TRIGGER gift_issue_words BEFORE UPDATE OF note ON gift_issue
WHEN NEW.note NOT IN ('', OLD.note) OR NOT EXISTS (
    SELECT 1 FROM person WHERE id = OLD.person_id
    AND person.erased_on IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'gift issues are append-only'); END;
DROP TRIGGER service_use_no_update;
CREATE TRIGGER service_use_no_update BEFORE UPDATE OF
    id, grant_id, person_id, beneficiary_id, quantity, doctor_id, registration_waived, state,
    bill_number, borne_by, voids_id, occurred_on, staff_id, seq, checked ON service_use
BEGIN SELECT RAISE(ABORT, 'service uses are append-only'); END;
CREATE TRIGGER service_use_words BEFORE UPDATE OF reason ON service_use
WHEN NEW.reason NOT IN ('', OLD.reason) OR NOT EXISTS (
    SELECT 1 FROM person WHERE id = OLD.person_id
    AND person.erased_on IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'service uses are append-only'); END;
DROP TRIGGER health_grade_no_update;
CREATE TRIGGER health_grade_no_update BEFORE UPDATE OF
    id, person_id, grade, occurred_on, staff_id, seq ON health_grade
BEGIN SELECT RAISE(ABORT, 'health grades are append-only'); END;
CREATE TRIGGER health_grade_words BEFORE UPDATE OF note ON health_grade
WHEN NEW.note NOT IN ('', OLD.note) OR NOT EXISTS (
    SELECT 1 FROM person WHERE id = OLD.person_id
    AND person.erased_on IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'health grades are append-only'); END;
DROP TRIGGER fee_payment_no_update;
CREATE TRIGGER fee_payment_no_update BEFORE UPDATE OF
    id, person_id, programme_id, version_id, membership_id, kind, rank, months, amount_fen,
    listed_fen, credit_fen, payment, voids_id, occurred_on, staff_id, seq ON fee_payment
BEGIN SELECT RAISE(ABORT, 'fee payments are append-only'); END;
CREATE TRIGGER fee_payment_words BEFORE UPDATE OF agreement, reason ON fee_payment
WHEN NEW.agreement NOT IN ('', OLD.agreement) OR NEW.reason NOT IN ('', OLD.reason) OR NOT EXISTS (
    SELECT 1 FROM person WHERE id = OLD.person_id
    AND person.erased_on IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'fee payments are append-only'); END;
DROP TRIGGER redemption_return_no_update;
CREATE TRIGGER redemption_return_no_update BEFORE UPDATE OF
    id, redemption_id, person_id, points, whole, occurred_on, staff_id, seq ON redemption_return
BEGIN SELECT RAISE(ABORT, 'redemption returns are append-only'); END;
CREATE TRIGGER redemption_return_words BEFORE UPDATE OF reason ON redemption_return
WHEN NEW.reason NOT IN ('', OLD.reason) OR NOT EXISTS (
    SELECT 1 FROM person WHERE id = OLD.person_id
    AND person.erased_on IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'redemption returns are append-only'); END;
DROP TRIGGER award_no_update;
CREATE TRIGGER award_no_update BEFORE UPDATE OF
    id, person_id, programme_id, version_id, kind, reason, quantity, value_fen, benefit_key,
    valid_to, referral_id, complaint_id, voids_id, occurred_on, staff_id, seq, activity_id ON award
BEGIN SELECT RAISE(ABORT, 'awards are append-only'); END;
CREATE TRIGGER award_words BEFORE UPDATE OF name, note ON award
WHEN NEW.name NOT IN ('', OLD.name) OR NEW.note NOT IN ('', OLD.note) OR NOT EXISTS (
    SELECT 1 FROM person WHERE id = OLD.person_id
    AND person.erased_on IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'awards are append-only'); END;
DROP TRIGGER gift_promise_no_update;
CREATE TRIGGER gift_promise_no_update BEFORE UPDATE OF
    id, grant_id, person_id, band_fen, approved_by, occurred_on, staff_id, seq ON gift_promise
BEGIN SELECT RAISE(ABORT, 'promises are append-only'); END;
CREATE TRIGGER gift_promise_words BEFORE UPDATE OF note ON gift_promise
WHEN NEW.note NOT IN ('', OLD.note) OR NOT EXISTS (
    SELECT 1 FROM person WHERE id = OLD.person_id
    AND person.erased_on IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'promises are append-only'); END;
DROP TRIGGER followup_attempt_no_update;
CREATE TRIGGER followup_attempt_no_update BEFORE UPDATE OF
    id, task_id, person_id, outcome, satisfaction, next_on, occurred_on, staff_id, seq, channel,
    recovery, nps, was_due_on, was_channel ON followup_attempt
BEGIN SELECT RAISE(ABORT, 'call attempts are append-only'); END;
CREATE TRIGGER followup_attempt_words BEFORE UPDATE OF note ON followup_attempt
WHEN NEW.note NOT IN ('', OLD.note) OR NOT EXISTS (
    SELECT 1 FROM person WHERE id = OLD.person_id
    AND person.erased_on IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'call attempts are append-only'); END;
DROP TRIGGER voucher_step_no_update;
CREATE TRIGGER voucher_step_no_update BEFORE UPDATE OF
    id, voucher_id, step, friend_id, checked, occurred_on, staff_id, seq ON voucher_step
BEGIN SELECT RAISE(ABORT, 'steps are append-only'); END;
CREATE TRIGGER voucher_step_words BEFORE UPDATE OF note ON voucher_step
WHEN NEW.note NOT IN ('', OLD.note) OR NOT EXISTS (
    SELECT 1 FROM voucher JOIN person ON person.id = voucher.person_id WHERE voucher.id = OLD.voucher_id
    AND person.erased_on IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'steps are append-only'); END;
DROP TRIGGER service_bill_no_update;
CREATE TRIGGER service_bill_no_update BEFORE UPDATE OF
    id, use_id, bill_number, amount_fen, borne_by, doctor_id, occurred_on, staff_id, seq ON service_bill
BEGIN SELECT RAISE(ABORT, 'bills are append-only'); END;
CREATE TRIGGER service_bill_words BEFORE UPDATE OF note ON service_bill
WHEN NEW.note NOT IN ('', OLD.note) OR NOT EXISTS (
    SELECT 1 FROM service_use JOIN person ON person.id = service_use.person_id WHERE service_use.id = OLD.use_id
    AND person.erased_on IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'bills are append-only'); END;
DROP TRIGGER complaint_step_no_update;
CREATE TRIGGER complaint_step_no_update BEFORE UPDATE OF
    id, complaint_id, step, occurred_on, staff_id, seq ON complaint_step
BEGIN SELECT RAISE(ABORT, 'steps are append-only'); END;
CREATE TRIGGER complaint_step_words BEFORE UPDATE OF text ON complaint_step
WHEN NEW.text NOT IN ('', OLD.text) OR NOT EXISTS (
    SELECT 1 FROM complaint JOIN person ON person.id = complaint.person_id WHERE complaint.id = OLD.complaint_id
    AND person.erased_on IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'steps are append-only'); END;
DROP TRIGGER grant_before_no_update;
CREATE TRIGGER grant_before_no_update BEFORE UPDATE OF
    id, grant_id, seq, quantity, closed, version_id, rank, due_on, valid_to ON grant_before
BEGIN SELECT RAISE(ABORT, 'what was stays'); END;
CREATE TRIGGER grant_before_words BEFORE UPDATE OF name ON grant_before
WHEN NEW.name NOT IN ('', OLD.name) OR NOT EXISTS (
    SELECT 1 FROM entitlement_grant JOIN person ON person.id = entitlement_grant.person_id WHERE entitlement_grant.id = OLD.grant_id
    AND person.erased_on IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'what was stays'); END;
DROP TRIGGER refund_case_signed_fixed;
CREATE TRIGGER refund_case_signed_fixed BEFORE UPDATE OF
    id, person_id, membership_id, state, applied_on, leaves_on, fault, method, amount_fen,
    worksheet, prepared_by, signed_by, signed_on, seq ON refund_case
WHEN OLD.state <> 'prepared'
BEGIN SELECT RAISE(ABORT, 'a signed refund case never changes'); END;
CREATE TRIGGER refund_case_words BEFORE UPDATE OF reason ON refund_case
WHEN OLD.state <> 'prepared' AND (NEW.reason NOT IN ('', OLD.reason) OR NOT EXISTS (
    SELECT 1 FROM person WHERE id = OLD.person_id AND person.erased_on IS NOT NULL))
BEGIN SELECT RAISE(ABORT, 'a signed refund case never changes'); END;
DROP TRIGGER doctor_change_done_fixed;
CREATE TRIGGER doctor_change_done_fixed BEFORE UPDATE OF
    id, number, person_id, from_doctor_id, to_doctor_id, state, from_word, to_word, signed_by,
    signed_on, in_force_on, occurred_on, staff_id, seq ON doctor_change
WHEN OLD.state IN ('refused', 'in_force', 'withdrawn')
BEGIN SELECT RAISE(ABORT, 'a decided application never changes'); END;
CREATE TRIGGER doctor_change_words BEFORE UPDATE OF reason, note ON doctor_change
WHEN OLD.state IN ('refused', 'in_force', 'withdrawn') AND (NEW.reason NOT IN ('', OLD.reason) OR NEW.note NOT IN ('', OLD.note) OR NOT EXISTS (
    SELECT 1 FROM person WHERE id = OLD.person_id AND person.erased_on IS NOT NULL))
BEGIN SELECT RAISE(ABORT, 'a decided application never changes'); END;
