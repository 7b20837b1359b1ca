-- AUTOINCREMENT: an id that was given out is never given out again, also after a deletion.
CREATE TABLE users (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    email           TEXT NOT NULL,
    -- The address in lower case: one person has one account, however the address is typed.
    email_folded    TEXT NOT NULL CONSTRAINT users_email_is_unique UNIQUE,
    hashed_password TEXT NOT NULL,
    role            TEXT NOT NULL CONSTRAINT users_role_is_known CHECK (role IN ('ATTORNEY', 'ADMIN')),
    is_active       INTEGER NOT NULL DEFAULT 1 CONSTRAINT users_is_active_is_boolean CHECK (is_active IN (0, 1)),
    created_at      TEXT NOT NULL,
    updated_at      TEXT NOT NULL
);

-- Where a user has logged in from before (a keyed hash of the address, not the address): a stranger who guesses
-- at an account must not lock its owner out. See auth/login_throttle.hpp.
CREATE TABLE known_logins (
    user_id      INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    source       TEXT NOT NULL,
    last_seen_at TEXT NOT NULL,
    PRIMARY KEY (user_id, source)
) WITHOUT ROWID;
