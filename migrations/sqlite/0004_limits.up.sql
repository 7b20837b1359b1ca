-- What was counted against a rate limit, so that a restart forgets nothing. `source` is a keyed hash of the
-- client's address (or account), never the address itself.
CREATE TABLE limit_hits (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    limit_name TEXT NOT NULL,
    source     TEXT NOT NULL,
    hit_at     TEXT NOT NULL
);
CREATE INDEX limit_hits_by_age ON limit_hits (limit_name, hit_at);
