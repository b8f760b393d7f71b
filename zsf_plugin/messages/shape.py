"""The shapes of the catalogue: what it holds of a cause, and what fills a template. No words."""

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


class Values(dict[str, object]):
    """What fills a template. A name that an older version did not store reads as a question
    mark."""

    def __missing__(self, _: str) -> str:
        return "?"
