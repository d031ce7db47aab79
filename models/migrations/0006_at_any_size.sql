-- Schema 6. What is read all day stays short however many people there are.

-- the call list ----------------------------------------------------------------------------------

-- held: the tier that whoever is called has in the main programme, 0 for none; the list is ordered by it.
-- It says again what `standing` says: the triggers below write it in the same statement, whoever writes
-- a task, a standing or a programme. What it says of a closed task means nothing.
ALTER TABLE followup_task ADD COLUMN held INTEGER NOT NULL DEFAULT 0;
UPDATE followup_task SET held = (
    SELECT rank FROM standing WHERE standing.person_id = followup_task.person_id AND member = 1
    AND programme_id = (SELECT MIN(id) FROM programme WHERE state = 'active'))
WHERE state = 'open' AND EXISTS (
    SELECT 1 FROM standing WHERE standing.person_id = followup_task.person_id AND member = 1
    AND programme_id = (SELECT MIN(id) FROM programme WHERE state = 'active'));

CREATE TRIGGER followup_task_held AFTER INSERT ON followup_task WHEN NEW.state = 'open'
BEGIN
    UPDATE followup_task SET held = COALESCE((
        SELECT rank * member FROM standing WHERE person_id = NEW.person_id
        AND programme_id = (SELECT MIN(id) FROM programme WHERE state = 'active')), 0)
    WHERE id = NEW.id;
END;
CREATE TRIGGER followup_task_held_again AFTER UPDATE OF state, person_id ON followup_task WHEN NEW.state = 'open'
BEGIN
    UPDATE followup_task SET held = COALESCE((
        SELECT rank * member FROM standing WHERE person_id = NEW.person_id
        AND programme_id = (SELECT MIN(id) FROM programme WHERE state = 'active')), 0)
    WHERE id = NEW.id;
END;
CREATE TRIGGER standing_held_new AFTER INSERT ON standing WHEN NEW.rank * NEW.member <> 0
BEGIN
    UPDATE followup_task SET held = NEW.rank * NEW.member WHERE person_id = NEW.person_id AND state = 'open'
    AND NEW.programme_id = (SELECT MIN(id) FROM programme WHERE state = 'active');
END;
CREATE TRIGGER standing_held AFTER UPDATE OF rank, member ON standing WHEN OLD.rank * OLD.member <> NEW.rank * NEW.member
BEGIN
    UPDATE followup_task SET held = NEW.rank * NEW.member WHERE person_id = NEW.person_id AND state = 'open'
    AND NEW.programme_id = (SELECT MIN(id) FROM programme WHERE state = 'active');
END;
-- only another main programme orders the list anew, and only those who stand differently in it are written
CREATE TRIGGER programme_held AFTER UPDATE OF state ON programme
WHEN (OLD.state = 'active') <> (NEW.state = 'active')
    AND NOT EXISTS (SELECT 1 FROM programme WHERE state = 'active' AND id < NEW.id)
BEGIN
    UPDATE followup_task SET held = COALESCE((
        SELECT rank * member FROM standing WHERE person_id = followup_task.person_id
        AND programme_id = (SELECT MIN(id) FROM programme WHERE state = 'active')), 0)
    WHERE state = 'open' AND held <> COALESCE((
        SELECT rank * member FROM standing WHERE person_id = followup_task.person_id
        AND programme_id = (SELECT MIN(id) FROM programme WHERE state = 'active')), 0);
END;
-- one range for each kind of call and each tier, the longest due first; who is to call stands in it, too
CREATE INDEX followup_task_order ON followup_task (rule, held, due_on, id, person_id, assigned_to, post)
    WHERE state = 'open' AND channel = 'phone';
CREATE INDEX followup_task_papers ON followup_task (channel, due_on, rule) WHERE state = 'open' AND channel <> 'phone';
-- offers that are due by telephone: who of them rests is counted with every look at the list
CREATE INDEX followup_task_offers ON followup_task (due_on, rule, person_id)
    WHERE state = 'open' AND channel = 'phone' AND marketing = 1;
-- who heard an offer within the days of rest
CREATE INDEX followup_attempt_day ON followup_attempt (occurred_on, outcome, task_id, person_id) WHERE undone_seq IS NULL;

-- lists ------------------------------------------------------------------------------------------

-- the newest moves of a gift, both places together
CREATE INDEX stock_move_newest ON stock_move (gift_id, seq);
-- whether a service was billed is answered by the index alone, for a year of services
DROP INDEX service_bill_use;
CREATE INDEX service_bill_use ON service_bill (use_id, id, bill_number);
-- what came back of somebody's redemptions is read with every receipt
CREATE INDEX redemption_return_person ON redemption_return (person_id);
-- whose data is frozen, among everybody
CREATE INDEX person_frozen ON person (frozen_on) WHERE frozen_on IS NOT NULL;

-- what a grant was: the number of the command that changes it is looked up at the end of the audit rows; taken from a
-- subquery in FROM it was counted out of all of them, each time
DROP TRIGGER entitlement_grant_before;
CREATE TRIGGER entitlement_grant_before AFTER UPDATE ON entitlement_grant
WHEN OLD.quantity <> NEW.quantity OR (OLD.state = 'closed') <> (NEW.state = 'closed')
    OR OLD.version_id <> NEW.version_id OR OLD.name <> NEW.name OR OLD.rank <> NEW.rank
    OR OLD.due_on <> NEW.due_on OR OLD.valid_to IS NOT NEW.valid_to
BEGIN
    INSERT INTO grant_before (grant_id, seq, quantity, closed, version_id, name, rank, due_on, valid_to)
    SELECT OLD.id, (SELECT COALESCE(MAX(seq), 0) FROM audit) + 1, OLD.quantity, OLD.state = 'closed', OLD.version_id,
        OLD.name, OLD.rank, OLD.due_on, OLD.valid_to
    WHERE OLD.seq < (SELECT COALESCE(MAX(seq), 0) FROM audit) + 1
        AND NOT EXISTS (SELECT 1 FROM grant_before AS b WHERE b.grant_id = OLD.id
            AND b.seq = (SELECT COALESCE(MAX(seq), 0) FROM audit) + 1);
END;
