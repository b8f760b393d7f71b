-- Whose file this is ("ZSFP"): the database of another application is never taken for ours.
PRAGMA application_id = 1515406928;
