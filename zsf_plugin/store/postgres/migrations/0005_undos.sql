-- As SQLite's schema 21: what was done to undo entries, and the journal by record.
CREATE TABLE undos (
    id          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    entry       BIGINT NOT NULL REFERENCES entries (id),
    org_id      TEXT COLLATE "C" NOT NULL,
    object      TEXT COLLATE "C" NOT NULL,
    record_id   TEXT COLLATE "C" NOT NULL,
    action      TEXT COLLATE "C" NOT NULL CHECK (action IN ('restore', 'delete')),
    state       TEXT COLLATE "C" NOT NULL CHECK (state IN ('sent', 'done', 'refused')),
    before      TEXT COLLATE "C" NOT NULL,
    after       TEXT COLLATE "C" NOT NULL,
    by          TEXT COLLATE "C",
    at          DOUBLE PRECISION NOT NULL
);
CREATE INDEX undos_by_entry ON undos (entry);
CREATE INDEX undos_by_record ON undos (record_id);
CREATE INDEX journal_by_record ON journal (record_id);
