"""What of an HTML message its reader does not see: hidden elements, such as the preview line of a
newsletter, and the invisible padding behind it.

Elements are hidden by their own attributes; style sheets are not read. Each element is opened and
closed once, so that the time is in proportion to the number of tags.
"""

from __future__ import annotations

import html
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

_ATTRIBUTE = re.compile(r"""([^\s"'>/=]++)(?:\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s"'>]++)))?""")
_CSS_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_LENGTH = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+))\s*([a-z%]*)")
#: The size in `font: bold 14px/20px Arial`.
_FONT_SIZE = re.compile(r"(?:^|\s)((?:\d+\.?\d*|\.\d+)(?:[a-z]+|%)|0)(?=[\s/]|$)")
_VOID = frozenset(
    (
        *("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param"),
        *("source", "track", "wbr"),
    )
)
_ROW = ("tr", "td", "th")
#: Outside of a table, they close nothing.
_TABLE_PARTS = frozenset((*_ROW, "tbody", "thead", "tfoot"))
#: What else the start of an element closes: `</p>`, `</td>` and the like may be left out.
_CLOSED_BY: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("td", "th"), ("td", "th")),
    "tr": _ROW,
    **dict.fromkeys(("tbody", "thead", "tfoot"), ("tbody", "thead", "tfoot", *_ROW)),
    **dict.fromkeys(("dt", "dd"), ("dt", "dd")),
    **{name: (name,) for name in ("li", "option")},
    **dict.fromkeys(
        (
            *("p", "div", "table", "ul", "ol", "dl", "pre", "blockquote", "form", "section", "hr"),
            *(
                "article",
                "header",
                "footer",
                "address",
                "center",
                "h1",
                "h2",
                "h3",
                "h4",
                "h5",
                "h6",
            ),
        ),
        ("p",),
    ),
}
#: An element does not close one outside of these.
_SCOPES = frozenset(("table", "ul", "ol", "dl"))
_SIDES = ("height", "max-height", "width", "max-width")
#: Nothing can be read in boxes and letters of this size, in pixels or points.
_MAX_UNREADABLE = 1.0
#: Farther from its place, a text is outside of the window.
_OUTSIDE = -900.0
_RELATIVE = frozenset(("em", "ex", "ch", "%"))

#: Characters without a width, and blanks but for line breaks.
_INVISIBLE = "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2060-\u2064\ufeff"
_BLANKS = " \t\u00a0\u2000-\u200a\u202f\u205f\u3000"
_MIXED_RUN = re.compile(
    f"(?<![{_BLANKS}{_INVISIBLE}])(?:[{_BLANKS}]++[{_INVISIBLE}]|[{_INVISIBLE}]++[{_BLANKS}])"
    f"[{_BLANKS}{_INVISIBLE}]*+"
)
_INVISIBLE_RUN = re.compile(f"[{_INVISIBLE}]{{2,}}+")


@dataclass(frozen=True, slots=True)
class _Look:
    """How an element shows its text: not at all (`is_gone`, whatever is inside), or not unless an
    element inside has another size or visibility."""

    is_gone: bool = False
    is_tiny: bool = False
    is_veiled: bool = False

    @property
    def is_seen(self) -> bool:
        return not (self.is_gone or self.is_tiny or self.is_veiled)


_SEEN = _Look()


@dataclass(slots=True)
class OpenElements:
    """The elements that are open at a place of a document, and whether text there is seen."""

    _open: list[tuple[str, _Look]] = field(default_factory=list)
    #: Where in `_open` the elements of each name are.
    _places: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))

    @property
    def is_seen(self) -> bool:
        """Whether text at this place is seen."""
        return self._look.is_seen

    @property
    def _look(self) -> _Look:
        return self._open[-1][1] if self._open else _SEEN

    def start(self, name: str, tag: str) -> bool:
        """Open an element, by its whole tag in lower case; whether it has a place in the layout."""
        if name not in _TABLE_PARTS or self._places.get("table"):
            for other in _CLOSED_BY.get(name, ()):
                self._close(other, _SCOPES)
        look = _look_of(name, tag, self._look)
        if name not in _VOID:
            self._places[name].append(len(self._open))
            self._open.append((name, look))
        return not look.is_gone

    def end(self, name: str) -> bool:
        """Close an element and all in it; whether it had a place in the layout."""
        closed = self._close(name, () if name in _SCOPES else ("table",))
        return not (closed or self._look).is_gone

    def _close(self, name: str, scopes: tuple[str, ...] | frozenset[str]) -> _Look | None:
        """Close the last element of that name and all in it; its look, or None if none is open
        within the innermost of those scopes."""
        places = self._places.get(name)
        if not places or any(self._place_of(scope) > places[-1] for scope in scopes):
            return None
        look, place = self._open[places[-1]][1], places[-1]
        while len(self._open) > place:
            self._places[self._open.pop()[0]].pop()
        return look

    def _place_of(self, name: str) -> int:
        places = self._places.get(name)
        return places[-1] if places else -1


def _look_of(name: str, tag: str, around: _Look) -> _Look:
    """The look of an element inside one of the look `around`."""
    if around.is_gone or not ("style" in tag or "hidden" in tag or name == "font"):
        return around
    given = _attributes(tag)
    style = _declarations(given.get("style", ""))
    if _is_gone(name, style) or ("hidden" in given and "display" not in style):
        return _Look(is_gone=True)
    is_tiny = _is_tiny(style)
    if is_tiny is None:
        is_tiny = around.is_tiny and not (name == "font" and "size" in given)
    visibility = style.get("visibility", "inherit")
    is_veiled = around.is_veiled if visibility == "inherit" else visibility != "visible"
    return _Look(is_tiny=is_tiny, is_veiled=is_veiled)


def _attributes(tag: str) -> dict[str, str]:
    """The attributes of a tag in lower case; of several of one name the first, as in a browser."""
    found: dict[str, str] = {}
    for name, double, single, bare in _ATTRIBUTE.findall(tag):
        found.setdefault(name, double or single or bare)
    return found


def _declarations(style: str) -> dict[str, str]:
    """The declarations of a style, by property: the last, unless an earlier one is important."""
    found: dict[str, str] = {}
    important = set()
    text = html.unescape(style) if "&" in style else style
    for declaration in _CSS_COMMENT.sub("", text).split(";"):
        name, _, value = declaration.partition(":")
        name, (value, mark, flag) = name.strip(), value.partition("!")
        if mark and flag.strip() != "important":
            continue
        if mark:
            important.add(name)
        if mark or name not in important:
            found[name] = value.strip()
    return found


def _is_gone(name: str, style: Mapping[str, str]) -> bool:
    """Whether an element of that style shows nothing of what is in it.

    What only Outlook hides (`mso-hide`) is gone, except a link: others show that as a button.
    """
    if style.get("display") == "none" or (style.get("mso-hide") == "all" and name != "a"):
        return True
    opacity = _length(style.get("opacity", ""))
    if opacity is not None and opacity[0] <= 0:
        return True
    clips = "hidden" in (style.get("overflow"), style.get("overflow-x"), style.get("overflow-y"))
    is_apart = style.get("position") in ("absolute", "fixed")
    if clips and any(_is_at_most(style.get(side), _MAX_UNREADABLE) for side in _SIDES):
        return True
    far = ("text-indent", "margin-left", *(("left", "top") if is_apart else ()))
    return any(_is_at_most(style.get(side), _OUTSIDE) for side in far)


def _is_at_most(value: str | None, limit: float) -> bool:
    """Whether a length in pixels or points, or zero of any unit, is at most that."""
    length = _length(value or "")
    if length is None:
        return False
    number, unit = length
    return number <= limit and (number <= 0 or unit not in _RELATIVE)


def _is_tiny(style: Mapping[str, str]) -> bool | None:
    """Whether the style makes text too small to be read; None if that depends on what is
    around."""
    size = style.get("font-size")
    if size is None:
        found = _FONT_SIZE.search(style.get("font", ""))
        size = found[1] if found is not None else None
    if size is None or size in ("inherit", "smaller", "larger"):
        return None
    length = _length(size)
    if length is None:
        return False
    number, unit = length
    if unit in _RELATIVE:
        return True if number <= 0 else None
    return number <= (_MAX_UNREADABLE if unit in ("", "px", "pt") else 0)


def _length(value: str) -> tuple[float, str] | None:
    """The number and unit that a value begins with."""
    found = _LENGTH.match(value)
    return (float(found[1]), found[2]) if found is not None else None


def without_padding(text: str) -> str:
    """The text without runs of characters that nobody sees, which newsletters put behind their
    preview line. One alone stays: it joins letters of some scripts, and parts of an emoji."""
    return text if text.isascii() else _INVISIBLE_RUN.sub("", _MIXED_RUN.sub(" ", text))
