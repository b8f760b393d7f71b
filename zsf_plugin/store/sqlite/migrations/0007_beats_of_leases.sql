-- Since when a lease is held (seconds since the epoch, by its holder's clock; 0: not known), and how often it was renewed:
-- a holder that renews is alive, whatever its clock says.
ALTER TABLE leases ADD COLUMN since REAL NOT NULL DEFAULT 0;
ALTER TABLE leases ADD COLUMN beats INTEGER NOT NULL DEFAULT 0;
