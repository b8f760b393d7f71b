"""Live preview: what would be written for one prospect, beside the mapping."""
