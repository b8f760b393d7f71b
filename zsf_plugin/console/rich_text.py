"""Sentences with names and moments in them: made where things are decided, told where they are
shown. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from markupsafe import Markup, escape

from zsf_plugin.console import labels

_NEAR_S = 20 * 3600.0


@dataclass(frozen=True, slots=True)
class At:
    """A moment within a sentence (seconds since 1970)."""

    at: float


@dataclass(frozen=True, slots=True)
class Name:
    """What somebody or something is called, whatever that holds: kept apart from other scripts'
    direction."""

    text: str


Words: TypeAlias = "tuple[str | At | Name, ...]"


def named(text: str) -> Name:
    """A name on one line that any page can hold."""
    return Name(labels.clipped(text))


def joined(*sentences: Words) -> Words:
    """Those that say anything, with a middle dot between them."""
    parts: list[str | At | Name] = []
    for sentence in sentences:
        if sentence:
            parts += [" · "] if parts else []
            parts += sentence
    return tuple(parts)


def told(sentence: Words, now: float, *, strong: bool = False) -> Markup:
    """A sentence as markup; `strong` makes its names stand out."""
    return Markup("").join(_part(part, now, strong) for part in sentence)


def about(at: float, now: float) -> Markup:
    """A moment near now by its time of day, another by its date."""
    return labels.hour(at) if abs(at - now) < _NEAR_S else labels.date(at)


def _part(part: str | At | Name, now: float, strong: bool) -> Markup:
    if isinstance(part, At):
        return about(part.at, now)
    if isinstance(part, Name):
        name = Markup("<bdi>{}</bdi>").format(part.text)
        return Markup("<b>{}</b>").format(name) if strong else name
    return escape(part)
