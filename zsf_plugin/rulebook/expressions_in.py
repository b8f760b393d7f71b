"""The expressions in a rule document, and what is wrong with them. Needs a document of the right
shape."""

from __future__ import annotations

from collections.abc import Iterator

from zsf_plugin.decision import expressions
from zsf_plugin.model import Json, JsonObject, table_in

Path = tuple[str | int, ...]


def expression_faults(document: JsonObject) -> Iterator[tuple[Path, str]]:
    """(path, words) of each fault in each expression of a rule."""
    for path, text in _expressions(document):
        for words in expressions.faults(text):
            yield path, words


def _expressions(document: JsonObject) -> Iterator[tuple[Path, str]]:
    yield from _texts(("when",), document.get("when"))
    yield from _texts(("owner", "from"), table_in(document, "owner").get("from"))
    for section in ("fields", "activity"):
        tables = table_in(document, section)
        for name in tables:
            for field, entry in table_in(tables, name).items():
                yield from _field_texts((section, name, field), entry)


def _field_texts(path: Path, entry: Json) -> Iterator[tuple[Path, str]]:
    if isinstance(entry, dict):
        return _texts((*path, "from"), entry.get("from"))
    return _texts(path, entry)


def _texts(path: Path, value: Json) -> Iterator[tuple[Path, str]]:
    """An expression, or each of a list of them."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, list):
        for position, text in enumerate(value):
            yield (*path, position), str(text)
