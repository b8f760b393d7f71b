-- The tables of the SQLite engine as of schema 3, the first that migrations start from.
-- One statement ends at each semicolon, none may stand in a comment.
-- Times are seconds since the epoch. JSON is ASCII text. Names of a host are text as `rows.stored` writes them.

CREATE TABLE entries (
    id                INTEGER PRIMARY KEY,             -- grows with arrival, entries are never deleted
    workspace         TEXT NOT NULL,
    event_id          TEXT NOT NULL,
    kind              TEXT NOT NULL CHECK (kind IN ('purchase', 'touchpoint')),
    lane              TEXT NOT NULL,
    state             TEXT NOT NULL CHECK (state IN ('pending', 'writing', 'done', 'skipped', 'held')),
    digest            TEXT NOT NULL,
    occurred_at       TEXT NOT NULL,
    received_at       REAL NOT NULL,
    not_before        REAL NOT NULL DEFAULT 0,
    attempts          INTEGER NOT NULL DEFAULT 0,
    sent_at           REAL,
    sent_as           TEXT NOT NULL DEFAULT '[]',      -- what was to be created then
    settled_at        REAL,
    reason            TEXT,
    cause_code        TEXT,
    cause_group       TEXT,                            -- code, object and field, as an admin selects by
    cause_text        TEXT,
    cause_advice      TEXT,
    cause_object      TEXT,
    cause_field       TEXT,
    cause_fingerprint TEXT,
    cause_detail      TEXT,
    payload           TEXT NOT NULL,
    steps             TEXT NOT NULL DEFAULT '[]',
    UNIQUE (workspace, event_id)
) STRICT;

-- What waits, in order of arrival. The id stands before not_before so that a batch of a long backlog is its first
-- rows and needs no sort, and not_before is in it so that backed-off entries are passed over without reading them.
CREATE INDEX entries_waiting ON entries (workspace, kind, id, not_before) WHERE state IN ('pending', 'writing');
-- The few that wait for a moment of their own: the earliest of them is the first row.
CREATE INDEX entries_backing_off ON entries (workspace, not_before)
    WHERE state IN ('pending', 'writing') AND not_before > 0;
CREATE INDEX entries_writing ON entries (workspace, kind) WHERE state = 'writing';
CREATE INDEX entries_by_state ON entries (workspace, state);
-- Held entries by cause, and by the person they wait for. New entries are rarely held, so accepting pays for neither.
CREATE INDEX entries_held ON entries (workspace, cause_code, cause_text, cause_fingerprint, settled_at)
    WHERE state = 'held';
CREATE INDEX entries_held_lane ON entries (workspace, lane) WHERE state = 'held';
-- Prospects of whom a record may or may not be there.
CREATE INDEX entries_unclear_lane ON entries (workspace, lane) WHERE cause_code = 'OUTCOME_UNCLEAR';

CREATE TABLE conflicts (
    id          INTEGER PRIMARY KEY,
    workspace   TEXT NOT NULL,
    event_id    TEXT NOT NULL,
    entry       INTEGER NOT NULL REFERENCES entries (id),
    at          REAL NOT NULL
) STRICT;
CREATE INDEX conflicts_by_workspace ON conflicts (workspace);

CREATE TABLE links (
    workspace   TEXT NOT NULL,
    kind        TEXT NOT NULL CHECK (kind IN ('prospect', 'company', 'touchpoint')),
    host_id     TEXT NOT NULL,
    object      TEXT NOT NULL,
    record_id   TEXT NOT NULL,
    written     TEXT NOT NULL,
    plan_digest TEXT NOT NULL,
    PRIMARY KEY (workspace, kind, host_id)
) STRICT, WITHOUT ROWID;
-- Whose a Task is, where it carries no id of ours. Only touchpoints pay for it.
CREATE INDEX links_of_touchpoints ON links (record_id) WHERE kind = 'touchpoint';

CREATE TABLE journal (
    id          INTEGER PRIMARY KEY,
    entry       INTEGER NOT NULL REFERENCES entries (id),
    object      TEXT NOT NULL,
    record_id   TEXT NOT NULL,
    action      TEXT NOT NULL CHECK (action IN ('create', 'update')),
    before      TEXT NOT NULL,
    after       TEXT NOT NULL,
    at          REAL NOT NULL
) STRICT;
CREATE INDEX journal_by_entry ON journal (entry);

CREATE TABLE leases (
    name        TEXT PRIMARY KEY,
    epoch       INTEGER NOT NULL,                      -- only grows, also over a lease that was given back
    owner       TEXT,                                  -- null: nobody's
    expires_at  REAL NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE connections (
    workspace    TEXT PRIMARY KEY,
    org_id       TEXT NOT NULL,
    user_id      TEXT NOT NULL,
    username     TEXT NOT NULL,
    environment  TEXT NOT NULL,
    login_url    TEXT NOT NULL,
    instance_url TEXT NOT NULL,
    client_id    TEXT NOT NULL,
    is_sandbox   INTEGER NOT NULL,
    api_version  TEXT NOT NULL,
    connected_at REAL NOT NULL,
    state        TEXT NOT NULL,
    reason       TEXT,
    org_name     TEXT NOT NULL DEFAULT '',             -- empty: connected by an older version
    connected_by TEXT
) STRICT, WITHOUT ROWID;

-- Forgotten tokens leave their version behind: a refresh begun before must not fit the tokens that come after.
CREATE TABLE tokens (
    workspace    TEXT PRIMARY KEY,
    access       BLOB,                                 -- encrypted, null: forgotten
    refresh      BLOB,                                 -- encrypted
    version      INTEGER NOT NULL,
    refreshed_at REAL NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE pauses (
    workspace   TEXT PRIMARY KEY,
    code        TEXT NOT NULL,
    reason      TEXT NOT NULL,
    since       REAL NOT NULL,
    until       REAL
) STRICT, WITHOUT ROWID;

CREATE TABLE console_rules (
    workspace   TEXT PRIMARY KEY,
    document    TEXT NOT NULL,
    version     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What people did to a workspace, and what befell its connection.
CREATE TABLE history (
    id          INTEGER PRIMARY KEY,
    workspace   TEXT NOT NULL,
    at          REAL NOT NULL,
    code        TEXT NOT NULL,
    by          TEXT,
    detail      TEXT NOT NULL
) STRICT;
CREATE INDEX history_by_workspace ON history (workspace);

-- How many held entries were put back in an hour, by what did it.
CREATE TABLE releases (
    workspace   TEXT NOT NULL,
    hour        INTEGER NOT NULL,                      -- since the epoch
    by          TEXT NOT NULL CHECK (by IN ('change', 'link', 'person')),
    entries     INTEGER NOT NULL,
    PRIMARY KEY (workspace, hour, by)
) STRICT, WITHOUT ROWID;

-- What each rule file said when it was last right.
CREATE TABLE rule_files (
    folder      TEXT NOT NULL,
    name        TEXT NOT NULL,
    document    TEXT NOT NULL,
    PRIMARY KEY (folder, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE facts (
    org_id        TEXT NOT NULL,
    name          TEXT NOT NULL,
    body          TEXT NOT NULL,
    fetched_at    REAL NOT NULL,
    last_modified TEXT,
    PRIMARY KEY (org_id, name)
) STRICT;

CREATE TABLE calls (
    org_id      TEXT NOT NULL,
    hour        INTEGER NOT NULL,                      -- since the epoch
    purpose     TEXT NOT NULL,
    calls       INTEGER NOT NULL,
    PRIMARY KEY (org_id, hour, purpose)
) STRICT, WITHOUT ROWID;

CREATE TABLE usage (
    org_id      TEXT PRIMARY KEY,
    used        INTEGER NOT NULL,
    daily_limit INTEGER NOT NULL,
    seen_at     REAL NOT NULL
) STRICT, WITHOUT ROWID;

-- The rate gate: calls of one org leave in slots, whatever process they come from.
CREATE TABLE gates (
    org_id      TEXT PRIMARY KEY,
    slot        REAL NOT NULL,                         -- the last one given away; may lie ahead
    asked_at    REAL NOT NULL                          -- when: a clock that reads much less was set back
) STRICT, WITHOUT ROWID;
