"""Settings: what the environment may say, and what is refused with words."""

from __future__ import annotations

import pytest

from zsf_plugin.errors import ConfigurationError
from zsf_plugin.settings import from_environment


@pytest.mark.parametrize(
    ("text", "seconds"), [("", 120.0), ("1", 1.0), ("2.5", 2.5), ("600", 600.0)]
)
def test_how_long_an_answer_is_waited_for_is_set_in_seconds(text: str, seconds: float) -> None:
    assert from_environment({"ZSF_READ_TIMEOUT_S": text}).read_timeout_s == seconds


def test_without_a_setting_an_answer_is_waited_for_two_minutes() -> None:
    assert from_environment({}).read_timeout_s == 120.0


@pytest.mark.parametrize("text", ["0", "0.9", "601", "-1", "soon", "nan", "inf"])
def test_a_wait_that_is_none_is_refused_and_says_what_is_accepted(text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"ZSF_READ_TIMEOUT_S is .* 1 to 600 seconds"):
        from_environment({"ZSF_READ_TIMEOUT_S": text})
