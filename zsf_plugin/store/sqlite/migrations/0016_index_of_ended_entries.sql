-- An entry that waits is found by the indexes of those that wait. To have it in that of all states as well would cost each
-- event, and each step on its way, as much again.
DROP INDEX entries_by_state;
CREATE INDEX entries_ended ON entries (workspace, state) WHERE state IN ('done', 'skipped', 'held');
