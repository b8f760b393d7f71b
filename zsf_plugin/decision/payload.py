"""Values of a wrong type in a payload, or of none that JSON has (`copying`): where null is allowed
they are ignored, and the entry says so, unless they decide which records the event is about.

What is ignored is data: its place (a JSON pointer) and the schema's fault, never the value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from posixpath import commonpath
from typing import Protocol, TypeVar, cast

from zsf_plugin.decision.expressions import places_read
from zsf_plugin.model import Json, JsonObject, Rules, Step

#: Who and what an event is about, whatever the rules are; and who owns what it creates.
IDENTITY = ("/prospect/email", "/prospect/company/id", "/user", "/user/email")
#: Texts that may be nothing but a number, which hosts then send as one.
NUMBERED = frozenset({"phone", "postal_code", "region"})
#: How many of the values that were ignored an entry names; the others are counted.
MAX_NOTES = 50
#: A whole number as text. Marks of thousands depend on the country.
_DIGITS = re.compile(r"[0-9]{1,15}")


class Violation(Protocol):
    """A schema violation: its path of keys, the same as a JSON pointer, and the fault as data."""

    @property
    def path(self) -> tuple[str | int, ...]: ...
    @property
    def pointer(self) -> str: ...
    @property
    def data(self) -> Mapping[str, Json]: ...


_Violation = TypeVar("_Violation", bound=Violation)


def ignore_wrong_values(
    document: JsonObject, violation_in: Callable[[JsonObject], _Violation | None], at: str = ""
) -> tuple[JsonObject, list[Json], _Violation | None]:
    """(the document with what each value of a wrong type means without doubt, else null where null
    is allowed; what was ignored; the first violation that remains). `at` is the document's own
    place in the event."""
    ignored: list[Json] = []
    while (found := violation_in(document)) is not None and _may_be_null(found):
        meant = _meant(document, found)
        if meant is None:
            ignored.append({"place": at + found.pointer, **found.data})
        document = cast(JsonObject, _with_value(document, found.path, meant))
    return document, ignored, found


def _meant(document: JsonObject, violation: Violation) -> Json:
    """What a value of a wrong type means without doubt, as Salesforce's clients read it: the digits
    of a whole number in a phone number, postal code or region; the whole number in a text of
    digits. Else None."""
    value: Json = document
    for key in violation.path:
        value = value.get(str(key)) if isinstance(value, dict) else None
    expected = violation.data.get("expected")
    expects = expected if isinstance(expected, list) else []
    if isinstance(value, str) and "integer" in expects and _DIGITS.fullmatch(value.strip()):
        return int(value)
    is_whole = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    if is_whole and "string" in expects and str(violation.path[-1]) in NUMBERED:
        return str(value)
    return None


def _may_be_null(violation: Violation) -> bool:
    expected = violation.data.get("expected")
    return isinstance(expected, list) and "null" in expected


def _with_value(document: Json, path: Sequence[str | int], value: Json) -> Json:
    """A copy of the document with that value at that path."""
    if not path:
        return value
    key, table = str(path[0]), cast(JsonObject, document)
    return {**table, key: _with_value(table.get(key), path[1:], value)}


def first_needed(ignored: Json, rules: Rules) -> JsonObject | None:
    """The first of what was ignored that must not be: it identifies something, or a match key of
    the rules in force reads it; None if there is none."""
    if not ignored:
        return None
    read = _read_by_match_keys(rules)
    for one in _faults(ignored):
        place = str(one["place"])
        if place in IDENTITY or not read.isdisjoint(_places_above(place)):
            return one
    return None


def _places_above(place: str) -> list[str]:
    """The place and every place that contains it: "/a/b" is in "/a/b", "/a" and ""."""
    names = place.split("/")
    return ["/".join(names[:count]) for count in range(len(names), 0, -1)]


def _read_by_match_keys(rules: Rules) -> set[str]:
    """The places that fill the fields of match keys."""
    places: set[str] = set()
    for object_, keys in rules.match.items():
        for part in (part for key in keys for part in key):
            rule = rules.field_rule(object_, part.field)
            for source in rule.sources if rule is not None else ():
                places |= {"".join(f"/{name}" for name in names) for names in places_read(source)}
    return places


def bounded_notes(ignored: list[Json]) -> list[Json]:
    """What an entry says about what was ignored: the first, and the number of the others with the
    place that contains them all."""
    if len(ignored) <= MAX_NOTES:
        return ignored
    kept, others = ignored[: MAX_NOTES - 1], _faults(ignored[MAX_NOTES - 1 :])
    place = commonpath([str(one["place"]).rpartition("/")[0] or "/" for one in others])
    return [*kept, {"place": place, "fault": "others", "limit": len(others)}]


def ignored_steps(ignored: Json) -> tuple[Step, ...]:
    """The steps of an entry for what was ignored, as stored in its payload."""
    return tuple(
        [Step("ignored", field=str(one["place"]), data=fault_of(one)) for one in _faults(ignored)]
    )


def fault_of(one: JsonObject) -> JsonObject:
    """The fault of something ignored, without its place."""
    return {name: value for name, value in one.items() if name != "place"}


def _faults(ignored: Json) -> list[JsonObject]:
    """What was ignored, as stored in a payload."""
    return cast(list[JsonObject], ignored) if isinstance(ignored, list) else []
