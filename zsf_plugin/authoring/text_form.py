"""What a text file has besides its lines: how they end, and whether a byte order mark is before
them. A layout takes both away and gives them back. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

#: What Windows programs put before a text in UTF-8.
_MARK = "\ufeff"
_LINE_END = re.compile(r"\r?\n")


@dataclass(frozen=True, slots=True)
class TextForm:
    """The line end of a file, and its byte order mark, or ""."""

    line_end: str
    mark: str

    def of_lines(self, plain: str) -> str:
        """A text with plain line ends in this form."""
        return self.mark + plain.replace("\n", self.line_end)


def form_of(text: str) -> TextForm:
    """The form of a file: where line ends are mixed, the first decides, as in Black and rustfmt."""
    first = _LINE_END.search(text)
    return TextForm(first[0] if first else "\n", _MARK if text.startswith(_MARK) else "")


def plain_lines(text: str) -> str:
    """The text without its form: no mark, and plain line ends."""
    return text.removeprefix(_MARK).replace("\r\n", "\n")
