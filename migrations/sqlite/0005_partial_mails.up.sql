-- A mail that some of its recipients have must not go to them again: a JSON array of those it is still owed to,
-- NULL while nobody has it.
ALTER TABLE outbox ADD COLUMN recipients TEXT;

-- Whether others have the mail: then attorney_emails are the only ones that a resend may go to.
ALTER TABLE failed_emails ADD COLUMN is_partial INTEGER NOT NULL DEFAULT 0
    CONSTRAINT failed_emails_is_partial_is_boolean CHECK (is_partial IN (0, 1));
