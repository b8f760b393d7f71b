"""The shapes of the catalogue: what it holds of a cause, what fills a template,
and what has words. No words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


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


class Reason(Protocol):
    """What words are looked up and filled by: an error, or why something is as it is."""

    @property
    def code(self) -> str: ...
    @property
    def data(self) -> Mapping[str, object]: ...


class Values(dict[str, object]):
    """What fills a template. A name that an older version did not store reads as a question
    mark."""

    def __missing__(self, _: str) -> str:
        return "?"
