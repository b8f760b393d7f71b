"""Sentences with names and moments in them, as markup."""

from __future__ import annotations

from zsf_plugin.console.rich_text import At, Name, joined, named, rendered

NOW = 1_790_000_000.0


def test_a_moment_near_now_is_told_by_its_hour_and_another_by_its_day() -> None:
    assert 'data-as="hour"' in rendered(("At ", At(NOW - 3600), "."), NOW)
    assert 'data-as="date"' in rendered(("On ", At(NOW - 3 * 86400), "."), NOW)


def test_what_people_are_called_is_no_markup() -> None:
    assert rendered(("by <b>Ada</b>",), NOW) == "by &lt;b&gt;Ada&lt;/b&gt;"


def test_a_name_is_kept_apart_whatever_it_holds_and_may_stand_out() -> None:
    assert rendered(("of ", Name("<b>ليلى")), NOW) == "of <bdi>&lt;b&gt;ليلى</bdi>"
    assert rendered((Name("Ada"),), NOW, strong=True) == "<b><bdi>Ada</bdi></b>"
    assert "\n" not in named("a\nb" * 200).text
    assert len(named("a" * 200).text) == 120


def test_only_what_says_something_is_joined() -> None:
    assert joined((), ("One",), (), (Name("Two"),)) == ("One", " · ", Name("Two"))
