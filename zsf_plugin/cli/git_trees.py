"""Writes what a git revision has at a path as files, so that rules in it are checked as those of a
folder are: with folders inside, links and whatever else lies there.

It is read from git's own store, and nothing is checked out. Links are followed within the revision
only: one that leads out of it leads nowhere here.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, NamedTuple

from zsf_plugin.cli.failures import CommandError
from zsf_plugin.cli.streams import note

GIVE = "give a folder of rules, a rule file, or REVISION:PATH of a git repository"
#: What a file may have; of a larger one no more is needed to say so.
MAX_BYTES = 256 * 1024
#: How deep below the path files are looked for: `workspaces/WORKSPACE/rules`, and below it as deep
#: as a folder of rules is looked through.
MAX_DEPTH = 8
_LINK, _SUBMODULE = "120000", "160000"
_NOWHERE = "nowhere"
#: What git says of links that lead to nothing in the revision.
_DEAD_LINKS = ("symlink", "dangling", "loop", "notdir")


def write_revision(text: str, inner: str, folder: Path) -> Path:
    """Write what `text`, a revision with the path `inner`, stands for below the folder; returns
    where that is. Raises CommandError."""
    _git("rev-parse", "--git-dir")
    with _object_store() as store:
        found = store.find(os.fsencode(text))
        if found.kind == "missing":
            _git("cat-file", "-t", text)
        if found.kind in _DEAD_LINKS:
            raise CommandError("git", f"git: {text!r} is a link that leads nowhere", GIVE)
        if found.kind not in ("blob", "tree"):
            raise CommandError("git", f"git: {text!r} is no folder and no file", GIVE)
        names = [part for part in PurePosixPath(inner).parts if part not in ("/", ".", "..")]
        target = folder.joinpath("tree", *names or ["rules.toml"][: found.kind == "blob"])
        target.parent.mkdir(parents=True, exist_ok=True)
        if found.kind == "blob":
            target.write_bytes(found.content)
        else:
            tree = _Tree(os.fsencode(text), found.id)
            _Writer(store, text, folder).write(tree, target)
    return target


class _Object(NamedTuple):
    """An object of git's, or why there is none, and the beginning of its content."""

    id: str
    kind: str
    content: bytes


class _Tree(NamedTuple):
    """A tree, and how git is asked for it."""

    request: bytes
    id: str

    def below(self, name: bytes) -> bytes:
        """How git is asked for what lies in it."""
        return self.request + (b"" if self.request.endswith((b":", b"/")) else b"/") + name


@dataclass(frozen=True, slots=True)
class _Store:
    """git's own store, asked for one object after the other."""

    requests: IO[bytes]
    answers: IO[bytes]

    def find(self, request: bytes) -> _Object:
        """The object at the end of all links. A name of several lines cannot be asked for."""
        if b"\n" in request:
            return _Object("", "dangling", b"")
        self.requests.write(request + b"\n")
        self.requests.flush()
        header = self.answers.readline().rstrip(b"\n")
        first, _, rest = header.partition(b" ")
        if header.endswith((b" missing", b" ambiguous")):
            return _Object("", "missing", b"")
        if first.decode() in _DEAD_LINKS:
            self._content(int(rest))
            return _Object("", first.decode(), b"")
        kind, _, size = rest.partition(b" ")
        return _Object(first.decode(), kind.decode(), self._content(int(size)))

    def _content(self, size: int) -> bytes:
        """The beginning of what git prints next, with the line break behind it read over."""
        content = self.answers.read(min(size, MAX_BYTES))
        left = size + 1 - len(content)
        while left > 0 and (read := self.answers.read(min(left, MAX_BYTES))):
            left -= len(read)
        return content


@contextmanager
def _object_store() -> Iterator[_Store]:
    command = ("git", "cat-file", "--batch", "--follow-symlinks")
    pipe = subprocess.PIPE
    with subprocess.Popen(  # noqa: S603 - no shell
        command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL
    ) as process:
        if process.stdin is not None and process.stdout is not None:
            yield _Store(process.stdin, process.stdout)


@dataclass(slots=True)
class _Writer:
    """Writes trees as folders below `folder`; `written` are they by their ids: links may lead in
    circles."""

    store: _Store
    text: str
    folder: Path
    written: dict[str, Path] = field(default_factory=dict)

    def write(self, tree: _Tree, target: Path) -> None:
        """Write a tree as that folder."""
        self.written[tree.id] = target
        target.mkdir(parents=True, exist_ok=True)
        listed = _git("ls-tree", "-r", "-z", "--full-tree", tree.id)
        for entry in filter(None, listed.split(b"\0")):
            described, _, name = entry.partition(b"\t")
            path = PurePosixPath(os.fsdecode(name))
            if path.is_absolute() or ".." in path.parts:
                note(f"{self.text}: {str(path)!r} is no plain file and was not read")
            elif len(path.parts) <= MAX_DEPTH:
                self._write_entry(described.decode("ascii"), tree.below(name), target / path)

    def _write_entry(self, described: str, request: bytes, target: Path) -> None:
        mode, _, object_id = described.split()
        target.parent.mkdir(parents=True, exist_ok=True)
        if mode == _SUBMODULE:
            target.mkdir()
        elif mode == _LINK:
            self._write_link(request, target)
        else:
            target.write_bytes(self.store.find(object_id.encode()).content)

    def _write_link(self, request: bytes, target: Path) -> None:
        """What a link leads to, as it is found through that link."""
        found = self.store.find(request)
        if found.kind == "blob":
            target.write_bytes(found.content)
        elif found.kind == "tree":
            target.symlink_to(self._folder_of(_Tree(request, found.id)))
        elif found.kind == "loop":
            target.symlink_to(target.name)
        else:
            if found.kind == "symlink":
                note(
                    f"{self.text}: {target.name!r} leads out of the revision, and was not followed"
                )
            target.symlink_to(self.folder / _NOWHERE)

    def _folder_of(self, tree: _Tree) -> Path:
        """Where a tree that a link leads to is written."""
        if tree.id not in self.written:
            self.write(tree, self.folder / f"linked-{tree.id}")
        return self.written[tree.id]


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
        raise CommandError("git", _reason(done.stderr, arguments), GIVE)
    return done.stdout


def _reason(stderr: bytes, arguments: Sequence[str]) -> str:
    lines = stderr.decode("utf-8", "replace").strip().splitlines()
    fatal = [line.removeprefix("fatal: ") for line in lines if line.startswith("fatal: ")]
    why = (fatal or lines or [f"{arguments[0]} failed"])[0]
    return f"git: {why.rstrip('.')}"
