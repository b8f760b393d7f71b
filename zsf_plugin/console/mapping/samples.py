"""Samples: what a field would be filled with for one prospect, and what becomes of a value that
does not fit. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from zsf_plugin.console import labels
from zsf_plugin.console.telling.values import value_text
from zsf_plugin.decision.fit import fit
from zsf_plugin.model.describe import ObjectDescribe
from zsf_plugin.model.json import Json
from zsf_plugin.model.plan import PlannedField, Target

_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T.*")


@dataclass(frozen=True, slots=True)
class Sample:
    """What fills the field for the prospect at hand ("": nothing), and what becomes of it where it
    does not fit."""

    text: str = ""
    note: str = ""


def sample(target: Target, describe: ObjectDescribe | None, name: str) -> Sample:
    """The sample of one field, by the plan for the prospect at hand."""
    planned = next((one for one in target.fields if one.field.lower() == name.lower()), None)
    if planned is None:
        return Sample()
    field = describe.field(name) if describe is not None else None
    note = _note(planned, describe) if describe is not None and field is not None else ""
    return Sample(shown(planned.value), note)


def shown(value: Json) -> str:
    """A value as people write it; of a moment the day."""
    return _day(value) if isinstance(value, str) and _MOMENT.fullmatch(value) else value_text(value)


def _note(planned: PlannedField, describe: ObjectDescribe) -> str:
    """What happens to the value on its way into the field; "" where it goes in as it is."""
    field = describe.field(planned.field)
    fitted = fit(planned, field, describe) if field is not None else None
    if fitted is None or (fitted.misfit is None and fitted.note is None):
        return ""
    if fitted.misfit is None:
        return labels.capital(fitted.note or "")
    end = "held" if planned.misfit == "hold" else "left out"
    not_in_picklist = fitted.kind == "not_in_picklist"
    what = "Not in the picklist" if not_in_picklist else labels.capital(fitted.misfit)
    return f"{what}: {end}"


def _day(text: str) -> str:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return text
    told = at.astimezone(UTC) if at.tzinfo else at
    return labels.day_of(told)
