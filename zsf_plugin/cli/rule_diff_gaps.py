"""What `zsf rules diff` did not reach: files that no event can reach, and keys that no tried event
gave a value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from zsf_plugin.cli.output import table
from zsf_plugin.cli.streams import say
from zsf_plugin.rulebook.names import printable_line

if TYPE_CHECKING:
    from zsf_plugin.authoring.not_exercised import NotExercised
    from zsf_plugin.authoring.unreachable import Unreachable
    from zsf_plugin.model import JsonObject


def unreachable_document(one: Unreachable) -> JsonObject:
    """A file that no event can reach, in `--json`."""
    return {"file": one.file, "line": one.line, "why": one.why}


def not_exercised_document(one: NotExercised) -> JsonObject:
    """A key that no event gave a value, in `--json`."""
    return {"key": one.key, "file": one.file, "line": one.line}


def show_unreachable(files: Sequence[Unreachable]) -> None:
    """Print a table of the files that do nothing any more."""
    rows = [(printable_line(_place_of(one)), printable_line(one.why)) for one in files]
    table(("file", "why"), rows, title="Files that do nothing any more")


def show_not_exercised(keys: Sequence[NotExercised]) -> None:
    """A line for each key about which the events say nothing."""
    for one in keys:
        say(printable_line(f"not exercised: {one.key} ({_place_of(one)})"))


def _place_of(one: Unreachable | NotExercised) -> str:
    return one.file if one.line is None else f"{one.file}:{one.line}"
