"""A copy of a database while other processes write to it: private, whole or not at all."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from zsf_plugin.errors import ConfigurationError, StoreDamaged, StoreUnavailable
from zsf_plugin.store.private_files import new_private_file
from zsf_plugin.store.sqlite.inspection import check_content

#: The pages of one step: between two, Ctrl-C is noticed, and the progress shown.
PAGES = 1_000


def write_copy(source: sqlite3.Connection, file: Path, on_step: Callable[[int, int], None]) -> None:
    """Copy the database of that connection to a new file, as it is now; calls `on_step(pages left,
    pages)`. Raises ConfigurationError if the file exists, StoreUnavailable."""
    if os.path.lexists(file):
        raise ConfigurationError((f"{file} exists, and is left as it is: name another file",))
    try:
        with new_private_file(file) as unfinished:
            _copy(source, unfinished, on_step)
            check_content(unfinished)
    except FileExistsError as error:
        raise ConfigurationError(
            (f"{file} was made meanwhile, and is left as it is: name another file",)
        ) from error
    except (OSError, sqlite3.Error, StoreDamaged) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise StoreUnavailable(
            f"the copy {file} could not be written ({why}): check its folder and the disk; nothing "
            "was left there"
        ) from error


def _copy(
    source: sqlite3.Connection, unfinished: Path, on_step: Callable[[int, int], None]
) -> None:
    """Fill the file. A read transaction keeps the source as it is: SQLite would begin again after
    each change by another connection, and never end beside hooks."""

    def show(_: int, left: int, pages: int) -> None:
        on_step(left, pages)

    with closing(sqlite3.connect(unfinished, isolation_level=None)) as target:
        target.execute("PRAGMA journal_mode = OFF")  # an unfinished file is removed
        source.execute("BEGIN")
        source.execute("SELECT 1 FROM sqlite_master LIMIT 1")
        source.backup(target, pages=PAGES, progress=show)
        source.execute("COMMIT")
    with closing(sqlite3.connect(unfinished, isolation_level=None)) as copy:
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, without a log beside it
