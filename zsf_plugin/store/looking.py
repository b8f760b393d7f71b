"""Whether an entry is one that a person looks for, by what its payload says. Pure, and the same for
every engine.

Payloads are JSON in ASCII, as `json.dumps` writes it. So most of those that cannot fit are told
from their text, without reading them as JSON, which takes many times as long.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Sequence
from typing import cast

from zsf_plugin.model.event import seller_of, text_at
from zsf_plugin.model.json import JsonObject
from zsf_plugin.ports.store import EntryFilter

#: Letters that people type without a stroke or as two, and that Unicode does not take apart.
_PLAIN = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ħ": "h", "ı": "i"}
)
_NAMED = (("prospect", "first_name"), ("prospect", "last_name"), ("prospect", "company", "name"))

#: Of an event's id and its payload as stored.
Fits = Callable[[str, str], bool]


def fits(wanted: EntryFilter) -> Fits | None:
    """The test that `seller` and `words` ask for; None where they ask for nothing."""
    words = tuple(dict.fromkeys(_folded(wanted.words or "").split()))
    if not words and wanted.seller is None:
        return None
    in_json = [(word, json.dumps(word)[1:-1]) for word in words]
    seller_in_json = "" if wanted.seller is None else json.dumps(wanted.seller)

    def fit(event_id: str, payload: str) -> bool:
        if seller_in_json not in payload or not _may_have(in_json, event_id, payload):
            return False
        document = cast(JsonObject, json.loads(payload))
        return _is_sellers(document, wanted.seller) and _has_words(document, event_id, words)

    return fit


def _may_have(words: Sequence[tuple[str, str]], event_id: str, payload: str) -> bool:
    """False only where a word can be nowhere; each comes with what it is in JSON, which for ASCII
    is the same for each of its letters wherever it stands. An escape may stand for any letter, as a
    plain one is found for an accented."""
    text = payload.lower()
    if "\\u" in text:
        return True
    for word, written in words:
        if not (word.isascii() and written in text) and word not in _folded(event_id):
            return False
    return True


def _is_sellers(document: JsonObject, seller: str | None) -> bool:
    return seller is None or seller_of(document) == seller


def _has_words(document: JsonObject, event_id: str, words: tuple[str, ...]) -> bool:
    names = [text_at(document, *path) or "" for path in _NAMED]
    searched = _folded("\n".join([event_id, *names]))
    return all(word in searched for word in words)


def _folded(text: str) -> str:
    """Without capitals and without accents, as people type who look for a name."""
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", text.casefold())
    return (
        "".join(letter for letter in apart if not unicodedata.combining(letter))
        .translate(_PLAIN)
        .casefold()
    )
