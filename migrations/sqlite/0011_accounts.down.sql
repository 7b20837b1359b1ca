DROP TABLE revoked_tokens;
DROP TABLE sessions;
ALTER TABLE users DROP COLUMN is_invited;
ALTER TABLE users DROP COLUMN tokens_valid_from;
