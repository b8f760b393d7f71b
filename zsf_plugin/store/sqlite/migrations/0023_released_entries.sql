-- An entry knows when it was last released, and by what, until it is held again: so one that is retried without success counts as
-- held, and one that is retried twice counts once. Counts by hour, which counted each retry, are no longer needed.
ALTER TABLE entries ADD COLUMN released_at REAL;
ALTER TABLE entries ADD COLUMN released_by TEXT;
CREATE INDEX entries_released ON entries (workspace, released_at, released_by) WHERE released_at IS NOT NULL;
DROP TABLE releases;
