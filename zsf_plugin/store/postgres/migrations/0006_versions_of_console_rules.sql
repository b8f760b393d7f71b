-- As SQLite's schema 22: each save of the console's rules stays.
CREATE TABLE console_rule_versions (
    workspace   TEXT COLLATE "C" NOT NULL,
    version     BIGINT NOT NULL,
    document    TEXT COLLATE "C" NOT NULL,
    at          DOUBLE PRECISION,
    by          TEXT COLLATE "C",
    PRIMARY KEY (workspace, version)
);
INSERT INTO console_rule_versions SELECT workspace, version, document, NULL, NULL FROM console_rules;
