"""Looking for words in a payload's text finds what looking in the payload itself would."""

from __future__ import annotations

import json
import unicodedata

from hypothesis import given, settings
from hypothesis import strategies as st

from zsf_plugin.model.event import seller_of
from zsf_plugin.ports.store import EntryFilter
from zsf_plugin.store.looking import INTO_ASCII, fits
from zsf_plugin.store.sqlite.rows import encode

_TEXT = st.text(st.sampled_from('ab k\u212as\u017f\u00df\ufb01éE\u0301\\"/u0.&\n\ud83d\u65e5'), max_size=5)


def folded(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()


@given(first=_TEXT, company=_TEXT, event_id=_TEXT, user=_TEXT, words=_TEXT, seller=st.none() | _TEXT)
@settings(max_examples=300)
def test_no_entry_is_passed_over_for_how_its_payload_is_written(
    first: str, company: str, event_id: str, user: str, words: str, seller: str | None
) -> None:
    payload = {"prospect": {"first_name": first, "company": {"name": company}}, "user": {"name": user}}
    fit = fits(EntryFilter(words=words, seller=seller))
    if fit is None:
        return
    names = (name for name in (first, company) if name.strip())
    told = folded("\n".join([event_id, *names]))
    meant = all(word in told for word in folded(words).split()) and seller in (None, seller_of(payload))
    assert fit(event_id, encode(payload)) == meant


def test_every_letter_that_folds_into_ascii_is_known_by_its_escape() -> None:
    letters = [chr(code) for code in range(0x80, 0x110000) if not 0xD800 <= code < 0xE000]
    folding = {letter for letter in letters if any(part.isascii() for part in folded(letter))}
    assert folding == {letter for letter in letters if INTO_ASCII.search(json.dumps(letter))}


def test_what_asks_for_no_word_and_no_seller_needs_no_payload() -> None:
    assert fits(EntryFilter(state="held", words="  ")) is None
