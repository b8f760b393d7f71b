-- As SQLite's schema 27: an entry counts as undone, in the hour of its result, once something that it wrote was undone.
CREATE FUNCTION was_undone(entry BIGINT) RETURNS BOOLEAN LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT 1 FROM undos WHERE undos.entry = $1 AND undos.state = 'done')
$$;
CREATE FUNCTION result_of(entry BIGINT, kind TEXT, state TEXT, steps TEXT) RETURNS TEXT LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN $3 = 'done' AND was_undone($1) THEN 'undone' ELSE outcome_of($2, $3, $4) END
$$;
CREATE OR REPLACE FUNCTION count_outcome() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND old.state IN ('done', 'skipped', 'held') THEN
        UPDATE outcome_counts SET entries = entries - 1
        WHERE workspace = old.workspace AND hour = floor(coalesce(old.settled_at, old.received_at) / 3600)::bigint
            AND outcome = result_of(old.id, old.kind, old.state, old.steps);
    END IF;
    IF new.state IN ('done', 'skipped', 'held') THEN
        INSERT INTO outcome_counts VALUES (new.workspace, floor(coalesce(new.settled_at, new.received_at) / 3600)::bigint,
            result_of(new.id, new.kind, new.state, new.steps), 1)
        ON CONFLICT (workspace, hour, outcome) DO UPDATE SET entries = outcome_counts.entries + 1;
    END IF;
    RETURN NULL;
END
$$;

-- An entry moves from one outcome to the other with the first of its records that is undone.
CREATE FUNCTION count_undone() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    undone entries%ROWTYPE;
    at_hour BIGINT;
BEGIN
    IF EXISTS (SELECT 1 FROM undos WHERE entry = new.entry AND state = 'done' AND id <> new.id) THEN
        RETURN NULL;
    END IF;
    SELECT * INTO undone FROM entries WHERE id = new.entry AND state = 'done';
    IF FOUND THEN
        at_hour := floor(coalesce(undone.settled_at, undone.received_at) / 3600)::bigint;
        UPDATE outcome_counts SET entries = entries - 1
        WHERE workspace = undone.workspace AND hour = at_hour
            AND outcome = outcome_of(undone.kind, undone.state, undone.steps);
        INSERT INTO outcome_counts VALUES (undone.workspace, at_hour, 'undone', 1)
        ON CONFLICT (workspace, hour, outcome) DO UPDATE SET entries = outcome_counts.entries + 1;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER outcomes_undone AFTER INSERT ON undos FOR EACH ROW WHEN (new.state = 'done') EXECUTE FUNCTION count_undone();

WITH undone AS (
    SELECT workspace, floor(coalesce(settled_at, received_at) / 3600)::bigint AS hour, outcome_of(kind, state, steps) AS outcome
    FROM entries WHERE state = 'done' AND was_undone(id)
), former AS (
    UPDATE outcome_counts AS counted SET entries = counted.entries - found.entries
    FROM (SELECT workspace, hour, outcome, count(*) AS entries FROM undone GROUP BY 1, 2, 3) AS found
    WHERE (counted.workspace, counted.hour, counted.outcome) = (found.workspace, found.hour, found.outcome)
)
INSERT INTO outcome_counts SELECT workspace, hour, 'undone', count(*) FROM undone GROUP BY workspace, hour;
