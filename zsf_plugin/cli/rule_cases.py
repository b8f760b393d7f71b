"""`zsf rules test`: runs the cases that lie beside the rules, shows what differs from what they
expect, and which keys of the rules no case reaches."""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from zsf_plugin.cli import arguments
from zsf_plugin.cli.common import (
    Actions,
    CommandApp,
    Report,
    add_flag,
    add_ignored_workspace,
    add_json,
)
from zsf_plugin.cli.failures import CommandError
from zsf_plugin.cli.output import counted, heading, say_styled, table
from zsf_plugin.cli.parsing import add_common_options, examples
from zsf_plugin.cli.streams import progress, say, warn

if TYPE_CHECKING:
    from zsf_plugin.authoring.case_runner import CaseReport, CaseResult
    from zsf_plugin.authoring.expected_values import Difference
    from zsf_plugin.model import Event, Json, JsonObject, OrgFacts
    from zsf_plugin.ports import RulesInForce
    from zsf_plugin.rulebook import Finding

_WRITE_ONE = "write one in a file whose name ends in .test.toml (docs/rules.md, Cases)"
_GIVE_CASES = "give files that end in .test.toml or .test.json, or their folders"
#: How many of the keys that no case reaches are shown.
MAX_SHOWN = 20


def add_rule_cases(actions: Actions) -> None:
    """The arguments of `rules test`."""
    help_ = "Run the cases beside the rules; exit with 1 if one fails or too few keys are covered"
    shown = (
        "zsf rules test",
        "zsf rules test rules/eu.test.toml --json",
        "zsf rules test rules --fail-under 90 --junit build/rules.xml",
    )
    parser = actions.add_parser("test", help=help_, description=help_, epilog=examples(shown))
    add = parser.add_argument
    add(
        "paths",
        type=Path,
        nargs="*",
        metavar="PATH",
        help="Files of cases (*.test.toml, *.test.json), or folders that are searched for them "
        "(default: the rules folders of the config folder)",
    )
    add(
        "--fail-under",
        type=arguments.percent,
        default=0.0,
        metavar="N",
        help="Exit with 1 if the cases cover less than N percent of the keys of your rules",
    )
    add("--junit", type=Path, metavar="FILE", help="Also write the result as JUnit XML, for CI")
    add_flag(parser, "--rows", "Count each row of a `values` table as a key")
    add_ignored_workspace(parser, "each case's event names its own workspace")
    add_json(parser)
    run = Report(_run, CasesOutput.as_json, _show, CasesOutput.is_faulty, None, creates=True)
    parser.set_defaults(run=run)
    add_common_options(parser)


@dataclass(frozen=True, slots=True)
class CasesOutput:
    """What running the cases gave, and the coverage that is asked for, in percent."""

    report: CaseReport
    fail_under: float

    @property
    def failed(self) -> int:
        """How many cases failed."""
        return sum(not one.is_met for one in self.report.results)

    @property
    def passed(self) -> int:
        """How many cases passed."""
        return len(self.report.results) - self.failed

    @property
    def percent(self) -> float:
        """The coverage, cut to one decimal: only all keys are 100 percent."""
        return math.floor(self.report.percent * 10) / 10

    @property
    def is_too_low(self) -> bool:
        """Whether the coverage is lower than what is asked for."""
        return self.report.percent < self.fail_under

    def errors(self) -> list[Finding]:
        """What is wrong with files of cases and of rules."""
        errors = [one for one in self.report.findings if one.severity == "error"]
        return [*self.report.refused, *errors]

    def is_faulty(self) -> bool:
        """Whether a case failed, a file is wrong or the coverage is too low."""
        return bool(self.failed or self.errors() or self.is_too_low)

    def as_json(self) -> JsonObject:
        """The document of `zsf rules test --json`."""
        from zsf_plugin.cli.checking import finding_document

        report = self.report
        uncovered: list[Json] = [
            {"file": one.file, "line": one.line, "key": one.key} for one in report.unreached
        ]
        return {
            "passed": self.passed,
            "failed": self.failed,
            "cases": [_case_document(one) for one in report.results],
            "coverage": {
                "percent": self.percent,
                "keys": report.keys,
                "covered": report.keys - len(report.unreached),
                "uncovered": uncovered,
            },
            "findings": [finding_document(one) for one in (*report.refused, *report.findings)],
        }


def _case_document(result: CaseResult) -> Json:
    return {
        "file": result.file,
        "line": result.line,
        "name": result.name,
        "ok": result.is_met,
        "diff": [_difference_document(one) for one in result.compared.differences],
        "notes": list(_slips(result)),
    }


def _difference_document(one: Difference) -> Json:
    document: JsonObject = {"path": one.path, "expected": one.expected, "actual": one.actual}
    return {**document, "note": _unfilled(one)} if one.is_unfilled else document


def _unfilled(one: Difference) -> str:
    hint = f"; did you mean {one.meant}?" if one.meant else ""
    return f"no rule fills {one.path.removeprefix('fields.')}{hint}"


def _slips(result: CaseResult) -> Iterator[str]:
    """Fields that are expected to be missing, by what looks like a slip."""
    for path, meant in result.compared.slips:
        yield f"no rule fills {path.removeprefix('fields.')}; did you mean {meant}?"


def _run(app: CommandApp, options: argparse.Namespace) -> CasesOutput:
    from zsf_plugin.authoring.case_runner import RunParts, run_cases

    config_dir = app.settings.config_dir
    files = _files(options.paths, config_dir)
    parts = RunParts(config_dir, read_case_event, facts_of, with_rows=options.rows)
    with progress("Running cases", len(files)) as show:
        output = CasesOutput(run_cases(files, parts, show), options.fail_under)
    if options.junit is not None:
        _write_junit(options.junit, output.report)
    if not output.report.results:
        _refuse_all(output.report.refused)
    return output


def _files(paths: Sequence[Path], config_dir: Path) -> list[Path]:
    """The files of cases. Raises CommandError if a path is none, or there is none."""
    from zsf_plugin.authoring.case_files import case_files_below, is_case_file

    for path in paths:
        if not path.exists():
            raise CommandError("no_such_path", f"there is no {path}", _GIVE_CASES)
        if not path.is_dir() and not is_case_file(path.name):
            raise CommandError("not_cases", f"{path} is no file of cases", _GIVE_CASES)
    folders = [config_dir / "rules", *sorted(config_dir.glob("workspaces/*/rules"))]
    files = case_files_below(paths or [folder for folder in folders if folder.is_dir()])
    if not files:
        where = ", ".join(map(str, paths or [config_dir / "rules"]))
        raise CommandError("no_cases", f"there are no cases in {where}", _WRITE_ONE)
    return files


def _refuse_all(refused: Sequence[Finding]) -> None:
    """Raise CommandError: no case could run."""
    for finding in refused[1:]:
        warn(str(finding))
    more = f" (and {len(refused) - 1} more)" if len(refused) > 1 else ""
    what = f"no case could run: {refused[0]}{more}"
    raise CommandError("wrong_cases", what, "correct the file; docs/rules.md, Cases, shows one")


def read_case_event(hook: str, call: JsonObject, in_force: RulesInForce) -> Event:
    """A case's event, read as a hook reads it under the case's rules. Raises InvalidEvent."""
    from zsf_plugin.intake.reading import copy_call, read_event
    from zsf_plugin.model import HOOK_KINDS
    from zsf_plugin.rulebook.drafts import SameRules
    from zsf_plugin.rulebook.schema import first_violation

    return read_event(HOOK_KINDS[hook], copy_call(call), first_violation, SameRules(in_force))


def facts_of(fields: Mapping[str, Sequence[JsonObject]]) -> OrgFacts:
    """The facts of a case's org. Loads the emulator: few cases have an org."""
    from zsf_plugin.cli.case_orgs import facts_of_case

    return facts_of_case(fields)


def _write_junit(path: Path, report: CaseReport) -> None:
    from zsf_plugin.authoring.junit import junit_xml

    try:
        path.write_bytes(junit_xml(report))
    except OSError as error:
        hint = "give a file in a folder that exists and can be written to"
        raise CommandError("not_written", f"{path}: {error.strerror}", hint) from error


def _show(output: CasesOutput) -> None:
    from zsf_plugin.rulebook.names import printable_line

    report = output.report
    for finding in (*report.refused, *report.findings):
        is_warning = finding.severity == "warning"
        said = f"{finding.place}: warning: {finding.message}" if is_warning else str(finding)
        say(printable_line(said))
    for result in report.results:
        _show_case(result)
    _show_unreached(output)
    _show_totals(output)


def _show_case(result: CaseResult) -> None:
    """A failed case, with its differences; of any other only what looks like a slip."""
    from zsf_plugin.authoring.junit import diff_lines

    place = result.file if result.line is None else f"{result.file}:{result.line}"
    if not result.is_met:
        say_styled(f"FAILED {place}: {result.name}", "bold")
    for one in result.compared.differences:
        expected, actual = diff_lines([one])
        say_styled(f"  {expected}", "red")
        say_styled(f"  {actual}", "green")
        if one.is_unfilled:
            say(f"    {_unfilled(one)}")
    for slip in _slips(result):
        say(f"{place}: note: {slip}")


def _show_unreached(output: CasesOutput) -> None:
    unreached = output.report.unreached
    if not unreached:
        return
    rows = []
    for one in unreached[:MAX_SHOWN]:
        rows.append((one.file if one.line is None else f"{one.file}:{one.line}", one.key))
    table(("rule", "key"), rows, title="Reached by no case")
    if len(unreached) > MAX_SHOWN:
        say(f"… {len(unreached) - MAX_SHOWN} more; --json lists all of them")


def _show_totals(output: CasesOutput) -> None:
    report = output.report
    heading("Totals")
    cases = counted(len(report.results), "case", "cases")
    say(f"{cases}: {output.passed} passed, {output.failed} failed")
    covered = report.keys - len(report.unreached)
    low = f", below the {output.fail_under:g} % asked for" if output.is_too_low else ""
    keys = counted(report.keys, "key", "keys")
    say(f"Coverage: {output.percent:g} % ({covered} of {keys}){low}")
