"""Sentences with names and times, as markup."""

from __future__ import annotations

from zsf_plugin.console.rich_text import At, Name, joined, named, rendered

NOW = 1_790_000_000.0


def test_a_moment_near_now_shows_its_hour_and_any_other_its_day() -> None:
    assert 'data-as="hour"' in rendered(("At ", At(NOW - 3600), "."), NOW)
    assert 'data-as="date"' in rendered(("On ", At(NOW - 3 * 86400), "."), NOW)


def test_names_of_people_are_not_markup() -> None:
    assert rendered(("by <b>Ada</b>",), NOW) == "by &lt;b&gt;Ada&lt;/b&gt;"


def test_a_name_is_isolated_and_can_be_highlighted() -> None:
    assert rendered(("of ", Name("<b>ليلى")), NOW) == "of <bdi>&lt;b&gt;ليلى</bdi>"
    assert rendered((Name("Ada"),), NOW, strong=True) == "<b><bdi>Ada</bdi></b>"
    assert "\n" not in named("a\nb" * 200).text
    assert len(named("a" * 200).text) == 120


def test_only_sentences_that_are_not_empty_are_joined() -> None:
    assert joined((), ("One",), (), (Name("Two"),)) == ("One", " · ", Name("Two"))
