"""Overview: the last 30 days at a glance, and what needs someone."""
