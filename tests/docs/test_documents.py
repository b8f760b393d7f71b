"""Documents are tested: what they name exists, what they show runs."""

from __future__ import annotations

import ast
import inspect
import itertools
import json
import re
import tomllib
from pathlib import Path
from typing import Any, get_args

import pytest

from tests.authoring.running import run as run_cases_in
from tests.docs import budget_page
from tests.docs.errors_page import OURS, PAGE, page
from zsf_plugin import hookspecs
from zsf_plugin.badges import COLOURS, text
from zsf_plugin.cli.commands import build_parser
from zsf_plugin.emulator.faults.kinds import KINDS
from zsf_plugin.messages.doctor import CHECKED
from zsf_plugin.model import OWN_CODES, AvailabilityCode, Presence, ResultPresence, badge_of
from zsf_plugin.rulebook.files import check_document
from zsf_plugin.rulebook.schema import first_violation

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def commands() -> set[str]:
    return {name for action in build_parser()._actions if action.choices for name in action.choices}


def test_the_first_two_blocks_are_one_command_each() -> None:
    demo, tests = blocks(README, "sh")[:2]
    assert "zsf demo" in demo
    assert "pytest" in tests
    assert demo.count("\n") == tests.count("\n") == 1


def test_the_readme_names_every_command_and_no_other() -> None:
    rows = README.partition("## Commands")[2].partition("## ")[0]
    named = {word.split()[1] for word in re.findall(r"`(zsf [a-z -]+)`", rows)}
    assert named == commands()


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_between_documents_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (path.parent / target).exists(), target


@pytest.mark.parametrize("name", ["docs/architecture.md", "CONTRIBUTING.md", "docs/promises.md"])
def test_paths_that_a_document_names_exist(name: str) -> None:
    """A module that moves takes the documents with it."""
    text = (ROOT / name).read_text(encoding="utf-8")
    named = re.findall(r"`([\w./-]+(?:\.(?:py|toml|sql|md|lark|txt)|/))`", text)
    missing = []
    for path in named:
        roots = (ROOT, ROOT / "zsf_plugin", ROOT / "zsf_plugin" / "console")
        if path.startswith("/") or "NNNN" in path:
            continue
        if not any((root / path).exists() or list(root.glob(f"*/{path}")) for root in roots):
            missing.append(path)
    assert missing == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_rules_shown_in_documents_are_valid(path: Path) -> None:
    for block in blocks(path.read_text(encoding="utf-8"), "toml"):
        document = tomllib.loads(block)
        if "case" in document:
            assert first_violation("rule_cases", document) is None
        else:
            assert check_document(path.name, document) == ()


def test_the_cases_that_are_shown_pass_beside_the_first_rule(tmp_path: Path) -> None:
    rules, cases = (
        blocks((ROOT / "docs" / name).read_text(encoding="utf-8"), "toml")
        for name in ("rules.md", "rules-cases.md")
    )
    (tmp_path / "50.toml").write_text(rules[0].replace("Descripton", "Description"))
    for number, block in enumerate(cases):
        (tmp_path / f"{number}.test.toml").write_text(block)
    maja = {"first_name": "Maja", "last_name": "Falk", "email": "maja@acme.example"}
    prospect = {"id": "p1", **maja, "phone": "+46 8 123 45 67", "title": "CTO"}
    event = {"workspace": "w", "event_id": "1", "occurred_at": "2026-11-20T10:00:00Z", "user": {}}
    (tmp_path / "maja.event.json").write_text(json.dumps({**event, "prospect": prospect}))
    report = run_cases_in(tmp_path)
    assert report.refused == report.findings == ()
    assert [result.compared.differences for result in report.results] == [(), ()]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_code_and_data_shown_in_documents_parse(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for block in blocks(text, "python"):
        ast.parse(block)
    for block in blocks(text, "json"):
        json.loads(block)


def test_every_hook_is_documented_by_its_signature() -> None:
    text = (ROOT / "docs" / "hooks.md").read_text(encoding="utf-8")
    hooks = {name: f for name, f in vars(hookspecs).items() if name.startswith("on_")}
    for name, function in hooks.items():
        assert f"## {name}({', '.join(inspect.signature(function).parameters)})" in text


def test_every_fault_of_the_emulator_is_documented() -> None:
    text = (ROOT / "docs" / "emulator.md").read_text(encoding="utf-8")
    assert all(f"`{kind}`" in text for kind in KINDS)


def test_the_readmes_host_runs(tmp_path: Path) -> None:
    (block,) = blocks(README, "python")
    names: dict[str, object] = {}
    code = block.replace("/etc/zsf", str(tmp_path)).replace("/var/lib/zsf", str(tmp_path / "data"))
    exec(code, names)
    plugins = names["plugins"]
    person = {
        "workspace": "w",
        "event_id": "e",
        "occurred_at": "2026-11-01T10:00:00Z",
        "prospect": {"id": "p"},
        "user": {},
    }
    (receipt,) = plugins.hook.on_prospect_purchased(**person)  # type: ignore[attr-defined]
    plugins.hook.on_host_stopping()  # type: ignore[attr-defined]
    assert receipt["accepted"] is True


def test_the_reference_of_errors_is_what_the_code_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), (
        "regenerate it: python -m tests.docs.errors_page"
    )


def test_the_call_budget_is_what_the_tests_count() -> None:
    assert budget_page.PAGE.read_text(encoding="utf-8") == budget_page.page(), (
        "regenerate it: python -m tests.docs.budget_page"
    )


def test_the_reference_of_errors_has_every_cause_of_ours() -> None:
    assert set(OWN_CODES) == {cause.code for cause in OURS}


def test_the_example_of_badges_makes_a_page_with_each_in_words() -> None:
    block = blocks((ROOT / "docs" / "console.md").read_text(encoding="utf-8"), "python")[-1]
    names: dict[str, Any] = {}
    exec(block, names)
    results = [{"id": colour, "first_name": "A & B", "last_name": "<b>"} for colour in COLOURS]
    sides = [
        ResultPresence(Presence(status, "Lead", "00Q000000000001AAA"))
        for status in ("exists", "missing", "unknown")
    ]
    answer = {
        "results": {
            c: badge_of(side, "https://acme.my.salesforce.com")
            for c, side in zip(COLOURS, sides, strict=True)
        }
    }
    page = names["search_page"](results, answer)
    assert [text(colour) for colour in COLOURS] == re.findall(
        r'role="img" aria-label="([^"]+)"', page
    )
    assert "A &amp; B &lt;b&gt;" in page
    assert "style=" not in page
    assert names["badge_css"]().startswith("/*")


def commands_named_in(text: str) -> set[str]:
    """Each `zsf` command line of a document, in blocks and in backticks."""
    lines = [
        line
        for language in ("sh", "console")
        for block in blocks(text, language)
        for line in block.splitlines()
    ]
    in_blocks = re.findall(
        r"^(?:.*[/ ])?zsf ((?!zsf)[a-z][^|#&\n]*)", "\n".join(lines), re.MULTILINE
    )
    return {*in_blocks, *re.findall(r"`zsf ([a-z][^`]*)`", text)}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_commands_and_options_that_a_document_names_exist(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if path.name == "CHANGELOG.md":
        return
    for line in sorted(commands_named_in(path.read_text(encoding="utf-8"))):
        words = line.split()
        names = list(itertools.takewhile(re.compile("[a-z][a-z-]*").fullmatch, words))
        with pytest.raises(SystemExit) as ended:
            build_parser().parse_args([*names, "--help"])
        shown = capsys.readouterr().out
        options = {word.partition("=")[0] for word in words if word.startswith("--")}
        assert ended.value.code == 0, line
        assert {option for option in options if option not in shown} == set(), line


def test_every_reason_to_pause_is_in_the_troubleshooting_page() -> None:
    assert _rows_of("Nothing is sent") == set(get_args(AvailabilityCode)) - {"available"}


def test_every_check_of_zsf_doctor_is_in_the_troubleshooting_page() -> None:
    assert _rows_of("Anything at all") == set(CHECKED)


def _rows_of(heading: str) -> set[str]:
    """The codes that the rows of a table in the troubleshooting page begin with."""
    text = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
    section = text.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    return set(
        re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (`[^|]+) \|", section, re.MULTILINE)))
    )


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_modules_that_a_document_runs_exist(path: Path) -> None:
    modules = set(re.findall(r"python3? -m ((?:tests|benchmarks)[\w.]*)", path.read_text("utf-8")))
    for module in modules:
        place = ROOT / module.rstrip(".").replace(".", "/")
        assert (place / "__main__.py").exists() or place.with_suffix(".py").exists(), module
