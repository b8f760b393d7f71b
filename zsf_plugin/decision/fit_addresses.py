"""Fit the Country and State of an address to the org's lists (salesforce-api.md §9 trap 60)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from zsf_plugin.decision.misfits import Fitted
from zsf_plugin.model import AddressList, Json, is_blank
from zsf_plugin.model.text import as_text

#: The values of a record as they will be, newest first: those to be written, those it holds.
Layers = Sequence[Mapping[str, Json]]


def fit_to_list(value: Json, of: AddressList, layers: Layers | None) -> Fitted:
    """The list's code or name for a value. A state must be one of its record's country; without
    `layers` the record is unknown, and any country's state fits."""
    text = as_text(value)
    if not text:
        return Fitted(misfit="not_text")
    entries = of.entries(text)
    if not entries:
        return Fitted(misfit="not_in_list")
    if of.part == "state" and layers is not None:
        country = country_in(of, layers)
        if country is None:
            return Fitted(misfit="without_country")
        position = of.position(country)
        if of.is_dependent:
            entries = tuple(one for one in entries if position in one.valid_for)
        if not entries:
            return Fitted(misfit="not_of_country")
    return Fitted(entries[0].value if of.is_code else entries[0].label)


def country_in(of: AddressList, layers: Layers) -> str | None:
    """The code or name of the record's country."""
    return _first_text(of.countries, layers)


def has_state_of_other_country(of: AddressList, states: AddressList, layers: Layers) -> bool:
    """Whether the record's state is not one of the record's country."""
    state = _first_text(of.states, layers)
    if state is None:
        return False
    return fit_to_list(state, states, layers).misfit is not None


def _first_text(names: Sequence[str], layers: Layers) -> str | None:
    for layer in layers:
        for name in names:
            value = layer.get(name)
            if isinstance(value, str) and not is_blank(value):
                return value
    return None
