-- An older binary knows no such mails; its links would lead nowhere.
CREATE TABLE old_outbox (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    message_id      TEXT NOT NULL CONSTRAINT outbox_message_id_is_unique UNIQUE,
    lead_id         INTEGER NOT NULL REFERENCES leads (id) ON DELETE CASCADE,
    kind            TEXT NOT NULL CONSTRAINT outbox_kind_is_known CHECK (kind IN ('CONFIRMATION', 'NOTIFICATION')),
    attempts        INTEGER NOT NULL DEFAULT 0,
    interruptions   INTEGER NOT NULL DEFAULT 0,
    next_attempt_at TEXT NOT NULL,
    lease_owner     TEXT,
    lease_until     TEXT,
    last_error      TEXT,
    created_at      TEXT NOT NULL,
    recipients      TEXT
);
INSERT INTO old_outbox (id, message_id, lead_id, kind, attempts, interruptions, next_attempt_at, lease_owner, lease_until,
                        last_error, created_at, recipients)
SELECT id, message_id, lead_id, kind, attempts, interruptions, next_attempt_at, lease_owner, lease_until,
       last_error, created_at, recipients
FROM outbox
WHERE link_id IS NULL;
DELETE FROM sqlite_sequence WHERE name = 'old_outbox';
INSERT INTO sqlite_sequence (name, seq) SELECT 'old_outbox', seq FROM sqlite_sequence WHERE name = 'outbox';
DROP TABLE outbox;
ALTER TABLE old_outbox RENAME TO outbox;
CREATE INDEX outbox_by_due ON outbox (next_attempt_at);
DROP TABLE account_links;
