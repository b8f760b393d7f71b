"""What is certain about one expression, whatever the event: parts that are the same for each, and
places that no event has. Where it stands in a rule is known elsewhere."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, cast

from zsf_plugin.forking import fork_guard
from zsf_plugin.messages.rule_findings import UNKNOWN_PLACE, finding_text
from zsf_plugin.model import Json
from zsf_plugin.rulebook.schema import schema_document

if TYPE_CHECKING:
    from zsf_plugin.decision.possible import Possible


@lru_cache(maxsize=4096)
def found_in_text(text: str, is_condition: bool) -> tuple[tuple[str, str], ...]:
    """The code and the words of all that is certain about an expression."""
    with fork_guard.inside():  # no rule may have an expression, and few commands look at them
        from zsf_plugin.decision.pointless import pointless_parts, unknown_places

    event = event_of_schemas()
    found: list[tuple[str, str]] = []
    for part in pointless_parts(text, event, is_condition=is_condition):
        found.append((part.code, finding_text(part.code, part.data)))
    for place, meant in unknown_places(text, event):
        found.append((UNKNOWN_PLACE, finding_text(UNKNOWN_PLACE, {"text": place, "meant": meant})))
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=1)
def event_of_schemas() -> Possible:
    """What the schemas of payloads say about every event."""
    with fork_guard.inside():
        from zsf_plugin.decision.pointless import event_like

    names = ("prospect", "touchpoint", "user")
    return event_like({name: cast(Json, schema_document(name)) for name in names})
