-- Who did what, and when. The rows name leads, users and notes by their ids and never say who a prospect is, so that
-- erasing a lead needs no change here.
--
-- An entry is written in the transaction of what it records, and not chained there: writers would have to wait for
-- each other's commits. The sealer moves it into the chain within about a second (docs/decisions/0010-audit.md).
CREATE TABLE audit_pending (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    action     TEXT NOT NULL,
    actor_kind TEXT NOT NULL
               CONSTRAINT audit_pending_actor_kind_is_known CHECK (actor_kind IN ('USER', 'PROSPECT', 'COMMAND_LINE', 'SERVICE', 'ANONYMOUS')),
    actor_id   INTEGER,          -- users.id of a USER; no reference: the log outlives what it speaks of
    lead_uuid  TEXT,
    user_id    INTEGER,          -- users.id of whom it is about
    details    TEXT NOT NULL,    -- a JSON object of ids, numbers and names of ours
    created_at TEXT NOT NULL
);

-- The chain: each hash is of the hash before and of the row. Nothing is ever changed here.
CREATE TABLE audit_log (
    position   INTEGER PRIMARY KEY,
    hash       TEXT NOT NULL,
    id         INTEGER NOT NULL,    -- that it had in audit_pending
    action     TEXT NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id   INTEGER,
    lead_uuid  TEXT,
    user_id    INTEGER,
    details    TEXT NOT NULL,
    created_at TEXT NOT NULL
);
CREATE INDEX audit_log_by_lead ON audit_log (lead_uuid, id) WHERE lead_uuid IS NOT NULL;

-- Against mistakes, of programs and of people. Whoever may drop a trigger is caught by the chain.
CREATE TRIGGER audit_log_takes_no_update BEFORE UPDATE ON audit_log
BEGIN SELECT raise(ABORT, 'audit_log is append-only'); END;
CREATE TRIGGER audit_log_takes_no_delete BEFORE DELETE ON audit_log
BEGIN SELECT raise(ABORT, 'audit_log is append-only'); END;
