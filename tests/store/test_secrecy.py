"""Browser state: unreadable in the browser, unchanged when it returns, useless for anything
else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zsf_plugin.errors import ConfigurationError
from zsf_plugin.store.secrecy import Cipher

CIPHER = Cipher("a secret", "here")


@given(st.text(st.characters(codec="utf-8")))
def test_a_sealed_value_is_unreadable_and_can_be_unsealed(text: str) -> None:
    sealed = CIPHER.seal(text)
    assert CIPHER.unseal(sealed) == text
    assert sealed.isascii()
    assert len(text) < 4 or text not in sealed


@given(st.text())
def test_an_unsealed_value_is_none(text: str) -> None:
    assert CIPHER.unseal(text) is None


def test_a_value_sealed_with_another_key_is_none() -> None:
    assert Cipher("another", "here").unseal(CIPHER.seal("x")) is None


def test_stored_tokens_and_what_browsers_keep_are_not_exchangeable() -> None:
    assert CIPHER.unseal(CIPHER.encrypt("x").decode()) is None
    with pytest.raises(ConfigurationError):
        CIPHER.decrypt(CIPHER.seal("x").encode())
