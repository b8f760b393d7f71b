"""The page checks find what is wrong with pages and answers, and nothing else."""

from __future__ import annotations

import pytest

from tests.console.page_checks import addresses_in, inline, leads_away, missing_headers


@pytest.mark.parametrize(
    "html",
    [
        "<script>1</script>",
        "<style>p {}</style>",
        '<p style="color: red">',
        "<button onclick='go()'>",
        '<div hx-on:click="go()">',
        '<a href=" JavaScript:go()">',
        """<div hx-vals='js:{"a": 1}'>""",
    ],
)
def test_content_that_a_strict_policy_refuses_is_found(html: str) -> None:
    assert inline(html)


def test_files_and_data_are_no_inline_scripts() -> None:
    assert (
        inline(
            '<script src="/a.js"></script><script type="application/json">{}</script><a href="/b">b</a>'
        )
        == []
    )


@pytest.mark.parametrize(
    ("location", "away"),
    [
        ("/activity", False),
        ("activity?next=https://evil.example", False),
        ("http://localhost/held", False),
        ("https://evil.example/", True),
        ("//evil.example/", True),
        ("/\\evil.example", True),
        ("\\\\evil.example", True),
        ("javascript:go()", True),
        ("/held\r\nSet-Cookie: a=b", True),
    ],
)
def test_outside_links_are_distinguished_from_internal_ones(location: str, away: bool) -> None:
    assert leads_away(location, "localhost") is away


def test_urls_are_found_anywhere_on_a_page() -> None:
    html = '<a href="/a"><form action="/b"><button formaction="/c"><meta content="0;url=/d"><p hx-get="/e" data-to="/f">'
    assert addresses_in(html) == ["/a", "/b", "/c", "/d", "/e", "/f"]


def test_every_missing_header_is_reported() -> None:
    assert len(missing_headers({})) == 10


def test_a_policy_that_allows_inline_is_reported() -> None:
    problems = missing_headers({"Content-Security-Policy": "script-src 'self' 'unsafe-inline'"})
    assert "the policy allows 'unsafe-inline'" in problems
