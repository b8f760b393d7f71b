-- As SQLite's schema 24: everything that happened to one prospect is read by its lane.
CREATE INDEX entries_by_lane ON entries (workspace, lane, id);
