"""Presence: the badges of search results, within a deadline and a budget. What a match is,
`decision` says."""

from zsf_plugin.presence.badges import Badges

__all__ = ["Badges"]
