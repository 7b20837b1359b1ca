-- Links that were mailed: to choose the first password, or a new one. The link holds a token that is derived from the
-- id under a key of the service's; here is only its hash, so who reads this table cannot use a link.
CREATE TABLE account_links (
    id         TEXT NOT NULL PRIMARY KEY,
    user_id    INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    kind       TEXT NOT NULL CONSTRAINT account_links_kind_is_known CHECK (kind IN ('INVITATION', 'PASSWORD_RESET')),
    token_hash TEXT NOT NULL CONSTRAINT account_links_token_is_unique UNIQUE,
    created_at TEXT NOT NULL,
    ends_at    TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX account_links_by_user ON account_links (user_id);
CREATE INDEX account_links_by_end ON account_links (ends_at);

-- A mail is about a lead, or brings a link. SQLite cannot change a column's constraints, so the table is made anew.
CREATE TABLE new_outbox (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    -- Stable over all attempts, so that a receiver can drop the second copy after a crash (RFC 5322 section 3.6.4).
    message_id      TEXT NOT NULL CONSTRAINT outbox_message_id_is_unique UNIQUE,
    lead_id         INTEGER REFERENCES leads (id) ON DELETE CASCADE,
    kind            TEXT NOT NULL,
    attempts        INTEGER NOT NULL DEFAULT 0,
    -- Leases that ended without a result: a mail must not lose its attempts to a process that is killed, and a mail
    -- that kills its process must not be tried for ever.
    interruptions   INTEGER NOT NULL DEFAULT 0,
    next_attempt_at TEXT NOT NULL,
    -- A worker that dies loses its rows when the lease ends.
    lease_owner     TEXT,
    lease_until     TEXT,
    last_error      TEXT,
    created_at      TEXT NOT NULL,
    -- A mail that some of its recipients have must not go to them again: a JSON array of those it is still owed to,
    -- NULL while nobody has it.
    recipients      TEXT,
    link_id         TEXT REFERENCES account_links (id) ON DELETE CASCADE,
    CONSTRAINT outbox_kind_is_known
    CHECK (CASE WHEN link_id IS NULL THEN lead_id IS NOT NULL AND kind IN ('CONFIRMATION', 'NOTIFICATION')
                ELSE lead_id IS NULL AND kind IN ('INVITATION', 'PASSWORD_RESET') END)
);
INSERT INTO new_outbox (id, message_id, lead_id, kind, attempts, interruptions, next_attempt_at, lease_owner, lease_until,
                        last_error, created_at, recipients)
SELECT id, message_id, lead_id, kind, attempts, interruptions, next_attempt_at, lease_owner, lease_until,
       last_error, created_at, recipients
FROM outbox;
-- An id that was given out is never given out again, also when its mail is gone.
DELETE FROM sqlite_sequence WHERE name = 'new_outbox';
INSERT INTO sqlite_sequence (name, seq) SELECT 'new_outbox', seq FROM sqlite_sequence WHERE name = 'outbox';
DROP TABLE outbox;
ALTER TABLE new_outbox RENAME TO outbox;
CREATE INDEX outbox_by_due ON outbox (next_attempt_at);
