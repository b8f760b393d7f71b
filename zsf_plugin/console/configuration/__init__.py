"""Configuration: the three switches and the settings of matching, beside the mapping. Saved at
once, each change can be undone."""
