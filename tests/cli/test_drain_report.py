"""What a drain says of the entries it released."""

from __future__ import annotations

import pytest

from zsf_plugin.cli.drain_report import DrainOutput, show_drain
from zsf_plugin.sync.report import DrainReport


@pytest.mark.parametrize(
    ("released", "said"), [(1, "1 held entry retried: "), (2, "2 held entries retried: ")]
)
def test_released_entries_are_counted_in_words(
    capsys: pytest.CaptureFixture[str], released: int, said: str
) -> None:
    show_drain(DrainOutput(DrainReport(released=released), 0))
    assert said in capsys.readouterr().out


def test_a_drain_that_holds_entries_has_no_findings() -> None:
    assert not DrainOutput(DrainReport(held=3), 0).is_paused()
