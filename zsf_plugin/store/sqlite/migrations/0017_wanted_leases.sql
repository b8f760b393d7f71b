-- Whether another waits for a lease: its holder makes room after a batch.
ALTER TABLE leases ADD COLUMN wanted INTEGER NOT NULL DEFAULT 0;
