DROP TABLE imported_failed_emails;
