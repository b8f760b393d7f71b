"""Search preview: the badges that sellers see."""
