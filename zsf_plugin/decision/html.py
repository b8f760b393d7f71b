"""The text of an HTML message, for the rule function `html_text`.

What the reader would not see (`hidden_html`), and all attributes and tables, are removed first:
they are of no use as text, and cost converters quadratic time or room. What is left costs time in
proportion to its length. inscriptis, and lxml below it, are loaded when first used.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from zsf_plugin.decision.hidden_html import OpenElements, without_padding

if TYPE_CHECKING:
    from inscriptis.model.config import ParserConfig

#: What is read of a message. Reading a tag takes about 5 microseconds.
MAX_LENGTH = 2_000_000  # characters; a picture inside the HTML may take most of them
MAX_TAGS = 2_048  # a long newsletter
#: Tags before scripts and comments are removed, which may hold many.
_MAX_RAW_TAGS = 20_000
#: Characters that are seen; Salesforce's longest field takes as many.
MAX_TEXT = 131_072
#: The attributes of a tag that are longer than this say nothing about its look.
_MAX_TAG = 10_000

#: Comments, and elements whose content is not text. Unclosed, they reach to the end, as in a
#: browser.
_UNSEEN = re.compile(
    r"<!--(?:-?>|.*?(?:--!?>|\Z))"
    r"|<(script|style|title|template|noscript|iframe|object|datalist|audio|video|canvas|svg|xml)\b"
    r".*?(?:</\1\b[^>]*>|\Z)",
    re.DOTALL | re.IGNORECASE,
)
#: A tag as browsers read it: a `>` within a quoted value does not end it. Possessive, so that it
#: never looks at a character twice.
_TAG = re.compile(
    r"""<([/!?]?)([a-zA-Z\[][^\s/>]*+)(?:=\s*+(?:"[^"]*+"|'[^']*+')|[^>])*+(?:>|\Z)"""
)
#: Elements that break the line. Of any other only the content matters.
_KEPT = (
    *("p", "div", "br", "pre", "blockquote", "ul", "ol", "li"),
    *("h1", "h2", "h3", "h4", "h5", "h6"),
)
_LIKE_A_DIV = (
    *("table", "caption", "tr", "hr", "dl", "dt", "dd", "figure", "figcaption", "center"),
    *("section", "article", "header", "footer", "main", "aside", "nav", "address"),
    *("form", "fieldset", "legend", "details", "summary", "option"),
)
_BREAKS = {**{name: name for name in _KEPT}, **dict.fromkeys(_LIKE_A_DIV, "div")}
_CELLS = frozenset(("td", "th"))
#: A tag that was cut in two.
_HALF_TAG = re.compile(r"<[^<>]{0,12}\Z")
_LINE_END = re.compile(r"[^\S\n]+\n")
_BLANK_LINES = re.compile(r"\n{3,}")


def text_of_html(html: str) -> str | None:
    """The text that a reader of the HTML sees: a line for each block and `<br>`, a blank line
    between paragraphs, a mark before list items; None if there is none. Never raises.

    Of very long HTML the beginning is read (`MAX_LENGTH`, `MAX_TAGS`, `MAX_TEXT`).
    """
    from inscriptis import get_text
    from lxml.etree import LxmlError

    seen = _UNSEEN.sub("", _first_tags(html[:MAX_LENGTH].replace("\x00", ""), _MAX_RAW_TAGS))
    bare = _beginning(_bare(_first_tags(seen, MAX_TAGS))).encode("utf-8", "replace").decode()
    try:
        text = get_text(bare, _layout()).strip()
        if not text:  # lxml reads nothing below 256 levels
            text = get_text(_TAG.sub("<br>", bare), _layout())
    except (LxmlError, RecursionError):
        return None
    text = _LINE_END.sub("\n", without_padding(text))
    return _BLANK_LINES.sub("\n\n", text).strip() or None


def _first_tags(html: str, most: int) -> str:
    return "<".join(html.split("<", most)[:most])


def _beginning(bare: str) -> str:
    return bare if len(bare) <= MAX_TEXT else _HALF_TAG.sub("", bare[:MAX_TEXT])


def _bare(html: str) -> str:
    """What is seen of the HTML, its tags without attributes, and only those that change the layout.
    A cell of a table begins with a space: columns would need room that a Task does not have."""
    elements, parts, position = OpenElements(), [], 0
    for tag in _TAG.finditer(html):
        if elements.is_seen:
            parts.append(html[position : tag.start()])
        position, (mark, name) = tag.end(), (tag[1], tag[2].lower())
        if mark in ("!", "?"):
            continue
        has_place = elements.end(name) if mark else elements.start(name, tag[0][:_MAX_TAG].lower())
        if has_place and name in _BREAKS:
            parts.append(f"<{mark}{_BREAKS[name]}>")
        elif has_place and name in _CELLS:
            parts.append(" ")
    if elements.is_seen:
        parts.append(html[position:])
    return "".join(parts)


@lru_cache(maxsize=1)
def _layout() -> ParserConfig:
    """inscriptis's own layout, with lists at the left edge."""
    from inscriptis.css_profiles import CSS_PROFILES
    from inscriptis.html_properties import Display
    from inscriptis.model.config import ParserConfig
    from inscriptis.model.html_element import HtmlElement

    list_ = HtmlElement(display=Display.block, padding_inline=2)
    return ParserConfig(css={**CSS_PROFILES["strict"], "ul": list_, "ol": list_})
