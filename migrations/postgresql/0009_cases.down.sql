DROP INDEX leads_by_name;
DROP INDEX leads_by_email;
DROP TABLE lead_notes;
ALTER TABLE leads DROP COLUMN version;
ALTER TABLE leads DROP COLUMN assignee_id;
