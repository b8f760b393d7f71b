"""Held: entries by cause, and what makes each cause go away."""
