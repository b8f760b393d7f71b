-- As SQLite's schema 25: entries by when they were settled last.
CREATE INDEX entries_by_settling ON entries (workspace, settled_at, id) WHERE state IN ('done', 'held');
