"""The text of HTML messages: what a reader sees, line by line, whatever the HTML."""

from __future__ import annotations

import html
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zsf_plugin.decision.expressions import evaluate
from zsf_plugin.decision.html import MAX_LENGTH, MAX_TAGS, text_of_html

HALF_A_MEGABYTE = 500_000


@pytest.mark.parametrize(
    ("html_", "text"),
    [
        ("<p>Hello <b>Nadia</b>,<br>ask &amp; answer</p>", "Hello Nadia,\nask & answer"),
        ("plain, no tags", "plain, no tags"),
        ("1 < 2 &lt; 3 > 2", "1 < 2 < 3 > 2"),
        ("Hel<b>lo</b> <span>Jo</span><span>anna</span>", "Hello Joanna"),
        ("<p>one</p><p>two</p><div>three</div><div>four</div>", "one\n\ntwo\n\nthree\nfour"),
        ("a<br/>b<BR>c<br />d", "a\nb\nc\nd"),
        ("<h1>Title</h1>text<hr>end", "Title\n\ntext\nend"),
        ("<ul><li>One</li><li>Two</li></ul>", "* One\n* Two"),
        ("<ol><li>One<ul><li>Two</ul><li>Three</ol>", "1. One\n  + Two\n2. Three"),
        ("<table><tr><td>A</td><td>B</td></tr><tr><td>C</td></tr></table>", "A B\nC"),
        ("<pre>x\n  y</pre>", "x\n  y"),
        ("<p>  many \n  blanks\t</p>", "many blanks"),
        ('See <a href="https://x.example/?a=1&amp;b=2">our <i>offer</i></a>.', "See our offer."),
        ('<a title="a > b" href=\'/"\'>link</a>', "link"),
        ("<html><head><title>No</title></head><body>Yes</body></html>", "Yes"),
        ("<style>p { x }</style><script>p('<p>')</script>Yes", "Yes"),
        ("<SCRIPT>no</SCRIPT >Yes<noscript>no</noscript>", "Yes"),
        ("<!-- no --><!--[if mso]>no<![endif]-->Yes<![if !mso]>!<![endif]>", "Yes!"),
        ('<?xml version="1.0" encoding="latin-1"?><p>\u00e9</p>', "\u00e9"),
        ("<p>Z\u00fcrich &#x1F600; &euro;&nbsp;5</p>", "Z\u00fcrich \U0001f600 \u20ac 5"),
        ("a<br><br><br><br>b", "a\n\nb"),
        ("<p>half a pair: \ud83d</p>", "half a pair: ?"),
        ("a\x00b", "ab"),
        ("<p>not closed <b>at all", "not closed at all"),
        ("</p></div>closed too often</b>", "closed too often"),
    ],
)
def test_the_text_is_what_a_reader_sees(html_: str, text: str) -> None:
    assert text_of_html(html_) == text


@pytest.mark.parametrize(
    "html_", ["", "  \n", "<p> </p>", "<!-- x -->", "<style>x</style>", "<img src=x>", "<script>x"]
)
def test_html_without_text_gives_null_so_that_the_next_source_is_tried(html_: str) -> None:
    assert text_of_html(html_) is None
    assert evaluate("html_text(prospect) || 'next'", {"prospect": html_}) == "next"


@pytest.mark.parametrize("value", [None, 5, ["<p>x</p>"], {"html": "x"}, True])
def test_a_value_that_is_no_text_gives_null(value: object) -> None:
    assert evaluate("html_text(prospect)", {"prospect": value}) is None  # type: ignore[dict-item]


#: HTML that takes parsers or converters quadratic time or room, cut short by nothing but its end.
HOSTILE = {
    "deep": "<div>" * 100_000 + "x",
    "deep paragraphs": "<p>" * 100_000 + "x",
    "deep lists": "<ul><li>" * 50_000 + "x",
    "tables": "<table><tr><td>" * 30_000 + "x",
    "cells": "<table><tr>" + "<td>x" * 100_000,
    "a wide cell": f"<table><tr><td>{'x' * 100_000}{'<tr><td>y' * 10_000}",
    "attributes": "<p " + " ".join(f"a{n}=1" for n in range(60_000)) + ">x",
    "style": f"<p style='{'a:b;' * 100_000}'>x",
    "margin": "<p style='margin:9999999em;padding-left:9999999em'>x",
    "spans": "<td colspan=9999999 rowspan=9999999>x",
    "open tags": "<a" * 250_000,
    "open values": '<a ="' * 100_000,
    "open comments": "<!--" * 125_000,
    "open scripts": "<script>" * 60_000,
    "signs": "<" * HALF_A_MEGABYTE,
    "formatting": "<b><p>" * 80_000,
    "wrong ends": "<b>x</i></p>" * 40_000,
    "entities": "&#x1F600;&#0;&amp" * 30_000,
    "lines": "<br>" * 120_000,
    "a picture": f"<img src='data:{'A' * HALF_A_MEGABYTE}'>x",
}


@pytest.mark.timeout(30)  # each takes less than half a second; quadratic time would be minutes
@pytest.mark.parametrize("html_", HOSTILE.values(), ids=HOSTILE)
def test_hostile_html_costs_no_more_than_its_length(html_: str) -> None:
    assert len(text_of_html(html_) or "") <= len(html_)


def test_text_below_any_number_of_levels_is_read() -> None:
    for levels in (200, 1000, MAX_TAGS // 4):
        nested = f"{'<div><p>' * levels}deep<br>text{'</p></div>' * levels}"
        assert text_of_html(nested) == "deep\ntext"


def test_of_very_long_html_the_beginning_is_read() -> None:
    assert (text_of_html("<p>x</p>" * MAX_TAGS) or "").count("x") == MAX_TAGS // 2
    assert len(text_of_html("word " * MAX_LENGTH) or "") < MAX_LENGTH


@given(st.text() | st.text(alphabet="<>/!-=\"' apbrtd[]&;#x"))
def test_no_html_raises(html_: str) -> None:
    text = text_of_html(html_)
    assert text is None or text.strip() == text != ""


@given(st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1))
def test_escaped_text_comes_back_unchanged(text: str) -> None:
    assert text_of_html(f"<p>{html.escape(text)}</p>") == text


def test_the_library_is_loaded_by_the_first_html_only() -> None:
    code = (
        "import sys; from zsf_plugin.decision.expressions import evaluate;"
        "assert evaluate(\"concat('a', 'b')\", {}) == 'ab';"
        "assert not {'inscriptis', 'lxml'} & set(sys.modules);"
        "assert evaluate('html_text(prospect)', {'prospect': '<p>a'}) == 'a';"
        "assert 'requests' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
