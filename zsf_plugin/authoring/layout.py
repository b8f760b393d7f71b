"""The canonical layout of a rule file. It never changes what the file means, keeps every comment,
and keeps the file's own line ends: a layout that would do otherwise is refused."""

from __future__ import annotations

import json
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import cast

from tomlkit.exceptions import TOMLKitError

from zsf_plugin.authoring.key_order import KeyOrder
from zsf_plugin.authoring.text_form import form_of, plain_lines
from zsf_plugin.authoring.toml_layout import TomlLayout
from zsf_plugin.model import Json, JsonObject
from zsf_plugin.rulebook.language import (
    ANY,
    LANGUAGE_KEY,
    Names,
    Rename,
    in_current_spelling,
    renames_of,
)

_TOKEN = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}'
    r"|'''.*?'{3,5}"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'"
    r"|#[^\n]*",
    re.DOTALL,
)


class LayoutRefused(Exception):
    """The file cannot be laid out without changing it."""


def laid_out(
    text: str, *, is_toml: bool, schema: Mapping[str, object], renames: Sequence[Rename] = ()
) -> str:
    """A valid rule file in its canonical layout, and with the current name of each key that was
    renamed. Raises LayoutRefused."""
    order = KeyOrder(cast(JsonObject, schema))
    plain = plain_lines(text)
    found = _laid_out(plain, _document(plain, is_toml=is_toml), order, renames, is_toml=is_toml)
    return form_of(text).of_lines(found)


def _laid_out(
    text: str, document: JsonObject, order: KeyOrder, renames: Sequence[Rename], *, is_toml: bool
) -> str:
    wanted, language = in_current_spelling(document, renames), None
    if wanted != document and LANGUAGE_KEY in document:
        language = max(rename.version for rename in renames)
        wanted = {**wanted, LANGUAGE_KEY: language}
    if not is_toml:
        return _json_text(wanted, order)
    return _toml_text(text, wanted, TomlLayout(order, renames_of(document, renames), language))


def _toml_text(text: str, wanted: JsonObject, layout: TomlLayout) -> str:
    """The text laid out; refused if it would not mean what is wanted, or lose a comment."""
    try:
        found = layout.laid_out(text)
        is_same = tomllib.loads(found) == wanted and _comments(found) == _comments(text)
    except (TOMLKitError, tomllib.TOMLDecodeError) as error:
        raise LayoutRefused from error
    if not is_same:
        raise LayoutRefused
    return found


def has_former_names(text: str, *, is_toml: bool, renames: Sequence[Rename]) -> bool:
    """Whether a valid rule file has the former name of a key."""
    document = _document(plain_lines(text), is_toml=is_toml)
    return in_current_spelling(document, renames) != document


def _document(text: str, *, is_toml: bool) -> JsonObject:
    return cast(JsonObject, tomllib.loads(text) if is_toml else json.loads(text))


def _comments(text: str) -> Counter[str]:
    """Each comment of a valid TOML file, and how often it is there."""
    return Counter(token.rstrip() for token in _tokens(text) if token.startswith("#"))


def _tokens(text: str) -> Iterator[str]:
    return (token.group() for token in _TOKEN.finditer(text))


def _json_text(document: JsonObject, order: KeyOrder) -> str:
    ordered = _in_order(document, (), order)
    text = json.dumps(ordered, indent=2, ensure_ascii=False)
    if not _is_utf_8(text):
        text = json.dumps(ordered, indent=2)
    return text + "\n"


def _is_utf_8(text: str) -> bool:
    """Whether there is no half of a character in it, which JSON can name."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _in_order(value: Json, path: Names, order: KeyOrder) -> Json:
    if isinstance(value, list):
        return [_in_order(item, (*path, ANY), order) for item in value]
    if not isinstance(value, dict):
        return value
    keys = _keys_in_order(value, path, order)
    return {key: _in_order(value[key], (*path, key), order) for key in keys}


def _keys_in_order(table: Iterable[str], path: Names, order: KeyOrder) -> list[str]:
    """Those that the schema names in its order, then the others as they come."""
    ranks = {key: order.rank((*path, key)) for key in table}
    named = sorted((rank, key) for key, rank in ranks.items() if rank is not None)
    others = [key for key, rank in ranks.items() if rank is None]
    return [*[key for _, key in named], *others]
