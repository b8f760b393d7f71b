"""`zsf purge`: remove entries that ended long ago."""

from __future__ import annotations

import argparse
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from zsf_plugin.cli.arguments import days
from zsf_plugin.cli.common import CommandApp, Report, add_flag, add_overall_arguments
from zsf_plugin.cli.output import counted, size_in_words
from zsf_plugin.cli.streams import note, say
from zsf_plugin.wiring.status import database_json

if TYPE_CHECKING:
    from zsf_plugin.model import JsonObject
    from zsf_plugin.ports import StoreSize
    from zsf_plugin.sync.retention import Purged


def add_purge(parser: argparse.ArgumentParser) -> None:
    """The arguments of `purge`."""
    run = Report(_purge, PurgeOutput.as_json, _show, PurgeOutput.is_busy, creates=True)
    add_overall_arguments(parser, run, "one age serves every workspace")
    parser.add_argument(
        "--older-than",
        type=days,
        required=True,
        metavar="DAYS",
        help="Remove done and skipped entries that ended more than DAYS ago, as 400d",
    )
    add_flag(parser, "--dry-run", "Count what would be removed, and remove nothing")


@dataclass(frozen=True, slots=True)
class PurgeOutput:
    """What was removed, or would be, and the size of the database after it."""

    purged: Purged
    is_dry_run: bool
    size: StoreSize

    def is_busy(self) -> bool:
        """Whether another process is removing, and this one did nothing."""
        return self.purged.is_busy

    def as_json(self) -> JsonObject:
        """The document of `zsf purge --json`."""
        counts = asdict(self.purged)
        removed = {name: counts[name] for name in ("done", "skipped", "journal", "history")}
        flags = {"busy": self.is_busy(), "dry_run": self.is_dry_run}
        return {**removed, **flags, "database": database_json(self.size)}


def _purge(app: CommandApp, options: argparse.Namespace) -> PurgeOutput:
    purged = app.operations.purge(options.older_than, dry_run=options.dry_run)
    return PurgeOutput(purged, options.dry_run, app.store.size())


def _show(output: PurgeOutput) -> None:
    purged = output.purged
    if purged.is_busy:
        say("Another process is removing old entries; nothing was done here. Run it again later.")
        return
    verb = "Would remove" if output.is_dry_run else "Removed"
    entries = counted(purged.done + purged.skipped, "entry", "entries")
    lines = counted(purged.journal, "line", "lines")
    say(
        f"{verb} {entries} (done {purged.done}, skipped {purged.skipped}) with {lines} of their "
        f"journal, and {purged.history} of the history"
    )
    say(f"Database: {size_in_words(output.size)}")
    if output.size.free:
        note(
            "Free space is used for what comes. To give it back to the disk, stop every process "
            "and run VACUUM (docs/operations.md)"
        )
