"""Kinds of cases that users of such a sync reported, end to end: hook, drain, org."""
