-- As SQLite's schema 18: an entry that ended long ago may be removed, with its count and its conflicts.
CREATE INDEX conflicts_by_entry ON conflicts (entry);
CREATE FUNCTION count_removed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE settled_counts SET entries = entries - 1 WHERE workspace = old.workspace AND state = old.state;
    RETURN NULL;
END
$$;
CREATE TRIGGER entries_are_removed AFTER DELETE ON entries FOR EACH ROW WHEN (old.state IN ('done', 'skipped'))
    EXECUTE FUNCTION count_removed();
