"""Pasted JSON (an array, one object, or an object a line) → a reading. Pure; a bad item costs that
item alone."""

from __future__ import annotations

import json
from collections.abc import Sequence

from zsf_plugin.console.search.reading import Reading
from zsf_plugin.model.json import Json

_KINDS = {str: "a text", bool: "true or false", int: "a number", float: "a number", list: "a list"}
#: Where lists of prospects are found in other tools' documents.
_LISTS = ("prospects", "results")


def read_json(text: str, lines: Sequence[str]) -> Reading:
    """The reading of a text that starts like JSON."""
    document, trouble = _loaded(text)
    if trouble is None:
        return _read_document(document)
    if any(isinstance(_loaded(line)[0], dict) for line in lines):
        return _read_lines(lines)
    reading = Reading()
    reading.say(1, len(lines), f"starts like JSON, and this is none: {trouble}.")
    return reading


def _loaded(text: str) -> tuple[Json, str | None]:
    """(the document, None), or (None, what is wrong with it)."""
    try:
        document: Json = json.loads(text, parse_constant=_refuse)
        return json.loads(json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")), None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        return None, f"{error.msg.removesuffix(' at').rstrip(':')} at {where}"
    except RecursionError:
        return None, "it is nested too deeply"
    except ValueError:
        return None, "it has a number that JSON does not have"


def _refuse(name: str) -> Json:
    raise ValueError(name)


def _read_document(document: Json) -> Reading:
    items = _items(document)
    reading = Reading("Item")
    if not items:
        reading.say(1, 1, "is missing: the list is empty.")
    for place, item in enumerate(items, 1):
        if reading.is_full:
            reading.too_many(place, len(items))
            break
        _take(reading, place, item)
    return reading


def _items(document: Json) -> Sequence[Json]:
    if isinstance(document, list):
        return document
    if isinstance(document, dict):
        for name in _LISTS:
            found = document.get(name)
            if isinstance(found, list):
                return found
    return [document]


def _read_lines(lines: Sequence[str]) -> Reading:
    reading = Reading()
    for place, line in enumerate(lines, 1):
        if not line.strip():
            continue
        if reading.is_full:
            reading.too_many(place, len(lines))
            break
        item, trouble = _loaded(line)
        if trouble is not None:
            reading.say(
                place, place, f"is not JSON: {trouble.replace(' at line 1, column', ' at column')}."
            )
        else:
            _take(reading, place, item)
    return reading


def _take(reading: Reading, place: int, item: Json) -> None:
    if isinstance(item, dict):
        reading.take(place, place, item)
    else:
        reading.say(place, place, f"is {_KINDS.get(type(item), 'empty')}, and no prospect.")
