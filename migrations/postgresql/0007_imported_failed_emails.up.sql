-- Which failed e-mails of the original service were taken over, also of those that were resent or deleted since: an
-- import may be repeated, and must not bring them back. A lead and its UUID are never changed, so leads need no such note.
CREATE TABLE imported_failed_emails (
    lead_uuid   uuid NOT NULL REFERENCES leads (uuid) ON DELETE CASCADE,
    -- Of the row in the original's database.
    original_id bigint NOT NULL,
    PRIMARY KEY (lead_uuid, original_id)
);
