-- Lists of leads are in the order of (created_at, id), by status, by assignee or by both. Each has an index that ends
-- with that order: a page is then read from where the one before it ended, whatever is asked for.
CREATE INDEX leads_by_age ON leads (created_at, id);
CREATE INDEX leads_by_status ON leads (status, created_at, id);
CREATE INDEX leads_by_assignee ON leads (assignee_id, created_at, id);
CREATE INDEX leads_by_assignee_and_status ON leads (assignee_id, status, created_at, id);

-- How many leads there are, so that nobody has to count a million of them for a page. Kept by a trigger: whoever writes
-- to leads cannot forget it.
CREATE TABLE lead_counts (
    -- Writers of one row wait for each other's commits, so each session has rows of its own: the count is their sum.
    -- A number of a shard may be below zero, where a lead came by another session than the one that changed it.
    shard       integer NOT NULL,
    status      text COLLATE "C" NOT NULL,
    assignee_id bigint NOT NULL,     -- 0: nobody
    leads       bigint NOT NULL,
    PRIMARY KEY (shard, status, assignee_id)
) WITH (
    -- Few rows, each written anew for every lead: room for that on its page, and no scan over what is dead.
    fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000
);

-- What a search looks through (src/leads/search_text.hpp): names and e-mail without case and accents. Neither engine
-- folds text so, so the service does it behind the submission's back: it takes the leads from the backlog within half
-- a second, and before each search. So this migration need not fold the leads that are there, and no older alma-leads
-- on the same database can add a lead that is not found. See docs/decisions/0013-search.md.
CREATE TABLE lead_search (
    lead_id    bigint PRIMARY KEY REFERENCES leads (id) ON DELETE CASCADE,
    created_at timestamp NOT NULL,   -- that of the lead, which never changes: hits are sorted without it
    text       text COLLATE "C" NOT NULL
);
-- No reference: an entry of a lead that is gone is dropped with the next ones.
CREATE TABLE lead_search_backlog (
    lead_id bigint PRIMARY KEY
) WITH (
    -- Every row is gone within a second: what is dead must not outweigh what lives.
    autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000
);

-- The index of lead_search.text: which leads have these three characters; LIKE looks whether they stand as they
-- should. pg_trgm would drop what is neither letter nor digit, and needs a right that an owner of tables may not have.
CREATE FUNCTION lead_trigrams(folded text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT array_agg(substr(folded, i, 3)) FROM generate_series(1, length(folded) - 2) AS i
$$;
-- New entries wait in a list that every search reads: a short one. Only the service's own indexing waits for it.
CREATE INDEX lead_search_by_trigram ON lead_search USING gin (lead_trigrams(text)) WITH (gin_pending_list_limit = 512);

-- For each statement, not each row: an import that writes one counter for each of its leads, in one transaction, would
-- walk over all the versions of that counter which it has left behind. In one order, so that two sessions whose shards are the
-- same wait for each other rather than for ever.
CREATE FUNCTION note_leads() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO lead_search_backlog (lead_id) SELECT id FROM added;
        INSERT INTO lead_counts (shard, status, assignee_id, leads)
        SELECT pg_backend_pid() % 64, status, coalesce(assignee_id, 0), count(*) FROM added GROUP BY 2, 3 ORDER BY 2, 3
        ON CONFLICT (shard, status, assignee_id) DO UPDATE SET leads = lead_counts.leads + excluded.leads;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO lead_counts (shard, status, assignee_id, leads)
        SELECT pg_backend_pid() % 64, status, coalesce(assignee_id, 0), -count(*) FROM removed GROUP BY 2, 3 ORDER BY 2, 3
        ON CONFLICT (shard, status, assignee_id) DO UPDATE SET leads = lead_counts.leads + excluded.leads;
    ELSE
        INSERT INTO lead_counts (shard, status, assignee_id, leads)
        SELECT pg_backend_pid() % 64, status, coalesce(assignee_id, 0), sum(change)
        FROM (SELECT status, assignee_id, 1 AS change FROM added
              UNION ALL SELECT status, assignee_id, -1 FROM removed) AS changes
        GROUP BY 2, 3 HAVING sum(change) <> 0 ORDER BY 2, 3
        ON CONFLICT (shard, status, assignee_id) DO UPDATE SET leads = lead_counts.leads + excluded.leads;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER leads_are_noted_when_inserted AFTER INSERT ON leads
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION note_leads();
CREATE TRIGGER leads_are_noted_when_updated AFTER UPDATE ON leads
    REFERENCING OLD TABLE AS removed NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION note_leads();
CREATE TRIGGER leads_are_noted_when_deleted AFTER DELETE ON leads
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION note_leads();

-- Last: with its triggers, no other session can change leads until all of this is committed.
INSERT INTO lead_counts (shard, status, assignee_id, leads)
SELECT 0, status, coalesce(assignee_id, 0), count(*) FROM leads GROUP BY status, coalesce(assignee_id, 0);
INSERT INTO lead_search_backlog (lead_id) SELECT id FROM leads;
