-- The tables of the PostgreSQL engine, as those of SQLite's schema 17 (store/sqlite/migrations): their comments hold.
-- Texts are compared by their code points, as SQLite does, whatever the database's own order is.

CREATE TABLE entries (
    id                BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    workspace         TEXT COLLATE "C" NOT NULL,
    event_id          TEXT COLLATE "C" NOT NULL,
    kind              TEXT COLLATE "C" NOT NULL CHECK (kind IN ('purchase', 'touchpoint')),
    lane              TEXT COLLATE "C" NOT NULL,
    state             TEXT COLLATE "C" NOT NULL CHECK (state IN ('pending', 'writing', 'done', 'skipped', 'held')),
    digest            TEXT COLLATE "C" NOT NULL,
    occurred_at       TEXT COLLATE "C" NOT NULL,
    received_at       DOUBLE PRECISION NOT NULL,
    not_before        DOUBLE PRECISION NOT NULL DEFAULT 0,
    attempts          INTEGER NOT NULL DEFAULT 0,
    sent_at           DOUBLE PRECISION,
    sent_as           TEXT COLLATE "C" NOT NULL DEFAULT '[]',
    settled_at        DOUBLE PRECISION,
    reason            TEXT COLLATE "C",
    cause_code        TEXT COLLATE "C",
    cause_group       TEXT COLLATE "C",
    cause_key         TEXT COLLATE "C",
    cause_object      TEXT COLLATE "C",
    cause_field       TEXT COLLATE "C",
    cause_fingerprint TEXT COLLATE "C",
    cause_detail      TEXT COLLATE "C",
    payload           TEXT COLLATE "C" NOT NULL,
    steps             TEXT COLLATE "C" NOT NULL DEFAULT '[]',
    cause_data        TEXT COLLATE "C",
    org_id            TEXT COLLATE "C",
    sent_at_org       DOUBLE PRECISION,
    UNIQUE (workspace, event_id)
);
CREATE INDEX entries_waiting ON entries (workspace, kind, id, not_before) WHERE state IN ('pending', 'writing');
CREATE INDEX entries_backing_off ON entries (workspace, not_before)
    WHERE state IN ('pending', 'writing') AND not_before > 0;
CREATE INDEX entries_writing ON entries (workspace, kind, id) WHERE state = 'writing';
CREATE INDEX entries_writing_in_org ON entries (org_id) WHERE state = 'writing' AND kind = 'purchase';
CREATE INDEX entries_held ON entries (workspace, cause_code, cause_key, cause_fingerprint, settled_at, id)
    WHERE state = 'held';
CREATE INDEX entries_held_lane ON entries (workspace, lane) WHERE state = 'held';
CREATE INDEX entries_unclear_lane ON entries (workspace, lane) WHERE cause_code = 'OUTCOME_UNCLEAR';
CREATE INDEX entries_ended ON entries (workspace, state, id) WHERE state IN ('done', 'skipped', 'held');
-- A drain updates each entry twice: room on its page spares the indexes, and dead rows are cleared early.
ALTER TABLE entries SET (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02);

CREATE TABLE settled_counts (
    workspace TEXT COLLATE "C" NOT NULL,
    state     TEXT COLLATE "C" NOT NULL CHECK (state IN ('done', 'skipped')),
    entries   BIGINT NOT NULL,
    PRIMARY KEY (workspace, state)
);
CREATE FUNCTION count_settled() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND old.state IN ('done', 'skipped') AND new.state <> old.state THEN
        UPDATE settled_counts SET entries = entries - 1 WHERE workspace = old.workspace AND state = old.state;
    END IF;
    IF new.state IN ('done', 'skipped') AND (TG_OP = 'INSERT' OR new.state <> old.state) THEN
        INSERT INTO settled_counts VALUES (new.workspace, new.state, 1)
        ON CONFLICT (workspace, state) DO UPDATE SET entries = settled_counts.entries + 1;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER entries_arrive_skipped AFTER INSERT ON entries FOR EACH ROW WHEN (new.state = 'skipped')
    EXECUTE FUNCTION count_settled();
CREATE TRIGGER entries_settle AFTER UPDATE OF state ON entries FOR EACH ROW WHEN (new.state <> old.state)
    EXECUTE FUNCTION count_settled();

CREATE TABLE conflicts (
    id          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    workspace   TEXT COLLATE "C" NOT NULL,
    event_id    TEXT COLLATE "C" NOT NULL,
    entry       BIGINT NOT NULL REFERENCES entries (id),
    at          DOUBLE PRECISION NOT NULL
);
CREATE INDEX conflicts_by_workspace ON conflicts (workspace, id);

CREATE TABLE links (
    workspace   TEXT COLLATE "C" NOT NULL,
    org_id      TEXT COLLATE "C" NOT NULL,
    kind        TEXT COLLATE "C" NOT NULL CHECK (kind IN ('prospect', 'company', 'touchpoint')),
    host_id     TEXT COLLATE "C" NOT NULL,
    object      TEXT COLLATE "C" NOT NULL,
    record_id   TEXT COLLATE "C" NOT NULL,
    written     TEXT COLLATE "C" NOT NULL,
    plan_digest TEXT COLLATE "C" NOT NULL,
    checked_at  DOUBLE PRECISION NOT NULL,
    arrived     BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (workspace, org_id, kind, host_id)
);
CREATE INDEX links_of_touchpoints ON links (org_id, record_id) WHERE kind = 'touchpoint';

CREATE TABLE journal (
    id          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    entry       BIGINT NOT NULL REFERENCES entries (id),
    object      TEXT COLLATE "C" NOT NULL,
    record_id   TEXT COLLATE "C" NOT NULL,
    action      TEXT COLLATE "C" NOT NULL CHECK (action IN ('create', 'update')),
    before      TEXT COLLATE "C" NOT NULL,
    after       TEXT COLLATE "C" NOT NULL,
    at          DOUBLE PRECISION NOT NULL,
    org_id      TEXT COLLATE "C" NOT NULL DEFAULT ''
);
CREATE INDEX journal_by_entry ON journal (entry);

CREATE TABLE left_in_doubt (
    entry       BIGINT NOT NULL REFERENCES entries (id),
    org_id      TEXT COLLATE "C" NOT NULL,
    workspace   TEXT COLLATE "C" NOT NULL,
    kind        TEXT COLLATE "C" NOT NULL,
    lane        TEXT COLLATE "C" NOT NULL,
    sent_at     DOUBLE PRECISION,
    sent_as     TEXT COLLATE "C" NOT NULL,
    attempts    INTEGER NOT NULL,
    sent_at_org DOUBLE PRECISION,
    PRIMARY KEY (entry, org_id)
);
CREATE INDEX left_in_doubt_by_org ON left_in_doubt (org_id, workspace, lane);

CREATE TABLE leases (
    name        TEXT COLLATE "C" PRIMARY KEY,
    epoch       BIGINT NOT NULL,
    owner       TEXT COLLATE "C",
    expires_at  DOUBLE PRECISION NOT NULL,
    since       DOUBLE PRECISION NOT NULL DEFAULT 0,
    beats       BIGINT NOT NULL DEFAULT 0,
    wanted      INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE connections (
    workspace    TEXT COLLATE "C" PRIMARY KEY,
    org_id       TEXT COLLATE "C" NOT NULL,
    user_id      TEXT COLLATE "C" NOT NULL,
    username     TEXT COLLATE "C" NOT NULL,
    environment  TEXT COLLATE "C" NOT NULL,
    login_url    TEXT COLLATE "C" NOT NULL,
    instance_url TEXT COLLATE "C" NOT NULL,
    client_id    TEXT COLLATE "C" NOT NULL,
    is_sandbox   INTEGER NOT NULL,
    api_version  TEXT COLLATE "C" NOT NULL,
    connected_at DOUBLE PRECISION NOT NULL,
    state        TEXT COLLATE "C" NOT NULL,
    reason       TEXT COLLATE "C",
    org_name     TEXT COLLATE "C" NOT NULL DEFAULT '',
    connected_by TEXT COLLATE "C"
);

CREATE TABLE tokens (
    workspace    TEXT COLLATE "C" PRIMARY KEY,
    access       BYTEA,
    refresh      BYTEA,
    version      BIGINT NOT NULL,
    refreshed_at DOUBLE PRECISION NOT NULL,
    key          BYTEA
);
CREATE TABLE digest_keys (
    name   TEXT COLLATE "C" PRIMARY KEY,
    sealed BYTEA NOT NULL
);

CREATE TABLE pauses (
    workspace   TEXT COLLATE "C" PRIMARY KEY,
    code        TEXT COLLATE "C" NOT NULL,
    reason      TEXT COLLATE "C" NOT NULL,
    since       DOUBLE PRECISION NOT NULL,
    until       DOUBLE PRECISION,
    org_id      TEXT COLLATE "C" NOT NULL DEFAULT '',
    error       TEXT COLLATE "C" NOT NULL DEFAULT ''
);

CREATE TABLE console_rules (
    workspace   TEXT COLLATE "C" PRIMARY KEY,
    document    TEXT COLLATE "C" NOT NULL,
    version     BIGINT NOT NULL
);

CREATE TABLE history (
    id          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    workspace   TEXT COLLATE "C" NOT NULL,
    at          DOUBLE PRECISION NOT NULL,
    code        TEXT COLLATE "C" NOT NULL,
    by          TEXT COLLATE "C",
    detail      TEXT COLLATE "C" NOT NULL
);
CREATE INDEX history_by_workspace ON history (workspace, id);

CREATE TABLE releases (
    workspace   TEXT COLLATE "C" NOT NULL,
    hour        BIGINT NOT NULL,
    by          TEXT COLLATE "C" NOT NULL CHECK (by IN ('change', 'link', 'person')),
    entries     BIGINT NOT NULL,
    PRIMARY KEY (workspace, hour, by)
);

CREATE TABLE rule_files (
    folder      TEXT COLLATE "C" NOT NULL,
    name        TEXT COLLATE "C" NOT NULL,
    document    TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (folder, name)
);

CREATE TABLE facts (
    org_id        TEXT COLLATE "C" NOT NULL,
    name          TEXT COLLATE "C" NOT NULL,
    body          TEXT COLLATE "C" NOT NULL,
    fetched_at    DOUBLE PRECISION NOT NULL,
    last_modified TEXT COLLATE "C",
    PRIMARY KEY (org_id, name)
);

CREATE TABLE calls (
    org_id      TEXT COLLATE "C" NOT NULL,
    hour        BIGINT NOT NULL,
    purpose     TEXT COLLATE "C" NOT NULL,
    calls       BIGINT NOT NULL,
    PRIMARY KEY (org_id, hour, purpose)
);

CREATE TABLE usage (
    org_id      TEXT COLLATE "C" PRIMARY KEY,
    used        BIGINT NOT NULL,
    daily_limit BIGINT NOT NULL,
    seen_at     DOUBLE PRECISION NOT NULL
);

CREATE TABLE gates (
    org_id      TEXT COLLATE "C" PRIMARY KEY,
    slot        DOUBLE PRECISION NOT NULL,
    asked_at    DOUBLE PRECISION NOT NULL
);

-- Lists in JSON, as SQLite's functions read and make them (store/postgres/dialect.py).
CREATE FUNCTION items_of_list(list TEXT) RETURNS TABLE (value TEXT)
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE ROWS 50
    AS $$ SELECT json_array_elements_text(list::json) $$;
CREATE FUNCTION item_of_list(list TEXT, place TEXT) RETURNS TEXT
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ SELECT list::json ->> substr(place, 3, length(place) - 3)::int $$;
CREATE FUNCTION with_item(list JSONB, item TEXT) RETURNS JSONB
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ SELECT list || to_jsonb(item) $$;
CREATE FUNCTION as_text(list JSONB) RETURNS TEXT LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$ SELECT list::text $$;
CREATE AGGREGATE list_of_items(TEXT) (sfunc = with_item, stype = JSONB, initcond = '[]', finalfunc = as_text);
