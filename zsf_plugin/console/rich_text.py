"""Sentences with names and times: composed by the presenters, rendered by the templates. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from markupsafe import Markup, escape

from zsf_plugin.console import labels

_NEAR_S = 20 * 3600.0
_NAME = Markup("<bdi>{}</bdi>")
_STRONG_NAME = Markup("<b><bdi>{}</bdi></b>")


@dataclass(frozen=True, slots=True)
class At:
    """A moment within a sentence (seconds since 1970)."""

    at: float


@dataclass(frozen=True, slots=True)
class Name:
    """A name of a person or thing, isolated from the text direction around it."""

    text: str


#: A sentence in parts: plain text, names and moments.
RichText: TypeAlias = "tuple[str | At | Name, ...]"


def named(text: str) -> Name:
    """A name on one line, cut if it is long."""
    return Name(labels.clipped(text))


def name_alone(text: str) -> RichText:
    """A sentence with only the name; an empty one for no name."""
    return (named(text),) if text else ()


def joined(*sentences: RichText) -> RichText:
    """The sentences that are not empty, with middle dots between them."""
    parts: list[str | At | Name] = []
    for sentence in filter(None, sentences):
        parts += [" · ", *sentence]
    return tuple(parts[1:])


def rendered(sentence: RichText, now: float, *, strong: bool = False) -> Markup:
    """A sentence as markup; `strong` highlights its names."""
    return Markup("").join(_part(part, now, strong) for part in sentence)


def as_text(sentence: RichText) -> str:
    """A sentence as plain text, with times in UTC."""
    return "".join(map(_part_as_text, sentence))


def short_time(at: float, now: float) -> Markup:
    """A time near now as the time of day, any other as the date."""
    return labels.hour(at) if abs(at - now) < _NEAR_S else labels.date(at)


def _part_as_text(part: str | At | Name) -> str:
    match part:
        case At():
            return labels.iso_time(part.at)
        case Name():
            return part.text
    return part


def _part(part: str | At | Name, now: float, strong: bool) -> Markup:
    match part:
        case At():
            return short_time(part.at, now)
        case Name():
            return (_STRONG_NAME if strong else _NAME).format(part.text)
    return escape(part)
