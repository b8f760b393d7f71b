-- As SQLite's schema 19: each write names the rules by which it was decided.
ALTER TABLE journal ADD COLUMN rules TEXT COLLATE "C" NOT NULL DEFAULT '';
