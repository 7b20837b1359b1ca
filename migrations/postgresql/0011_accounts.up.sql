-- Tokens that were issued before no longer count, nor do tokens that do not say when: the password was changed since.
-- NULL: all count. A whole second, as tokens name it.
ALTER TABLE users ADD COLUMN tokens_valid_from timestamp;
-- Invited by an admin, and has not chosen a password yet: hashed_password is empty, which no password matches.
ALTER TABLE users ADD COLUMN is_invited boolean NOT NULL DEFAULT false;

-- Browsers that are logged in. The id itself is in the browser's cookie alone: who reads this table cannot log in.
CREATE TABLE sessions (
    id_hash      text COLLATE "C" PRIMARY KEY,
    user_id      bigint NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at   timestamp NOT NULL,
    last_seen_at timestamp NOT NULL,
    -- Unless it is used before; moved with last_seen_at, never further than the longest session.
    ends_at      timestamp NOT NULL
);
CREATE INDEX sessions_by_user ON sessions (user_id, last_seen_at);
CREATE INDEX sessions_by_end ON sessions (ends_at);

-- Access tokens whose bearer logged out; until they end by themselves.
CREATE TABLE revoked_tokens (
    token_hash text COLLATE "C" PRIMARY KEY,
    ends_at    timestamp NOT NULL
);
CREATE INDEX revoked_tokens_by_end ON revoked_tokens (ends_at);
