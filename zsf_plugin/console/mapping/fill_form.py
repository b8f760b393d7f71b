"""The form of what fills a row: lines of texts and Zaplify fields, with the buttons that add and
remove them; without script, each button sends the form. Pure. `filling` checks the result.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from zsf_plugin.console.mapping.drafts import FIXED
from zsf_plugin.console.presenters.combining import (
    MAX_CHOICES,
    MAX_PARTS,
    Choice,
    Combination,
    Part,
    as_form,
    is_plain,
    is_text,
    text_in,
)

_Edit: TypeAlias = "Callable[[Choice], Choice]"
EMPTY_PART = Part("", "")
#: What a field is joined to the one before by, until a person enters something else.
_SEPARATOR = " "


def lines_in(form: Mapping[str, str]) -> Combination:
    """The lines of a posted form, with the pressed button applied."""
    lines = tuple(filter(None, (_parts_in(form, line) for line in range(MAX_CHOICES))))
    return _edited(lines, form.get("edit", "")) or ((EMPTY_PART,),)


def _parts_in(form: Mapping[str, str], line: int) -> Choice:
    places = (f"{line}-{part}" for part in range(MAX_PARTS))
    return tuple(
        Part(form.get(f"text-{place}", ""), form.get(f"path-{place}", ""))
        for place in places
        if f"path-{place}" in form
    )


def _edited(lines: Combination, button: str) -> Combination:
    """The lines after a button: `else`, `join-LINE` or `drop-LINE-PART`."""
    action, *numbers = button.split("-")
    place = [int(number) for number in numbers if number.isdecimal()]
    if action == "else" and len(lines) < MAX_CHOICES:
        return (*lines, (EMPTY_PART,))
    if action == "join" and len(place) == 1:
        return _with_line(lines, place[0], _joined)
    if action == "drop" and len(place) == 2:
        return _with_line(lines, place[0], lambda line: _dropped(line, place[1]))
    return lines


def _with_line(lines: Combination, at: int, edit: _Edit) -> Combination:
    """The lines with one of them edited, without one that has no parts."""
    edited = (edit(line) if number == at else line for number, line in enumerate(lines))
    return tuple(filter(None, edited))


def _joined(line: Choice) -> Choice:
    return (*line, Part(_SEPARATOR, "")) if len(line) < MAX_PARTS else line


def _dropped(line: Choice, at: int) -> Choice:
    return tuple(part for number, part in enumerate(line) if number != at)


def chosen_in(lines: Sequence[Choice]) -> Combination:
    """What a person chose in those lines: without parts and lines that are empty."""
    lines = [tuple(part for part in line if part.path or part.text.strip()) for line in lines]
    return tuple(filter(None, lines))


def as_source(combination: Combination) -> str:
    """The combination as a row's form carries it: a path, a fixed value, or the whole."""
    if len(combination) == 1 and is_text(combination[0]):
        return FIXED + text_in(combination[0])
    if len(combination) == 1 and is_plain(combination):
        return combination[0][0].path
    return as_form(combination)
