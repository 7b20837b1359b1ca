-- An older binary knows no such mails; its links would lead nowhere.
DELETE FROM outbox WHERE link_id IS NOT NULL;
ALTER TABLE outbox DROP CONSTRAINT outbox_kind_is_known;
ALTER TABLE outbox DROP COLUMN link_id;
ALTER TABLE outbox ALTER COLUMN lead_id SET NOT NULL;
ALTER TABLE outbox ADD CONSTRAINT outbox_kind_is_known CHECK (kind IN ('CONFIRMATION', 'NOTIFICATION'));
DROP TABLE account_links;
