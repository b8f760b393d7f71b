"""Rules: what is in force and what set it, and a rule tried on an event before it is in force."""
