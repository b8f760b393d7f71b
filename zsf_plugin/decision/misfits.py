"""What comes of fitting a value to its field, and every reason why it may not fit."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple

from zsf_plugin.model import Json, Step

#: Why a value does not fit: because of the value, or of the field itself.
MisfitCode = Literal[
    "no_such_field",
    "field_gone",
    "not_writable",
    "unfillable",
    "too_long",
    "too_long_to_cut",
    "not_text",
    "not_one_line",
    "not_email",
    "not_website",
    "one_only",
    "not_in_picklist",
    "not_in_list",
    "not_of_country",
    "without_country",
    "other_states_country",
    "not_boolean",
    "not_whole_number",
    "not_number",
    "out_of_range",
    "not_id",
    "no_record_type",
    "not_date",
    "not_iso_date",
    "outside_calendar",
    "no_calendar_day",
    "refused",
    "placeholder",
    "too_costly",
    "other_last_name",
]


_NOTHING: Mapping[str, Json] = MappingProxyType({})


class Fitted(NamedTuple):
    """A value ready to be written; or None with the kind of `misfit`.

    `data` holds what the misfit's text needs besides the code (never the value itself); if the
    value was `shortened`, the lengths before and after. `skipped` is the misfit of the first source
    if the value is that of a later one; `dropped` counts the parts that do not fit a multi-select
    picklist, with their misfit, and names the first few. `is_default` marks a value of a later
    source that is a default.
    """

    value: Json = None
    misfit: MisfitCode | None = None
    data: Mapping[str, Json] = _NOTHING
    shortened: bool = False
    skipped: Mapping[str, Json] = _NOTHING
    dropped: Mapping[str, Json] = _NOTHING
    is_default: bool = False

    @property
    def misfit_data(self) -> Mapping[str, Json]:
        """The misfit as the data of a step or cause."""
        return {"misfit": self.misfit, **self.data}

    def steps(self, object_: str, name: str) -> tuple[Step, ...]:
        """The steps for a value that was changed or left out; none if it was written unchanged."""
        if self.misfit is not None:
            return (Step("left_out", object_, name, self.misfit_data),)
        found = []
        if self.skipped:
            found.append(Step("other_source", object_, name, self.skipped))
        if self.dropped:
            # an activity's values may be of its contents, which no step repeats
            parts = {**self.dropped, "values": []} if object_ == "Task" else self.dropped
            found.append(Step("parts_left_out", object_, name, parts))
        if self.shortened:
            found.append(Step("shortened", object_, name, self.data))
        return tuple(found)
