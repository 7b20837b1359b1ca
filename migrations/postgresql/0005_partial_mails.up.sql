-- A mail that some of its recipients have must not go to them again: a JSON array of those it is still owed to,
-- NULL while nobody has it.
ALTER TABLE outbox ADD COLUMN recipients jsonb
    CONSTRAINT outbox_recipients_is_array CHECK (jsonb_typeof(recipients) = 'array');

-- Whether others have the mail: then attorney_emails are the only ones that a resend may go to.
ALTER TABLE failed_emails ADD COLUMN is_partial boolean NOT NULL DEFAULT false;
