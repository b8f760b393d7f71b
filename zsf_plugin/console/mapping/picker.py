"""The picker: an org's fields for one row, those that fit first, the others with the reason;
searched by label and API name.

Pure. Takes milliseconds for 800 fields: the search text of a describe is prepared once.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache
from itertools import filterfalse, groupby

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

#: The maximum number of options shown.
MAX_OPTIONS = 20
#: How similar a word must be to be suggested.
_MIN_LIKENESS = 0.72
#: Longer input is cut.
_MAX_SEARCH_LENGTH = 100
#: Letters that Unicode normalization does not decompose.
_PLAIN = str.maketrans(
    {"ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ł": "l", "ı": "i"}
)

Marked = tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class Option:
    """A field to choose, for values of that kind. `why_not` says why it cannot be chosen, if so;
    `words` are the search words."""

    field: FieldDescribe
    kind: Kind | None
    why_not: str | None
    words: Sequence[str]

    @property
    def fits(self) -> bool:
        """Whether the field can be chosen."""
        return self.why_not is None

    @property
    def why(self) -> str:
        """How values fit, or why it cannot be chosen."""
        return fit_note(self.kind, self.field) if self.why_not is None else self.why_not

    @property
    def type(self) -> str:
        """The field's type in words."""
        return type_words(self.field)

    @property
    def read_only(self) -> bool:
        """Whether the connected user cannot write the field."""
        return is_read_only(self.field)

    @property
    def label_marks(self) -> Marked:
        """The label in pieces, True for matches of the search."""
        return marked(self.field.label, self.words)

    @property
    def name_marks(self) -> Marked:
        """The API name in pieces, True for matches of the search."""
        return marked(self.field.name, self.words)


@dataclass(frozen=True, slots=True)
class Offer:
    """What a picker shows: up to MAX_OPTIONS options, of `found` matching fields, `of` all fields.

    `suggestion`, if nothing was found: a similar search, with the number of fields it finds.
    """

    fitting: tuple[Option, ...]
    others: tuple[Option, ...]
    heading: str
    found: int
    of: int
    suggestion: tuple[str, int] | None = None

    @property
    def options(self) -> tuple[Option, ...]:
        """All options, in order."""
        return (*self.fitting, *self.others)


@dataclass(frozen=True, slots=True)
class _Known:
    """A field with its search text: the plain words of its label and API name."""

    field: FieldDescribe
    label: str
    name: str

    @property
    def text(self) -> str:
        """All its words, each after a space."""
        return f" {self.label} {self.name}"

    def has(self, words: Iterable[str]) -> bool:
        return all(word in self.label or word in self.name for word in words)

    def begins(self, word: str) -> int:
        """0 if the label begins with the text, 1 if a word does, else 2."""
        if self.label.startswith(word):
            return 0
        return 1 if f" {word}" in self.text else 2


@dataclass(frozen=True, slots=True)
class _Search:
    """A row's search: the kind of its values, the field that it fills now, plain words."""

    kind: Kind | None
    now: str
    words: tuple[str, ...]

    def found_in(self, known: Iterable[_Known]) -> list[_Known]:
        """The fields that have all words, best first."""
        return sorted((one for one in known if one.has(self.words)), key=self._rank)

    def _rank(self, one: _Known) -> tuple[bool, bool, int, str, str]:
        """Sort key: the current field, fields made for the kind, labels that begin as typed, then
        by label."""
        begins = one.begins(self.words[0] if self.words else "")
        is_made_for = is_own_type(self.kind, one.field)
        return (not self._is_now(one), not is_made_for, begins, one.label, one.name)

    def _is_now(self, one: _Known) -> bool:
        return one.field.name.lower() == self.now.lower()


def offer(
    describe: ObjectDescribe,
    kind: Kind | None,
    now: str,
    search: str,
    refused: Mapping[str, str],
) -> Offer:
    """The fields for a row with values of that kind, which fills the field `now` ("": none).
    `search` is what was typed; `refused` says why a field is taken, by API name in lower case."""
    known = _prepared_fields(_Key(describe))
    wanted = _Search(kind, now, tuple(plain(search[:_MAX_SEARCH_LENGTH]).split()))
    found = wanted.found_in(known)
    fitting, others = _split_by_fit(found, wanted, refused)
    return Offer(
        fitting=tuple(fitting),
        others=tuple(others[: MAX_OPTIONS - len(fitting)]),
        heading=fits_words(kind),
        found=len(found),
        of=len(known),
        suggestion=None if found else _suggested(known, wanted.words),
    )


def _split_by_fit(
    found: Iterable[_Known], wanted: _Search, refused: Mapping[str, str]
) -> tuple[list[Option], list[Option]]:
    """The fields that fit, and the others with the reason, up to MAX_OPTIONS each."""
    fitting: list[Option] = []
    others: list[Option] = []
    for one in found:
        why_not = refused.get(one.field.name.lower()) or unfit(wanted.kind, one.field)
        options = fitting if why_not is None else others
        if len(options) < MAX_OPTIONS:
            options.append(Option(one.field, wanted.kind, why_not, wanted.words))
    return fitting, others


def plain(text: str) -> str:
    """A text for comparison: without case and accents."""
    folded = unicodedata.normalize("NFKD", text.casefold().translate(_PLAIN))
    return "".join(filterfalse(unicodedata.combining, folded))


def marked(text: str, words: Sequence[str]) -> Marked:
    """The text in pieces, True for each that matches one of the (plain) words."""
    folded, places = _folded(text)
    found = (at for word in words if word for at in _places_of(word, folded))
    return _pieces(text, {places[at] for at in found})


def _places_of(word: str, folded: str) -> Iterator[int]:
    """The indexes of all characters in a plain text that match the word."""
    for match in re.finditer(re.escape(word), folded):
        yield from range(*match.span())


def _folded(text: str) -> tuple[str, list[int]]:
    """The plain text, and for each of its characters the place in `text` that it came from."""
    parts = [plain(character) for character in text]
    return "".join(parts), [place for place, part in enumerate(parts) for _ in part]


def _pieces(text: str, hit: Set[int]) -> Marked:
    """The text in pieces, True for each whose places were hit."""
    pieces = groupby(range(len(text)), hit.__contains__)
    return tuple(("".join(text[at] for at in places), is_hit) for is_hit, places in pieces)


def _suggested(known: Sequence[_Known], words: Sequence[str]) -> tuple[str, int] | None:
    """The search with each unmatched word replaced by a similar one. None if nothing was typed or
    nothing is similar."""
    all_words = _all_words(known)
    better = [like for word in words if (like := _like(word, all_words)) is not None]
    if len(better) < len(words):
        return None
    count = sum(one.has(better) for one in known)
    return (" ".join(better), count) if count else None


def _all_words(known: Iterable[_Known]) -> list[str]:
    return sorted({word for one in known for word in one.text.split()})


def _like(word: str, all_words: Sequence[str]) -> str | None:
    """The word itself if a field contains it, else a similar one."""
    if any(word in other for other in all_words):
        return word
    return next(iter(difflib.get_close_matches(word, all_words, 1, _MIN_LIKENESS)), None)


class _Key:
    """A describe as a cache key: equal describes share their prepared fields."""

    def __init__(self, describe: ObjectDescribe) -> None:
        self.describe = describe
        self._identity = (describe.name, describe.fingerprint or tuple(describe.fields.items()))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and self._identity == other._identity

    def __hash__(self) -> int:
        return hash(self._identity)


@lru_cache(maxsize=16)
def _prepared_fields(key: _Key) -> tuple[_Known, ...]:
    return tuple(map(_prepared, key.describe.fields.values()))


def _prepared(field: FieldDescribe) -> _Known:
    return _Known(field, plain(field.label), _name_words(plain(field.name)))


def _name_words(name: str) -> str:
    """An API name, whole and split into words."""
    return f"{name} {name.replace('_', ' ')}" if "_" in name else name
