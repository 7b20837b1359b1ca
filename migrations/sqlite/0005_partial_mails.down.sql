ALTER TABLE failed_emails DROP COLUMN is_partial;
ALTER TABLE outbox DROP COLUMN recipients;
