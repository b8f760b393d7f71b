-- As SQLite's schema 20: what the entries of a workspace came to, by hour.
CREATE TABLE outcome_counts (
    workspace TEXT COLLATE "C" NOT NULL,
    hour      BIGINT NOT NULL,
    outcome   TEXT COLLATE "C" NOT NULL,
    entries   BIGINT NOT NULL,
    PRIMARY KEY (workspace, hour, outcome)
);
CREATE FUNCTION outcome_of(kind TEXT, state TEXT, steps TEXT) RETURNS TEXT LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN state IN ('held', 'skipped') THEN state
        WHEN kind = 'touchpoint' THEN CASE WHEN strpos(steps, '["logged",') > 0 THEN 'logged' ELSE 'unchanged' END
        WHEN strpos(steps, '["created","Lead",') > 0 OR strpos(steps, '["created","Contact",') > 0 THEN 'created'
        WHEN strpos(steps, '["found","Lead",null,{"by":"match_key"') > 0
            OR strpos(steps, '["found","Contact",null,{"by":"match_key"') > 0
            OR strpos(steps, '["found","Lead",null,{"by":"external_id"') > 0
            OR strpos(steps, '["found","Contact",null,{"by":"external_id"') > 0 THEN 'connected'
        WHEN strpos(steps, '["updated",') > 0 THEN 'updated'
        ELSE 'unchanged'
    END
$$;
INSERT INTO outcome_counts
SELECT workspace, floor(coalesce(settled_at, received_at) / 3600)::bigint AS hour, outcome_of(kind, state, steps), count(*)
FROM entries WHERE state IN ('done', 'skipped', 'held') GROUP BY 1, 2, 3;

CREATE FUNCTION count_outcome() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND old.state IN ('done', 'skipped', 'held') THEN
        UPDATE outcome_counts SET entries = entries - 1
        WHERE workspace = old.workspace AND hour = floor(coalesce(old.settled_at, old.received_at) / 3600)::bigint
            AND outcome = outcome_of(old.kind, old.state, old.steps);
    END IF;
    IF new.state IN ('done', 'skipped', 'held') THEN
        INSERT INTO outcome_counts VALUES (new.workspace, floor(coalesce(new.settled_at, new.received_at) / 3600)::bigint,
            outcome_of(new.kind, new.state, new.steps), 1)
        ON CONFLICT (workspace, hour, outcome) DO UPDATE SET entries = outcome_counts.entries + 1;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER outcomes_of_new_entries AFTER INSERT ON entries FOR EACH ROW
    WHEN (new.state IN ('done', 'skipped', 'held')) EXECUTE FUNCTION count_outcome();
CREATE TRIGGER outcomes_reached AFTER UPDATE OF state ON entries FOR EACH ROW
    WHEN (old.state IN ('done', 'skipped', 'held') OR new.state IN ('done', 'skipped', 'held'))
    EXECUTE FUNCTION count_outcome();
-- Counts outlive the entries that are removed by 60 days.
CREATE FUNCTION forget_outcomes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM outcome_counts
    WHERE workspace = old.workspace AND hour < coalesce(old.settled_at, old.received_at) / 3600 - 1440;
    RETURN NULL;
END
$$;
CREATE TRIGGER outcomes_forgotten AFTER DELETE ON entries FOR EACH ROW EXECUTE FUNCTION forget_outcomes();
