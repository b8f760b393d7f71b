"""`zsf rules replay`: what rules would do differently with events of a file or of the outbox."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from zsf_plugin.cli import arguments
from zsf_plugin.cli.common import (
    DEFAULT_WORKSPACE,
    Actions,
    CommandApp,
    Report,
    add_action,
    require_workspace,
)
from zsf_plugin.cli.failures import CommandError, UsageError
from zsf_plugin.cli.moments import since
from zsf_plugin.cli.output_files import (
    DIFFERENCE_LINES,
    check_replaceable,
    is_stdout,
    refuse_second_document,
)
from zsf_plugin.cli.private_output import Write, private_file
from zsf_plugin.cli.replay_report import ReplayReport, show_replay
from zsf_plugin.cli.replayed_events import Source, kept_since, lines_of
from zsf_plugin.cli.replayed_rules import replayed_rules
from zsf_plugin.cli.streams import progress, write

#: The bar moves once for this many events.
_EVENTS_A_STEP = 100
_SEE_HELP = "see `zsf rules replay --help`"


def add_replay(actions: Actions) -> None:
    """The action `replay`."""
    help_ = "Count what edited rules would do differently with events; writes nothing to Salesforce"
    shown = (
        "zsf rules replay events.jsonl --against edited/",
        "zsf rules replay --since 24h --against edited/ --output differences.jsonl",
    )
    run = Report(
        _replay,
        ReplayReport.as_json,
        show_replay,
        ReplayReport.has_findings,
        working=None,
        creates=True,
    )
    parser = add_action(actions, "replay", run, help_, shown, workspace=None)
    add = parser.add_argument
    add("events", nargs="?", type=arguments.path, metavar="EVENTS.jsonl", help=_EVENTS_HELP)
    add(
        "--since",
        type=since,
        metavar="T",
        help="Take the events of the outbox that arrived since T, a time in ISO 8601 or an age, "
        "as 24h or 7d",
    )
    add("--against", type=arguments.place, metavar="DIR", help=_AGAINST_HELP)
    add(
        "--output",
        type=arguments.path,
        metavar="FILE",
        help="Write all that differs to FILE, one JSON object for each event, and every refused "
        "line; only you may read it. With - they are on stdout, and the counts on stderr",
    )


_GIVE_ANOTHER = "give another file to --output"

_EVENTS_HELP = "File with one event per line, as `zsf feed` reads it; - reads stdin"
_AGAINST_HELP = (
    "Compare the rules in force with those of DIR: a folder of rules, a config folder, or "
    "REVISION:PATH of git. Without it, the shipped rules are compared with those in force"
)


def _replay(app: CommandApp, options: argparse.Namespace) -> ReplayReport:
    from zsf_plugin.authoring.replay import Replay

    if (options.events is None) is (options.since is None):
        raise UsageError("give one of EVENTS.jsonl and --since T", _SEE_HELP)
    if options.workspace is not None:
        require_workspace(app, options.workspace)
    _check_output(options)
    with replayed_rules(app, options.against) as rules, _writing(options.output) as write:
        replay = Replay(rules.of, app.explainer.max_calls)
        has_stdout = not is_stdout(options.output)
        report = ReplayReport(*rules.names, replay, rules.findings, has_stdout)
        with progress("Replaying events") as show:
            _take_all(report, _sources(app, options), write, show)
        if not replay.events:
            rules.of(options.workspace or DEFAULT_WORKSPACE)  # what is wrong with them is found
    return report


def _check_output(options: argparse.Namespace) -> None:
    """Raise CommandError if the differences cannot go where they should."""
    refuse_second_document("--output", options.output, as_json=options.json)
    if options.output is not None and not is_stdout(options.output):
        _refuse_same_file(options.events, options.output)
        check_replaceable(options.output, DIFFERENCE_LINES)


def _refuse_same_file(events: Path | None, output: Path) -> None:
    """Raise CommandError if the differences would take the place of the events."""
    if events is None:
        return
    with suppress(OSError):  # one of them does not exist
        if os.path.samefile(events, output):
            raise CommandError("same_file", f"{output} is the file of events", _GIVE_ANOTHER)


@contextmanager
def _writing(path: Path | None) -> Iterator[Write]:
    """What writes to the file of --output; without one, nothing is written."""
    if path is None:
        yield lambda _: None
        return
    if is_stdout(path):
        yield write
        return
    with private_file(path) as write_line:
        yield write_line


def _take_all(
    report: ReplayReport, sources: Iterable[Source], write: Write, show: Callable[[int], None]
) -> None:
    for number, source in enumerate(sources, 1):
        line = report.take(source)
        if line is not None:
            write(f"{json.dumps(line)}\n")
        if number % _EVENTS_A_STEP == 0:
            show(number)


def _sources(app: CommandApp, options: argparse.Namespace) -> Iterator[Source]:
    workspace = options.workspace
    if options.events is None:
        workspaces = app.store.workspaces() if workspace is None else [workspace]
        return kept_since(app, workspaces, options.since.at(app.clock.now()))
    sources = lines_of(app, options.events)
    return sources if workspace is None else (_moved(one, workspace) for one in sources)


def _moved(source: Source, workspace: str) -> Source:
    """The event as if it were of that workspace."""
    if source.event is None:
        return source
    return source._replace(event=replace(source.event, workspace=workspace))
