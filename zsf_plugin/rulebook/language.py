"""The versions of the rule language: which one this is, and how older files are read. Pure.

A rule that was valid stays valid: a key that is renamed is read under its former name too, and
`zsf rules migrate` rewrites the file. The first version has no former names.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from zsf_plugin.model import Json, JsonObject

#: The version that this code reads; `x-language-version` of the schema.
LANGUAGE = 1
#: The rule's own key for it.
LANGUAGE_KEY = "language"
#: Stands for any key, and for a place in a list.
ANY = "*"

Names = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rename:
    """Since `version`, the key at `path` (in the spelling of the version before) is `name`."""

    version: int
    path: Names
    name: str

    def matches(self, path: Names) -> bool:
        """Whether that is the path of the renamed key."""
        if len(path) != len(self.path):
            return False
        return all(ours in (ANY, theirs) for ours, theirs in zip(self.path, path, strict=True))


#: Every rename since the first version, in order.
RENAMES: tuple[Rename, ...] = ()


def renames_of(document: Json, renames: Sequence[Rename]) -> tuple[Rename, ...]:
    """Those that came after the version that the document was written for; all if it names
    none."""
    written_for = _version_in(document)
    version = written_for if isinstance(written_for, int) else 0
    return tuple(rename for rename in renames if rename.version > version)


def current_path(path: Names, renames: Sequence[Rename]) -> Names:
    """The path of a key in the current spelling."""
    found = list(path)
    for rename in renames:
        place = len(rename.path)
        if rename.matches(tuple(found[:place])):
            found[place - 1] = rename.name
    return tuple(found)


def in_current_spelling(
    document: JsonObject, renames: Sequence[Rename] | None = None
) -> JsonObject:
    """The document with the current name of each key, by default after all renames. A key whose new
    name is there too keeps its former one, which is then a finding."""
    asked = renames_of(document, RENAMES if renames is None else renames)
    return _renamed(document, (), asked) if asked else document


def _renamed(table: JsonObject, path: Names, renames: Sequence[Rename]) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for key, value in table.items():
        place = (*path, key)
        name = current_path(place, renames)[-1]
        found[key if name in table else name] = _inner(value, place, renames)
    return found


def _inner(value: Json, path: Names, renames: Sequence[Rename]) -> Json:
    if isinstance(value, dict):
        return _renamed(value, path, renames)
    if isinstance(value, list):
        return [_inner(item, (*path, ANY), renames) for item in value]
    return value


def _version_in(document: Json) -> Json:
    return document.get(LANGUAGE_KEY) if isinstance(document, dict) else None


def newer_version(document: Json) -> float | None:
    """The version that a document was written for, if this code does not know it; else None."""
    version = _version_in(document)
    if not isinstance(version, int | float) or isinstance(version, bool):
        return None
    return version if version > LANGUAGE else None
