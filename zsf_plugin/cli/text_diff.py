"""A unified diff of a file before and after, in which every difference can be seen: also line ends
(`^M` is what git shows for CRLF) and a last line that does not end. Pure."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator

_BYTE_ORDER_MARK = "\ufeff"
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_NO_END = r"\ No newline at end of file"
_HEADER = "bold"
_STYLES = {"+": "green", "-": "red", "@": "cyan"}


def styled_diff(name: str, before: str, after: str) -> Iterator[tuple[str, str]]:
    """Each line of the diff, with its colour on a terminal, or ""."""
    for number, line in enumerate(diff_lines(name, before, after)):
        yield line, _HEADER if number < 2 else _style_of(line)


def _style_of(line: str) -> str:
    return _STYLES.get(line[0], "")


def diff_lines(name: str, before: str, after: str) -> Iterator[str]:
    """The lines of the diff; none if the texts are equal."""
    shows_ends = _has_both_ends(before)
    old, new = (_lines(text, shows_ends=shows_ends) for text in (before, after))
    for line in difflib.unified_diff(old, new, name, name):
        yield line.removesuffix("\n")
        if not line.endswith("\n"):
            yield _NO_END


def _has_both_ends(text: str) -> bool:
    return "\r\n" in text and re.search(r"(?<!\r)\n", text) is not None


def _lines(text: str, *, shows_ends: bool) -> list[str]:
    """The lines with their ends; CRLF is named only where a file has both."""
    shown = text if shows_ends else text.replace("\r\n", "\n")
    return _LINE.findall(shown.removeprefix(_BYTE_ORDER_MARK).replace("\r", "^M"))
