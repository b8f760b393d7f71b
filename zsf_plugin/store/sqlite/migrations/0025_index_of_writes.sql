-- Entries by when they were settled last: those that wrote something are among the done and the held ones.
CREATE INDEX entries_by_settling ON entries (workspace, settled_at) WHERE state IN ('done', 'held');
