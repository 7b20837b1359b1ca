DROP TABLE failed_emails;
DROP TABLE outbox;
