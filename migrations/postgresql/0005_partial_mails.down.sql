-- An older binary knows no partial mail: it would send what is still owed to a few to all attorneys again. So an
-- admin decides: these mails become failed ones, which are sent again only when somebody asks for it, and their text
-- says what a resend does then.
INSERT INTO failed_emails (message_id, lead_id, lead_uuid, lead_name, lead_email, attorney_emails, error_message,
                           status, is_partial, created_at, updated_at)
SELECT outbox.message_id, outbox.lead_id, leads.uuid, leads.first_name || ' ' || leads.last_name, leads.email,
       outbox.recipients, coalesce(outbox.last_error, 'Not sent yet'), 'FAILED', true, outbox.created_at, outbox.created_at
FROM outbox JOIN leads ON leads.id = outbox.lead_id
WHERE outbox.recipients IS NOT NULL;
DELETE FROM outbox WHERE recipients IS NOT NULL;

UPDATE failed_emails
SET error_message = 'The other attorneys have this mail; a resend by this version sends it to all. ' || error_message
WHERE is_partial AND status <> 'SENT';

ALTER TABLE failed_emails DROP COLUMN is_partial;
ALTER TABLE outbox DROP COLUMN recipients;
