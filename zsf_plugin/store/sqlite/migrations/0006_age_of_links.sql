-- When the linked record was last looked up or written, in seconds since the epoch. Of older links it is not known:
-- the next purchase looks their records up.
ALTER TABLE links ADD COLUMN checked_at REAL NOT NULL DEFAULT 0;
