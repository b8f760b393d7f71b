"""`zsf rules test`: runs the cases that lie beside the rules, shows what differs from what they
expect, and which keys of the rules no case reaches."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from zsf_plugin.cli import arguments
from zsf_plugin.cli.case_listing import show_cases
from zsf_plugin.cli.case_output import CasesOutput
from zsf_plugin.cli.case_paths import case_paths, refuse_all
from zsf_plugin.cli.case_storing import add_store_options, folders_to_test, store_report
from zsf_plugin.cli.common import (
    DEFAULT_WORKSPACE,
    Actions,
    CommandApp,
    Report,
    add_flag,
    add_json,
)
from zsf_plugin.cli.output_files import (
    JUNIT,
    check_replaceable,
    is_stdout,
    refuse_second_document,
    write_output,
)
from zsf_plugin.cli.parsing import add_common_options, examples
from zsf_plugin.cli.streams import progress

if TYPE_CHECKING:
    from zsf_plugin.authoring.case_report import CaseReport
    from zsf_plugin.model import Event, JsonObject, OrgFacts
    from zsf_plugin.ports import RulesInForce

_HELP = "Run the cases beside the rules; exit with 1 if one fails or too few keys are covered"
_EXAMPLES = (
    "zsf rules test",
    "zsf rules test rules/eu.test.toml --json",
    "zsf rules test rules --fail-under 90 --junit build/rules.xml",
    "zsf rules test --store --workspace acme",
)
_PATHS_HELP = (
    "Files of cases (*.test.toml, *.test.json), or folders that are searched for them (default: "
    "the rules folders of the config folder)"
)
_UNDER_HELP = "Exit with 1 if the cases cover less than N percent of the keys of your rules"


def add_rule_cases(actions: Actions) -> None:
    """The arguments of `rules test`."""
    parser = actions.add_parser("test", help=_HELP, description=_HELP, epilog=examples(_EXAMPLES))
    _add_options(parser)
    add_flag(parser, "--rows", "Count each row of a `values` table as a key")
    parser.add_argument(
        "--workspace",
        type=arguments.workspace_name,
        default=DEFAULT_WORKSPACE,
        metavar="NAME",
        help="Workspace of --store; each case's event names its own",
    )
    add_store_options(parser)
    add_json(parser)
    run = Report(_run, CasesOutput.as_json, show_cases, CasesOutput.is_faulty, None, creates=True)
    parser.set_defaults(run=run)
    add_common_options(parser)


def _add_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("paths", type=arguments.path, nargs="*", metavar="PATH", help=_PATHS_HELP)
    add("--fail-under", type=arguments.percent, default=0.0, metavar="N", help=_UNDER_HELP)
    add(
        "--junit",
        type=arguments.path,
        metavar="FILE",
        help="Also write the result as JUnit XML, for CI; one that is there is replaced if it is "
        "empty or such a file. With - it is on stdout, instead of the cases",
    )


def _run(app: CommandApp, options: argparse.Namespace) -> CasesOutput:
    _check_junit(options)
    report = _stored_report(app, options) if options.store else _report(app, options, options.paths)
    if options.junit is not None:
        _write_junit(options.junit, report)
    if not report.results:
        refuse_all(report.refused)
    return CasesOutput(report, options.fail_under, has_stdout=not is_stdout(options.junit))


def _check_junit(options: argparse.Namespace) -> None:
    """Raise CommandError if the XML cannot go where it should."""
    refuse_second_document("--junit", options.junit, as_json=options.json)
    if options.junit is not None:
        check_replaceable(options.junit, JUNIT)


def _stored_report(app: CommandApp, options: argparse.Namespace) -> CaseReport:
    """Run the cases of the workspace, and store the result. The digest is that of before: rules
    that change meanwhile count as changed since."""
    from zsf_plugin.wiring.tested_rules import files_digest

    folders = folders_to_test(app, options)
    digest = files_digest(app, options.workspace)
    report = _report(app, options, folders)
    store_report(app, options.workspace, digest, report)
    return report


def _report(app: CommandApp, options: argparse.Namespace, paths: Sequence[Path]) -> CaseReport:
    from zsf_plugin.authoring.case_preparation import RunParts
    from zsf_plugin.authoring.case_runner import run_cases

    config_dir = app.settings.config_dir
    files = case_paths(paths, config_dir)
    parts = RunParts(config_dir, read_case_event, facts_of, with_rows=options.rows)
    with progress("Running cases", len(files)) as show:
        return run_cases(files, parts, show)


def read_case_event(hook: str, call: JsonObject, in_force: RulesInForce) -> Event:
    """A case's event, read as a hook reads it under the case's rules. Raises InvalidEvent."""
    from zsf_plugin.intake.reading import copy_call, read_event
    from zsf_plugin.model import HOOK_KINDS
    from zsf_plugin.rulebook.same_rules import SameRules
    from zsf_plugin.rulebook.schema import first_violation

    return read_event(HOOK_KINDS[hook], copy_call(call), first_violation, SameRules(in_force))


def facts_of(fields: Mapping[str, Sequence[JsonObject]]) -> OrgFacts:
    """The facts of a case's org. Loads the emulator: few cases have an org."""
    from zsf_plugin.cli.case_orgs import facts_of_case

    return facts_of_case(fields)


def _write_junit(path: Path, report: CaseReport) -> None:
    from zsf_plugin.authoring.junit import junit_xml

    write_output(path, junit_xml(report).decode())
