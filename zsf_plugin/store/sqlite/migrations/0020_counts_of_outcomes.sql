-- What the entries of a workspace came to, by hour: each ended or held entry counts once, in the hour of its latest
-- result. Counting the entries themselves would take longer with every entry ever stored. A removed entry stays counted.
CREATE TABLE outcome_counts (
    workspace TEXT NOT NULL,
    hour      INTEGER NOT NULL,                        -- since the epoch
    outcome   TEXT NOT NULL,
    entries   INTEGER NOT NULL,
    PRIMARY KEY (workspace, hour, outcome)
) STRICT, WITHOUT ROWID;

-- The outcome of each ended or held entry. Steps are compact JSON, in which a host's text has no unescaped quote.
CREATE VIEW entry_outcomes AS
SELECT id, workspace, CAST(coalesce(settled_at, received_at) / 3600 AS INTEGER) AS hour,
    CASE
        WHEN state IN ('held', 'skipped') THEN state
        WHEN kind = 'touchpoint' THEN CASE WHEN instr(steps, '["logged",') THEN 'logged' ELSE 'unchanged' END
        WHEN instr(steps, '["created","Lead",') OR instr(steps, '["created","Contact",') THEN 'created'
        WHEN instr(steps, '["found","Lead",null,{"by":"match_key"') OR instr(steps, '["found","Contact",null,{"by":"match_key"')
            OR instr(steps, '["found","Lead",null,{"by":"external_id"')
            OR instr(steps, '["found","Contact",null,{"by":"external_id"') THEN 'connected'
        WHEN instr(steps, '["updated",') THEN 'updated'
        ELSE 'unchanged'
    END AS outcome
FROM entries WHERE state IN ('done', 'skipped', 'held');
INSERT INTO outcome_counts SELECT workspace, hour, outcome, count(*) FROM entry_outcomes GROUP BY workspace, hour, outcome;

CREATE TRIGGER outcomes_of_new_entries AFTER INSERT ON entries WHEN new.state IN ('done', 'skipped', 'held')
BEGIN
    INSERT INTO outcome_counts SELECT workspace, hour, outcome, 1 FROM entry_outcomes WHERE id = new.id
    ON CONFLICT DO UPDATE SET entries = entries + 1;
END;
CREATE TRIGGER outcomes_replaced BEFORE UPDATE OF state ON entries WHEN old.state IN ('done', 'skipped', 'held')
BEGIN
    UPDATE outcome_counts SET entries = entries - 1
    WHERE (workspace, hour, outcome) = (SELECT workspace, hour, outcome FROM entry_outcomes WHERE id = old.id);
END;
CREATE TRIGGER outcomes_reached AFTER UPDATE OF state ON entries WHEN new.state IN ('done', 'skipped', 'held')
BEGIN
    INSERT INTO outcome_counts SELECT workspace, hour, outcome, 1 FROM entry_outcomes WHERE id = new.id
    ON CONFLICT DO UPDATE SET entries = entries + 1;
END;
-- Counts outlive the entries that are removed by 60 days.
CREATE TRIGGER outcomes_forgotten AFTER DELETE ON entries
BEGIN
    DELETE FROM outcome_counts
    WHERE workspace = old.workspace AND hour < coalesce(old.settled_at, old.received_at) / 3600 - 1440;
END;
