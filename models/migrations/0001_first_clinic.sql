-- Schema 1. Money is integer fen, points are integers, business dates are clinic-local
-- TEXT 'YYYY-MM-DD', instants are UTC TEXT. `seq` on a ledger row is the audit sequence number
-- of the command that wrote it: it orders everything and freezes Friday's cut-off.

-- the clinic itself ------------------------------------------------------------------------

CREATE TABLE setting (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE staff (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL CHECK (role IN ('frontdesk', 'billing', 'marketing', 'member_admin', 'director')),
    pin_hash TEXT NOT NULL,
    active INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
    failures INTEGER NOT NULL DEFAULT 0 CHECK (failures >= 0),
    locked_until TEXT,
    created_at TEXT NOT NULL
) STRICT;

CREATE TABLE doctor (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    department TEXT NOT NULL DEFAULT '',
    active INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1))
) STRICT;

CREATE TABLE audit (
    seq INTEGER PRIMARY KEY,
    at_utc TEXT NOT NULL,
    business_date TEXT NOT NULL,
    app_version TEXT NOT NULL,
    actor_id INTEGER REFERENCES staff (id) ON DELETE RESTRICT,
    action TEXT NOT NULL,
    entity TEXT NOT NULL,
    entity_id INTEGER,
    op_id BLOB NOT NULL UNIQUE,
    detail TEXT NOT NULL,
    result TEXT NOT NULL,
    mac BLOB NOT NULL
) STRICT;
CREATE INDEX audit_entity ON audit (entity, entity_id, seq);

CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;
CREATE TRIGGER audit_gapless BEFORE INSERT ON audit
WHEN NEW.seq <> (SELECT COALESCE(MAX(seq), 0) + 1 FROM audit)
BEGIN SELECT RAISE(ABORT, 'audit is gapless'); END;

-- programmes -------------------------------------------------------------------------------

CREATE TABLE programme (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL CHECK (state IN ('draft', 'active', 'retired'))
) STRICT;

CREATE TABLE programme_version (
    id INTEGER PRIMARY KEY,
    programme_id INTEGER NOT NULL REFERENCES programme (id) ON DELETE RESTRICT,
    number INTEGER NOT NULL,
    valid_from TEXT NOT NULL,
    definition TEXT NOT NULL,
    note TEXT NOT NULL DEFAULT '',
    seq INTEGER NOT NULL,
    UNIQUE (programme_id, number)
) STRICT;
CREATE TRIGGER programme_version_no_update BEFORE UPDATE ON programme_version BEGIN SELECT RAISE(ABORT, 'a signed programme version never changes'); END;
CREATE TRIGGER programme_version_no_delete BEFORE DELETE ON programme_version BEGIN SELECT RAISE(ABORT, 'a signed programme version never changes'); END;

-- people -----------------------------------------------------------------------------------

CREATE TABLE household (
    id INTEGER PRIMARY KEY
) STRICT;

CREATE TABLE import_batch (
    id INTEGER PRIMARY KEY,
    file_digest TEXT NOT NULL,
    rows_in INTEGER NOT NULL,
    rows_rejected INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('posted', 'undone')),
    seq INTEGER NOT NULL,
    undone_seq INTEGER
) STRICT;

CREATE TABLE person (
    id INTEGER PRIMARY KEY,
    number TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'withdrawn', 'merged', 'erased')),
    name TEXT NOT NULL,
    pinyin TEXT NOT NULL DEFAULT '',
    sex TEXT NOT NULL DEFAULT '' CHECK (sex IN ('', 'F', 'M')),
    birthday TEXT CHECK (birthday IS NULL OR birthday GLOB '[0-9][0-9][0-9][0-9]-[0-1][0-9]-[0-3][0-9]'),
    id_type TEXT NOT NULL DEFAULT 'resident' CHECK (id_type IN ('resident', 'hkmt_permit', 'passport', 'other')),
    id_number TEXT NOT NULL DEFAULT '',
    id_absent_reason TEXT NOT NULL DEFAULT '',
    phone TEXT NOT NULL DEFAULT '',
    phone_alt TEXT NOT NULL DEFAULT '',
    address TEXT NOT NULL DEFAULT '',
    guardian_name TEXT NOT NULL DEFAULT '',
    guardian_relation TEXT NOT NULL DEFAULT '',
    guardian_phone TEXT NOT NULL DEFAULT '',
    household_id INTEGER REFERENCES household (id) ON DELETE RESTRICT,
    source TEXT NOT NULL DEFAULT '',
    referrer_id INTEGER REFERENCES person (id) ON DELETE RESTRICT,
    doctor_id INTEGER REFERENCES doctor (id) ON DELETE RESTRICT,
    note TEXT NOT NULL DEFAULT '',
    last_visit_on TEXT,
    import_batch_id INTEGER REFERENCES import_batch (id) ON DELETE RESTRICT,
    created_on TEXT NOT NULL,
    seq INTEGER NOT NULL
) STRICT;
CREATE INDEX person_name ON person (name);
CREATE INDEX person_phone ON person (phone) WHERE phone <> '';
CREATE INDEX person_id_number ON person (id_number) WHERE id_number <> '';
CREATE INDEX person_household ON person (household_id) WHERE household_id IS NOT NULL;
CREATE INDEX person_birthday ON person (substr(birthday, 6)) WHERE birthday IS NOT NULL;
CREATE INDEX person_batch ON person (import_batch_id) WHERE import_batch_id IS NOT NULL;
CREATE TRIGGER person_no_delete BEFORE DELETE ON person BEGIN SELECT RAISE(ABORT, 'people are withdrawn or erased, never deleted'); END;

-- one row per thing a person can be found by; clustered, so a lookup is one range read
CREATE TABLE search_key (
    kind INTEGER NOT NULL,
    key TEXT NOT NULL,
    person_id INTEGER NOT NULL REFERENCES person (id) ON DELETE RESTRICT,
    PRIMARY KEY (kind, key, person_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX search_key_person ON search_key (person_id);

CREATE TABLE alert (
    id INTEGER PRIMARY KEY,
    person_id INTEGER NOT NULL REFERENCES person (id) ON DELETE RESTRICT,
    text TEXT NOT NULL,
    active INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
    seq INTEGER NOT NULL
) STRICT;
CREATE INDEX alert_person ON alert (person_id);

CREATE TABLE consent (
    id INTEGER PRIMARY KEY,
    person_id INTEGER NOT NULL REFERENCES person (id) ON DELETE RESTRICT,
    item TEXT NOT NULL CHECK (item IN ('record', 'health', 'marketing', 'transfer')),
    granted INTEGER NOT NULL CHECK (granted IN (0, 1)),
    notice_version TEXT NOT NULL,
    seq INTEGER NOT NULL
) STRICT;
CREATE INDEX consent_person ON consent (person_id, item, id);
CREATE TRIGGER consent_no_update BEFORE UPDATE ON consent BEGIN SELECT RAISE(ABORT, 'consent is append-only'); END;
CREATE TRIGGER consent_no_delete BEFORE DELETE ON consent BEGIN SELECT RAISE(ABORT, 'consent is append-only'); END;

CREATE TABLE card (
    id INTEGER PRIMARY KEY,
    person_id INTEGER NOT NULL REFERENCES person (id) ON DELETE RESTRICT,
    number TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL CHECK (state IN ('active', 'lost', 'replaced', 'void')),
    replaces_id INTEGER REFERENCES card (id) ON DELETE RESTRICT,
    seq INTEGER NOT NULL
) STRICT;
CREATE INDEX card_person ON card (person_id);

CREATE TABLE membership (
    id INTEGER PRIMARY KEY,
    person_id INTEGER NOT NULL REFERENCES person (id) ON DELETE RESTRICT,
    programme_id INTEGER NOT NULL REFERENCES programme (id) ON DELETE RESTRICT,
    version_id INTEGER NOT NULL REFERENCES programme_version (id) ON DELETE RESTRICT,
    state TEXT NOT NULL CHECK (state IN ('active', 'left', 'cancelled')),
    joined_on TEXT NOT NULL,
    basis TEXT NOT NULL CHECK (basis IN ('single', 'cumulative', 'paid', 'manual', 'opening', 'any_visit')),
    benefits_explained INTEGER NOT NULL DEFAULT 0 CHECK (benefits_explained IN (0, 1)),
    staff_id INTEGER NOT NULL REFERENCES staff (id) ON DELETE RESTRICT,
    ended_on TEXT,
    seq INTEGER NOT NULL
) STRICT;
CREATE INDEX membership_person ON membership (person_id);
CREATE UNIQUE INDEX membership_one_active ON membership (person_id, programme_id) WHERE state = 'active';
CREATE INDEX membership_seq ON membership (seq);

-- money ------------------------------------------------------------------------------------

CREATE TABLE treatment_case (
    id INTEGER PRIMARY KEY,
    person_id INTEGER NOT NULL REFERENCES person (id) ON DELETE RESTRICT,
    name TEXT NOT NULL,
    opened_on TEXT NOT NULL,
    seq INTEGER NOT NULL
) STRICT;
CREATE INDEX treatment_case_person ON treatment_case (person_id);

-- the document; credited_id, net_fen, void are projections of its money events
CREATE TABLE receipt (
    id INTEGER PRIMARY KEY,
    number TEXT NOT NULL UNIQUE,
    patient_id INTEGER NOT NULL REFERENCES person (id) ON DELETE RESTRICT,
    credited_id INTEGER NOT NULL REFERENCES person (id) ON DELETE RESTRICT,
    case_id INTEGER REFERENCES treatment_case (id) ON DELETE RESTRICT,
    doctor_id INTEGER REFERENCES doctor (id) ON DELETE RESTRICT,
    occurred_on TEXT NOT NULL,
    recorded_on TEXT NOT NULL,
    billed_fen INTEGER NOT NULL CHECK (billed_fen >= 0),
    discount_fen INTEGER NOT NULL DEFAULT 0 CHECK (discount_fen >= 0),
    insured_fen INTEGER NOT NULL DEFAULT 0 CHECK (insured_fen >= 0),
    covered_fen INTEGER NOT NULL DEFAULT 0 CHECK (covered_fen >= 0),
    net_fen INTEGER NOT NULL CHECK (net_fen >= 0),
    earns INTEGER NOT NULL DEFAULT 1 CHECK (earns IN (0, 1)),
    void INTEGER NOT NULL DEFAULT 0 CHECK (void IN (0, 1)),
    replaces_id INTEGER REFERENCES receipt (id) ON DELETE RESTRICT,
    reason TEXT NOT NULL DEFAULT '',
    note TEXT NOT NULL DEFAULT '',
    staff_id INTEGER NOT NULL REFERENCES staff (id) ON DELETE RESTRICT,
    seq INTEGER NOT NULL
) STRICT;
CREATE INDEX receipt_credited ON receipt (credited_id, occurred_on);
CREATE INDEX receipt_case ON receipt (case_id) WHERE case_id IS NOT NULL;
CREATE INDEX receipt_patient ON receipt (patient_id) WHERE patient_id <> credited_id;
CREATE TRIGGER receipt_no_delete BEFORE DELETE ON receipt BEGIN SELECT RAISE(ABORT, 'receipts are voided, never deleted'); END;
CREATE TRIGGER receipt_document_fixed BEFORE UPDATE OF id, number, patient_id, case_id, doctor_id, occurred_on, recorded_on,
    billed_fen, discount_fen, insured_fen, covered_fen, earns, replaces_id, staff_id, seq ON receipt
BEGIN SELECT RAISE(ABORT, 'a receipt is corrected by a new document'); END;

CREATE TABLE receipt_line (
    id INTEGER PRIMARY KEY,
    receipt_id INTEGER NOT NULL REFERENCES receipt (id) ON DELETE RESTRICT,
    item_class TEXT NOT NULL,
    item TEXT NOT NULL,
    quantity INTEGER NOT NULL CHECK (quantity > 0),
    amount_fen INTEGER NOT NULL CHECK (amount_fen >= 0),
    void INTEGER NOT NULL DEFAULT 0 CHECK (void IN (0, 1))
) STRICT;
CREATE INDEX receipt_line_receipt ON receipt_line (receipt_id);
CREATE TRIGGER receipt_line_no_update BEFORE UPDATE ON receipt_line BEGIN SELECT RAISE(ABORT, 'receipt lines are append-only'); END;
CREATE TRIGGER receipt_line_no_delete BEFORE DELETE ON receipt_line BEGIN SELECT RAISE(ABORT, 'receipt lines are append-only'); END;

-- signed money received from the person; a move is an 'out' on one person and an 'in' on another
CREATE TABLE money_event (
    id INTEGER PRIMARY KEY,
    receipt_id INTEGER NOT NULL REFERENCES receipt (id) ON DELETE RESTRICT,
    person_id INTEGER NOT NULL REFERENCES person (id) ON DELETE RESTRICT,
    kind TEXT NOT NULL CHECK (kind IN ('payment', 'refund', 'void', 'move_out', 'move_in')),
    amount_fen INTEGER NOT NULL,
    occurred_on TEXT NOT NULL,
    recorded_on TEXT NOT NULL,
    reason TEXT NOT NULL DEFAULT '',
    seq INTEGER NOT NULL,
    CHECK ((kind IN ('payment', 'move_in') AND amount_fen >= 0) OR (kind IN ('refund', 'void', 'move_out') AND amount_fen <= 0))
) STRICT;
CREATE INDEX money_event_person ON money_event (person_id, seq);
CREATE INDEX money_event_receipt ON money_event (receipt_id);
CREATE TRIGGER money_event_no_update BEFORE UPDATE ON money_event BEGIN SELECT RAISE(ABORT, 'money events are append-only'); END;
CREATE TRIGGER money_event_no_delete BEFORE DELETE ON money_event BEGIN SELECT RAISE(ABORT, 'money events are append-only'); END;

-- what a person brings from the paper register: one per person and programme (E46)
CREATE TABLE opening_balance (
    id INTEGER PRIMARY KEY,
    person_id INTEGER NOT NULL REFERENCES person (id) ON DELETE RESTRICT,
    programme_id INTEGER NOT NULL REFERENCES programme (id) ON DELETE RESTRICT,
    spend_fen INTEGER NOT NULL,
    points INTEGER NOT NULL,
    gifts_settled INTEGER NOT NULL CHECK (gifts_settled IN (0, 1)),
    occurred_on TEXT NOT NULL,
    reverses_id INTEGER UNIQUE REFERENCES opening_balance (id) ON DELETE RESTRICT,
    seq INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX opening_balance_once ON opening_balance (person_id, programme_id) WHERE reverses_id IS NULL;
CREATE INDEX opening_balance_person ON opening_balance (person_id, seq);
CREATE TRIGGER opening_balance_no_update BEFORE UPDATE ON opening_balance BEGIN SELECT RAISE(ABORT, 'opening balances are append-only'); END;
CREATE TRIGGER opening_balance_no_delete BEFORE DELETE ON opening_balance BEGIN SELECT RAISE(ABORT, 'opening balances are append-only'); END;

-- points -----------------------------------------------------------------------------------

CREATE TABLE points_entry (
    id INTEGER PRIMARY KEY,
    person_id INTEGER NOT NULL REFERENCES person (id) ON DELETE RESTRICT,
    programme_id INTEGER NOT NULL REFERENCES programme (id) ON DELETE RESTRICT,
    version_id INTEGER NOT NULL REFERENCES programme_version (id) ON DELETE RESTRICT,
    kind TEXT NOT NULL CHECK (kind IN ('earn', 'reversal', 'opening', 'adjust', 'expire', 'redeem', 'return', 'grace', 'bonus')),
    points INTEGER NOT NULL CHECK (points <> 0),
    tier_counting INTEGER NOT NULL CHECK (tier_counting IN (0, 1)),
    receipt_id INTEGER REFERENCES receipt (id) ON DELETE RESTRICT,
    money_event_id INTEGER REFERENCES money_event (id) ON DELETE RESTRICT,
    reverses_id INTEGER UNIQUE REFERENCES points_entry (id) ON DELETE RESTRICT,
    expired_lot_id INTEGER UNIQUE REFERENCES points_entry (id) ON DELETE RESTRICT,
    occurred_on TEXT NOT NULL,
    expires_on TEXT,
    reason TEXT NOT NULL DEFAULT '',
    seq INTEGER NOT NULL
) STRICT;
CREATE INDEX points_entry_account ON points_entry (person_id, programme_id, seq);
CREATE INDEX points_entry_receipt ON points_entry (receipt_id) WHERE receipt_id IS NOT NULL;
CREATE UNIQUE INDEX points_entry_money_event ON points_entry (money_event_id, programme_id) WHERE money_event_id IS NOT NULL;
CREATE INDEX points_entry_expiry ON points_entry (expires_on) WHERE expires_on IS NOT NULL;
CREATE TRIGGER points_entry_no_update BEFORE UPDATE ON points_entry BEGIN SELECT RAISE(ABORT, 'the points ledger is append-only'); END;
CREATE TRIGGER points_entry_no_delete BEFORE DELETE ON points_entry BEGIN SELECT RAISE(ABORT, 'the points ledger is append-only'); END;

-- which credit (lot) a debit consumed; a negative row gives points back to the lot (E18)
CREATE TABLE points_allocation (
    id INTEGER PRIMARY KEY,
    debit_id INTEGER NOT NULL REFERENCES points_entry (id) ON DELETE RESTRICT,
    lot_id INTEGER NOT NULL REFERENCES points_entry (id) ON DELETE RESTRICT,
    points INTEGER NOT NULL CHECK (points <> 0),
    seq INTEGER NOT NULL
) STRICT;
CREATE INDEX points_allocation_lot ON points_allocation (lot_id);
CREATE INDEX points_allocation_debit ON points_allocation (debit_id);
CREATE TRIGGER points_allocation_no_update BEFORE UPDATE ON points_allocation BEGIN SELECT RAISE(ABORT, 'allocations are append-only'); END;
CREATE TRIGGER points_allocation_no_delete BEFORE DELETE ON points_allocation BEGIN SELECT RAISE(ABORT, 'allocations are append-only'); END;
CREATE TRIGGER points_allocation_within_lot BEFORE INSERT ON points_allocation
WHEN (SELECT COALESCE(SUM(points), 0) FROM points_allocation WHERE lot_id = NEW.lot_id) + NEW.points
     NOT BETWEEN 0 AND (SELECT points FROM points_entry WHERE id = NEW.lot_id)
BEGIN SELECT RAISE(ABORT, 'allocations exceed the lot'); END;

-- tiers ------------------------------------------------------------------------------------

CREATE TABLE standing (
    person_id INTEGER NOT NULL REFERENCES person (id) ON DELETE RESTRICT,
    programme_id INTEGER NOT NULL REFERENCES programme (id) ON DELETE RESTRICT,
    spend_fen INTEGER NOT NULL CHECK (spend_fen >= 0),
    max_single_fen INTEGER NOT NULL CHECK (max_single_fen >= 0),
    earned INTEGER NOT NULL CHECK (earned >= 0),
    available INTEGER NOT NULL CHECK (available >= 0),
    deficit INTEGER NOT NULL CHECK (deficit >= 0),
    supported_rank INTEGER NOT NULL,
    rank INTEGER NOT NULL,
    reached_on TEXT,
    route TEXT CHECK (route IS NULL OR route IN ('single', 'cumulative', 'paid', 'manual', 'opening')),
    member INTEGER NOT NULL CHECK (member IN (0, 1)),
    receipts INTEGER NOT NULL DEFAULT 0,
    seq INTEGER NOT NULL,
    PRIMARY KEY (person_id, programme_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX standing_rank ON standing (programme_id, member, rank);

CREATE TABLE tier_event (
    id INTEGER PRIMARY KEY,
    person_id INTEGER NOT NULL REFERENCES person (id) ON DELETE RESTRICT,
    programme_id INTEGER NOT NULL REFERENCES programme (id) ON DELETE RESTRICT,
    version_id INTEGER NOT NULL REFERENCES programme_version (id) ON DELETE RESTRICT,
    from_rank INTEGER NOT NULL,
    to_rank INTEGER NOT NULL,
    occurred_on TEXT NOT NULL,
    route TEXT NOT NULL,
    receipt_id INTEGER REFERENCES receipt (id) ON DELETE RESTRICT,
    seq INTEGER NOT NULL
) STRICT;
CREATE INDEX tier_event_person ON tier_event (person_id, seq);
CREATE INDEX tier_event_seq ON tier_event (seq);
CREATE TRIGGER tier_event_no_update BEFORE UPDATE ON tier_event BEGIN SELECT RAISE(ABORT, 'tier history is append-only'); END;
CREATE TRIGGER tier_event_no_delete BEFORE DELETE ON tier_event BEGIN SELECT RAISE(ABORT, 'tier history is append-only'); END;

-- an upgrade is announced twice, once by each post (S18-04)
CREATE TABLE tier_notice (
    id INTEGER PRIMARY KEY,
    tier_event_id INTEGER NOT NULL REFERENCES tier_event (id) ON DELETE RESTRICT,
    post TEXT NOT NULL CHECK (post IN ('frontdesk', 'billing')),
    told_on TEXT,
    staff_id INTEGER REFERENCES staff (id) ON DELETE RESTRICT,
    UNIQUE (tier_event_id, post)
) STRICT;
CREATE INDEX tier_notice_open ON tier_notice (post) WHERE told_on IS NULL;

-- a manager's word on a tier: 'grant' holds it up, 'drop' lets an unsupported one go
CREATE TABLE tier_override (
    id INTEGER PRIMARY KEY,
    person_id INTEGER NOT NULL REFERENCES person (id) ON DELETE RESTRICT,
    programme_id INTEGER NOT NULL REFERENCES programme (id) ON DELETE RESTRICT,
    kind TEXT NOT NULL CHECK (kind IN ('grant', 'drop')),
    rank INTEGER NOT NULL,
    occurred_on TEXT NOT NULL,
    until TEXT,
    reason TEXT NOT NULL,
    approved_by INTEGER NOT NULL REFERENCES staff (id) ON DELETE RESTRICT,
    seq INTEGER NOT NULL
) STRICT;
CREATE INDEX tier_override_person ON tier_override (person_id, seq);
CREATE TRIGGER tier_override_no_update BEFORE UPDATE ON tier_override BEGIN SELECT RAISE(ABORT, 'tier overrides are append-only'); END;
CREATE TRIGGER tier_override_no_delete BEFORE DELETE ON tier_override BEGIN SELECT RAISE(ABORT, 'tier overrides are append-only'); END;

-- gifts and stock --------------------------------------------------------------------------

CREATE TABLE gift (
    id INTEGER PRIMARY KEY,
    code TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL UNIQUE,
    spec TEXT NOT NULL DEFAULT '',
    unit TEXT NOT NULL DEFAULT '份',
    source TEXT NOT NULL CHECK (source IN ('purchased', 'inhouse')),
    band_fen INTEGER NOT NULL CHECK (band_fen >= 0),
    cost_fen INTEGER NOT NULL CHECK (cost_fen >= 0),
    safety_stock INTEGER NOT NULL DEFAULT 0 CHECK (safety_stock >= 0),
    active INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
    seq INTEGER NOT NULL
) STRICT;

-- what a person may claim: a gift or a service, for a period, so many times
CREATE TABLE entitlement_grant (
    id INTEGER PRIMARY KEY,
    person_id INTEGER NOT NULL REFERENCES person (id) ON DELETE RESTRICT,
    programme_id INTEGER NOT NULL REFERENCES programme (id) ON DELETE RESTRICT,
    version_id INTEGER NOT NULL REFERENCES programme_version (id) ON DELETE RESTRICT,
    grant_key TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('gift', 'service')),
    name TEXT NOT NULL,
    rank INTEGER NOT NULL,
    reason TEXT NOT NULL,
    value_fen INTEGER NOT NULL DEFAULT 0,
    quantity INTEGER NOT NULL CHECK (quantity >= 0),
    used INTEGER NOT NULL DEFAULT 0 CHECK (used >= 0),
    due_on TEXT NOT NULL,
    valid_from TEXT NOT NULL,
    valid_to TEXT,
    state TEXT NOT NULL CHECK (state IN ('open', 'used', 'closed')),
    seq INTEGER NOT NULL,
    UNIQUE (person_id, programme_id, grant_key),
    CHECK (used <= quantity),
    CHECK (state <> 'used' OR used = quantity),
    CHECK (state <> 'open' OR used < quantity)
) STRICT;
CREATE INDEX entitlement_grant_due ON entitlement_grant (due_on) WHERE state = 'open' AND kind = 'gift';
CREATE INDEX entitlement_grant_ends ON entitlement_grant (valid_to) WHERE state = 'open' AND valid_to IS NOT NULL;
CREATE TRIGGER entitlement_grant_no_delete BEFORE DELETE ON entitlement_grant BEGIN SELECT RAISE(ABORT, 'grants are closed, never deleted'); END;

-- gifts handed out; a return is a row of its own with the opposite quantity
CREATE TABLE gift_issue (
    id INTEGER PRIMARY KEY,
    person_id INTEGER NOT NULL REFERENCES person (id) ON DELETE RESTRICT,
    grant_id INTEGER REFERENCES entitlement_grant (id) ON DELETE RESTRICT,
    gift_id INTEGER NOT NULL REFERENCES gift (id) ON DELETE RESTRICT,
    place TEXT NOT NULL CHECK (place IN ('warehouse', 'desk')),
    quantity INTEGER NOT NULL CHECK (quantity <> 0),
    reason TEXT NOT NULL CHECK (reason IN ('tier', 'points', 'birthday', 'enrol', 'event', 'referral', 'scholarship', 'compensation')),
    points INTEGER NOT NULL DEFAULT 0,
    beneficiary_id INTEGER REFERENCES person (id) ON DELETE RESTRICT,
    collected TEXT NOT NULL CHECK (collected IN ('self', 'proxy', 'post')),
    returns_id INTEGER UNIQUE REFERENCES gift_issue (id) ON DELETE RESTRICT,
    note TEXT NOT NULL DEFAULT '',
    occurred_on TEXT NOT NULL,
    staff_id INTEGER NOT NULL REFERENCES staff (id) ON DELETE RESTRICT,
    seq INTEGER NOT NULL,
    CHECK ((returns_id IS NULL) = (quantity > 0))
) STRICT;
CREATE INDEX gift_issue_person ON gift_issue (person_id, seq);
CREATE INDEX gift_issue_grant ON gift_issue (grant_id) WHERE grant_id IS NOT NULL;
CREATE INDEX gift_issue_seq ON gift_issue (seq);
CREATE TRIGGER gift_issue_no_update BEFORE UPDATE ON gift_issue BEGIN SELECT RAISE(ABORT, 'gift issues are append-only'); END;
CREATE TRIGGER gift_issue_no_delete BEFORE DELETE ON gift_issue BEGIN SELECT RAISE(ABORT, 'gift issues are append-only'); END;

-- services drawn from a grant; a voided use is a row of its own with the opposite quantity
CREATE TABLE service_use (
    id INTEGER PRIMARY KEY,
    grant_id INTEGER NOT NULL REFERENCES entitlement_grant (id) ON DELETE RESTRICT,
    person_id INTEGER NOT NULL REFERENCES person (id) ON DELETE RESTRICT,
    beneficiary_id INTEGER NOT NULL REFERENCES person (id) ON DELETE RESTRICT,
    quantity INTEGER NOT NULL CHECK (quantity <> 0),
    doctor_id INTEGER REFERENCES doctor (id) ON DELETE RESTRICT,
    registration_waived INTEGER NOT NULL DEFAULT 0 CHECK (registration_waived IN (0, 1)),
    state TEXT NOT NULL CHECK (state IN ('used', 'void')),
    bill_number TEXT NOT NULL DEFAULT '',
    borne_by TEXT NOT NULL CHECK (borne_by IN ('marketing', 'doctor', 'department')),
    voids_id INTEGER UNIQUE REFERENCES service_use (id) ON DELETE RESTRICT,
    reason TEXT NOT NULL DEFAULT '',
    occurred_on TEXT NOT NULL,
    staff_id INTEGER NOT NULL REFERENCES staff (id) ON DELETE RESTRICT,
    seq INTEGER NOT NULL,
    CHECK ((voids_id IS NULL) = (quantity > 0)),
    CHECK ((voids_id IS NULL) = (state = 'used'))
) STRICT;
CREATE INDEX service_use_person ON service_use (person_id, seq);
CREATE INDEX service_use_beneficiary ON service_use (beneficiary_id) WHERE beneficiary_id <> person_id;
CREATE INDEX service_use_grant ON service_use (grant_id);
CREATE INDEX service_use_seq ON service_use (seq);
CREATE TRIGGER service_use_no_update BEFORE UPDATE ON service_use BEGIN SELECT RAISE(ABORT, 'service uses are append-only'); END;
CREATE TRIGGER service_use_no_delete BEFORE DELETE ON service_use BEGIN SELECT RAISE(ABORT, 'service uses are append-only'); END;

CREATE TABLE reconciliation (
    id INTEGER PRIMARY KEY,
    week TEXT NOT NULL,
    opened_on TEXT NOT NULL,
    opened_by INTEGER NOT NULL REFERENCES staff (id) ON DELETE RESTRICT,
    from_seq INTEGER NOT NULL,
    cutoff_seq INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('counting', 'compared', 'closed', 'abandoned')),
    marketing_signer INTEGER REFERENCES staff (id) ON DELETE RESTRICT,
    billing_signer INTEGER REFERENCES staff (id) ON DELETE RESTRICT,
    closed_on TEXT,
    closed_seq INTEGER,
    seq INTEGER NOT NULL,
    CHECK (cutoff_seq >= from_seq),
    CHECK (state <> 'closed' OR (marketing_signer IS NOT NULL AND billing_signer IS NOT NULL AND closed_seq IS NOT NULL)),
    CHECK (marketing_signer IS NULL OR billing_signer IS NULL OR marketing_signer <> billing_signer)
) STRICT;
CREATE UNIQUE INDEX reconciliation_one_open ON reconciliation (1) WHERE state IN ('counting', 'compared');
CREATE TRIGGER reconciliation_closed_fixed BEFORE UPDATE ON reconciliation WHEN OLD.state IN ('closed', 'abandoned')
BEGIN SELECT RAISE(ABORT, 'a closed reconciliation never changes'); END;
CREATE TRIGGER reconciliation_no_delete BEFORE DELETE ON reconciliation BEGIN SELECT RAISE(ABORT, 'a reconciliation is closed, never deleted'); END;

CREATE TABLE stock_move (
    id INTEGER PRIMARY KEY,
    gift_id INTEGER NOT NULL REFERENCES gift (id) ON DELETE RESTRICT,
    place TEXT NOT NULL CHECK (place IN ('warehouse', 'desk')),
    kind TEXT NOT NULL CHECK (kind IN ('receive', 'transfer', 'issue', 'return', 'scrap', 'adjust', 'count')),
    quantity INTEGER NOT NULL CHECK (quantity <> 0),
    unit_cost_fen INTEGER NOT NULL DEFAULT 0,
    issue_id INTEGER UNIQUE REFERENCES gift_issue (id) ON DELETE RESTRICT,
    reconciliation_id INTEGER REFERENCES reconciliation (id) ON DELETE RESTRICT,
    reason TEXT NOT NULL DEFAULT '',
    occurred_on TEXT NOT NULL,
    staff_id INTEGER NOT NULL REFERENCES staff (id) ON DELETE RESTRICT,
    seq INTEGER NOT NULL,
    CHECK ((kind = 'count') = (reconciliation_id IS NOT NULL)),
    CHECK (kind NOT IN ('issue', 'scrap') OR quantity < 0),
    CHECK (kind NOT IN ('receive', 'return') OR quantity > 0)
) STRICT;
CREATE INDEX stock_move_seq ON stock_move (seq);
CREATE INDEX stock_move_gift ON stock_move (gift_id, place, seq);
CREATE TRIGGER stock_move_no_update BEFORE UPDATE ON stock_move BEGIN SELECT RAISE(ABORT, 'stock moves are append-only'); END;
CREATE TRIGGER stock_move_no_delete BEFORE DELETE ON stock_move BEGIN SELECT RAISE(ABORT, 'stock moves are append-only'); END;

-- projection of the stock moves; the CHECK is why stock is never negative
CREATE TABLE stock_level (
    gift_id INTEGER NOT NULL REFERENCES gift (id) ON DELETE RESTRICT,
    place TEXT NOT NULL CHECK (place IN ('warehouse', 'desk')),
    quantity INTEGER NOT NULL CHECK (quantity >= 0),
    PRIMARY KEY (gift_id, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE count_line (
    reconciliation_id INTEGER NOT NULL REFERENCES reconciliation (id) ON DELETE RESTRICT,
    gift_id INTEGER NOT NULL REFERENCES gift (id) ON DELETE RESTRICT,
    place TEXT NOT NULL CHECK (place IN ('warehouse', 'desk')),
    opening INTEGER NOT NULL,
    received INTEGER NOT NULL,
    transferred INTEGER NOT NULL,
    issued INTEGER NOT NULL,
    returned INTEGER NOT NULL,
    scrapped INTEGER NOT NULL,
    adjusted INTEGER NOT NULL,
    counted INTEGER CHECK (counted IS NULL OR counted >= 0),
    reason TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (reconciliation_id, gift_id, place)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER count_line_closed_fixed BEFORE UPDATE ON count_line
WHEN (SELECT state FROM reconciliation WHERE id = OLD.reconciliation_id) IN ('closed', 'abandoned')
BEGIN SELECT RAISE(ABORT, 'the count of a closed reconciliation never changes'); END;
CREATE TRIGGER count_line_no_delete BEFORE DELETE ON count_line BEGIN SELECT RAISE(ABORT, 'count lines are never deleted'); END;

-- the desk ---------------------------------------------------------------------------------

CREATE TABLE visit (
    id INTEGER PRIMARY KEY,
    person_id INTEGER NOT NULL REFERENCES person (id) ON DELETE RESTRICT,
    visit_date TEXT NOT NULL,
    arrived_at TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('expected', 'waiting', 'called', 'in_treatment', 'done', 'no_show')),
    emergency INTEGER NOT NULL DEFAULT 0 CHECK (emergency IN (0, 1)),
    first_visit INTEGER NOT NULL CHECK (first_visit IN (0, 1)),
    reception_rank INTEGER NOT NULL,
    doctor_id INTEGER REFERENCES doctor (id) ON DELETE RESTRICT,
    escort TEXT NOT NULL DEFAULT '',
    doctor_told INTEGER NOT NULL DEFAULT 0 CHECK (doctor_told IN (0, 1)),
    room TEXT NOT NULL DEFAULT '',
    room_exception TEXT NOT NULL DEFAULT '',
    brought_by_id INTEGER REFERENCES person (id) ON DELETE RESTRICT,
    note TEXT NOT NULL DEFAULT '',
    staff_id INTEGER NOT NULL REFERENCES staff (id) ON DELETE RESTRICT,
    seq INTEGER NOT NULL
) STRICT;
CREATE INDEX visit_day ON visit (visit_date, state);
CREATE INDEX visit_person ON visit (person_id, visit_date);

CREATE TABLE followup_task (
    id INTEGER PRIMARY KEY,
    person_id INTEGER NOT NULL REFERENCES person (id) ON DELETE RESTRICT,
    rule TEXT NOT NULL CHECK (rule IN ('unclaimed_gift', 'birthday', 'tier_unsupported', 'manual')),
    cycle TEXT NOT NULL,
    due_on TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'done', 'given_up')),
    attempts INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    subject TEXT NOT NULL DEFAULT '',
    seq INTEGER NOT NULL,
    UNIQUE (person_id, rule, cycle)
) STRICT;
CREATE INDEX followup_task_due ON followup_task (due_on) WHERE state = 'open';

CREATE TABLE followup_attempt (
    id INTEGER PRIMARY KEY,
    task_id INTEGER NOT NULL REFERENCES followup_task (id) ON DELETE RESTRICT,
    person_id INTEGER NOT NULL REFERENCES person (id) ON DELETE RESTRICT,
    outcome TEXT NOT NULL CHECK (outcome IN ('fine', 'request', 'no_answer', 'busy', 'wrong_number', 'refused')),
    satisfaction INTEGER CHECK (satisfaction IS NULL OR satisfaction BETWEEN 1 AND 4),
    note TEXT NOT NULL DEFAULT '',
    next_on TEXT,
    occurred_on TEXT NOT NULL,
    staff_id INTEGER NOT NULL REFERENCES staff (id) ON DELETE RESTRICT,
    seq INTEGER NOT NULL
) STRICT;
CREATE INDEX followup_attempt_person ON followup_attempt (person_id, seq);
CREATE INDEX followup_attempt_task ON followup_attempt (task_id);
CREATE TRIGGER followup_attempt_no_update BEFORE UPDATE ON followup_attempt BEGIN SELECT RAISE(ABORT, 'call attempts are append-only'); END;
CREATE TRIGGER followup_attempt_no_delete BEFORE DELETE ON followup_attempt BEGIN SELECT RAISE(ABORT, 'call attempts are append-only'); END;
