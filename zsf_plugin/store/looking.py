"""Whether an entry is one that a person looks for, by what its payload says. Pure, and the same for every engine.

Payloads are JSON in ASCII, so most of those that cannot fit are told from their text, without reading them as JSON.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from typing import cast

from zsf_plugin.model.event import seller_of, text_at
from zsf_plugin.model.json import JsonObject
from zsf_plugin.ports.store import EntryFilter

#: A word that stands in a JSON text as it is; no letter outside of ASCII is written there but by an escape.
_PLAIN = re.compile(r"[a-z0-9@._&+-]+")
_NAMED = (("prospect", "first_name"), ("prospect", "last_name"), ("prospect", "company", "name"))

#: Of an event's id and its payload as stored.
Fits = Callable[[str, str], bool]


def fits(wanted: EntryFilter) -> Fits | None:
    """The test that `seller` and `words` ask for; None where they ask for nothing."""
    words = tuple(dict.fromkeys(_folded(wanted.words or "").split()))
    if not words and wanted.seller is None:
        return None

    def fit(event_id: str, payload: str) -> bool:
        if not _may_fit(words, event_id, payload):
            return False
        document = cast(JsonObject, json.loads(payload))
        return _is_sellers(document, wanted.seller) and _has_words(document, event_id, words)

    return fit


def _may_fit(words: tuple[str, ...], event_id: str, payload: str) -> bool:
    """False only where a word can be nowhere: what is written without an escape is ASCII, and folds to itself; and of
    what is written with one, few letters fold to ASCII."""
    if not words or ("\\u" in payload and _folding_escapes().search(payload)):
        return True
    text = payload.lower()
    return all(word in text or not _PLAIN.fullmatch(word) or word in _folded(event_id) for word in words)


@lru_cache(maxsize=1)
def _folding_escapes() -> re.Pattern[str]:
    """The escapes of letters that fold to something with an ASCII character in it: the Kelvin sign is a k.

    None of them lies beyond the plane whose escapes are looked at here.
    """
    folding = (code for code in range(0x80, 0x10000) if any(map(str.isascii, _folded(chr(code)))))
    return re.compile(rf"\\u(?:{'|'.join(f'{code:04x}' for code in folding)})")


def _is_sellers(document: JsonObject, seller: str | None) -> bool:
    return seller is None or seller_of(document) == seller


def _has_words(document: JsonObject, event_id: str, words: tuple[str, ...]) -> bool:
    told = _folded("\n".join([event_id, *(text_at(document, *path) or "" for path in _NAMED)]))
    return all(word in told for word in words)


def _folded(text: str) -> str:
    """Without capitals, and with one way to write an accent."""
    return text.casefold() if text.isascii() else unicodedata.normalize("NFC", text).casefold()
