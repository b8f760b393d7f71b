"""State and Country lists: the fields of an address that take only what the org's lists contain.

With State and Country/Territory Picklists on, a describe shows `StateCode` and `CountryCode` beside
`State` and `Country` (`MailingCountryCode` and so on): picklists with a code as value and a name as
label. Either may be written; anything else, and a state without its country, is refused
(salesforce-api.md §9 trap 60). Custom address fields (`Site__CountryCode__s`) have codes only.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

_CODE_FIELD = re.compile(r"(.*)(Country|State)Code((?:__s)?)")

Part = Literal["country", "state"]


class _Typed(Protocol):
    @property
    def type(self) -> str: ...


@dataclass(frozen=True, slots=True)
class AddressList:
    """The list of one Country or State field. `codes` is the field whose picklist it is; `is_code`
    says whether the field itself takes the code, else it takes the name.

    `countries` are the fields that may hold the country of a state, and `states` those that may
    hold the states of a country, in the org's spelling.
    """

    part: Part
    codes: str
    is_code: bool
    country_codes: str
    countries: tuple[str, ...]
    states: tuple[str, ...]


def is_state_list(name: str) -> bool:
    """Whether that is the name of a field with the org's list of states."""
    found = _CODE_FIELD.fullmatch(name)
    return found is not None and found.group(2) == "State"


def address_lists_in(fields: Mapping[str, _Typed]) -> dict[str, AddressList]:
    """The lists of an object's Country and State fields, by field; none if the org has no lists."""
    found: dict[str, AddressList] = {}
    for name, field in fields.items():
        match = _CODE_FIELD.fullmatch(name) if field.type == "picklist" else None
        if match is not None:
            found |= _lists_of(match, fields)
    return found


def _lists_of(match: re.Match[str], fields: Collection[str]) -> dict[str, AddressList]:
    """The list in that code field: of the field itself, and of the one with the name beside it."""
    prefix, kind, suffix = match.groups()
    codes = match.group(0)
    country_codes = f"{prefix}CountryCode{suffix}"
    countries, states = (_beside(prefix, part, suffix, fields) for part in ("Country", "State"))
    if country_codes not in fields or (kind == "State" and not countries):
        return {}
    part: Part = "country" if kind == "Country" else "state"
    found = {}
    for name in countries if part == "country" else states:
        found[name] = AddressList(part, codes, name == codes, country_codes, countries, states)
    return found


def _beside(prefix: str, kind: str, suffix: str, fields: Collection[str]) -> tuple[str, ...]:
    names = (f"{prefix}{kind}Code{suffix}", f"{prefix}{kind}{suffix}")
    return tuple(name for name in names if name in fields)
