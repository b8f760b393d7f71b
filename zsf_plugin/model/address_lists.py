"""State and Country lists: the fields of an address that take only what the org's lists contain.

With State and Country/Territory Picklists on, a describe shows `StateCode` and `CountryCode` beside
`State` and `Country` (`MailingCountryCode` and so on): picklists with a code as value and a name as
label. Either may be written; anything else, and a state without its country, is refused
(salesforce-api.md §9 trap 60). Custom address fields (`Site__CountryCode__s`) have codes only.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Literal, Protocol

from zsf_plugin.model.picklist import PicklistValue
from zsf_plugin.model.text import one_line

_CODE_FIELD = re.compile(r"(.*)(Country|State)Code((?:__s)?)")
#: Those of typesetters, and the accents that stand for one.
_APOSTROPHES = dict.fromkeys((0x2018, 0x2019, 0x02BC, 0xB4, 0x60), "'")

Part = Literal["country", "state"]


class _Described(Protocol):
    """What is read of a field's describe."""

    @property
    def type(self) -> str: ...
    @property
    def picklist(self) -> tuple[PicklistValue, ...]: ...


@dataclass(frozen=True, slots=True)
class AddressList:
    """The list of one Country or State field. `is_code` says whether the field takes the code, else
    it takes the name; `is_dependent`, whether the describe says which country its values belong to.

    `countries` are the fields that may hold the country of a state, and `states` those that may
    hold the states of a country, in the org's spelling. `_entries` and `_positions` are by code and
    by name, case-folded: the list's active values, and the country's place among all countries.
    """

    part: Part
    is_code: bool
    is_dependent: bool
    countries: tuple[str, ...]
    states: tuple[str, ...]
    _entries: Mapping[str, tuple[PicklistValue, ...]] = field(repr=False)
    _positions: Mapping[str, int] = field(repr=False)

    def entries(self, text: str) -> tuple[PicklistValue, ...]:
        """The values with that code or name, with or without its accents; several if countries
        share the code of a state. A state may also be named as ISO 3166-2 does (`US-CA`)."""
        found = self._entries.get(_folded(text)) or self._entries.get(_unaccented(text))
        return found or self._with_country_code(text)

    def _with_country_code(self, text: str) -> tuple[PicklistValue, ...]:
        country, _, code = text.partition("-")
        position = self.position(country)
        if position is None:
            return ()
        values = self._entries.get(_folded(code), ())
        return tuple([value for value in values if position in value.valid_for])

    def position(self, country: str) -> int | None:
        """The place of that country, given by code or name, among all countries."""
        return self._positions.get(_folded(country))


def _folded(text: str) -> str:
    return one_line(text).casefold()


def _unaccented(text: str) -> str:
    """The folded text without accents, and with plain apostrophes: `Québec` is the list's `Quebec`,
    `Côte d’Ivoire` its `Cote d'Ivoire`."""
    apart = unicodedata.normalize("NFD", _folded(text).translate(_APOSTROPHES))
    return "".join([char for char in apart if not unicodedata.combining(char)])


def is_state_list(name: str) -> bool:
    """Whether that is the name of a field with the org's list of states."""
    found = _CODE_FIELD.fullmatch(name)
    return found is not None and found.group(2) == "State"


def address_lists_in(fields: Mapping[str, _Described]) -> dict[str, AddressList]:
    """The lists of an object's Country and State fields, by field; none if the org has no lists."""
    found: dict[str, AddressList] = {}
    for name, described in fields.items():
        match = _CODE_FIELD.fullmatch(name) if described.type == "picklist" else None
        if match is not None:
            found |= _lists_of(match, fields)
    return found


def _lists_of(match: re.Match[str], fields: Mapping[str, _Described]) -> dict[str, AddressList]:
    """The list in that code field: of the field itself, and of the one with the name beside it."""
    prefix, kind, suffix = match.groups()
    countries, states = (_beside(prefix, part, suffix, fields) for part in ("Country", "State"))
    country_codes = fields.get(f"{prefix}CountryCode{suffix}")
    if country_codes is None:
        return {}
    part: Part = "country" if kind == "Country" else "state"
    values = fields[match.group(0)].picklist
    entries, is_dependent = _by_text(values), any(value.valid_for for value in values)
    positions = _positions(country_codes.picklist) if part == "state" else {}
    return {
        name: AddressList(
            part, name == match.group(0), is_dependent, countries, states, entries, positions
        )
        for name in (countries if part == "country" else states)
    }


def _beside(prefix: str, kind: str, suffix: str, fields: Collection[str]) -> tuple[str, ...]:
    names = (f"{prefix}{kind}Code{suffix}", f"{prefix}{kind}{suffix}")
    return tuple(name for name in names if name in fields)


def _by_text(values: tuple[PicklistValue, ...]) -> dict[str, tuple[PicklistValue, ...]]:
    """The active values by code and by name, and by names without accents that are no other's."""
    found: dict[str, tuple[PicklistValue, ...]] = {}
    unaccented: dict[str, tuple[PicklistValue, ...]] = {}
    for value in filter(attrgetter("active"), values):
        for text in {_folded(value.label), _folded(value.value)}:
            found[text] = (*found.get(text, ()), value)
        text = _unaccented(value.label)
        unaccented[text] = (*unaccented.get(text, ()), value)
    return {**unaccented, **found}


def _positions(countries: tuple[PicklistValue, ...]) -> dict[str, int]:
    found: dict[str, int] = {}
    for index, country in enumerate(countries):
        for text in (country.value, country.label):
            found.setdefault(_folded(text), index)
    return found
