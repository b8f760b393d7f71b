"""The result of cases as JUnit's XML, which CI servers read; what XML cannot hold is
escaped. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from zsf_plugin.authoring.case_report import CaseReport, CaseResult
from zsf_plugin.authoring.shown_differences import diff_lines
from zsf_plugin.rulebook import Finding
from zsf_plugin.rulebook.names import printable_line


@dataclass(slots=True)
class _Suite:
    """What ran of one file, and what is wrong with it; or all that of all files."""

    results: list[CaseResult] = field(default_factory=list)
    errors: list[Finding] = field(default_factory=list)

    def counts(self) -> dict[str, str]:
        """The attributes that say how many tests ran, and how they ended."""
        failures = [result for result in self.results if not result.is_met]
        return {
            "tests": str(len(self.results) + len(self.errors)),
            "failures": str(len(failures)),
            "errors": str(len(self.errors)),
            "skipped": "0",
        }


def junit_xml(report: CaseReport) -> bytes:
    """A suite for each file. A failed case is a failure; a file that was refused, or a wrong rule
    file, an error."""
    whole = _Suite([*report.results], [*report.errors])
    root = Element("testsuites", {"name": "zsf rules test", **whole.counts()})
    for name, suite in _by_file(whole).items():
        _add_suite(root, name, suite)
    indent(root)
    text: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _by_file(whole: _Suite) -> dict[str, _Suite]:
    """The files whose cases ran, and then those of which none did."""
    suites: dict[str, _Suite] = {}
    for result in whole.results:
        suites.setdefault(result.file, _Suite()).results.append(result)
    for finding in whole.errors:
        suites.setdefault(finding.file, _Suite()).errors.append(finding)
    return suites


def _add_suite(root: Element, name: str, suite: _Suite) -> None:
    element = SubElement(root, "testsuite", {"name": printable_line(name), **suite.counts()})
    for result in suite.results:
        _add_result(element, result)
    for finding in suite.errors:
        _add_error(element, finding)


def _add_result(suite: Element, result: CaseResult) -> None:
    case = _add_case(suite, result.file, result.line, result.name)
    differences = result.compared.differences
    if differences:
        paths = ", ".join([one.path for one in differences])
        _add_outcome(case, "failure", "difference", paths, diff_lines(differences))


def _add_error(suite: Element, finding: Finding) -> None:
    case = _add_case(suite, finding.file, finding.line, finding.pointer or finding.file)
    _add_outcome(case, "error", finding.code, finding.message, [str(finding)])


def _add_case(suite: Element, file: str, line: int | None, name: str) -> Element:
    shown = printable_line(file)
    attributes = {"classname": shown, "name": printable_line(name), "file": shown}
    if line is not None:
        attributes["line"] = str(line)
    return SubElement(suite, "testcase", attributes)


def _add_outcome(case: Element, tag: str, type_: str, message: str, lines: Iterable[str]) -> None:
    outcome = SubElement(case, tag, {"type": type_, "message": printable_line(message)})
    outcome.text = "\n".join(map(printable_line, lines))
