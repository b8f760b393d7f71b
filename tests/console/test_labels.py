"""Numbers and times in words."""

from __future__ import annotations

import pytest

from zsf_plugin.console import labels


def test_numbers_have_separators_and_large_ones_are_capped() -> None:
    assert labels.count(1234567) == "1,234,567"
    assert labels.capped(10_000) == "10,000"
    assert labels.capped(10_001) == "10,000+"
    assert labels.capped(1742, 1000) == "1,000+"


@pytest.mark.parametrize(
    ("number", "expected"), [(0, "0 entries"), (1, "1 entry"), (1200, "1,200 entries")]
)
def test_singular_and_plural_differ(number: int, expected: str) -> None:
    assert labels.plural(number, "entry", "entries") == expected


@pytest.mark.parametrize(
    ("past", "expected"),
    [(-5, "just now"), (59, "just now"), (60, "1 min ago"), (3599, "59 min ago"), (3600, "1 h ago"), (86400, "24 h ago"),
     (2 * 86400, "2 days ago")],
)  # fmt: skip
def test_an_age_is_shown_in_the_largest_useful_unit(past: float, expected: str) -> None:
    assert labels.ago(1_000_000.0 - past, 1_000_000.0) == expected


def test_an_event_that_never_happened_has_no_age() -> None:
    assert labels.ago(None, 5.0) == "never"
    assert labels.time_element(None) == ""


def test_a_moment_is_a_time_element_with_its_zone() -> None:
    assert labels.time_element(1_763_000_000.0) == (
        '<time datetime="2025-11-13T02:13:20+00:00" data-as="day">13 Nov 2025, 02:13 UTC</time>'
    )
    assert "02:13:20 UTC" in labels.time_element(1_763_000_000.0, day=False)


def test_a_moment_can_show_only_its_hour_or_its_day() -> None:
    assert labels.hour(1_763_000_000.0).endswith('data-as="hour">02:13 UTC</time>')
    assert labels.date(1_763_000_000.0).endswith('data-as="date">13 Nov 2025</time>')


@pytest.mark.parametrize(
    ("names", "expected"),
    [((), ""), (("Lead",), "Lead"), (("A", "B"), "A and B"), (("A", "B", "C"), "A, B and C")],
)
def test_names_are_listed_in_words(names: tuple[str, ...], expected: str) -> None:
    assert labels.listed(names) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("it waits", "It waits."),
        ("Really?", "Really?"),
        ("éa", "Éa."),
        ("Done.", "Done."),
    ],
)
def test_a_text_becomes_a_sentence(text: str, expected: str) -> None:
    assert labels.sentence(text) == expected
