"""`zsf transfer`: from the file on one machine to a PostgreSQL server that many can use."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zsf_plugin.cli.common import CommandApp, Report, add_overall_arguments
from zsf_plugin.cli.output import counted
from zsf_plugin.cli.streams import note, progress, say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zsf_plugin.model import JsonObject


def add_transfer(parser: argparse.ArgumentParser) -> None:
    """The arguments of `transfer`."""
    parser.add_argument(
        "url",
        metavar="URL",
        help="An empty database, as postgresql://USER@HOST:PORT/NAME; its password is better kept "
        "in PGPASSWORD or ~/.pgpass, where other users cannot see it",
    )
    run = Report(_transfer, TransferOutput.as_json, _show, working=None, creates=True)
    add_overall_arguments(parser, run, "every workspace is transferred")


@dataclass(frozen=True, slots=True)
class TransferOutput:
    """How many rows of each table were transferred."""

    rows: Mapping[str, int]

    def as_json(self) -> JsonObject:
        """The document of `zsf transfer --json`."""
        return {"rows": dict(self.rows)}


def _transfer(app: CommandApp, options: argparse.Namespace) -> TransferOutput:
    with progress("Transferring", 100) as show:
        rows = app.operations.transfer_database(
            options.url, lambda done, total: show(100 * done // max(total, 1))
        )
    return TransferOutput(rows)


def _show(output: TransferOutput) -> None:
    entries = counted(output.rows["entries"], "entry", "entries")
    links = counted(output.rows["links"], "link", "links")
    say(f"Transferred {entries}, {links}, and everything else")
    note(
        "Set ZSF_DATABASE_URL and ZSF_SECRET_KEY for every process: the database file is not used "
        "any more, and tokens need the key that they were saved with"
    )
