"""`zsf rules diff`: what two sets of rules do differently, with an example event for each."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING

from zsf_plugin.cli import arguments
from zsf_plugin.cli.arguments import whole_number
from zsf_plugin.cli.common import Actions, CommandApp, Report, add_action, add_flag
from zsf_plugin.cli.failures import UsageError
from zsf_plugin.cli.rule_diff_report import IN_FORCE, DiffReport, show_diff
from zsf_plugin.cli.rule_places import RulePlace, rule_place
from zsf_plugin.cli.sided_findings import SidedFindings
from zsf_plugin.cli.streams import progress

if TYPE_CHECKING:
    from zsf_plugin.authoring.rule_sets import RuleSet

DEFAULT_EVENTS = 2_000
MAX_EVENTS = 1_000_000
_SEE_HELP = "see `zsf rules diff --help`"


def add_diff(actions: Actions) -> None:
    """The action `diff`."""
    help_ = "Show what two sets of rules do differently, with an example event for each difference"
    shown = (
        "zsf rules diff rules/ edited/",
        "zsf rules diff main:rules rules/       # a git revision, and the files now",
        "zsf rules diff --live edited/          # what is in force, and a folder",
    )
    run = Report(_compare, DiffReport.as_json, show_diff, DiffReport.has_findings, working=None)
    parser = add_action(actions, "diff", run, help_, shown)
    place = "A folder of rules, a config folder, a rule file, or REVISION:PATH of git"
    parser.add_argument(
        "a", type=arguments.place, nargs="?", metavar="A", help=f"{place}: the rules before"
    )
    parser.add_argument(
        "b", type=arguments.place, nargs="?", metavar="B", help=f"{place}: the rules after"
    )
    add_flag(parser, "--live", "Take the rules in force in the workspace for A")
    parser.add_argument(
        "--events",
        type=whole_number(1, MAX_EVENTS),
        default=DEFAULT_EVENTS,
        metavar="N",
        help=f"Try at most N events (default: {DEFAULT_EVENTS})",
    )


def _compare(app: CommandApp, options: argparse.Namespace) -> DiffReport:
    from zsf_plugin.authoring.comparison import compare

    names, workspace = _names(options), options.workspace
    with ExitStack() as stack:
        places = [stack.enter_context(rule_place(name)) for name in names]
        a, b = _rule_sets(app, places, workspace)
        show = stack.enter_context(progress("Trying events", options.events))
        of_any = not options.live and not any(map(_is_config_folder, places))
        comparison = compare(a, b, workspace, options.events, show, of_any_workspace=of_any)
    before = IN_FORCE if options.live else places[0].name
    findings = SidedFindings()
    findings.add("a", a.findings)
    findings.add("b", b.findings)
    return DiffReport(before, places[-1].name, comparison, findings)


def _names(options: argparse.Namespace) -> list[str]:
    """The places that are given: two, or one with --live. Raises UsageError."""
    names = [name for name in (options.a, options.b) if name is not None]
    if len(names) != (1 if options.live else 2):
        raise UsageError("give two sets of rules, A and B, or --live and B", _SEE_HELP)
    return names


def _is_config_folder(place: RulePlace) -> bool:
    """Whether rules of one workspace may be in it."""
    return os.path.isdir(place.path / "rules")


def _rule_sets(
    app: CommandApp, places: Sequence[RulePlace], workspace: str
) -> tuple[RuleSet, RuleSet]:
    """The rules before and after; of one place, those in force are before, and what the console
    sets is kept."""
    from zsf_plugin.authoring.rule_sets import RuleSet, console_rule, read_rule_set

    if len(places) > 1:
        a, b = (read_rule_set(place.path, workspace, name=place.name) for place in places)
        return a, b
    in_force = app.rulebook.in_force(workspace)
    console, (place,) = console_rule(in_force.rules), places
    after = read_rule_set(place.path, workspace, console, place.name)
    return RuleSet(in_force, in_force.findings, {}), after
