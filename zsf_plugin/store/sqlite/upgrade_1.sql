-- A file of version 1 becomes one of version 2. One statement ends at each semicolon, none may stand in a comment.

ALTER TABLE entries ADD COLUMN sent_as TEXT NOT NULL DEFAULT '[]';
-- What was on its way then is not known: it may have been anything.
UPDATE entries SET sent_as = '["Account","Contact","Lead","Task"]' WHERE state = 'writing' AND sent_at IS NOT NULL;
CREATE INDEX entries_writing ON entries (workspace, kind) WHERE state = 'writing';
CREATE INDEX links_of_touchpoints ON links (record_id) WHERE kind = 'touchpoint';
CREATE TABLE gates (
    org_id      TEXT PRIMARY KEY,
    slot        REAL NOT NULL,
    asked_at    REAL NOT NULL
) STRICT, WITHOUT ROWID;
