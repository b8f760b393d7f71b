"""State and Country/Territory Picklists: the org's lists, and addresses kept in step with them
(salesforce-api.md §5.1, §9 traps 36 and 60).

`Country` and `State` take the labels of the lists, `CountryCode` and `StateCode` their codes.
Several countries may have states of one code: WA is Washington and Western Australia.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from zsf_plugin.emulator.documents import as_list
from zsf_plugin.emulator.errors import Json, SalesforceError, bad
from zsf_plugin.emulator.org.schema import Field

_Row: TypeAlias = "dict[str, Json]"

#: Each object's addresses, by the prefix of their fields.
ADDRESSES: Mapping[str, Sequence[str]] = {
    "Lead": ("",),
    "Contact": ("Mailing", "Other"),
    "Account": ("Billing", "Shipping"),
}
_CODE_LENGTH = 10
_PICK_ONE = "even though it may appear correct. Please pick one from the list"
_COUNTRIES = """
AE United Arab Emirates|AR Argentina|AT Austria|AU Australia|BE Belgium|BG Bulgaria|
BO Bolivia, Plurinational State of|BR Brazil|CA Canada|CH Switzerland|CL Chile|CN China|
CO Colombia|CZ Czech Republic|DE Germany|DK Denmark|EE Estonia|EG Egypt|ES Spain|FI Finland|
FR France|GB United Kingdom|GR Greece|HR Croatia|HU Hungary|ID Indonesia|IE Ireland|IL Israel|
IN India|IS Iceland|IT Italy|JP Japan|KE Kenya|KR Korea, Republic of|LT Lithuania|LU Luxembourg|
LV Latvia|MA Morocco|MX Mexico|MY Malaysia|NG Nigeria|NL Netherlands|NO Norway|NZ New Zealand|
PE Peru|PH Philippines|PL Poland|PT Portugal|RO Romania|RS Serbia|RU Russian Federation|
SA Saudi Arabia|SE Sweden|SG Singapore|SI Slovenia|SK Slovakia|TH Thailand|TR Turkey|TW Taiwan|
UA Ukraine|US United States|UY Uruguay|VN Viet Nam|ZA South Africa
"""
_STATES = {
    "AU": """
ACT Australian Capital Territory|NSW New South Wales|NT Northern Territory|QLD Queensland|
SA South Australia|TAS Tasmania|VIC Victoria|WA Western Australia
""",
    "CA": """
AB Alberta|BC British Columbia|MB Manitoba|NB New Brunswick|NL Newfoundland and Labrador|
NS Nova Scotia|NT Northwest Territories|NU Nunavut|ON Ontario|PE Prince Edward Island|QC Quebec|
SK Saskatchewan|YT Yukon Territories
""",
    "US": """
AL Alabama|AK Alaska|AZ Arizona|AR Arkansas|CA California|CO Colorado|CT Connecticut|DE Delaware|
DC District of Columbia|FL Florida|GA Georgia|HI Hawaii|ID Idaho|IL Illinois|IN Indiana|IA Iowa|
KS Kansas|KY Kentucky|LA Louisiana|ME Maine|MD Maryland|MA Massachusetts|MI Michigan|MN Minnesota|
MS Mississippi|MO Missouri|MT Montana|NE Nebraska|NV Nevada|NH New Hampshire|NJ New Jersey|
NM New Mexico|NY New York|NC North Carolina|ND North Dakota|OH Ohio|OK Oklahoma|OR Oregon|
PA Pennsylvania|RI Rhode Island|SC South Carolina|SD South Dakota|TN Tennessee|TX Texas|UT Utah|
VT Vermont|VA Virginia|WA Washington|WV West Virginia|WI Wisconsin|WY Wyoming
""",
}


def _parse(text: str) -> dict[str, str]:
    """Labels by code."""
    entries = (entry.partition(" ") for entry in text.replace("\n", "").split("|"))
    return {code: label for code, _, label in entries}


@dataclass(frozen=True, slots=True)
class AddressLists:
    """`countries`: labels by code. `states`: by the country's code, labels by code."""

    countries: Mapping[str, str]
    states: Mapping[str, Mapping[str, str]]

    @classmethod
    def of(cls, states: Mapping[str, Json]) -> AddressLists:
        """The lists of a document: by the country's label, its states' labels by code, or labels
        alone, which are numbered. Of an empty one: the usual countries, with the states of
        Australia, Canada and the United States."""
        usual = _parse(_COUNTRIES)
        if not states:
            return cls(usual, {code: _parse(text) for code, text in _STATES.items()})
        known = {label: code for code, label in usual.items()}
        codes = {label: known.get(label, label[:2].upper()) for label in states}
        return cls(
            {code: label for label, code in codes.items()},
            {codes[label]: _with_codes(listed) for label, listed in states.items()},
        )

    def fields(self, prefix: str) -> Iterator[Field]:
        """The code fields of one address, as described."""
        countries, states = tuple(self.countries), list(self._all_states())
        country = f"{prefix}CountryCode"
        compound = f"{prefix}Address"
        yield _code_field(country, countries, tuple(self.countries.values()), compound=compound)
        yield _code_field(
            f"{prefix}StateCode",
            tuple(code for _, code, _ in states),
            tuple(label for *_, label in states),
            valid_for=tuple(_valid_for(countries.index(of), len(countries)) for of, *_ in states),
            controller=country,
            compound=compound,
        )

    def _all_states(self) -> Iterator[tuple[str, str, str]]:
        """Each state as its country's code, its own code and its label."""
        for country, states in self.states.items():
            for code, label in states.items():
                yield country, code, label

    def settled(self, object_name: str, row: Mapping[str, Json], changed: _Row) -> _Row:
        """The labels and codes that a save sets besides: both are kept in step.

        Raises FIELD_INTEGRITY_EXCEPTION, naming the field, for what is not on the list or does not
        belong to the country.
        """
        values: _Row = {}
        for prefix in ADDRESSES.get(object_name, ()):
            pairs = _Pair.of(prefix, "Country"), _Pair.of(prefix, "State")
            if any(pair.is_in(changed) for pair in pairs):
                values |= self._settle(*pairs, row, changed)
        return values

    def _settle(self, country: _Pair, state: _Pair, row: Mapping[str, Json], changed: _Row) -> _Row:
        values = country.settle(self.countries, row, changed)
        code = str(values[country.code])
        states = self.states.get(code, {})
        if values[country.code] is None and state.value(row, changed) is not None:
            name = state.blamed(changed)
            message = "A country/territory must be specified before specifying a state value for"
            raise bad("FIELD_INTEGRITY_EXCEPTION", f"{message} field: {name}", name)
        return values | state.settle(states, row, changed)


def _with_codes(listed: Json) -> Mapping[str, str]:
    if isinstance(listed, Mapping):
        return {code: str(label) for code, label in listed.items()}
    return {f"{number:02}": str(label) for number, label in enumerate(as_list(listed), 1)}


def _code_field(
    name: str,
    codes: tuple[str, ...],
    labels: tuple[str, ...],
    *,
    compound: str,
    valid_for: tuple[str, ...] = (),
    controller: str | None = None,
) -> Field:
    return Field(
        name,
        "picklist",
        _CODE_LENGTH,
        restricted=True,
        picklist=codes,
        labels=labels,
        valid_for=valid_for,
        compound=compound,
        controller=controller,
        is_address_code=True,
    )


def _valid_for(position: int, size: int) -> str:
    """The base64 bit set with this bit set, counted from the first byte's highest (§3.11)."""
    bits = bytearray((size + 7) // 8)
    bits[position // 8] |= 0x80 >> position % 8
    return b64encode(bytes(bits)).decode()


@dataclass(frozen=True, slots=True)
class _Pair:
    """The label field and the code field of a country or a state."""

    kind: str
    label: str
    code: str

    @classmethod
    def of(cls, prefix: str, name: str) -> _Pair:
        return cls(name.lower(), f"{prefix}{name}", f"{prefix}{name}Code")

    def is_in(self, changed: _Row) -> bool:
        return self.label in changed or self.code in changed

    def value(self, row: Mapping[str, Json], changed: _Row) -> Json:
        """What the row will have: a code or a label; None if neither."""
        code, label = self._code_and_label(row, changed)
        return code if code is not None else label

    def _code_and_label(self, row: Mapping[str, Json], changed: _Row) -> tuple[Json, Json]:
        values = changed if self.is_in(changed) else row
        return values.get(self.code), values.get(self.label)

    def blamed(self, changed: _Row) -> str:
        """The field that was sent."""
        return self.code if changed.get(self.code) is not None else self.label

    def settle(
        self, listed: Mapping[str, str], row: Mapping[str, Json], changed: _Row
    ) -> dict[str, Json]:
        """Label and code of what the row will have. Raises FIELD_INTEGRITY_EXCEPTION."""
        code, label = self._code_and_label(row, changed)
        if code is None and label is None:
            return {self.code: None, self.label: None}
        if code is None:
            code = next((one for one, text in listed.items() if text == label), None)
        found = listed.get(str(code))
        if found is None:
            raise self._not_listed(changed, label)
        if label not in (None, found):
            message = f"Mismatched integration value and ISO code for field: {self.label}"
            raise bad("FIELD_INTEGRITY_EXCEPTION", message, self.label)
        return {self.code: code, self.label: found}

    def _not_listed(self, changed: _Row, label: Json) -> SalesforceError:
        name = self.blamed(changed)
        shown = changed.get(name, label)
        problem = f"There's a problem with this {self.kind}, {_PICK_ONE}"
        return bad("FIELD_INTEGRITY_EXCEPTION", f"{problem}: {shown}", name)
