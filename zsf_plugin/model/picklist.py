"""One value of a picklist, as a describe shows it (salesforce-api.md §3.11)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PicklistValue:
    """One value of a picklist: `value` is the API name to write, `label` is what people see.

    `valid_for` holds the positions of the controlling field's values under which a dependent value
    is allowed; only kept for a State's list, which depends on the Country's.
    """

    value: str
    label: str
    active: bool = True
    default: bool = False
    valid_for: frozenset[int] = frozenset()
