"""`zsf backup`: a copy of the database, while hooks and drains go on."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from zsf_plugin.cli.common import CommandApp, Report, add_overall_arguments
from zsf_plugin.cli.failures import UsageError
from zsf_plugin.cli.output import megabytes
from zsf_plugin.cli.output_files import is_stdout
from zsf_plugin.cli.streams import note, progress, say

if TYPE_CHECKING:
    from zsf_plugin.model import JsonObject
    from zsf_plugin.wiring.operations import BackupKeys


def add_backup(parser: argparse.ArgumentParser) -> None:
    """The arguments of `backup`."""
    parser.add_argument("file", type=Path, metavar="FILE", help="A file that is not there yet")
    run = Report(_back_up, BackupOutput.as_json, _show, working=None, creates=True)
    add_overall_arguments(parser, run, "a backup has every workspace")


@dataclass(frozen=True, slots=True)
class BackupOutput:
    """The copy, its size, and what has to be kept with it."""

    file: Path
    size: int
    keys: BackupKeys

    def as_json(self) -> JsonObject:
        """The document of `zsf backup --json`."""
        keys = {"files": list(map(str, self.keys.files)), "variable": self.keys.variable}
        return {"file": str(self.file), "bytes": self.size, "secret_key": keys}


def _back_up(app: CommandApp, options: argparse.Namespace) -> BackupOutput:
    if is_stdout(options.file):
        raise UsageError("a database is not written to stdout", "give a FILE that is not there yet")
    file = options.file.absolute()
    with progress("Copying", 100) as show:
        keys = app.operations.back_up(
            file, lambda left, pages: show(100 - 100 * left // max(pages, 1))
        )
    return BackupOutput(file, file.stat().st_size, keys)


def _show(output: BackupOutput) -> None:
    say(f"Copied the database to {output.file} ({megabytes(output.size)})")
    kept = output.keys.variable or " and ".join(map(str, output.keys.files))
    note(f"Its tokens are encrypted: keep the secret key too, which is in {kept}")
