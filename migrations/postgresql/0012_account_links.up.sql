-- Links that were mailed: to choose the first password, or a new one. The link holds a token that is derived from the
-- id under a key of the service's; here is only its hash, so who reads this table cannot use a link.
CREATE TABLE account_links (
    id         uuid PRIMARY KEY,
    user_id    bigint NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    kind       text COLLATE "C" NOT NULL
               CONSTRAINT account_links_kind_is_known CHECK (kind IN ('INVITATION', 'PASSWORD_RESET')),
    token_hash text COLLATE "C" NOT NULL CONSTRAINT account_links_token_is_unique UNIQUE,
    created_at timestamp NOT NULL,
    ends_at    timestamp NOT NULL
);
CREATE INDEX account_links_by_user ON account_links (user_id);
CREATE INDEX account_links_by_end ON account_links (ends_at);

-- A mail is about a lead, or brings a link.
ALTER TABLE outbox ALTER COLUMN lead_id DROP NOT NULL;
ALTER TABLE outbox ADD COLUMN link_id uuid REFERENCES account_links (id) ON DELETE CASCADE;
ALTER TABLE outbox DROP CONSTRAINT outbox_kind_is_known;
ALTER TABLE outbox ADD CONSTRAINT outbox_kind_is_known
    CHECK (CASE WHEN link_id IS NULL THEN lead_id IS NOT NULL AND kind IN ('CONFIRMATION', 'NOTIFICATION')
                ELSE lead_id IS NULL AND kind IN ('INVITATION', 'PASSWORD_RESET') END);
