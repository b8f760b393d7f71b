"""Explains what a sync would do with an event, and why, without writing. Uses the sync's own
functions."""

from zsf_plugin.explain.estimate import Estimate, estimate
from zsf_plugin.explain.explanation import Cost, EventExplanation, LiveOrg, explain, max_calls
from zsf_plugin.explain.many import ManyChanges, compare_plans, compare_with_org
from zsf_plugin.explain.preview import Preview, PreviewParts, Previews

__all__ = [
    "Cost",
    "Estimate",
    "EventExplanation",
    "LiveOrg",
    "ManyChanges",
    "Preview",
    "PreviewParts",
    "Previews",
    "compare_plans",
    "compare_with_org",
    "estimate",
    "explain",
    "max_calls",
]
