-- What was done to undo entries: one row for each record that was put back or deleted, or is about to be. And the journal
-- by record: a later write decides what may be undone.
CREATE TABLE undos (
    id          INTEGER PRIMARY KEY,
    entry       INTEGER NOT NULL REFERENCES entries (id),
    org_id      TEXT NOT NULL,
    object      TEXT NOT NULL,
    record_id   TEXT NOT NULL,
    action      TEXT NOT NULL CHECK (action IN ('restore', 'delete')),
    state       TEXT NOT NULL CHECK (state IN ('sent', 'done', 'refused')),
    before      TEXT NOT NULL,                         -- what the org held, by field
    after       TEXT NOT NULL,                         -- what it holds since
    by          TEXT,                                  -- who asked for it, if known
    at          REAL NOT NULL
) STRICT;
CREATE INDEX undos_by_entry ON undos (entry);
CREATE INDEX undos_by_record ON undos (record_id);
CREATE INDEX journal_by_record ON journal (record_id);
