-- Lists of leads are in the order of (created_at, id), by status, by assignee or by both. Each has an index that ends
-- with that order: a page is then read from where the one before it ended, whatever is asked for.
CREATE INDEX leads_by_age ON leads (created_at, id);
CREATE INDEX leads_by_status ON leads (status, created_at, id);
CREATE INDEX leads_by_assignee ON leads (assignee_id, created_at, id);
CREATE INDEX leads_by_assignee_and_status ON leads (assignee_id, status, created_at, id);

-- How many leads there are, so that nobody has to count a million of them for a page. Kept by triggers: whoever writes
-- to leads cannot forget it. `shard` is for PostgreSQL, where writers must not wait for each other.
CREATE TABLE lead_counts (
    shard       INTEGER NOT NULL,
    status      TEXT NOT NULL,
    assignee_id INTEGER NOT NULL,    -- 0: nobody
    leads       INTEGER NOT NULL,
    PRIMARY KEY (shard, status, assignee_id)
) WITHOUT ROWID;
INSERT INTO lead_counts (shard, status, assignee_id, leads)
SELECT 0, status, coalesce(assignee_id, 0), count(*) FROM leads GROUP BY status, coalesce(assignee_id, 0);

-- What a search looks through (src/leads/search_text.hpp): names and e-mail without case and accents. Neither engine
-- folds text so, so the service does it behind the submission's back: it takes the leads from the backlog within half
-- a second, and before each search. So this migration need not fold the leads that are there, and no older alma-leads
-- on the same database can add a lead that is not found. See docs/decisions/0013-search.md.
CREATE TABLE lead_search (
    lead_id    INTEGER PRIMARY KEY REFERENCES leads (id) ON DELETE CASCADE,
    created_at TEXT NOT NULL,        -- that of the lead, which never changes: hits are sorted without it
    text       TEXT NOT NULL
);
-- No reference: an entry of a lead that is gone is dropped with the next ones.
CREATE TABLE lead_search_backlog (
    lead_id INTEGER PRIMARY KEY
);
INSERT INTO lead_search_backlog (lead_id) SELECT id FROM leads;

-- The index of lead_search.text: which leads have these three characters. Where in the text they stand is not kept,
-- LIKE looks for that: half the size. No trigger keeps it, since SQLite 3.40 lets none write to a virtual table where
-- the schema is not trusted (PRAGMA trusted_schema); src/leads/search_index.cpp does.
CREATE VIRTUAL TABLE lead_texts USING fts5(
    text, content = 'lead_search', content_rowid = 'lead_id', tokenize = 'trigram case_sensitive 1',
    detail = none, columnsize = 0);

CREATE TRIGGER leads_are_noted_when_inserted AFTER INSERT ON leads
BEGIN
    INSERT INTO lead_search_backlog (lead_id) VALUES (new.id);
    INSERT INTO lead_counts (shard, status, assignee_id, leads) VALUES (0, new.status, coalesce(new.assignee_id, 0), 1)
    ON CONFLICT (shard, status, assignee_id) DO UPDATE SET leads = leads + 1;
END;
CREATE TRIGGER leads_are_noted_when_updated AFTER UPDATE OF status, assignee_id ON leads
BEGIN
    UPDATE lead_counts SET leads = leads - 1
    WHERE shard = 0 AND status = old.status AND assignee_id = coalesce(old.assignee_id, 0);
    INSERT INTO lead_counts (shard, status, assignee_id, leads) VALUES (0, new.status, coalesce(new.assignee_id, 0), 1)
    ON CONFLICT (shard, status, assignee_id) DO UPDATE SET leads = leads + 1;
END;
CREATE TRIGGER leads_are_noted_when_deleted AFTER DELETE ON leads
BEGIN
    UPDATE lead_counts SET leads = leads - 1
    WHERE shard = 0 AND status = old.status AND assignee_id = coalesce(old.assignee_id, 0);
END;
