-- The code of the error that caused a pause. Of pauses until here it is not known.
ALTER TABLE pauses ADD COLUMN error TEXT NOT NULL DEFAULT '';
