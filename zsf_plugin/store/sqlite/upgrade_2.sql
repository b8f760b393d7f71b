-- A file of version 2 becomes one of version 3. One statement ends at each semicolon, none may stand in a comment.

ALTER TABLE connections ADD COLUMN org_name TEXT NOT NULL DEFAULT '';
ALTER TABLE connections ADD COLUMN connected_by TEXT;
CREATE TABLE history (
    id          INTEGER PRIMARY KEY,
    workspace   TEXT NOT NULL,
    at          REAL NOT NULL,
    code        TEXT NOT NULL,
    by          TEXT,
    detail      TEXT NOT NULL
) STRICT;
CREATE INDEX history_by_workspace ON history (workspace);
CREATE TABLE releases (
    workspace   TEXT NOT NULL,
    hour        INTEGER NOT NULL,
    by          TEXT NOT NULL CHECK (by IN ('change', 'link', 'person')),
    entries     INTEGER NOT NULL,
    PRIMARY KEY (workspace, hour, by)
) STRICT, WITHOUT ROWID;
CREATE TABLE rule_files (
    folder      TEXT NOT NULL,
    name        TEXT NOT NULL,
    document    TEXT NOT NULL,
    PRIMARY KEY (folder, name)
) STRICT, WITHOUT ROWID;
