"""Looking for words in a payload's text finds what looking in the payload itself would."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from zsf_plugin.ports.store import EntryFilter
from zsf_plugin.store.looking import fits
from zsf_plugin.store.sqlite.rows import encode

_TEXT = st.text(st.sampled_from('ab k\u212as\u017f\u00df\ufb01éE\u0301\\"/.&\n\ud83d\u65e5'), max_size=5)


@given(first=_TEXT, company=_TEXT, event_id=_TEXT, note=_TEXT, words=_TEXT)
def test_no_entry_is_passed_over_for_how_its_payload_is_written(
    first: str, company: str, event_id: str, note: str, words: str
) -> None:
    payload = {"prospect": {"first_name": first, "company": {"name": company}, "custom": {"note": note}}}
    fit = fits(EntryFilter(words=words))
    if fit is not None:
        # Beside the escape of a letter that folds to ASCII nothing is passed over: this is what reading the payload says.
        read = fit(event_id, encode({**payload, "custom": {"note": "\u212a"}}))
        assert fit(event_id, encode(payload)) == read


def test_what_asks_for_no_word_and_no_seller_needs_no_payload() -> None:
    assert fits(EntryFilter(state="held", words="  ")) is None


def test_no_letter_beyond_the_first_plane_folds_to_ascii() -> None:
    beyond = (chr(code) for code in range(0x10000, 0x110000))
    assert not any(any(map(str.isascii, unicodedata.normalize("NFC", letter).casefold())) for letter in beyond)
