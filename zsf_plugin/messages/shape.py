"""What the catalogue holds of a cause. The shape alone, no words."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CauseWords:
    """`why` follows "Lead.Industry: "; `advice` is what to do about it, and may name commands.

    For a page, where its words differ: `title` the cause as a heading, `todo` the advice, `brief`
    the few words that follow an entry's name. Empty: the page makes them of `why` and `advice`.
    """

    why: str
    advice: str
    title: str = ""
    todo: str = ""
    brief: str = ""
