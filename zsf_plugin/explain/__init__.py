"""Explain: for any event, what would be done and why, with zero writes. The same functions as the
sync's."""

from zsf_plugin.explain.estimate import Estimate, estimate
from zsf_plugin.explain.explanation import Cost, EventExplanation, Live, explain
from zsf_plugin.explain.preview import Preview, Previews

__all__ = [
    "Cost",
    "Estimate",
    "EventExplanation",
    "Live",
    "Preview",
    "Previews",
    "estimate",
    "explain",
]
