ALTER TABLE limit_hits RESET (autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold);
DROP INDEX limit_hits_by_source;
