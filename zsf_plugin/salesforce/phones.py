"""The usual spellings of a phone number, for fields that can only be compared as a whole
(salesforce-api.md §9 trap 61). Pure.

Only spellings with the same digits: whether a number without a country code is the same one cannot
be known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from zsf_plugin.model.text import normal_form

#: A number's country code: one, two or, for all others, three digits (ITU E.164).
_COUNTRY_CODE = re.compile(r"[17]|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|\d{3}")
#: Digits of the area code, or of the first group of a mobile number.
_AREA_DIGITS = (1, 2, 3)
#: How the digits after the area code are grouped, by their number.
_GROUPS: dict[int, tuple[tuple[int, ...], ...]] = {
    5: ((2, 3),),
    6: ((3, 3), (2, 2, 2)),
    7: ((3, 2, 2), (3, 4)),
    8: ((4, 4), (2, 2, 2, 2), (3, 3, 2)),
}
#: Digits of a number in the North American plan, without its country code.
_NORTH_AMERICAN_DIGITS = 10
_MAX_SPELLINGS = 24


def usual_spellings(value: str) -> list[str]:
    """The number as given, without separators, and as people and forms write it, 24 at most; only
    as given if it is no number."""
    digits = normal_form("phone", value)
    if digits is None:
        return [value]
    is_international = value.lstrip(" (").startswith(("+", "00"))
    spellings = [value, f"+{digits}", digits]
    if is_international:
        code = _country_code(digits)
        rest = digits[len(code) :]
        spellings += [f"00{digits}", f"+{code} {rest}"]
        spellings += [f"+{code} {number}" for number in _grouped(rest)]
        if code == "1":
            spellings += [f"+1-{rest[:3]}-{rest[3:6]}-{rest[6:]}"]
    else:
        spellings += _grouped(digits)
    return list(dict.fromkeys(spellings))[:_MAX_SPELLINGS]


def _country_code(digits: str) -> str:
    found = _COUNTRY_CODE.match(digits)
    return found.group() if found is not None else ""


def _grouped(number: str) -> Iterator[str]:
    """A number without its country code, in groups."""
    if len(number) == _NORTH_AMERICAN_DIGITS and not number.startswith("0"):
        area, middle, last = number[:3], number[3:6], number[6:]
        yield f"({area}) {middle}-{last}"
        yield from (sign.join((area, middle, last)) for sign in "- .")
        return
    starts = _AREA_DIGITS if not number.startswith("0") else tuple(n + 1 for n in _AREA_DIGITS)
    for size in starts:
        area, rest = number[:size], number[size:]
        for sizes in _GROUPS.get(len(rest), ()):
            groups = " ".join(_cut(rest, sizes))
            yield f"{area} {groups}"
            yield f"{area}-{groups}"
        if size > 1 and rest:
            yield f"{area} {rest}"
            yield f"{area}-{rest}"


def _cut(text: str, sizes: tuple[int, ...]) -> Iterator[str]:
    start = 0
    for size in sizes:
        yield text[start : start + size]
        start += size
