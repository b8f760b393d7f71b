-- An entry that ended long ago may be removed (store/sql/purging.py): its count goes with it, and its conflicts are found.
CREATE INDEX conflicts_by_entry ON conflicts (entry);
CREATE TRIGGER entries_are_removed AFTER DELETE ON entries WHEN old.state IN ('done', 'skipped')
BEGIN
    UPDATE settled_counts SET entries = entries - 1 WHERE workspace = old.workspace AND state = old.state;
END;
