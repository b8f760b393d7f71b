"""Sentences with moments in them: made where things are decided, told where they are shown. No page's own words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from markupsafe import Markup, escape

from zsf_plugin.console import words

_NEAR_S = 20 * 3600.0


@dataclass(frozen=True, slots=True)
class At:
    """A moment within a sentence (seconds since 1970)."""

    at: float


Words: TypeAlias = "tuple[str | At, ...]"


def told(sentence: Words, now: float) -> Markup:
    """A sentence as markup; a moment near now by its time of day, another by its date."""
    return Markup("").join(_moment(part.at, now) if isinstance(part, At) else escape(part) for part in sentence)


def _moment(at: float, now: float) -> Markup:
    return words.hour(at) if abs(at - now) < _NEAR_S else words.date(at)
