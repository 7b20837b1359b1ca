-- Under which key a lead was submitted, so that the same submission, sent again, is the same lead. A row lives for a day;
-- both texts are hashes, keyed with a secret of the service.
CREATE TABLE submission_keys (
    key_hash     text COLLATE "C" PRIMARY KEY,
    -- What the submission said: the same key with something else is a mistake of its sender.
    content_hash text COLLATE "C" NOT NULL,
    lead_id      bigint NOT NULL REFERENCES leads (id) ON DELETE CASCADE,
    created_at   timestamp NOT NULL
);
-- For the sweep, and for the erasure of a lead.
CREATE INDEX submission_keys_by_age ON submission_keys (created_at);
CREATE INDEX submission_keys_by_lead ON submission_keys (lead_id);
