"""Files that commands write: only their owner may read them (0600), and they appear whole or not at
all."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkstemp

from zsf_plugin.cli.failures import CommandError

#: Writes a text to its end.
Write = Callable[[str], object]


@contextmanager
def private_file(path: Path) -> Iterator[Write]:
    """What writes to that file, in place of one that exists. A device or pipe is written to as it
    is. Raises CommandError."""
    try:
        if path.exists() and not path.is_file():
            with path.open("w", encoding="utf-8") as given:
                yield given.write
            return
        yield from _replaced(path)
    except OSError as error:
        hint = "give another FILE, in a folder that exists"
        raise CommandError("output", f"{path}: {error.strerror}", hint) from error


def _replaced(path: Path) -> Iterator[Write]:
    number, name = mkstemp(prefix=f".{path.name}.", dir=path.parent)  # made with 0600
    try:
        with open(number, "w", encoding="utf-8") as unfinished:
            yield unfinished.write
            unfinished.flush()
            os.fsync(number)
        os.replace(name, path)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(name)
