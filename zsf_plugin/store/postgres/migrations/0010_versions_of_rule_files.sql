-- As SQLite's schema 26: what the rule files of a folder said, each time that it changed.
CREATE TABLE rule_file_versions (
    folder      TEXT COLLATE "C" NOT NULL,
    version     BIGINT NOT NULL,
    documents   TEXT COLLATE "C" NOT NULL,
    at          DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (folder, version)
);
INSERT INTO rule_file_versions
    SELECT folder, 1, json_object_agg(name, document::json)::text, 0 FROM rule_files GROUP BY folder;
