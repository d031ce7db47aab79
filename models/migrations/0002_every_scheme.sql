-- Schema 2: programmes are edited and signed; fees, redemptions, awards, referrals, merges.

-- programmes -------------------------------------------------------------------------------

-- 'new': only for those who join under it; everybody before stays on the older version (E41)
ALTER TABLE programme_version ADD COLUMN scope TEXT NOT NULL DEFAULT 'all' CHECK (scope IN ('all', 'new'));
ALTER TABLE programme_version ADD COLUMN signed_by INTEGER REFERENCES staff (id) ON DELETE RESTRICT;

-- a programme being worked on; nothing follows from it until it is signed
CREATE TABLE programme_draft (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    definition TEXT NOT NULL,
    based_on INTEGER REFERENCES programme_version (id) ON DELETE RESTRICT,
    changed_on TEXT NOT NULL,
    staff_id INTEGER NOT NULL REFERENCES staff (id) ON DELETE RESTRICT,
    seq INTEGER NOT NULL
) STRICT;

-- the change from one programme to another (E42); a reversed one keeps its row
CREATE TABLE programme_change (
    id INTEGER PRIMARY KEY,
    from_programme_id INTEGER NOT NULL REFERENCES programme (id) ON DELETE RESTRICT,
    to_programme_id INTEGER NOT NULL REFERENCES programme (id) ON DELETE RESTRICT,
    occurred_on TEXT NOT NULL,
    staff_id INTEGER NOT NULL REFERENCES staff (id) ON DELETE RESTRICT,
    seq INTEGER NOT NULL,
    reversed_seq INTEGER
) STRICT;

-- people -----------------------------------------------------------------------------------

-- one person recorded twice: the rows stay where they are, the survivor speaks for both (E62)
CREATE TABLE person_alias (
    id INTEGER PRIMARY KEY,
    merged_id INTEGER NOT NULL REFERENCES person (id) ON DELETE RESTRICT,
    survivor_id INTEGER NOT NULL REFERENCES person (id) ON DELETE RESTRICT,
    merged_on TEXT NOT NULL,
    staff_id INTEGER NOT NULL REFERENCES staff (id) ON DELETE RESTRICT,
    seq INTEGER NOT NULL,
    unmerged_on TEXT,
    unmerged_seq INTEGER,
    CHECK (merged_id <> survivor_id)
) STRICT;
CREATE UNIQUE INDEX person_alias_merged ON person_alias (merged_id) WHERE unmerged_seq IS NULL;
CREATE INDEX person_alias_survivor ON person_alias (survivor_id) WHERE unmerged_seq IS NULL;

-- a birthday kept in the lunar calendar, and the solar day it falls on in a year (E53)
CREATE TABLE lunar_birthday (
    person_id INTEGER PRIMARY KEY REFERENCES person (id) ON DELETE RESTRICT,
    month INTEGER NOT NULL CHECK (month BETWEEN 1 AND 12),
    day INTEGER NOT NULL CHECK (day BETWEEN 1 AND 30),
    leap INTEGER NOT NULL CHECK (leap IN (0, 1)),
    seq INTEGER NOT NULL
) STRICT;
CREATE TABLE lunar_day (
    person_id INTEGER NOT NULL REFERENCES lunar_birthday (person_id) ON DELETE RESTRICT,
    year INTEGER NOT NULL,
    day TEXT NOT NULL,
    PRIMARY KEY (person_id, year)
) STRICT, WITHOUT ROWID;
CREATE INDEX lunar_day_day ON lunar_day (day);

-- how healthy the mouth is, judged by hand: one of the ways to a tier (R027)
CREATE TABLE health_grade (
    id INTEGER PRIMARY KEY,
    person_id INTEGER NOT NULL REFERENCES person (id) ON DELETE RESTRICT,
    grade INTEGER NOT NULL CHECK (grade BETWEEN 0 AND 9),
    note TEXT NOT NULL DEFAULT '',
    occurred_on TEXT NOT NULL,
    staff_id INTEGER NOT NULL REFERENCES staff (id) ON DELETE RESTRICT,
    seq INTEGER NOT NULL
) STRICT;
CREATE INDEX health_grade_person ON health_grade (person_id, seq);
CREATE TRIGGER health_grade_no_update BEFORE UPDATE ON health_grade BEGIN SELECT RAISE(ABORT, 'health grades are append-only'); END;
CREATE TRIGGER health_grade_no_delete BEFORE DELETE ON health_grade BEGIN SELECT RAISE(ABORT, 'health grades are append-only'); END;

CREATE TABLE complaint (
    id INTEGER PRIMARY KEY,
    person_id INTEGER NOT NULL REFERENCES person (id) ON DELETE RESTRICT,
    text TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('received', 'closed')),
    owner_id INTEGER REFERENCES staff (id) ON DELETE RESTRICT,
    due_on TEXT,
    outcome TEXT NOT NULL DEFAULT '',
    received_on TEXT NOT NULL,
    closed_on TEXT,
    staff_id INTEGER NOT NULL REFERENCES staff (id) ON DELETE RESTRICT,
    seq INTEGER NOT NULL,
    CHECK ((state = 'closed') = (closed_on IS NOT NULL))
) STRICT;
CREATE INDEX complaint_person ON complaint (person_id);
CREATE INDEX complaint_open ON complaint (due_on) WHERE state <> 'closed';
CREATE TRIGGER complaint_no_delete BEFORE DELETE ON complaint BEGIN SELECT RAISE(ABORT, 'complaints are closed, never deleted'); END;

-- money ------------------------------------------------------------------------------------

ALTER TABLE receipt ADD COLUMN payment TEXT NOT NULL DEFAULT '';
DROP TRIGGER receipt_document_fixed;
CREATE TRIGGER receipt_document_fixed BEFORE UPDATE OF id, number, patient_id, case_id, doctor_id, occurred_on, recorded_on,
    billed_fen, discount_fen, insured_fen, covered_fen, earns, replaces_id, staff_id, seq, payment ON receipt
BEGIN SELECT RAISE(ABORT, 'a receipt is corrected by a new document'); END;

-- membership fees: no treatment, no points, no tier spend (E7)
CREATE TABLE fee_payment (
    id INTEGER PRIMARY KEY,
    person_id INTEGER NOT NULL REFERENCES person (id) ON DELETE RESTRICT,
    programme_id INTEGER NOT NULL REFERENCES programme (id) ON DELETE RESTRICT,
    version_id INTEGER NOT NULL REFERENCES programme_version (id) ON DELETE RESTRICT,
    membership_id INTEGER NOT NULL REFERENCES membership (id) ON DELETE RESTRICT,
    kind TEXT NOT NULL CHECK (kind IN ('payment', 'void', 'refund')),
    rank INTEGER NOT NULL,
    months INTEGER NOT NULL CHECK (months >= 0),
    amount_fen INTEGER NOT NULL,
    listed_fen INTEGER NOT NULL CHECK (listed_fen >= 0),
    credit_fen INTEGER NOT NULL DEFAULT 0 CHECK (credit_fen >= 0),
    payment TEXT NOT NULL DEFAULT '',
    agreement TEXT NOT NULL DEFAULT '',
    voids_id INTEGER UNIQUE REFERENCES fee_payment (id) ON DELETE RESTRICT,
    reason TEXT NOT NULL DEFAULT '',
    occurred_on TEXT NOT NULL,
    staff_id INTEGER NOT NULL REFERENCES staff (id) ON DELETE RESTRICT,
    seq INTEGER NOT NULL,
    CHECK ((kind = 'payment') = (amount_fen >= 0) OR amount_fen = 0),
    CHECK ((kind = 'void') = (voids_id IS NOT NULL))
) STRICT;
CREATE INDEX fee_payment_person ON fee_payment (person_id, seq);
CREATE INDEX fee_payment_day ON fee_payment (occurred_on);
CREATE TRIGGER fee_payment_no_update BEFORE UPDATE ON fee_payment BEGIN SELECT RAISE(ABORT, 'fee payments are append-only'); END;
CREATE TRIGGER fee_payment_no_delete BEFORE DELETE ON fee_payment BEGIN SELECT RAISE(ABORT, 'fee payments are append-only'); END;

ALTER TABLE membership ADD COLUMN agreement TEXT NOT NULL DEFAULT '';
ALTER TABLE membership ADD COLUMN end_reason TEXT NOT NULL DEFAULT '';
ALTER TABLE membership ADD COLUMN end_seq INTEGER;

-- leaving a paid membership (E59–E61): prepared by one, signed by another
CREATE TABLE refund_case (
    id INTEGER PRIMARY KEY,
    person_id INTEGER NOT NULL REFERENCES person (id) ON DELETE RESTRICT,
    membership_id INTEGER NOT NULL REFERENCES membership (id) ON DELETE RESTRICT,
    state TEXT NOT NULL CHECK (state IN ('prepared', 'signed', 'cancelled')),
    applied_on TEXT NOT NULL,
    leaves_on TEXT NOT NULL,
    fault TEXT NOT NULL CHECK (fault IN ('member', 'clinic')),
    method TEXT NOT NULL CHECK (method IN ('agreed', 'cooling', 'discounted', 'listed', 'remaining')),
    amount_fen INTEGER NOT NULL CHECK (amount_fen >= 0),
    worksheet TEXT NOT NULL,
    reason TEXT NOT NULL,
    prepared_by INTEGER NOT NULL REFERENCES staff (id) ON DELETE RESTRICT,
    signed_by INTEGER REFERENCES staff (id) ON DELETE RESTRICT,
    signed_on TEXT,
    seq INTEGER NOT NULL,
    CHECK ((state = 'signed') = (signed_by IS NOT NULL)),
    CHECK (signed_by IS NULL OR signed_by <> prepared_by)
) STRICT;
CREATE UNIQUE INDEX refund_case_open ON refund_case (membership_id) WHERE state = 'prepared';
CREATE INDEX refund_case_person ON refund_case (person_id);
CREATE TRIGGER refund_case_signed_fixed BEFORE UPDATE ON refund_case WHEN OLD.state <> 'prepared'
BEGIN SELECT RAISE(ABORT, 'a signed refund case never changes'); END;
CREATE TRIGGER refund_case_no_delete BEFORE DELETE ON refund_case BEGIN SELECT RAISE(ABORT, 'refund cases are cancelled, never deleted'); END;

-- points -----------------------------------------------------------------------------------

ALTER TABLE points_entry ADD COLUMN complaint_id INTEGER REFERENCES complaint (id) ON DELETE RESTRICT;

-- what points were spent on, with the price of that day (E30)
CREATE TABLE redemption (
    id INTEGER PRIMARY KEY,
    person_id INTEGER NOT NULL REFERENCES person (id) ON DELETE RESTRICT,
    programme_id INTEGER NOT NULL REFERENCES programme (id) ON DELETE RESTRICT,
    version_id INTEGER NOT NULL REFERENCES programme_version (id) ON DELETE RESTRICT,
    kind TEXT NOT NULL CHECK (kind IN ('gift', 'service', 'coupon', 'cash', 'tier')),
    item_key TEXT NOT NULL,
    name TEXT NOT NULL,
    quantity INTEGER NOT NULL CHECK (quantity > 0),
    points INTEGER NOT NULL CHECK (points > 0),
    value_fen INTEGER NOT NULL DEFAULT 0,
    rank INTEGER NOT NULL DEFAULT 0,
    entry_id INTEGER NOT NULL UNIQUE REFERENCES points_entry (id) ON DELETE RESTRICT,
    receipt_id INTEGER REFERENCES receipt (id) ON DELETE RESTRICT,
    checked TEXT NOT NULL DEFAULT '',
    valid_to TEXT,
    occurred_on TEXT NOT NULL,
    staff_id INTEGER NOT NULL REFERENCES staff (id) ON DELETE RESTRICT,
    seq INTEGER NOT NULL,
    CHECK ((kind = 'cash') = (receipt_id IS NOT NULL)),
    CHECK ((kind = 'tier') = (rank > 0))
) STRICT;
CREATE INDEX redemption_person ON redemption (person_id, seq);
CREATE INDEX redemption_receipt ON redemption (receipt_id) WHERE receipt_id IS NOT NULL;
CREATE INDEX redemption_seq ON redemption (seq);
CREATE TRIGGER redemption_no_update BEFORE UPDATE ON redemption BEGIN SELECT RAISE(ABORT, 'redemptions are append-only'); END;
CREATE TRIGGER redemption_no_delete BEFORE DELETE ON redemption BEGIN SELECT RAISE(ABORT, 'redemptions are append-only'); END;

-- points given back for a redemption: all of it, or with a refund a part (E18, E31)
CREATE TABLE redemption_return (
    id INTEGER PRIMARY KEY,
    redemption_id INTEGER NOT NULL REFERENCES redemption (id) ON DELETE RESTRICT,
    person_id INTEGER NOT NULL REFERENCES person (id) ON DELETE RESTRICT,
    points INTEGER NOT NULL CHECK (points > 0),
    whole INTEGER NOT NULL CHECK (whole IN (0, 1)),
    reason TEXT NOT NULL,
    occurred_on TEXT NOT NULL,
    staff_id INTEGER NOT NULL REFERENCES staff (id) ON DELETE RESTRICT,
    seq INTEGER NOT NULL
) STRICT;
CREATE INDEX redemption_return_of ON redemption_return (redemption_id);
CREATE UNIQUE INDEX redemption_return_once ON redemption_return (redemption_id) WHERE whole = 1;
CREATE TRIGGER redemption_return_no_update BEFORE UPDATE ON redemption_return BEGIN SELECT RAISE(ABORT, 'redemption returns are append-only'); END;
CREATE TRIGGER redemption_return_no_delete BEFORE DELETE ON redemption_return BEGIN SELECT RAISE(ABORT, 'redemption returns are append-only'); END;

-- referrals --------------------------------------------------------------------------------

CREATE TABLE referral (
    id INTEGER PRIMARY KEY,
    referrer_id INTEGER NOT NULL REFERENCES person (id) ON DELETE RESTRICT,
    newcomer_id INTEGER NOT NULL REFERENCES person (id) ON DELETE RESTRICT,
    state TEXT NOT NULL CHECK (state IN ('recorded', 'paid', 'rewarded', 'reversed', 'refused')),
    recorded_on TEXT NOT NULL,
    paid_on TEXT,
    receipt_id INTEGER REFERENCES receipt (id) ON DELETE RESTRICT,
    due_on TEXT,
    rewarded_on TEXT,
    closed_on TEXT,
    reason TEXT NOT NULL DEFAULT '',
    seq INTEGER NOT NULL,
    CHECK (referrer_id <> newcomer_id)
) STRICT;
CREATE UNIQUE INDEX referral_newcomer ON referral (newcomer_id);
CREATE INDEX referral_referrer ON referral (referrer_id, state);
CREATE INDEX referral_due ON referral (due_on) WHERE state = 'paid';
CREATE INDEX referral_receipt ON referral (receipt_id) WHERE receipt_id IS NOT NULL;
CREATE TRIGGER referral_no_delete BEFORE DELETE ON referral BEGIN SELECT RAISE(ABORT, 'referrals are refused, never deleted'); END;

ALTER TABLE points_entry ADD COLUMN referral_id INTEGER REFERENCES referral (id) ON DELETE RESTRICT;
CREATE INDEX points_entry_referral ON points_entry (referral_id) WHERE referral_id IS NOT NULL;

-- grants -----------------------------------------------------------------------------------

-- 'coupon', 'advice' or 'waiver' where a service is one of these
ALTER TABLE entitlement_grant ADD COLUMN form TEXT NOT NULL DEFAULT '';
ALTER TABLE service_use ADD COLUMN checked TEXT NOT NULL DEFAULT '';

-- something given outside the tiers: referral, event, compensation, a benefit given by hand
CREATE TABLE award (
    id INTEGER PRIMARY KEY,
    person_id INTEGER NOT NULL REFERENCES person (id) ON DELETE RESTRICT,
    programme_id INTEGER NOT NULL REFERENCES programme (id) ON DELETE RESTRICT,
    version_id INTEGER NOT NULL REFERENCES programme_version (id) ON DELETE RESTRICT,
    kind TEXT NOT NULL CHECK (kind IN ('gift', 'service', 'coupon', 'advice', 'waiver')),
    name TEXT NOT NULL,
    reason TEXT NOT NULL CHECK (reason IN ('tier', 'birthday', 'enrol', 'event', 'referral', 'scholarship', 'compensation')),
    quantity INTEGER NOT NULL CHECK (quantity > 0),
    value_fen INTEGER NOT NULL DEFAULT 0 CHECK (value_fen >= 0),
    benefit_key TEXT NOT NULL DEFAULT '',
    valid_to TEXT,
    referral_id INTEGER REFERENCES referral (id) ON DELETE RESTRICT,
    complaint_id INTEGER REFERENCES complaint (id) ON DELETE RESTRICT,
    note TEXT NOT NULL DEFAULT '',
    voids_id INTEGER UNIQUE REFERENCES award (id) ON DELETE RESTRICT,
    occurred_on TEXT NOT NULL,
    staff_id INTEGER NOT NULL REFERENCES staff (id) ON DELETE RESTRICT,
    seq INTEGER NOT NULL
) STRICT;
CREATE INDEX award_person ON award (person_id, seq);
CREATE INDEX award_complaint ON award (complaint_id) WHERE complaint_id IS NOT NULL;
CREATE TRIGGER award_no_update BEFORE UPDATE ON award BEGIN SELECT RAISE(ABORT, 'awards are append-only'); END;
CREATE TRIGGER award_no_delete BEFORE DELETE ON award BEGIN SELECT RAISE(ABORT, 'awards are append-only'); END;

-- somebody's word for a benefit that waits for one (R081)
CREATE TABLE benefit_confirmation (
    id INTEGER PRIMARY KEY,
    person_id INTEGER NOT NULL REFERENCES person (id) ON DELETE RESTRICT,
    programme_id INTEGER NOT NULL REFERENCES programme (id) ON DELETE RESTRICT,
    grant_key TEXT NOT NULL,
    occurred_on TEXT NOT NULL,
    staff_id INTEGER NOT NULL REFERENCES staff (id) ON DELETE RESTRICT,
    seq INTEGER NOT NULL,
    UNIQUE (person_id, programme_id, grant_key)
) STRICT;
CREATE TRIGGER benefit_confirmation_no_update BEFORE UPDATE ON benefit_confirmation BEGIN SELECT RAISE(ABORT, 'confirmations are append-only'); END;
CREATE TRIGGER benefit_confirmation_no_delete BEFORE DELETE ON benefit_confirmation BEGIN SELECT RAISE(ABORT, 'confirmations are append-only'); END;

-- standings --------------------------------------------------------------------------------

-- next_on: the day on which the calendar alone may change something; until then nobody looks
ALTER TABLE standing ADD COLUMN next_on TEXT;
ALTER TABLE standing ADD COLUMN paid_until TEXT;
ALTER TABLE standing ADD COLUMN tier_ends_on TEXT;
ALTER TABLE standing ADD COLUMN redeemable INTEGER NOT NULL DEFAULT 0 CHECK (redeemable IN (0, 1));
CREATE INDEX standing_next ON standing (next_on) WHERE next_on IS NOT NULL;
CREATE INDEX standing_paid ON standing (paid_until) WHERE paid_until IS NOT NULL;
CREATE INDEX standing_tier_ends ON standing (tier_ends_on) WHERE tier_ends_on IS NOT NULL;
-- standings of schema 1 do not know their next day: the next catch-up looks at them once
UPDATE standing SET next_on = '2000-01-01' WHERE rank > 0;
