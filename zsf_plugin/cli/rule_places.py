"""Where rules are read from: a folder or file, or a folder or file of a git revision,
`REVISION:PATH`. A revision is read from git's own store; no file of it is checked out."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from zsf_plugin.cli.failures import CommandError
from zsf_plugin.cli.streams import note

_GIVE = "give a folder of rules, a rule file, or REVISION:PATH of a git repository"
#: `C:\rules`, which is no revision.
_DRIVE = re.compile(r"[A-Za-z]:(?:[\\/]|$)")
_SYMBOLIC_LINK = "120000"


@dataclass(frozen=True, slots=True)
class RulePlace:
    """Where the files of rules are, and what a person calls it."""

    path: Path
    name: str


@contextmanager
def rule_place(text: str) -> Iterator[RulePlace]:
    """The place that a person names. Raises CommandError. An existing path is no revision."""
    path = Path(text)
    if path.exists():
        yield RulePlace(path, str(path))
        return
    revision, colon, inner = text.partition(":")
    if not colon or _DRIVE.match(text):
        raise CommandError("no_rules", f"there is no folder or file {text!r}", _GIVE)
    if not revision or revision.startswith("-"):
        raise CommandError("no_rules", f"{revision!r} is no git revision", _GIVE)
    with TemporaryDirectory(prefix="zsf-rules-") as folder:
        yield RulePlace(_read_revision(text, inner, Path(folder)), text)


def _read_revision(text: str, inner: str, folder: Path) -> Path:
    """Write the files of that place of a revision below the folder; returns where they are."""
    kind = _git("cat-file", "-t", text).strip()
    object_id = _git("rev-parse", "--verify", text).decode("ascii").strip()
    if kind == b"blob":
        file = folder / (PurePosixPath(inner).name or "rules.toml")
        _write_blob(object_id, file)
        return file
    for name, described in _rule_files_of(object_id).items():
        _write_entry(text, described, name, folder)
    return folder


def _rule_files_of(tree: str) -> dict[bytes, str]:
    """How git describes each file of a tree where rules may be, by its name; of a config folder,
    the files in its folders of rules."""
    listed = _git("ls-tree", "-r", "-z", "--full-tree", tree)
    named = [entry.partition(b"\t") for entry in listed.split(b"\0") if entry]
    files = {name: described.decode("ascii") for described, _, name in named}
    if any(name.startswith(b"rules/") for name in files):
        return {name: files[name] for name in files if _is_in_config(name)}
    return {name: files[name] for name in files if b"/" not in name}


def _is_in_config(name: bytes) -> bool:
    return name.startswith((b"rules/", b"workspaces/"))


def _write_blob(object_id: str, file: Path) -> None:
    file.write_bytes(_git("cat-file", "blob", object_id))


def _write_entry(text: str, described: str, name: bytes, folder: Path) -> None:
    mode, kind, object_id = described.split()
    path = PurePosixPath(name.decode("utf-8", "surrogateescape"))
    if mode == _SYMBOLIC_LINK or kind != "blob" or ".." in path.parts:
        note(f"{text}: {str(path)!r} is no plain file and was not read")
        return
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    _write_blob(object_id, file)


def _git(*arguments: str) -> bytes:
    """What git prints. Raises CommandError with git's own reason."""
    command = ("git", *arguments)
    try:
        done = subprocess.run(  # noqa: S603 - no shell
            command, capture_output=True, check=False, env={**os.environ, "LC_ALL": "C"}
        )
    except OSError as error:
        why = f"git cannot be run ({error.strerror})"
        raise CommandError("git", why, "install git, or give a folder of rules") from error
    if done.returncode != 0:
        raise CommandError("git", _reason(done.stderr, arguments), _GIVE)
    return done.stdout


def _reason(stderr: bytes, arguments: Sequence[str]) -> str:
    lines = stderr.decode("utf-8", "replace").strip().splitlines()
    fatal = [line.removeprefix("fatal: ") for line in lines if line.startswith("fatal: ")]
    why = (fatal or lines or [f"{arguments[0]} failed"])[0]
    return f"git: {why.rstrip('.')}"
