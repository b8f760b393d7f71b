"""JUnit's XML of a run, as CI servers read it."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from tests.authoring.running import EVENT, case, run
from zsf_plugin.authoring.case_report import CaseReport, CaseResult
from zsf_plugin.authoring.expectations import Compared
from zsf_plugin.authoring.expected_values import Difference
from zsf_plugin.authoring.junit import junit_xml
from zsf_plugin.rulebook import Finding
from zsf_plugin.rulebook.names import printable_line


def test_failures_and_refused_files_differ_in_well_formed_xml(tmp_path: Path) -> None:
    odd = EVENT.replace('"Falk"', '"<F&\\u0001lk>"')
    texts = [
        case("mode = 'lead'", name="met"),
        case("fields.Lead.LastName = ']]>'", event=odd, name="a & b"),
    ]
    (tmp_path / "a.test.toml").write_text("\n".join(texts))
    (tmp_path / "b.test.toml").write_text("case = 1")
    root = ElementTree.fromstring(junit_xml(run(tmp_path)))
    counts = {key: root.attrib[key] for key in ("tests", "failures", "errors", "skipped")}
    assert counts == {"tests": "3", "failures": "1", "errors": "1", "skipped": "0"}
    assert [suite.attrib["name"] for suite in root] == [
        f"{tmp_path}/a.test.toml",
        f"{tmp_path}/b.test.toml",
    ]
    met, failed, refused = root.iter("testcase")
    assert (list(met), met.attrib["line"], failed.attrib["name"]) == ([], "1", "a & b")
    assert failed[0].attrib["message"] == "fields.Lead.LastName"
    assert '- fields.Lead.LastName = "]]>"' in (failed[0].text or "")
    assert (refused[0].tag, refused.attrib["line"]) == ("error", "1")


@given(name=st.text(), path=st.text(), value=st.text(), message=st.text())
def test_the_xml_is_well_formed_and_escaped_whatever_people_write(
    name: str, path: str, value: str, message: str
) -> None:
    compared = Compared((Difference(path, value, False),))
    results = (CaseResult("a.test.toml", 1, name, compared),)
    report = CaseReport(results, (Finding("b.toml", 1, "", message),), (), 0, ())
    root = ElementTree.fromstring(junit_xml(report))
    failed, refused = root.iter("testcase")
    assert failed.attrib["name"] == printable_line(name)
    shown = (failed[0].text or "").split("\n")
    assert [line[0] for line in shown] == ["-", "+"]
    assert all(map(str.isprintable, shown))
    assert refused[0].attrib["message"] == printable_line(message)
