-- Mails that wait to be sent, written in the transaction of their lead. Sent ones are deleted: the table stays
-- as small as what is due. Addressees and texts are made at each attempt from the rows they speak of.
CREATE TABLE outbox (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    -- Stable over all attempts, so that a receiver can drop the second copy after a crash (RFC 5322 section 3.6.4).
    message_id      TEXT NOT NULL CONSTRAINT outbox_message_id_is_unique UNIQUE,
    lead_id         INTEGER NOT NULL REFERENCES leads (id) ON DELETE CASCADE,
    kind            TEXT NOT NULL CONSTRAINT outbox_kind_is_known CHECK (kind IN ('CONFIRMATION', 'NOTIFICATION')),
    attempts        INTEGER NOT NULL DEFAULT 0,
    -- Leases that ended without a result: a mail must not lose its attempts to a process that is killed, and a mail
    -- that kills its process must not be tried for ever.
    interruptions   INTEGER NOT NULL DEFAULT 0,
    next_attempt_at TEXT NOT NULL,
    -- A worker that dies loses its rows when the lease ends.
    lease_owner     TEXT,
    lease_until     TEXT,
    last_error      TEXT,
    created_at      TEXT NOT NULL
);
CREATE INDEX outbox_by_due ON outbox (next_attempt_at);

-- Notifications of attorneys that no attempt could deliver; an admin resends or deletes them.
CREATE TABLE failed_emails (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    message_id      TEXT NOT NULL,
    lead_id         INTEGER NOT NULL REFERENCES leads (id) ON DELETE CASCADE,
    lead_uuid       TEXT NOT NULL,
    lead_name       TEXT NOT NULL,
    lead_email      TEXT NOT NULL,
    attorney_emails TEXT NOT NULL,   -- a JSON array of strings
    error_message   TEXT NOT NULL,
    -- PENDING while a resend is under way, until lease_until.
    status          TEXT NOT NULL DEFAULT 'FAILED' CONSTRAINT failed_emails_status_is_known CHECK (status IN ('FAILED', 'SENT', 'PENDING')),
    lease_until     TEXT,
    created_at      TEXT NOT NULL,
    updated_at      TEXT NOT NULL
);
