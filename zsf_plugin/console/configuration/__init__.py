"""Configuration: the three switches, beside the mapping. Saved at once, each change can be
undone."""
