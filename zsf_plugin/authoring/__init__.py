"""What helps an author of rules: cases, comparison, replay, schema, format. Reads only, decides
nothing."""
