-- Whose case a lead is. Accounts are deactivated, never deleted.
ALTER TABLE leads ADD COLUMN assignee_id INTEGER REFERENCES users (id);
-- One more with each change of the lead, its assignee or its notes: the ETag of what the staff sees.
ALTER TABLE leads ADD COLUMN version INTEGER NOT NULL DEFAULT 1;

CREATE TABLE lead_notes (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    lead_id    INTEGER NOT NULL REFERENCES leads (id) ON DELETE CASCADE,
    author_id  INTEGER NOT NULL REFERENCES users (id),
    body       TEXT NOT NULL,
    created_at TEXT NOT NULL
);
CREATE INDEX lead_notes_by_lead ON lead_notes (lead_id, id);

-- For possible duplicates: the same address, or the same name, without regard to the case of ASCII letters.
CREATE INDEX leads_by_email ON leads (lower(email), id);
CREATE INDEX leads_by_name ON leads (lower(last_name), lower(first_name), id);
