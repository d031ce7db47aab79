-- Schema 4: appointments, every step of a visit, doctors and the change of one.

-- a light list of who is coming; somebody without a record has a name and a phone here
CREATE TABLE appointment (
    id INTEGER PRIMARY KEY,
    day TEXT NOT NULL,
    at TEXT NOT NULL,
    person_id INTEGER REFERENCES person (id) ON DELETE RESTRICT,
    name TEXT NOT NULL DEFAULT '',
    phone TEXT NOT NULL DEFAULT '',
    doctor_id INTEGER REFERENCES doctor (id) ON DELETE RESTRICT,
    item TEXT NOT NULL DEFAULT '',
    introduced_by_id INTEGER REFERENCES person (id) ON DELETE RESTRICT,
    note TEXT NOT NULL DEFAULT '',
    state TEXT NOT NULL CHECK (state IN ('booked', 'arrived', 'no_show', 'cancelled')),
    confirmed TEXT NOT NULL DEFAULT '' CHECK (confirmed IN ('', 'yes', 'no_answer', 'wants_change')),
    confirmed_on TEXT,
    visit_id INTEGER UNIQUE REFERENCES visit (id) ON DELETE RESTRICT,
    staff_id INTEGER NOT NULL REFERENCES staff (id) ON DELETE RESTRICT,
    seq INTEGER NOT NULL,
    CHECK (person_id IS NOT NULL OR name <> ''),
    CHECK ((state = 'arrived') = (visit_id IS NOT NULL))
) STRICT;
CREATE INDEX appointment_day ON appointment (day, at);
CREATE INDEX appointment_person ON appointment (person_id, day) WHERE person_id IS NOT NULL;
CREATE TRIGGER appointment_no_delete BEFORE DELETE ON appointment BEGIN SELECT RAISE(ABORT, 'appointments are cancelled, never deleted'); END;

-- checked: how the visitor was identified (R039); voucher_id: whose service they come for (R128)
ALTER TABLE visit ADD COLUMN checked TEXT NOT NULL DEFAULT '';
ALTER TABLE visit ADD COLUMN item TEXT NOT NULL DEFAULT '';
ALTER TABLE visit ADD COLUMN assistant_id INTEGER REFERENCES doctor (id) ON DELETE RESTRICT;
ALTER TABLE visit ADD COLUMN consultant_id INTEGER REFERENCES doctor (id) ON DELETE RESTRICT;
ALTER TABLE visit ADD COLUMN voucher_id INTEGER REFERENCES voucher (id) ON DELETE RESTRICT;
ALTER TABLE visit ADD COLUMN receipt_id INTEGER REFERENCES receipt (id) ON DELETE RESTRICT;

-- when a visit moved from which state to which; a step taken back is a step of its own
CREATE TABLE visit_step (
    id INTEGER PRIMARY KEY,
    visit_id INTEGER NOT NULL REFERENCES visit (id) ON DELETE RESTRICT,
    was TEXT NOT NULL,
    now TEXT NOT NULL,
    at_utc TEXT NOT NULL,
    undoes_id INTEGER UNIQUE REFERENCES visit_step (id) ON DELETE RESTRICT,
    staff_id INTEGER NOT NULL REFERENCES staff (id) ON DELETE RESTRICT,
    seq INTEGER NOT NULL
) STRICT;
CREATE INDEX visit_step_visit ON visit_step (visit_id, id);
CREATE TRIGGER visit_step_no_update BEFORE UPDATE ON visit_step BEGIN SELECT RAISE(ABORT, 'steps are append-only'); END;
CREATE TRIGGER visit_step_no_delete BEFORE DELETE ON visit_step BEGIN SELECT RAISE(ABORT, 'steps are append-only'); END;

-- 更换主治医师申请: whose patient it is, treats, until both doctors and a leader said otherwise
CREATE TABLE doctor_change (
    id INTEGER PRIMARY KEY,
    number TEXT NOT NULL UNIQUE,
    person_id INTEGER NOT NULL REFERENCES person (id) ON DELETE RESTRICT,
    from_doctor_id INTEGER NOT NULL REFERENCES doctor (id) ON DELETE RESTRICT,
    to_doctor_id INTEGER NOT NULL REFERENCES doctor (id) ON DELETE RESTRICT,
    reason TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('draft', 'waiting', 'approved', 'refused', 'in_force', 'withdrawn')),
    from_word TEXT NOT NULL DEFAULT '' CHECK (from_word IN ('', 'agrees', 'objects')),
    to_word TEXT NOT NULL DEFAULT '' CHECK (to_word IN ('', 'agrees', 'objects')),
    note TEXT NOT NULL DEFAULT '',
    signed_by INTEGER REFERENCES staff (id) ON DELETE RESTRICT,
    signed_on TEXT,
    in_force_on TEXT,
    occurred_on TEXT NOT NULL,
    staff_id INTEGER NOT NULL REFERENCES staff (id) ON DELETE RESTRICT,
    seq INTEGER NOT NULL,
    CHECK (from_doctor_id <> to_doctor_id),
    CHECK (state NOT IN ('approved', 'in_force') OR (signed_by IS NOT NULL AND signed_on IS NOT NULL))
) STRICT;
CREATE INDEX doctor_change_person ON doctor_change (person_id, id);
CREATE UNIQUE INDEX doctor_change_one_open ON doctor_change (person_id) WHERE state IN ('draft', 'waiting', 'approved');
CREATE TRIGGER doctor_change_no_delete BEFORE DELETE ON doctor_change BEGIN SELECT RAISE(ABORT, 'an application is withdrawn, never deleted'); END;
CREATE TRIGGER doctor_change_done_fixed BEFORE UPDATE ON doctor_change WHEN OLD.state IN ('refused', 'in_force', 'withdrawn')
BEGIN SELECT RAISE(ABORT, 'a decided application never changes'); END;

-- who treats a person in which part, from when until when
CREATE TABLE care_team (
    id INTEGER PRIMARY KEY,
    person_id INTEGER NOT NULL REFERENCES person (id) ON DELETE RESTRICT,
    part TEXT NOT NULL CHECK (part IN ('attending', 'assistant', 'consultant')),
    doctor_id INTEGER NOT NULL REFERENCES doctor (id) ON DELETE RESTRICT,
    from_on TEXT NOT NULL,
    until_on TEXT,
    change_id INTEGER REFERENCES doctor_change (id) ON DELETE RESTRICT,
    staff_id INTEGER NOT NULL REFERENCES staff (id) ON DELETE RESTRICT,
    seq INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX care_team_now ON care_team (person_id, part) WHERE until_on IS NULL;
CREATE INDEX care_team_person ON care_team (person_id, id);
CREATE TRIGGER care_team_no_delete BEFORE DELETE ON care_team BEGIN SELECT RAISE(ABORT, 'the care team keeps its history'); END;
