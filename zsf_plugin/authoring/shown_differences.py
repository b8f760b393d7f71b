"""Differences as people read them. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

from zsf_plugin.rulebook.names import printable_line

if TYPE_CHECKING:
    from zsf_plugin.authoring.expectations import Compared
    from zsf_plugin.authoring.expected_values import Difference
    from zsf_plugin.model import Json


def diff_lines(differences: Iterable[Difference]) -> list[str]:
    """Two lines for each difference: `- path = expected`, `+ path = actual`; only the first for a
    misspelled field that is missing."""
    lines = []
    for one in differences:
        lines.append(f"- {one.path} = {_shown(one.expected, one.path)}")
        if one.actual is not one.expected:
            lines.append(f"+ {one.path} = {_shown(one.actual, one.path)}")
    return [*map(printable_line, lines)]


def _shown(value: Json, path: str) -> str:
    shown = json.dumps(value, ensure_ascii=False)
    return f"{shown} (not written)" if value is False and _is_field(path) else shown


def _is_field(path: str) -> bool:
    return path.startswith(("fields.", "activity.")) or ".values." in path


def unfilled_note(one: Difference) -> str:
    """That no rule fills the field, and what was perhaps meant."""
    return _no_rule_fills(one.path, one.meant)


def unknown_notes(compared: Compared) -> list[str]:
    """The same of the fields that are expected to be missing, but that nothing knows."""
    return [_no_rule_fills(path, meant) for path, meant in compared.unknown]


def _no_rule_fills(path: str, meant: str | None) -> str:
    hint = f"; did you mean {meant}?" if meant else ""
    return f"no rule fills {path.removeprefix('fields.')}{hint}"
