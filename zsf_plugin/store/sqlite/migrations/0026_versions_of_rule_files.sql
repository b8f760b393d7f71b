-- What the rule files of a folder said, each time that it changed, so that it can be said by which of them a former write was
-- decided. Those that are known now count from the beginning.
CREATE TABLE rule_file_versions (
    folder      TEXT NOT NULL,
    version     INTEGER NOT NULL,
    documents   TEXT NOT NULL,                         -- by file name
    at          REAL NOT NULL,
    PRIMARY KEY (folder, version)
) STRICT, WITHOUT ROWID;
INSERT INTO rule_file_versions
    SELECT folder, 1, json_group_object(name, json(document)), 0 FROM rule_files GROUP BY folder;
