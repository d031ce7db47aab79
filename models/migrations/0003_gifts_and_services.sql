-- Schema 3: papers of the gifts (orders, requisitions, lots, packs, promises), vouchers and bills
-- of the services, recounts of a Friday, hand-overs of a report. Times and amounts as before.

-- stock ------------------------------------------------------------------------------------

-- 申购单 and 申领单: what was wanted, sent and received; the stock moves with what is received
CREATE TABLE stock_document (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('purchase', 'requisition')),
    number TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL CHECK (state IN ('requested', 'sent', 'received', 'cancelled')),
    note TEXT NOT NULL DEFAULT '',
    occurred_on TEXT NOT NULL,
    seq INTEGER NOT NULL
) STRICT;
CREATE INDEX stock_document_open ON stock_document (kind) WHERE state IN ('requested', 'sent');
CREATE INDEX stock_document_seq ON stock_document (seq);
CREATE TRIGGER stock_document_no_delete BEFORE DELETE ON stock_document BEGIN SELECT RAISE(ABORT, 'stock documents are cancelled, never deleted'); END;
CREATE TRIGGER stock_document_done_fixed BEFORE UPDATE ON stock_document WHEN OLD.state IN ('received', 'cancelled')
BEGIN SELECT RAISE(ABORT, 'a finished stock document never changes'); END;

CREATE TABLE stock_document_line (
    document_id INTEGER NOT NULL REFERENCES stock_document (id) ON DELETE RESTRICT,
    gift_id INTEGER NOT NULL REFERENCES gift (id) ON DELETE RESTRICT,
    wanted INTEGER NOT NULL CHECK (wanted > 0),
    sent INTEGER CHECK (sent >= 0),
    received INTEGER CHECK (received >= 0),
    unit_cost_fen INTEGER CHECK (unit_cost_fen >= 0),
    reason TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (document_id, gift_id)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER stock_document_line_no_delete BEFORE DELETE ON stock_document_line BEGIN SELECT RAISE(ABORT, 'stock documents are cancelled, never deleted'); END;

-- every step of a document with the person and the post they held (C16)
CREATE TABLE stock_document_step (
    id INTEGER PRIMARY KEY,
    document_id INTEGER NOT NULL REFERENCES stock_document (id) ON DELETE RESTRICT,
    step TEXT NOT NULL CHECK (step IN ('request', 'send', 'receive', 'finish', 'cancel')),
    note TEXT NOT NULL DEFAULT '',
    occurred_on TEXT NOT NULL,
    staff_id INTEGER NOT NULL REFERENCES staff (id) ON DELETE RESTRICT,
    role TEXT NOT NULL,
    seq INTEGER NOT NULL
) STRICT;
CREATE INDEX stock_document_step_document ON stock_document_step (document_id, id);
CREATE TRIGGER stock_document_step_no_update BEFORE UPDATE ON stock_document_step BEGIN SELECT RAISE(ABORT, 'steps are append-only'); END;
CREATE TRIGGER stock_document_step_no_delete BEFORE DELETE ON stock_document_step BEGIN SELECT RAISE(ABORT, 'steps are append-only'); END;

-- what is known of the goods of an arrival
CREATE TABLE stock_lot (
    move_id INTEGER PRIMARY KEY REFERENCES stock_move (id) ON DELETE RESTRICT,
    gift_id INTEGER NOT NULL REFERENCES gift (id) ON DELETE RESTRICT,
    document_id INTEGER REFERENCES stock_document (id) ON DELETE RESTRICT,
    lot TEXT NOT NULL DEFAULT '',
    expires_on TEXT,
    seq INTEGER NOT NULL
) STRICT;
CREATE INDEX stock_lot_gift ON stock_lot (gift_id, expires_on);
CREATE INDEX stock_lot_document ON stock_lot (document_id) WHERE document_id IS NOT NULL;
-- what is left of a lot is replayed day by day from these two alone
CREATE INDEX stock_move_arrived ON stock_move (gift_id) WHERE kind = 'receive';
CREATE INDEX stock_move_left ON stock_move (gift_id, occurred_on, kind, quantity)
    WHERE kind <> 'receive' AND kind <> 'transfer';
CREATE TRIGGER stock_lot_no_update BEFORE UPDATE ON stock_lot BEGIN SELECT RAISE(ABORT, 'lots are append-only'); END;
CREATE TRIGGER stock_lot_no_delete BEFORE DELETE ON stock_lot BEGIN SELECT RAISE(ABORT, 'lots are append-only'); END;

-- gifts ------------------------------------------------------------------------------------

-- the parts of a gift pack; a pack has no stock of its own
CREATE TABLE gift_part (
    gift_id INTEGER NOT NULL REFERENCES gift (id) ON DELETE RESTRICT,
    part_id INTEGER NOT NULL REFERENCES gift (id) ON DELETE RESTRICT,
    quantity INTEGER NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (gift_id, part_id),
    CHECK (gift_id <> part_id)
) STRICT, WITHOUT ROWID;
-- the pack a part was handed out in; the parts of one hand-out share their number (seq)
ALTER TABLE gift_issue ADD COLUMN pack_id INTEGER REFERENCES gift (id) ON DELETE RESTRICT;

-- 欠领: promised with a manager's word, collected first come first served once there is stock (E32)
CREATE TABLE gift_promise (
    id INTEGER PRIMARY KEY,
    grant_id INTEGER NOT NULL UNIQUE REFERENCES entitlement_grant (id) ON DELETE RESTRICT,
    person_id INTEGER NOT NULL REFERENCES person (id) ON DELETE RESTRICT,
    band_fen INTEGER NOT NULL CHECK (band_fen >= 0),
    note TEXT NOT NULL DEFAULT '',
    approved_by INTEGER NOT NULL REFERENCES staff (id) ON DELETE RESTRICT,
    occurred_on TEXT NOT NULL,
    staff_id INTEGER NOT NULL REFERENCES staff (id) ON DELETE RESTRICT,
    seq INTEGER NOT NULL
) STRICT;
CREATE INDEX gift_promise_band ON gift_promise (band_fen, seq);
-- what points bought and nobody collected yet, by price band (E32)
CREATE INDEX entitlement_grant_bought ON entitlement_grant (value_fen) WHERE state = 'open' AND kind = 'gift' AND reason = 'points';
CREATE TRIGGER gift_promise_no_update BEFORE UPDATE ON gift_promise BEGIN SELECT RAISE(ABORT, 'promises are append-only'); END;
CREATE TRIGGER gift_promise_no_delete BEFORE DELETE ON gift_promise BEGIN SELECT RAISE(ABORT, 'promises are append-only'); END;

-- what a grant was before a command closed it, opened it again or changed what it is: a Friday
-- that was counted by then keeps reading as it was signed (R144). The table keeps it by itself.
CREATE TABLE grant_before (
    id INTEGER PRIMARY KEY,
    grant_id INTEGER NOT NULL REFERENCES entitlement_grant (id) ON DELETE RESTRICT,
    seq INTEGER NOT NULL,
    quantity INTEGER NOT NULL CHECK (quantity >= 0),
    closed INTEGER NOT NULL CHECK (closed IN (0, 1)),
    version_id INTEGER NOT NULL REFERENCES programme_version (id) ON DELETE RESTRICT,
    name TEXT NOT NULL,
    rank INTEGER NOT NULL,
    due_on TEXT NOT NULL,
    valid_to TEXT,
    UNIQUE (grant_id, seq)
) STRICT;
CREATE INDEX grant_before_seq ON grant_before (seq);
CREATE TRIGGER entitlement_grant_before AFTER UPDATE ON entitlement_grant
WHEN OLD.quantity <> NEW.quantity OR (OLD.state = 'closed') <> (NEW.state = 'closed')
    OR OLD.version_id <> NEW.version_id OR OLD.name <> NEW.name OR OLD.rank <> NEW.rank
    OR OLD.due_on <> NEW.due_on OR OLD.valid_to IS NOT NEW.valid_to
BEGIN
    INSERT INTO grant_before (grant_id, seq, quantity, closed, version_id, name, rank, due_on, valid_to)
    SELECT OLD.id, command.seq, OLD.quantity, OLD.state = 'closed', OLD.version_id, OLD.name,
        OLD.rank, OLD.due_on, OLD.valid_to
    FROM (SELECT COALESCE(MAX(seq), 0) + 1 AS seq FROM audit) AS command
    WHERE OLD.seq < command.seq
        AND NOT EXISTS (SELECT 1 FROM grant_before AS b WHERE b.grant_id = OLD.id AND b.seq = command.seq);
END;
CREATE TRIGGER grant_before_no_update BEFORE UPDATE ON grant_before BEGIN SELECT RAISE(ABORT, 'what was stays'); END;
CREATE TRIGGER grant_before_no_delete BEFORE DELETE ON grant_before BEGIN SELECT RAISE(ABORT, 'what was stays'); END;

-- services ---------------------------------------------------------------------------------

-- a service taken on paper or in the file, for oneself or a friend (R132, R133, E45)
CREATE TABLE voucher (
    id INTEGER PRIMARY KEY,
    number TEXT NOT NULL UNIQUE,
    grant_id INTEGER NOT NULL REFERENCES entitlement_grant (id) ON DELETE RESTRICT,
    person_id INTEGER NOT NULL REFERENCES person (id) ON DELETE RESTRICT,
    mode TEXT NOT NULL CHECK (mode IN ('card', 'electronic')),
    state TEXT NOT NULL CHECK (state IN ('owned', 'pledged', 'used', 'returned', 'expired')),
    valid_to TEXT,
    pledged_to INTEGER REFERENCES person (id) ON DELETE RESTRICT,
    use_id INTEGER UNIQUE REFERENCES service_use (id) ON DELETE RESTRICT,
    occurred_on TEXT NOT NULL,
    seq INTEGER NOT NULL,
    CHECK ((state = 'used') = (use_id IS NOT NULL)),
    CHECK (state <> 'pledged' OR pledged_to IS NOT NULL)
) STRICT;
CREATE INDEX voucher_grant ON voucher (grant_id);
CREATE INDEX voucher_person ON voucher (person_id);
CREATE INDEX voucher_friend ON voucher (pledged_to) WHERE pledged_to IS NOT NULL;
CREATE INDEX voucher_state ON voucher (state, valid_to);
CREATE TRIGGER voucher_no_delete BEFORE DELETE ON voucher BEGIN SELECT RAISE(ABORT, 'vouchers are returned, never deleted'); END;

CREATE TABLE voucher_step (
    id INTEGER PRIMARY KEY,
    voucher_id INTEGER NOT NULL REFERENCES voucher (id) ON DELETE RESTRICT,
    step TEXT NOT NULL CHECK (step IN ('claim', 'pledge', 'recall', 'use', 'unuse', 'return', 'expire')),
    friend_id INTEGER REFERENCES person (id) ON DELETE RESTRICT,
    checked TEXT NOT NULL DEFAULT '',
    note TEXT NOT NULL DEFAULT '',
    occurred_on TEXT NOT NULL,
    staff_id INTEGER NOT NULL REFERENCES staff (id) ON DELETE RESTRICT,
    seq INTEGER NOT NULL
) STRICT;
CREATE INDEX voucher_step_voucher ON voucher_step (voucher_id, id);
CREATE TRIGGER voucher_step_no_update BEFORE UPDATE ON voucher_step BEGIN SELECT RAISE(ABORT, 'steps are append-only'); END;
CREATE TRIGGER voucher_step_no_delete BEFORE DELETE ON voucher_step BEGIN SELECT RAISE(ABORT, 'steps are append-only'); END;

-- 划价: the bill of a use and who bears what it costs; the newest row of a use counts, an empty
-- number takes it back (R142, R145)
CREATE TABLE service_bill (
    id INTEGER PRIMARY KEY,
    use_id INTEGER NOT NULL REFERENCES service_use (id) ON DELETE RESTRICT,
    bill_number TEXT NOT NULL,
    amount_fen INTEGER NOT NULL CHECK (amount_fen >= 0),
    borne_by TEXT NOT NULL CHECK (borne_by IN ('marketing', 'doctor', 'department')),
    doctor_id INTEGER REFERENCES doctor (id) ON DELETE RESTRICT,
    note TEXT NOT NULL DEFAULT '',
    occurred_on TEXT NOT NULL,
    staff_id INTEGER NOT NULL REFERENCES staff (id) ON DELETE RESTRICT,
    seq INTEGER NOT NULL
) STRICT;
CREATE INDEX service_bill_use ON service_bill (use_id, id);
CREATE INDEX service_bill_day ON service_bill (occurred_on);
CREATE INDEX service_use_day ON service_use (occurred_on);
-- uses that were billed while they were noted; a coupon is billed by its receipt, and what has no
-- price waits for its amount
INSERT INTO service_bill (use_id, bill_number, amount_fen, borne_by, doctor_id, occurred_on, staff_id, seq)
SELECT u.id, u.bill_number, g.value_fen * u.quantity, u.borne_by, u.doctor_id, u.occurred_on, u.staff_id, u.seq
FROM service_use u JOIN entitlement_grant g ON g.id = u.grant_id
WHERE u.state = 'used' AND u.bill_number <> '' AND g.form <> 'coupon' AND g.value_fen > 0
AND NOT EXISTS (SELECT 1 FROM service_use v WHERE v.voids_id = u.id);
CREATE TRIGGER service_bill_no_update BEFORE UPDATE ON service_bill BEGIN SELECT RAISE(ABORT, 'bills are append-only'); END;
CREATE TRIGGER service_bill_no_delete BEFORE DELETE ON service_bill BEGIN SELECT RAISE(ABORT, 'bills are append-only'); END;

-- the Friday -------------------------------------------------------------------------------

-- a closed week counted anew: until this one is closed the old one stands, from then on this does
ALTER TABLE reconciliation ADD COLUMN corrects_id INTEGER REFERENCES reconciliation (id) ON DELETE RESTRICT;
ALTER TABLE reconciliation ADD COLUMN reason TEXT NOT NULL DEFAULT '';

-- every number that was counted, with who and when; the line holds the newest
CREATE TABLE count_entry (
    id INTEGER PRIMARY KEY,
    reconciliation_id INTEGER NOT NULL REFERENCES reconciliation (id) ON DELETE RESTRICT,
    gift_id INTEGER NOT NULL REFERENCES gift (id) ON DELETE RESTRICT,
    place TEXT NOT NULL CHECK (place IN ('warehouse', 'desk')),
    counted INTEGER NOT NULL CHECK (counted >= 0),
    source TEXT NOT NULL CHECK (source IN ('typed', 'sheet')),
    staff_id INTEGER NOT NULL REFERENCES staff (id) ON DELETE RESTRICT,
    seq INTEGER NOT NULL
) STRICT;
CREATE INDEX count_entry_line ON count_entry (reconciliation_id, gift_id, place, id);
CREATE TRIGGER count_entry_no_update BEFORE UPDATE ON count_entry BEGIN SELECT RAISE(ABORT, 'counts are append-only'); END;
CREATE TRIGGER count_entry_no_delete BEFORE DELETE ON count_entry BEGIN SELECT RAISE(ABORT, 'counts are append-only'); END;

-- the rest of the rhythm -------------------------------------------------------------------

-- a report handed over and signed for: Monday's new members (R137)
CREATE TABLE handover (
    id INTEGER PRIMARY KEY,
    report TEXT NOT NULL,
    first_day TEXT NOT NULL,
    last_day TEXT NOT NULL,
    row_count INTEGER NOT NULL,
    digest TEXT NOT NULL,
    note TEXT NOT NULL DEFAULT '',
    occurred_on TEXT NOT NULL,
    handed_by INTEGER NOT NULL REFERENCES staff (id) ON DELETE RESTRICT,
    received_by INTEGER NOT NULL REFERENCES staff (id) ON DELETE RESTRICT,
    seq INTEGER NOT NULL,
    CHECK (handed_by <> received_by)
) STRICT;
CREATE INDEX handover_report ON handover (report, last_day);
CREATE TRIGGER handover_no_update BEFORE UPDATE ON handover BEGIN SELECT RAISE(ABORT, 'hand-overs are append-only'); END;
CREATE TRIGGER handover_no_delete BEFORE DELETE ON handover BEGIN SELECT RAISE(ABORT, 'hand-overs are append-only'); END;

-- pictures of the clinic itself: the logo on its papers
CREATE TABLE picture (
    name TEXT PRIMARY KEY,
    data BLOB NOT NULL,
    seq INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
