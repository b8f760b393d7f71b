"""The picker: an org's fields for one row, those that fit first, the others with why; searched by
label and API name.

Pure, and in milliseconds with 800 fields: what can be prepared of a describe is prepared once.
"""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from zsf_plugin.console.mapping.fitting import (
    fit_note,
    fits_words,
    is_own_type,
    is_read_only,
    type_words,
    unfit,
)
from zsf_plugin.console.presenters.sources import Kind
from zsf_plugin.model import FieldDescribe, ObjectDescribe

#: Options that are shown at most.
MAX_OPTIONS = 20
#: How like a word has to be to be meant.
_MIN_LIKENESS = 0.72
#: Nobody types more of a name.
_MAX_SEARCH_LENGTH = 100
#: Letters that no decomposition takes apart.
_PLAIN = str.maketrans(
    {"ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ł": "l", "ı": "i"}
)

Marked = tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class Option:
    """A field to choose from. `why` says what to expect, or why it cannot be chosen (`fits` False).

    `label_marks` and `name_marks` are label and API name in pieces, True for what was looked for.
    """

    name: str
    label: str
    type: str
    fits: bool
    why: str
    read_only: bool
    required: bool
    label_marks: Marked
    name_marks: Marked


@dataclass(frozen=True, slots=True)
class Offer:
    """What a picker shows: up to MAX_OPTIONS options, how many there would be, how many fields the
    object has.

    `meant` is another word, with how many fields it finds, where nothing was found.
    """

    fitting: tuple[Option, ...]
    others: tuple[Option, ...]
    heading: str
    found: int
    of: int
    meant: tuple[str, int] | None = None

    @property
    def options(self) -> tuple[Option, ...]:
        """All options in their order."""
        return (*self.fitting, *self.others)


@dataclass(frozen=True, slots=True)
class _Known:
    """A field with what a search compares: its label's and its API name's plain words."""

    field: FieldDescribe
    label: str
    name: str

    @property
    def words(self) -> tuple[str, ...]:
        return (*self.label.split(), *self.name.split())

    def has(self, words: Sequence[str]) -> bool:
        return all(word in self.label or word in self.name for word in words)


def offer(
    describe: ObjectDescribe,
    kind: Kind | None,
    now: str,
    search: str,
    refused: Mapping[str, str],
) -> Offer:
    """The fields for a row by what was typed. The row has values of that kind, and fills the field
    `now` ("": none). `refused` says by API name in lower case why a field is not free."""
    known = _known(_Key(describe))
    words = tuple(plain(search[:_MAX_SEARCH_LENGTH]).split())
    found = [one for one in known if one.has(words)]
    found.sort(key=lambda one: _rank(one, kind, now, words))
    fitting, others = _judged(found, kind, words, refused)
    return Offer(
        fitting=tuple(fitting),
        others=tuple(others[: MAX_OPTIONS - len(fitting)]),
        heading=fits_words(kind),
        found=len(found),
        of=len(known),
        meant=None if found else _meant(known, words),
    )


def _judged(
    found: Sequence[_Known], kind: Kind | None, words: Sequence[str], refused: Mapping[str, str]
) -> tuple[list[Option], list[Option]]:
    """The fields that fit, and the others with why not; of either no more than are shown."""
    fitting: list[Option] = []
    others: list[Option] = []
    for one in found:
        why = refused.get(one.field.name.lower()) or unfit(kind, one.field)
        options = fitting if why is None else others
        if len(options) < MAX_OPTIONS:
            note = fit_note(kind, one.field) if why is None else why
            options.append(_option(one.field, words, note, fits=why is None))
    return fitting, others


def plain(text: str) -> str:
    """A text as a search compares it: no case, no accents."""
    folded = text.casefold().translate(_PLAIN)
    return "".join(c for c in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(c))


def marked(text: str, words: Sequence[str]) -> Marked:
    """The text in pieces, True for each that one of the (plain) words stands for."""
    folded, places = _folded(text)
    hit = [False] * len(text)
    for word in words:
        at = folded.find(word) if word else -1
        while at >= 0:
            for place in places[at : at + len(word)]:
                hit[place] = True
            at = folded.find(word, at + len(word))
    return _pieces(text, hit)


def _folded(text: str) -> tuple[str, list[int]]:
    """The plain text, and for each of its characters the place in `text` that it came from."""
    parts = [plain(character) for character in text]
    return "".join(parts), [place for place, part in enumerate(parts) for _ in part]


def _pieces(text: str, hit: Sequence[bool]) -> Marked:
    pieces: list[tuple[str, bool]] = []
    for character, is_hit in zip(text, hit, strict=True):
        if pieces and pieces[-1][1] == is_hit:
            pieces[-1] = (pieces[-1][0] + character, is_hit)
        else:
            pieces.append((character, is_hit))
    return tuple(pieces)


def _rank(
    one: _Known, kind: Kind | None, now: str, words: Sequence[str]
) -> tuple[bool, bool, int, str, str]:
    """The field of now, those made for the kind, those whose label begins as typed, then by
    label."""
    is_now = one.field.name.lower() == now.lower()
    begins = _beginning(one, words[0] if words else "")
    return (not is_now, not is_own_type(kind, one.field), begins, one.label, one.name)


def _beginning(one: _Known, word: str) -> int:
    """0 where the label begins so, 1 where a word does, else 2."""
    if one.label.startswith(word):
        return 0
    return 1 if f" {word}" in f" {one.label} {one.name}" else 2


def _option(field: FieldDescribe, words: Sequence[str], why: str, *, fits: bool) -> Option:
    return Option(
        name=field.name,
        label=field.label,
        type=type_words(field),
        fits=fits,
        why=why,
        read_only=is_read_only(field),
        required=field.required,
        label_marks=marked(field.label, words),
        name_marks=marked(field.name, words),
    )


def _meant(known: Sequence[_Known], words: Sequence[str]) -> tuple[str, int] | None:
    """What was perhaps meant: each word that is no part of any field replaced by one like it. None
    where nothing was typed."""
    all_words = sorted({word for one in known for word in one.words})
    better: list[str] = []
    for word in words:
        like = _like(word, all_words)
        if like is None:
            return None
        better.append(like)
    count = sum(one.has(better) for one in known)
    return (" ".join(better), count) if count else None


def _like(word: str, all_words: Sequence[str]) -> str | None:
    """The word where it is a part of any, else one like it."""
    if any(word in other for other in all_words):
        return word
    return next(iter(difflib.get_close_matches(word, all_words, 1, _MIN_LIKENESS)), None)


class _Key:
    """A describe by what it says: equal ones share what was prepared."""

    def __init__(self, describe: ObjectDescribe) -> None:
        self.describe = describe
        self._said = (describe.name, describe.fingerprint or tuple(describe.fields.items()))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and self._said == other._said

    def __hash__(self) -> int:
        return hash(self._said)


@lru_cache(maxsize=16)
def _known(key: _Key) -> tuple[_Known, ...]:
    fields = key.describe.fields.values()
    return tuple(
        _Known(field, plain(field.label), _name_words(plain(field.name))) for field in fields
    )


def _name_words(name: str) -> str:
    """An API name whole, and in words."""
    return f"{name} {name.replace('_', ' ')}" if "_" in name else name
