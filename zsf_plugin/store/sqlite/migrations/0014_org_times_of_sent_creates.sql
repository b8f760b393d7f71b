-- When a create in doubt was sent, by the org's clock as well. Of creates until here it is not known.
ALTER TABLE entries ADD COLUMN sent_at_org REAL;
ALTER TABLE left_in_doubt ADD COLUMN sent_at_org REAL;
