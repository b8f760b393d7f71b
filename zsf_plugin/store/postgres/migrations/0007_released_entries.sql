-- As SQLite's schema 23: an entry knows when it was last released, and by what, until it is held again.
ALTER TABLE entries ADD COLUMN released_at DOUBLE PRECISION;
ALTER TABLE entries ADD COLUMN released_by TEXT COLLATE "C";
CREATE INDEX entries_released ON entries (workspace, released_at, released_by) WHERE released_at IS NOT NULL;
DROP TABLE releases;
