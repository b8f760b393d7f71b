"""What `zsf rules test` shows to people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zsf_plugin.authoring.shown_differences import diff_lines, unfilled_note, unknown_notes
from zsf_plugin.cli.checking_report import finding_in_words
from zsf_plugin.cli.output import counted, heading, say_styled, table
from zsf_plugin.cli.streams import note, say
from zsf_plugin.rulebook.names import printable_line

if TYPE_CHECKING:
    from zsf_plugin.authoring.case_report import CaseResult
    from zsf_plugin.authoring.expected_values import Difference
    from zsf_plugin.cli.case_output import CasesOutput

#: How many of the keys that no case reaches are shown.
MAX_SHOWN = 20


def show_cases(output: CasesOutput) -> None:
    """Show what is wrong, what differs, which keys no case reaches, and the totals; only those, on
    stderr, if stdout is taken."""
    if not output.has_stdout:
        note(f"{_cases_line(output)}; {_coverage_line(output)}")
        return
    for finding in output.findings:
        say(finding_in_words(finding))
    for result in output.report.results:
        _show_case(result)
    if output.report.unreached:
        _show_unreached(output)
    _show_totals(output)


def _show_case(result: CaseResult) -> None:
    """A failed case, with its differences; of any other only what nothing knows."""
    place = _place(result.file, result.line)
    if not result.is_met:
        say_styled(printable_line(f"FAILED {place}: {result.name}"), "bold")
    for one in result.compared.differences:
        _show_difference(one)
    for unknown in unknown_notes(result.compared):
        say(printable_line(f"{place}: note: {unknown}"))


def _place(file: str, line: int | None) -> str:
    return file if line is None else f"{file}:{line}"


def _show_difference(one: Difference) -> None:
    for line, style in zip(diff_lines([one]), ("red", "green"), strict=False):
        say_styled(f"  {line}", style)
    if one.is_unfilled:
        say(printable_line(f"    {unfilled_note(one)}"))


def _show_unreached(output: CasesOutput) -> None:
    unreached = output.report.unreached
    rows = [(_place(one.file, one.line), printable_line(one.key)) for one in unreached[:MAX_SHOWN]]
    table(("rule", "key"), rows, title="Reached by no case")
    if len(unreached) > MAX_SHOWN:
        say(f"… {len(unreached) - MAX_SHOWN} more; --json lists all of them")


def _show_totals(output: CasesOutput) -> None:
    heading("Totals")
    say(_cases_line(output))
    say(_coverage_line(output))


def _cases_line(output: CasesOutput) -> str:
    """How many cases ran, and what is wrong besides."""
    cases = counted(len(output.report.results), "case", "cases")
    wrong = len(output.report.errors)
    more = f", {counted(wrong, 'finding', 'findings')}" if wrong else ""
    return f"{cases}: {output.passed} passed, {output.report.failed} failed{more}"


def _coverage_line(output: CasesOutput) -> str:
    keys = counted(output.report.keys, "key", "keys")
    low = f", below the {output.fail_under:g} % asked for" if output.is_too_low else ""
    without = _without_in_words(len(output.report.not_counted))
    return f"Coverage: {output.percent:g} % ({output.report.covered} of {keys}{without}){low}"


def _without_in_words(files: int) -> str:
    return f", without those of {counted(files, 'file', 'files')}" if files else ""
