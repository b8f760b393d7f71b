"""Hidden content of an HTML message is not in its text, and what is seen always is."""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zsf_plugin.decision.hidden_html import without_padding
from zsf_plugin.decision.html import MAX_TAGS, text_of_html

HIDING = [
    *("display:none", "DISPLAY : None !important", "display:none;display:block !x"),
    *(
        "visibility:hidden",
        "visibility:collapse",
        "opacity:0",
        "opacity: 0.0",
        "opacity:.0",
        "opacity:0%",
    ),
    *(
        "max-height:0;overflow:hidden",
        "max-height:0px; overflow:hidden;",
        "height:0;overflow-y:hidden",
    ),
    *("max-width:0;overflow:hidden", "width:1px;height:1px;overflow:hidden;position:absolute"),
    *(
        "font-size:0",
        "font-size:0px",
        "font-size: 0pt",
        "font-size:0em",
        "font-size:1px",
        "font:0/0 a",
    ),
    *("mso-hide:all", "text-indent:-9999px", "position:absolute;left:-9999px"),
    "color:#fff;display:none!important;mso-hide:all;font-size:1px;max-height:0;opacity:0",
    "/* x */ display:/* y */none",
    "display&#58;none",
]
SHOWING = [
    *("", "display:block", "display:none;display:block", "display:block !important;display:none"),
    *(
        "visibility:visible",
        "opacity:1",
        "opacity:0.5",
        "opacity:.9",
        "max-height:0",
        "overflow:hidden",
    ),
    *(
        "max-height:100%;overflow:hidden",
        "height:50px;overflow:hidden",
        "width:0.5em;overflow:hidden",
    ),
    *("font-size:14px", "font-size:0.8em", "font-size:1em", "font-size:0.5rem", "font-size:small"),
    *("font:bold 12px/0 Arial", "text-indent:-1em", "left:-9999px", "x-display:none", "display"),
]


@pytest.mark.parametrize("style", HIDING)
@pytest.mark.parametrize("element", ["div", "span", "p", "td", "SPAN"])
def test_hidden_content_is_not_in_the_text(style: str, element: str) -> None:
    for tag in (f'{element} style="{style}"', f"{element} id=a STYLE='{style}' class=b"):
        assert text_of_html(f"<{tag}>Not <b>this</b></{element}>Seen") == "Seen"


@pytest.mark.parametrize("style", SHOWING)
def test_what_is_not_hidden_is_in_the_text(style: str) -> None:
    assert text_of_html(f'<div style="{style}">This</div>too') == "This\ntoo"


@pytest.mark.parametrize(
    ("html_", "text"),
    [
        ("<div hidden>no</div>yes", "yes"),
        ('<div hidden="until-found">no</div>yes', "yes"),
        ('<div hidden style="display:block">yes</div>', "yes"),
        ('<div aria-hidden="true" class="hidden" title="display:none">yes</div>', "yes"),
        ('<div data-style="display:none">yes</div>', "yes"),
        ("a<div hidden>no</div>b", "ab"),
        ("a<br hidden>b<br>c", "ab\nc"),
        ("<div hidden><div>no</div>no</div>yes", "yes"),
        ("<p hidden>no<p>yes", "yes"),
        ("<p hidden>no<div>yes</div>", "yes"),
        ("<ul><li hidden>no<li>yes</ul>", "* yes"),
        ("<table><tr><td hidden>no<td>yes<tr hidden><td>no<tr><td>yes</table>", "yes\nyes"),
        ("<div hidden><table><tr><td></div>no</table></div>yes", "yes"),
        ("<div hidden><td><div><td></td></div>no</td></div>yes", "yes"),
        ("<div>yes<span hidden>no</div>yes", "yes\nyes"),
        ("<div hidden>no", None),
        ('<div style="visibility:hidden">no<b style="visibility:visible">yes</b>no</div>', "yes"),
        ('<div style="font-size:0">no<p style="font-size:14px">yes</p>no</div>yes', "yes\n\nyes"),
        ('<td style="font-size:0"><td style="font:13px Arial">yes</td></td>', "yes"),
        ('<td style="font-size:0"><b>no</b> <font size="2">yes</font></td>', "yes"),
        ('<td style="font-size:0"><b style="font-size:2em">no</b></td>yes', "yes"),
        (
            '<div style="display:none"><b style="font-size:14px;visibility:visible">no</b></div>yes',
            "yes",
        ),
        ('<a style="mso-hide:all" href="x">Book a call</a>', "Book a call"),
        ('<img style="display:none" width=1 src=x>yes', "yes"),
        ('yes<img src="https://t.example/open?id=1" width="1" height="1" alt="no">', "yes"),
        ("<style>no</style><title>no</title><svg><text>no</text></svg>yes", "yes"),
        ("<!--[if mso]>no<![endif]-->yes<!--[if !mso]><!-->, yes<!--<![endif]-->", "yes, yes"),
        ("<!--[if gte mso 9]><xml><a>96</a></xml><![endif]--><!-- no -- > no --!>yes", "yes"),
        ("<!-->yes<!--->, yes", "yes, yes"),
        ("<xml><o:p>no</o:p></xml><o:p>yes</o:p>", "yes"),
        (
            '<div class="gmail_quote">On Monday Ann wrote:<blockquote>quoted</blockquote></div>',
            "On Monday Ann wrote:\nquoted",
        ),
    ],
)
def test_the_text_is_what_the_receiver_saw(html_: str, text: str | None) -> None:
    assert text_of_html(html_) == text


@pytest.mark.parametrize(
    ("html_", "text"),
    [
        ("Offer" + "&zwnj;&nbsp;" * 90 + "<p>Hello", "Offer\n\nHello"),
        ("Offer" + "&#847; &#8199;&shy;" * 90 + "<p>Hello", "Offer\n\nHello"),
        ("Offer" + "&#8203;&#65279;" * 90 + "end", "Offerend"),
        ("<div>" + "&#847;&zwnj;&nbsp;" * 90 + "</div>Hello", "Hello"),
        ("5&nbsp;000 \u20ac", "5 000 \u20ac"),
        (
            "\u0646\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645 \U0001f469\u200d\U0001f4bb",
            "\u0646\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645 \U0001f469\u200d\U0001f4bb",
        ),
    ],
)
def test_invisible_padding_is_not_in_the_text(html_: str, text: str) -> None:
    assert text_of_html(html_) == text


WORDS = st.text("xy \n", max_size=6)
ELEMENTS = st.recursive(
    WORDS,
    lambda inner: st.builds(
        "<{0}>{1}</{0}>".format,  # each call gets drawn values
        st.sampled_from(["div", "span", "b", "p", "table", "td"]),
        st.lists(inner, max_size=3).map("".join),
    ),
    max_leaves=8,
)


@given(before=ELEMENTS, hidden=ELEMENTS, after=ELEMENTS, style=st.sampled_from(HIDING))
def test_a_hidden_element_never_changes_the_words_around_it(
    before: str, hidden: str, after: str, style: str
) -> None:
    whole = f'<div>{before}</div><div style="{style}">{hidden}</div><div>{after}</div>'
    without = f"<div>{before}</div><div>{after}</div>"
    assert (text_of_html(whole) or "").split() == (text_of_html(without) or "").split()


@given(st.text())
def test_text_without_tags_loses_no_visible_character(text: str) -> None:
    fillers = "\u115f\u1160"  # letters of no width
    visible = [char for char in text if char.isalnum() and char not in fillers]
    assert [char for char in without_padding(text) if char in visible] == visible


@given(ELEMENTS)
def test_nothing_is_lost_where_nothing_is_hidden(html_: str) -> None:
    letters = [char for char in html_ if char in "xy"]
    assert [char for char in text_of_html(html_) or "" if char in "xy"] == letters


NESTED = {
    "hidden": "<div style='display:none'>",
    "tiny": "<p style='font-size:0'><b>",
    "lists": "<ul><li hidden><b>",
    "tables": "<table><tr><td style='opacity:0'>",
    "ends": "<div><i></p></div>",
    "items": "<ul><b><b><b><li></li>",
}


def calls_of(html_: str) -> int:
    """How many functions of Python reading that HTML calls."""
    count = 0

    def counted(_: FrameType, event: str, __: Any) -> None:
        nonlocal count
        count += event == "call"

    before = sys.getprofile()
    sys.setprofile(counted)
    try:
        text_of_html(html_)
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize("part", NESTED.values(), ids=NESTED)
def test_twice_the_elements_cost_twice_the_calls(part: str) -> None:
    text_of_html("<p>warm")
    few, many = calls_of(part * 200), calls_of(part * 400)
    assert many < 2.2 * few


def test_a_document_of_five_megabytes_costs_no_more_than_its_beginning() -> None:
    part = "<div style='display:none'>"
    beginning = calls_of(part * (MAX_TAGS + 1))
    few = 100  # what the interpreter calls besides, such as finalizers
    assert calls_of(part * (5_000_000 // len(part))) < beginning + few < 40 * MAX_TAGS
