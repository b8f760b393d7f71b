"""Tables for a pipe, as rich draws them there, without the time that it takes to load. What is not
plain, or does not fit, is left to rich."""

from __future__ import annotations

import re
from collections.abc import Sequence

#: Characters that take one column each and begin no markup.
_PLAIN = re.compile(r"[ -Z\]-~\u00a1-\u00ac\u00ae-\u02ff\u2010-\u2027\u2192]*")
#: What rich may take for the name of an emoji; a time of day is none.
_EMOJI = re.compile(r":(?!\d\d:)\S+:")


def is_plain(text: str) -> bool:
    """Whether each character takes one column, and none has a meaning."""
    return _PLAIN.fullmatch(text) is not None and _EMOJI.search(text) is None


def plain_table(columns: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> str | None:
    """The table with its columns aligned, those named `#…` to the right; None if a cell is not
    plain, or the lines would be wider."""
    every = [tuple(columns), *rows]
    if not all(is_plain(cell) and cell == cell.strip() for row in every for cell in row):
        return None
    widths = [max(map(len, column)) for column in zip(*every, strict=True)]
    inner = sum(widths) + 3 * (len(widths) - 1)
    if inner + 2 > width:
        return None
    head, *body = (_line(columns, row, widths) for row in every)
    return "\n".join(("", head, f" {'─' * inner}", *body, "", ""))


def _line(columns: Sequence[str], row: Sequence[str], widths: Sequence[int]) -> str:
    cells = []
    for name, cell, width in zip(columns, row, widths, strict=True):
        cells.append(cell.rjust(width) if name.startswith("#") else cell.ljust(width))
    return f" {'   '.join(cells)}".rstrip()
