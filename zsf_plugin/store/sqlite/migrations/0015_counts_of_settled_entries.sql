-- How many entries of a workspace have ended, by state: counting them would take longer with every entry ever kept.
-- Those that have not ended are few, and are counted by their indexes.
CREATE TABLE settled_counts (
    workspace TEXT NOT NULL,
    state     TEXT NOT NULL CHECK (state IN ('done', 'skipped')),
    entries   INTEGER NOT NULL,
    PRIMARY KEY (workspace, state)
) STRICT, WITHOUT ROWID;
INSERT INTO settled_counts
SELECT workspace, state, count(*) FROM entries WHERE state IN ('done', 'skipped') GROUP BY workspace, state;

CREATE TRIGGER entries_arrive_skipped AFTER INSERT ON entries WHEN new.state = 'skipped'
BEGIN
    INSERT INTO settled_counts VALUES (new.workspace, new.state, 1)
    ON CONFLICT DO UPDATE SET entries = entries + 1;
END;
CREATE TRIGGER entries_settle AFTER UPDATE OF state ON entries
WHEN new.state IN ('done', 'skipped') AND new.state <> old.state
BEGIN
    INSERT INTO settled_counts VALUES (new.workspace, new.state, 1)
    ON CONFLICT DO UPDATE SET entries = entries + 1;
END;
CREATE TRIGGER entries_wait_again AFTER UPDATE OF state ON entries
WHEN old.state IN ('done', 'skipped') AND new.state <> old.state
BEGIN
    UPDATE settled_counts SET entries = entries - 1 WHERE workspace = old.workspace AND state = old.state;
END;
