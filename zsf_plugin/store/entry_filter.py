"""Matches entries against the words and the seller that a person searches for, by their payload.
Pure, and the same for every engine; each engine filters by state, kind and time itself.

Payloads are ASCII JSON, as `json.dumps` writes it. So most entries that cannot match are ruled out
by their text, without parsing the JSON, which takes many times as long.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, cast

from zsf_plugin import model

if TYPE_CHECKING:
    from zsf_plugin.ports import EntryFilter

#: Letters that people type without a stroke or as two, and that Unicode does not decompose.
_PLAIN = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ħ": "h", "ı": "i"}
)
_NAMED = (
    ("prospect", "first_name"),
    ("prospect", "last_name"),
    ("prospect", "company", "name"),
    ("prospect", "id"),
)

#: (event id, payload as stored) → whether the entry matches.
Fits = Callable[[str, str], bool]


def fits(wanted: EntryFilter) -> Fits | None:
    """The test for `seller` and `words`; None if neither is given."""
    words = tuple(dict.fromkeys(_folded(wanted.words or "").split()))
    if not words and wanted.seller is None:
        return None
    return _PayloadFilter(words, wanted.seller).fits


class _PayloadFilter:
    """Matches entries that contain all the words, and belong to the seller unless that is None."""

    def __init__(self, words: Sequence[str], seller: str | None) -> None:
        self._words = words
        self._seller = seller
        # Without the quotes: a word stands within a longer text.
        self._words_in_json = [(word, json.dumps(word)[1:-1]) for word in words]
        self._seller_in_json = "" if seller is None else json.dumps(seller)

    def fits(self, event_id: str, payload: str) -> bool:
        """Whether the entry matches; parses its payload only if it may."""
        if not self._may_fit(event_id, payload):
            return False
        document = cast(model.JsonObject, json.loads(payload))
        if self._seller is not None and model.seller_name(document) != self._seller:
            return False
        searched = _folded("\n".join([event_id, *_names_in(document)]))
        return all(word in searched for word in self._words)

    def _may_fit(self, event_id: str, payload: str) -> bool:
        """False only if the seller or a word cannot occur. An ASCII word looks the same in JSON,
        but an escape may stand for any letter, since a plain letter matches an accented one."""
        if self._seller_in_json not in payload:
            return False
        text = payload.lower()
        if "\\u" in text:
            return True
        for word, in_json in self._words_in_json:
            is_in_payload = word.isascii() and in_json in text
            if not is_in_payload and word not in _folded(event_id):
                return False
        return True


def _names_in(document: model.JsonObject) -> list[str]:
    return [model.text_at(document, *path) or "" for path in _NAMED]


def _folded(text: str) -> str:
    """The text in lower case and without accents, as people type a name they search for."""
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(letter for letter in apart if not unicodedata.combining(letter))
    return letters.translate(_PLAIN).casefold()
