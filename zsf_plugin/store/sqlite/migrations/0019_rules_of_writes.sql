-- Each write names the rules by which it was decided, by their digest; '' for those before this version.
ALTER TABLE journal ADD COLUMN rules TEXT NOT NULL DEFAULT '';
