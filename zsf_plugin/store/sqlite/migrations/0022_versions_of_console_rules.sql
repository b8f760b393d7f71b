-- Each save of the console's rules stays, so that a person can see who changed what, and return to it. When and by whom is not
-- known of what was saved before this version.
CREATE TABLE console_rule_versions (
    workspace   TEXT NOT NULL,
    version     INTEGER NOT NULL,
    document    TEXT NOT NULL,
    at          REAL,
    by          TEXT,
    PRIMARY KEY (workspace, version)
) STRICT, WITHOUT ROWID;
INSERT INTO console_rule_versions SELECT workspace, version, document, NULL, NULL FROM console_rules;
