-- The id of the newest purchase that was carried out on the linked record. Of older links it is not known.
ALTER TABLE links ADD COLUMN arrived INTEGER NOT NULL DEFAULT 0;
