"""Presence: the badges of search results, within a deadline and a budget. `decision` defines what a
match is."""

from zsf_plugin.presence.badges import Badges

__all__ = ["Badges"]
