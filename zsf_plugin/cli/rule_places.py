"""Where rules are read from: a folder or file, or a folder or file of a git revision,
`REVISION:PATH`. A revision is read from git's own store; no file of it is checked out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from zsf_plugin.cli.failures import CommandError
from zsf_plugin.cli.git_trees import GIVE, write_revision
from zsf_plugin.cli.given_paths import is_there

#: `C:\rules`, which is no revision.
_DRIVE = re.compile(r"[A-Za-z]:(?:[\\/]|$)")


@dataclass(frozen=True, slots=True)
class RulePlace:
    """Where the files of rules are, and what a person calls it."""

    path: Path
    name: str


@contextmanager
def rule_place(text: str) -> Iterator[RulePlace]:
    """The place that a person names. Raises CommandError. An existing path is no revision."""
    path = Path(text)
    if is_there(path):
        yield RulePlace(path, str(path))
        return
    revision, colon, inner = text.partition(":")
    if not colon or _DRIVE.match(text):
        raise CommandError("no_rules", f"there is no folder or file {text!r}", GIVE)
    if not revision or revision.startswith("-"):
        raise CommandError("no_rules", f"{revision!r} is no git revision", GIVE)
    with TemporaryDirectory(prefix="zsf-rules-") as folder:
        yield RulePlace(write_revision(text, inner, Path(folder)), text.rstrip("/"))
