"""Fit a planned value to its field in the org, or leave it out.

What fits is returned in the form in which Salesforce stores it, so that it can be written, asked by
and compared alike (salesforce-api.md "Values in JSON", §9 trap 57). `misfits` has the reasons.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, tzinfo
from functools import partial
from operator import attrgetter

from zsf_plugin.decision.fit_addresses import Layers, fit_to_list
from zsf_plugin.decision.fit_moments import fit_moment, instant
from zsf_plugin.decision.fit_numbers import fit_decimal, fit_integer, is_same_number
from zsf_plugin.decision.fit_texts import (
    fit_boolean,
    fit_multipicklist,
    fit_picklist,
    fit_text,
    fit_whole_text,
    in_list_order,
)
from zsf_plugin.decision.misfits import Fitted
from zsf_plugin.model import FieldDescribe, Json, KeyPart, ObjectDescribe, PlannedField, long_id
from zsf_plugin.model.placeholders import is_placeholder
from zsf_plugin.model.text import (
    as_text,
    normal_form,
    one_line,
    stored_text,
    utf16_length,
    without_joiners,
)

RECORD_TYPE_FIELD = "RecordTypeId"
_CHOSEN_TYPES = frozenset({"picklist", "multipicklist"})
_PASSED_OVER = Fitted(misfit="placeholder")
_ID_TYPES = frozenset({"reference", "id"})
#: Comparisons of a part of the value: a record is found although its field holds another whole.
_PARTIAL_COMPARISONS = frozenset({"domain", "linkedin", "phone"})


def fit(
    planned: PlannedField,
    field: FieldDescribe,
    describe: ObjectDescribe,
    zone: tzinfo = UTC,
    layers: Layers | None = None,
) -> Fitted:
    """The first of the planned values that fits the field and was not refused.

    `zone` is the owner's time zone, which decides the day of a date (§9 trap 38). `layers` are the
    values of the record as they will be; None if nothing is known of it.
    """
    first: Fitted | None = None
    values: tuple[Json, ...] = (planned.value, *planned.alternatives)
    if planned.alternatives and any(map(partial(is_placeholder, field.name), map(str, values))):
        values = sources_in_order(planned, field)
    passed_over = _PASSED_OVER if values[0] is not planned.value else None
    for value in values:
        fitted = fit_value(value, field, describe, zone, layers)
        if fitted.shortened or fitted.dropped:
            fitted = _by_policy(planned, fitted, field)
        for refused, code in planned.refused:
            if fitted.misfit is None and fitted.value == refused:
                fitted = Fitted(misfit="refused", data={"code": code})
        if fitted.misfit is None:
            skipped = first or passed_over
            if value in planned.fallbacks or (planned.is_default and value is planned.value):
                fitted = fitted._replace(is_default=True)
            return fitted if skipped is None else fitted._replace(skipped=skipped.misfit_data)
        first = first or fitted
    return first or Fitted(misfit="not_text")


def sources_in_order(planned: PlannedField, field: FieldDescribe) -> tuple[Json, ...]:
    """The planned values in the order in which they are tried: a placeholder (`n/a`) counts as
    blank where another source has a value, so it comes last."""
    if not planned.alternatives:
        return (planned.value,)
    values = (planned.value, *planned.alternatives)
    return tuple(sorted(values, key=partial(says_nothing, field)))


def says_nothing(field: FieldDescribe, value: Json) -> bool:
    """Whether a typed text is a placeholder. People choose the values of picklists: "Unknown" is a
    choice there."""
    if not isinstance(value, str) or field.type in _CHOSEN_TYPES:
        return False
    return is_placeholder(field.name, value)


def _by_policy(planned: PlannedField, fitted: Fitted, field: FieldDescribe) -> Fitted:
    """The fitted value, or a misfit if the rule's policies forbid to change it."""
    if fitted.shortened and planned.too_long == "hold":
        return Fitted(misfit="too_long", data={"limit": field.length})
    if fitted.dropped and planned.misfit == "hold":
        return Fitted(misfit="not_in_picklist" if field.type == "multipicklist" else "one_only")
    return fitted


def fit_value(
    value: Json,
    field: FieldDescribe,
    describe: ObjectDescribe,
    zone: tzinfo = UTC,
    layers: Layers | None = None,
) -> Fitted:
    """One value in the form in which the field stores it. A Task's moments take the owner's day in
    any case; those of other records keep a day written with an offset of its own."""
    if field.name == RECORD_TYPE_FIELD:
        return _record_type(value, describe)
    if field.type in ("date", "datetime"):
        return fit_moment(value, field, zone, keeps_day=describe.name != "Task")
    list_ = describe.address_lists.get(field.name) if describe.address_lists else None
    if list_ is not None:
        return fit_to_list(value, list_, layers)
    if describe.offered and layers is not None:
        field = describe.with_offered(field, _record_type_in(layers))
    fitter = _FITTERS.get(field.type)
    if fitter is None:
        return Fitted(misfit="unfillable", data={"type": field.type})
    return fitter(value, field)


def _record_type_in(layers: Layers) -> str | None:
    """The id of the record's type, if it is written or held."""
    for layer in layers:
        value = layer.get(RECORD_TYPE_FIELD)
        if isinstance(value, str):
            return long_id(value)
    return None


def key_value(part: KeyPart, field: FieldDescribe, describe: ObjectDescribe) -> str | None:
    """The value of a match key as its field stores it, which is what the org is asked and compared
    by; None if the field can store none of its values. The first value that fits is the one that is
    written, so a part of an earlier one counts only if none does."""
    if part.value is None:
        return None
    has_form = field.type in _FITTERS or field.type in ("date", "datetime")
    values = (part.value, *part.alternatives)
    for value in values:
        fitted = fit_value(value, field, describe) if has_form else Fitted(value)
        text = as_text(fitted.value)
        if text is not None and normal_form(part.compare, text) is not None:
            return text
    for value in values:
        text = _part_that_fits(value, part, field)
        if text is not None and normal_form(part.compare, text) is not None:
            return text
    return None


def _part_that_fits(value: str, part: KeyPart, field: FieldDescribe) -> str | None:
    """What is compared of a value that does not fit its field as a whole: it may be too long."""
    if part.compare not in _PARTIAL_COMPARISONS or field.type not in _TEXT_TYPES:
        return None
    form = normal_form(part.compare, value)
    if form is not None and part.compare == "linkedin":
        form = f"linkedin.com/{form}"  # a path alone is no profile
    return form if form is not None and utf16_length(form) <= field.length else None


def is_same_value(field: FieldDescribe, held: Json, fitted: Json) -> bool:
    """Whether the org already holds that value, compared as the org stores it."""
    if isinstance(held, str) and isinstance(fitted, str):
        return held == fitted or _stored_form(field, held) == _stored_form(field, fitted)
    if isinstance(held, bool) or not isinstance(held, (int, float)):
        return held == fitted
    return isinstance(fitted, (int, float)) and is_same_number(held, fitted, field)


def _stored_form(field: FieldDescribe, text: str) -> object:
    """What the org makes of a text in that field."""
    if field.type == "datetime":
        return instant(text) or text
    if field.type in _ID_TYPES:
        return text[:15]
    if field.type == "email":
        return without_joiners(text).lower()
    if field.type == "multipicklist":
        return in_list_order(dict.fromkeys(filter(None, text.split(";"))), field)
    return stored_text(text) if field.type == "textarea" else one_line(text)


def _reference(value: Json, _: FieldDescribe) -> Fitted:
    """A record's id in its 18-character form, which the org returns."""
    text = without_joiners(value) if isinstance(value, str) else ""
    whole = long_id(text)
    if whole is None:
        return Fitted(misfit="not_id")
    return Fitted(whole if len(text) < len(whole) else text)


def _record_type(value: Json, describe: ObjectDescribe) -> Fitted:
    """Rules name a record type by its DeveloperName, because ids differ between an org and its
    sandboxes. Salesforce compares it without case."""
    wanted = without_joiners(value) if isinstance(value, str) else ""
    for kind in filter(attrgetter("available"), describe.record_types):
        is_named = wanted.casefold() == kind.developer_name.casefold()
        if is_named or wanted in (kind.id, kind.id[:15]):
            return Fitted(kind.id)
    return Fitted(misfit="no_record_type")


_FITTERS: Mapping[str, Callable[[Json, FieldDescribe], Fitted]] = {
    "string": fit_text,
    "textarea": fit_text,
    "combobox": fit_text,
    "encryptedstring": fit_text,
    "phone": fit_whole_text,
    "url": fit_whole_text,
    "email": fit_whole_text,
    "picklist": fit_picklist,
    "multipicklist": fit_multipicklist,
    "boolean": fit_boolean,
    "int": fit_integer,
    "long": fit_integer,
    "double": fit_decimal,
    "currency": fit_decimal,
    "percent": fit_decimal,
    "reference": _reference,
}
#: The types whose values are texts of any content.
_TEXT_TYPES = frozenset({"string", "textarea", "combobox", "phone", "url"})
