-- Each instance counts the hits of a source here, where it had all of them in memory before.
CREATE INDEX limit_hits_by_source ON limit_hits (limit_name, source, hit_at);

-- A row lives for a window and is deleted, so what is dead soon outweighs what lives; see outbox.
ALTER TABLE limit_hits SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
