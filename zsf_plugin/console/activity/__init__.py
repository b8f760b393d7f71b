"""Activity: what happened, newest first, and why."""
