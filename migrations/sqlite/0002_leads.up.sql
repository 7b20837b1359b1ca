CREATE TABLE leads (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    -- What the outside sees: random, so that leads cannot be enumerated.
    uuid          TEXT NOT NULL CONSTRAINT leads_uuid_is_unique UNIQUE,
    first_name    TEXT NOT NULL,
    last_name     TEXT NOT NULL,
    email         TEXT NOT NULL,
    -- The key of the resume in the object store; the client's file name is data and never a path.
    resume_path   TEXT NOT NULL,
    resume_name   TEXT NOT NULL,
    resume_type   TEXT NOT NULL,
    resume_size   INTEGER NOT NULL,
    status        TEXT NOT NULL DEFAULT 'PENDING' CONSTRAINT leads_status_is_known CHECK (status IN ('PENDING', 'REACHED_OUT')),
    created_at    TEXT NOT NULL,
    updated_at    TEXT NOT NULL
);

-- Keys that were handed out for uploads whose transaction has not committed. A lead's transaction deletes its key
-- here; what stays is swept, object and row. Keys are reserved in blocks, so this costs no write per submission.
CREATE TABLE upload_intents (
    object_key  TEXT PRIMARY KEY,
    -- The process that reserved it: on embedded storage, keys of an earlier process are free to sweep at once.
    owner       TEXT NOT NULL,
    reserved_at TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX upload_intents_by_age ON upload_intents (reserved_at);
