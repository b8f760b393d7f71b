"""The known name that was probably meant by one that is not known. Pure: what to say of it is
decided elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def closest(name: str, known: Iterable[str]) -> str:
    """The known name that was probably meant, whatever its case; empty if there is none."""
    by_folded = {one.casefold(): one for one in known}
    found = get_close_matches(name.casefold(), by_folded, 1)
    return by_folded[found[0]] if found else ""
