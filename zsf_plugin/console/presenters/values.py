"""Fields and values as a page shows them. Pure; knows no policy."""

from __future__ import annotations

from zsf_plugin.console.labels import clipped
from zsf_plugin.model.describe import OrgFacts
from zsf_plugin.model.json import Json

#: A value is shown up to so many characters.
_LONGEST = 600


def label_of(facts: OrgFacts | None, object_: str, name: str) -> str:
    """What people call the field; its API name where nobody knows."""
    describe = facts.describe(object_) if facts is not None else None
    field = describe.field(name) if describe is not None else None
    return clipped(field.label) if field is not None and field.label else name


def value_text(value: Json) -> str:
    """A value as people write it, on one line that any page can hold; "" for blank."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, (int, float)):
        return f"{value:,}"
    if isinstance(value, list):
        return clipped(", ".join(text for one in value if (text := value_text(one))), _LONGEST)
    return clipped(str(value), _LONGEST)
