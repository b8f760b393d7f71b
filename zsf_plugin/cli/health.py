"""`zsf health`: whether events can be stored, and for how long work has been due, in one line."""

from __future__ import annotations

import argparse

from zsf_plugin.cli.arguments import seconds
from zsf_plugin.cli.common import (
    add_overall_arguments,
    open_application,
    report,
)
from zsf_plugin.cli.streams import say
from zsf_plugin.model import Health, JsonObject
from zsf_plugin.wiring.health import health_json


def add_health(parser: argparse.ArgumentParser) -> None:
    """The arguments of `health`."""
    add_overall_arguments(parser, _health, "the health is that of all workspaces")
    parser.add_argument(
        "--max-age",
        type=seconds,
        metavar="S",
        help="Exit with 1 too if an entry has been due for more than S seconds",
    )


def _health(options: argparse.Namespace) -> int:
    with open_application() as app:
        found = app.health()
    late = options.max_age is not None and (found.oldest_due_s or 0.0) > options.max_age
    return report(options, found, _document, _show, has_findings=late or not found.ready)


def _document(health: Health) -> JsonObject:
    return {**health_json(health), "reason": health.reason}


def _show(health: Health) -> None:
    if not health.ready:
        say(f"not ready: {health.reason}")
    elif health.oldest_due_s is None:
        say("ready, nothing is due")
    else:
        say(f"ready, the oldest due entry waits for {health.oldest_due_s:.0f} s")
