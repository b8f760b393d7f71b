-- An entry counts as undone, in the hour of its result, once something that it wrote was undone. Removing it, with what was
-- undone, leaves it counted.
UPDATE outcome_counts SET entries = outcome_counts.entries - former.entries
FROM (
    SELECT workspace, hour, outcome, count(*) AS entries FROM entry_outcomes
    WHERE id IN (SELECT entry FROM undos WHERE state = 'done') GROUP BY workspace, hour, outcome
) AS former
WHERE (outcome_counts.workspace, outcome_counts.hour, outcome_counts.outcome) = (former.workspace, former.hour, former.outcome);

DROP VIEW entry_outcomes;
CREATE VIEW entry_outcomes AS
SELECT id, workspace, CAST(coalesce(settled_at, received_at) / 3600 AS INTEGER) AS hour,
    CASE
        WHEN state IN ('held', 'skipped') THEN state
        WHEN EXISTS (SELECT 1 FROM undos WHERE undos.entry = entries.id AND undos.state = 'done') THEN 'undone'
        WHEN kind = 'touchpoint' THEN CASE WHEN instr(steps, '["logged",') THEN 'logged' ELSE 'unchanged' END
        WHEN instr(steps, '["created","Lead",') OR instr(steps, '["created","Contact",') THEN 'created'
        WHEN instr(steps, '["found","Lead",null,{"by":"match_key"') OR instr(steps, '["found","Contact",null,{"by":"match_key"')
            OR instr(steps, '["found","Lead",null,{"by":"external_id"')
            OR instr(steps, '["found","Contact",null,{"by":"external_id"') THEN 'connected'
        WHEN instr(steps, '["updated",') THEN 'updated'
        ELSE 'unchanged'
    END AS outcome
FROM entries WHERE state IN ('done', 'skipped', 'held');
INSERT INTO outcome_counts
SELECT workspace, hour, outcome, count(*) FROM entry_outcomes
WHERE id IN (SELECT entry FROM undos WHERE state = 'done') GROUP BY workspace, hour, outcome
ON CONFLICT DO UPDATE SET entries = outcome_counts.entries + excluded.entries;

CREATE TRIGGER outcomes_before_undo BEFORE INSERT ON undos WHEN new.state = 'done'
BEGIN
    UPDATE outcome_counts SET entries = entries - 1
    WHERE (workspace, hour, outcome) = (SELECT workspace, hour, outcome FROM entry_outcomes WHERE id = new.entry);
END;
CREATE TRIGGER outcomes_undone AFTER INSERT ON undos WHEN new.state = 'done'
BEGIN
    INSERT INTO outcome_counts SELECT workspace, hour, outcome, 1 FROM entry_outcomes WHERE id = new.entry
    ON CONFLICT DO UPDATE SET entries = entries + 1;
END;
