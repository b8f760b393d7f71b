"""The facts of an org that no workspace is connected to, from its describes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from zsf_plugin.model import JsonObject, OrgFacts
from zsf_plugin.salesforce.describe import parse_describe
from zsf_plugin.salesforce.facts import closed_status

#: No org of Salesforce has this id.
_NO_ORG = "00D000000000000AAA"


def facts_of_describes(
    describes: Mapping[str, JsonObject], statuses: Sequence[JsonObject]
) -> OrgFacts:
    """The facts in those describes, by object, and rows of TaskStatus, parsed as those of a
    connected org."""
    parsed = {name: parse_describe(body) for name, body in describes.items()}
    return OrgFacts(_NO_ORG, False, closed_status(statuses), parsed)
