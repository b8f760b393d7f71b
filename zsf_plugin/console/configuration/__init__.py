"""Configuration: the three switches, beside the mapping."""
