"""JUnit's XML of a run, as CI servers read it."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

from tests.authoring.running import EVENT, case, run
from zsf_plugin.authoring.junit import junit_xml


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
