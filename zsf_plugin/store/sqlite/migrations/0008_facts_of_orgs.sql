-- Links, journal, pauses and in-doubt writes belong to an org. Until here they belonged to the workspace alone, so they
-- get the org that it was connected to. If it was connected to several, the time of each decides; where that is not
-- known, the org is '' and nothing believes the row.
CREATE TEMP TABLE org_moments AS
SELECT workspace, id, at, json_extract(detail, '$.org_id') AS org_id FROM history
WHERE code IN ('connected', 'reconnected', 'disconnected') AND json_extract(detail, '$.org_id') IS NOT NULL;
CREATE TEMP TABLE only_orgs (workspace TEXT PRIMARY KEY, org_id TEXT NOT NULL) WITHOUT ROWID;
INSERT INTO only_orgs
SELECT workspace, CASE count(DISTINCT substr(org_id, 1, 15)) WHEN 1 THEN max(org_id) ELSE '' END
FROM (SELECT workspace, org_id FROM org_moments UNION ALL SELECT workspace, org_id FROM connections) GROUP BY workspace;

CREATE TABLE links_by_org (
    workspace   TEXT NOT NULL,
    org_id      TEXT NOT NULL,
    kind        TEXT NOT NULL CHECK (kind IN ('prospect', 'company', 'touchpoint')),
    host_id     TEXT NOT NULL,
    object      TEXT NOT NULL,
    record_id   TEXT NOT NULL,
    written     TEXT NOT NULL,
    plan_digest TEXT NOT NULL,
    checked_at  REAL NOT NULL,
    PRIMARY KEY (workspace, org_id, kind, host_id)
) STRICT, WITHOUT ROWID;
INSERT INTO links_by_org
SELECT links.workspace, coalesce(nullif(only_orgs.org_id, ''), (
        SELECT org_id FROM org_moments AS moment
        WHERE moment.workspace = links.workspace AND moment.at <= links.checked_at ORDER BY moment.id DESC LIMIT 1
    ), ''), kind, host_id, object, record_id, written, plan_digest, checked_at
FROM links LEFT JOIN only_orgs ON only_orgs.workspace = links.workspace;
DROP TABLE links;
ALTER TABLE links_by_org RENAME TO links;
-- Whose a Task is, where it carries no id of ours. Only touchpoints pay for it.
CREATE INDEX links_of_touchpoints ON links (org_id, record_id) WHERE kind = 'touchpoint';

-- The org in which an entry was written or settled last.
ALTER TABLE entries ADD COLUMN org_id TEXT;
UPDATE entries SET org_id = coalesce(
    (SELECT nullif(org_id, '') FROM only_orgs WHERE workspace = entries.workspace),
    (SELECT org_id FROM org_moments AS moment
        WHERE moment.workspace = entries.workspace
            AND moment.at <= coalesce(entries.sent_at, entries.settled_at, entries.received_at)
        ORDER BY moment.id DESC LIMIT 1))
WHERE state IN ('writing', 'done', 'held') OR cause_code = 'OUTCOME_UNCLEAR';
CREATE INDEX entries_writing_in_org ON entries (org_id) WHERE state = 'writing' AND kind = 'purchase';

ALTER TABLE journal ADD COLUMN org_id TEXT NOT NULL DEFAULT '';
UPDATE journal SET org_id = coalesce((
    SELECT coalesce(nullif(only_orgs.org_id, ''), (
        SELECT org_id FROM org_moments AS moment
        WHERE moment.workspace = entries.workspace AND moment.at <= journal.at ORDER BY moment.id DESC LIMIT 1))
    FROM entries LEFT JOIN only_orgs ON only_orgs.workspace = entries.workspace WHERE entries.id = journal.entry), '');

ALTER TABLE pauses ADD COLUMN org_id TEXT NOT NULL DEFAULT '';
UPDATE pauses SET org_id = coalesce((SELECT org_id FROM connections WHERE workspace = pauses.workspace), '');

-- In-doubt writes of an org that the workspace left. The entry itself is decided again for the next org.
CREATE TABLE left_in_doubt (
    entry       INTEGER NOT NULL REFERENCES entries (id),
    org_id      TEXT NOT NULL,
    workspace   TEXT NOT NULL,
    kind        TEXT NOT NULL,
    lane        TEXT NOT NULL,
    sent_at     REAL,
    sent_as     TEXT NOT NULL,
    attempts    INTEGER NOT NULL,
    PRIMARY KEY (entry, org_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX left_in_doubt_by_org ON left_in_doubt (org_id, workspace, lane);
-- Those of workspaces that have moved already.
INSERT INTO left_in_doubt
SELECT entries.id, entries.org_id, entries.workspace, kind, lane, coalesce(sent_at, settled_at), sent_as, attempts
FROM entries JOIN connections ON connections.workspace = entries.workspace
WHERE entries.org_id != connections.org_id
    AND (entries.state = 'writing' OR (entries.state = 'held' AND cause_code = 'OUTCOME_UNCLEAR'));
UPDATE entries SET state = 'pending', not_before = 0, attempts = 0, sent_at = NULL, sent_as = '[]', settled_at = NULL,
    cause_code = NULL, cause_group = NULL, cause_key = NULL, cause_object = NULL, cause_field = NULL, cause_data = NULL,
    cause_fingerprint = NULL, cause_detail = NULL
WHERE id IN (SELECT entry FROM left_in_doubt);

DROP TABLE temp.org_moments;
DROP TABLE temp.only_orgs;
