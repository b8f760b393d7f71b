"""Searching a payload's text finds what searching the parsed payload would."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zsf_plugin.model import seller_name
from zsf_plugin.ports import EntryFilter
from zsf_plugin.store.entry_filter import _folded, fits
from zsf_plugin.store.sql.rows import encode

_TEXT = st.text(
    st.sampled_from('ab k\u212as\u017f\u00df\ufb01éEøŁåÅ\u0130\u0301\\"/u0.&\n\ud83d\u65e5'),
    max_size=5,
)


def folded(text: str) -> str:
    return _folded(text)


@given(
    first=_TEXT, company=_TEXT, event_id=_TEXT, user=_TEXT, words=_TEXT, seller=st.none() | _TEXT
)
@settings(max_examples=300)
def test_no_entry_is_passed_over_for_how_its_payload_is_written(
    first: str, company: str, event_id: str, user: str, words: str, seller: str | None
) -> None:
    payload = {
        "prospect": {"first_name": first, "company": {"name": company}},
        "user": {"name": user},
    }
    fit = fits(EntryFilter(words=words, seller=seller))
    if fit is None:
        return
    names = (name for name in (first, company) if name.strip())
    searched = folded("\n".join([event_id, *names]))
    meant = all(word in searched for word in folded(words).split()) and seller in (
        None,
        seller_name(payload),
    )
    assert fit(event_id, encode(payload)) == meant


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("hakan", "HÅKAN"),
        ("Håkan", "hakan"),
        ("soren", "Søren"),
        ("lukasz", "Łukasz"),
        ("strasse", "Straße"),
        ("jose", "Jose\u0301"),
        ("zoë", "ZOE"),
        ("日本", "日本"),
    ],
)
def test_a_name_is_found_without_its_accents(words: str, name: str) -> None:
    fit = fits(EntryFilter(words=words))
    assert fit is not None
    assert fit("e-1", encode({"prospect": {"first_name": name}}))
    assert not fit("e-1", encode({"prospect": {"first_name": "Ünal"}}))


def test_a_filter_without_words_and_seller_needs_no_payload() -> None:
    assert fits(EntryFilter(state="held", words="  ")) is None
