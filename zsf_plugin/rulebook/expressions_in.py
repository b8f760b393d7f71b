"""The expressions in a rule document, and what is wrong with them. Needs a document of the right
shape."""

from __future__ import annotations

from collections.abc import Iterator

from zsf_plugin.decision import expressions
from zsf_plugin.model.json import Json, JsonObject

Path = tuple[str | int, ...]


def expression_faults(document: JsonObject) -> Iterator[tuple[Path, str]]:
    """(path, words) of each fault in each expression of a rule."""
    for path, text in _expressions(document):
        for words in expressions.faults(text):
            yield path, words


def _expressions(document: JsonObject) -> Iterator[tuple[Path, str]]:
    yield from _texts(("when",), document.get("when"))
    yield from _texts(("owner", "from"), _table(document, "owner").get("from"))
    for section in ("fields", "activity"):
        tables = _table(document, section)
        for name in tables:
            for field, entry in _table(tables, name).items():
                path = (section, name, field)
                if isinstance(entry, dict):
                    yield from _texts((*path, "from"), entry.get("from"))
                else:
                    yield from _texts(path, entry)


def _texts(path: Path, value: Json) -> Iterator[tuple[Path, str]]:
    """An expression, or each of a list of them."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, list):
        for position, text in enumerate(value):
            yield (*path, position), str(text)


def _table(document: JsonObject, name: str) -> JsonObject:
    value = document.get(name)
    return value if isinstance(value, dict) else {}
