-- The keys of event digests, sealed with the secret key: another secret key must not make a repeated event a conflict.
-- A digest begins with the name of its key and a colon. Digests of former versions have no name: their key was made from
-- the secret key itself, and is stored under the empty name when a process first needs it.
CREATE TABLE digest_keys (
    name   TEXT PRIMARY KEY,
    sealed BLOB NOT NULL                               -- encrypted
) STRICT, WITHOUT ROWID;
