"""The result of cases as JUnit's XML, which CI servers read. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from xml.etree import ElementTree

from zsf_plugin.authoring.case_runner import CaseReport, CaseResult
from zsf_plugin.authoring.expected_values import Difference
from zsf_plugin.rulebook import Finding

#: Characters that XML cannot hold, in no form.
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit_xml(report: CaseReport) -> bytes:
    """A suite for each file. A failed case is a failure; a file that was refused, or a wrong rule
    file, an error."""
    errors = [*report.refused, *(one for one in report.findings if one.severity == "error")]
    by_file: dict[str, list[CaseResult]] = {}
    for result in report.results:
        by_file.setdefault(result.file, []).append(result)
    wrong: dict[str, list[Finding]] = {}
    for finding in errors:
        wrong.setdefault(finding.file, []).append(finding)
    root = ElementTree.Element("testsuites", {"name": "zsf rules test"})
    failed = sum(not one.is_met for one in report.results)
    _count(root, len(report.results) + len(errors), failed, len(errors))
    for name in dict.fromkeys([*by_file, *wrong]):
        _add_suite(root, name, by_file.get(name, ()), wrong.get(name, ()))
    ElementTree.indent(root)
    text: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _add_suite(
    root: ElementTree.Element,
    name: str,
    results: Iterable[CaseResult],
    findings: Iterable[Finding],
) -> None:
    results, findings = tuple(results), tuple(findings)
    suite = ElementTree.SubElement(root, "testsuite", {"name": _text(name)})
    failed = sum(not one.is_met for one in results)
    _count(suite, len(results) + len(findings), failed, len(findings))
    for result in results:
        case = _add_case(suite, result.file, result.line, result.name)
        if not result.is_met:
            paths = [one.path for one in result.compared.differences]
            said = {"type": "difference", "message": _text(", ".join(paths))}
            failure = ElementTree.SubElement(case, "failure", said)
            failure.text = _text("\n".join(diff_lines(result.compared.differences)))
    for finding in findings:
        case = _add_case(suite, finding.file, finding.line, finding.pointer or finding.file)
        said = {"type": finding.code, "message": _text(finding.message)}
        ElementTree.SubElement(case, "error", said).text = _text(str(finding))


def _count(element: ElementTree.Element, tests: int, failures: int, errors: int) -> None:
    element.attrib |= {
        "tests": str(tests),
        "failures": str(failures),
        "errors": str(errors),
        "skipped": "0",
    }


def _add_case(
    suite: ElementTree.Element, file: str, line: int | None, name: str
) -> ElementTree.Element:
    attributes = {"classname": _text(file), "name": _text(name), "file": _text(file)}
    if line is not None:
        attributes["line"] = str(line)
    return ElementTree.SubElement(suite, "testcase", attributes)


def diff_lines(differences: Iterable[Difference]) -> list[str]:
    """Two lines for each difference: `- path = expected`, `+ path = actual`."""
    lines = []
    for one in differences:
        for sign, value in (("-", one.expected), ("+", one.actual)):
            unwritten = " (not written)" if value is False and _is_field(one.path) else ""
            shown = json.dumps(value, ensure_ascii=False)
            lines.append(f"{sign} {one.path} = {shown}{unwritten}")
    return lines


def _is_field(path: str) -> bool:
    return path.startswith(("fields.", "activity.")) or ".values." in path


def _text(text: str) -> str:
    return _NOT_IN_XML.sub("\ufffd", text)
