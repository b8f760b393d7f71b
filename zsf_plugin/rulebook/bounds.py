"""How large a rule file may be, checked before it costs anything: bytes, parts of a key, levels,
tables and fields. Pure.

A file of each largest size is read and checked in about 100 ms.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from zsf_plugin.model import Json

#: A table of translations with 5,000 rows; reading and checking it takes about 70 ms.
MAX_BYTES = 128 * 1024
#: A rule's keys have at most 5 parts. Python's TOML parser takes 10 s for a key of 8,000.
MAX_SEGMENTS = 8
#: A rule's tables and lists are at most 6 levels deep.
MAX_DEPTH = 32
#: An org has at most 900 fields an object; checking one takes about 75 microseconds.
MAX_FIELDS = 1_000
#: Twice the values of the largest table of translations.
MAX_VALUES = 10_000
#: What a person reads before the next check.
MAX_FINDINGS = 100

_TOML_SCAN = re.compile(
    r'"""(?:\\.|[^\\])*?(?:"{3,5}|\Z)'
    r"|'''.*?(?:'{3,5}|\Z)"
    r'|"(?:\\.|[^"\\\n])*(?:"|(?=\n)|\Z)'
    r"|'[^'\n]*(?:'|(?=\n)|\Z)"
    r"|#[^\n]*|\n\s*|[\[{\]}=,.]",
    re.DOTALL,
)
#: Each value of a TOML text has one of these before it.
_MARKS = frozenset("[{=,.")
_TOO_MANY_VALUES = "more than {} values; split it into several {}s"
_TOO_MANY_FIELDS = (
    f"more than {MAX_FIELDS} tables, fields and expressions; split it into several rule files"
)
_LEVELS = {"[": 1, "{": 1, "]": -1, "}": -1}


def toml_error(
    text: str, max_values: int = MAX_VALUES, kind: str = "rule file"
) -> tuple[str, int] | None:
    """Why a TOML text may not be parsed, with the line; None if it may. `kind` is what its file is
    called."""
    line, segments, depth, marks = 1, 1, 0, 0
    for token in _TOML_SCAN.finditer(text):
        shown = token.group()
        marks += shown in _MARKS
        if marks > max_values:
            return _TOO_MANY_VALUES.format(max_values, kind), line
        if shown == ".":
            segments += 1
            if segments > MAX_SEGMENTS:
                return f"a key has more than {MAX_SEGMENTS} parts", line
            continue
        if shown[0] not in "\"'#":
            segments = 1
            depth = 0 if shown[0] == "\n" and depth < 0 else depth + _LEVELS.get(shown, 0)
            if depth > MAX_DEPTH:
                return "nested too deeply", line
        line += shown.count("\n")
    return None


def document_error(document: Json) -> str:
    """Why a parsed document may not be checked; empty if it may."""
    values = 0
    for depth, level in enumerate(_levels(document)):
        values += len(level)
        if depth > MAX_DEPTH:
            return "nested too deeply"
        if values > MAX_VALUES:
            return _TOO_MANY_VALUES.format(MAX_VALUES, "rule file")
    if isinstance(document, dict) and _fields_in(document) > MAX_FIELDS:
        return _TOO_MANY_FIELDS
    return ""


def _levels(document: Json) -> Iterator[list[Json]]:
    """The values at each level, from the document down; at most one level too many."""
    level = [document]
    for _ in range(MAX_DEPTH + 2):
        if not level:
            return
        yield level
        below: list[Json] = []
        for value in level:
            if isinstance(value, dict):
                below += value.values()
            elif isinstance(value, list):
                below += value
        level = below


def _fields_in(document: dict[str, Json]) -> int:
    """The keys of the document, of its tables and of their tables: what is checked one by one."""
    count = len(document)
    for section in document.values():
        if isinstance(section, dict):
            count += len(section)
            for table in section.values():
                count += _entries_of(table)
    return count


def _entries_of(table: Json) -> int:
    """The entries of a table of fields or a list of match keys, and of the lists among them."""
    if isinstance(table, dict):
        return len(table) + sum(map(_sources_of, table.values()))
    if isinstance(table, list):
        return len(table) + sum(len(key) for key in table if isinstance(key, list))
    return 0


def _sources_of(entry: Json) -> int:
    """How many expressions after the first fill a field."""
    sources = entry.get("from") if isinstance(entry, dict) else entry
    return len(sources) - 1 if isinstance(sources, list) else 0
