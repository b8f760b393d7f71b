"""Runs cases as `zsf rules test` does, in this process."""

from __future__ import annotations

from pathlib import Path

from zsf_plugin.authoring.case_files import case_files_below
from zsf_plugin.authoring.case_preparation import RunParts
from zsf_plugin.authoring.case_report import CaseReport, CaseResult
from zsf_plugin.authoring.case_runner import run_cases
from zsf_plugin.cli.rule_cases import facts_of, read_case_event

EVENT = """{ workspace = "default", event_id = "1", occurred_at = "2026-11-20T10:00:00Z", \
prospect = { id = "p1", first_name = "Maja", last_name = "Falk", email = "maja@acme.example", \
location = { country_code = "DE" }, company = { name = "Acme", industry = "Software" } }, \
user = { id = "u1", email = "ada@zaplify.example" } }"""
SENT = EVENT.replace(
    "prospect =", 'touchpoint = { id = "t1", channel = "email", step = 2 }, prospect ='
)


def case(expect: str, *, event: str = EVENT, more: str = "", name: str = "a case") -> str:
    """The text of one case; `expect` are lines of its table."""
    return f'[[case]]\nname = "{name}"\nevent = {event}\n{more}\n[case.expect]\n{expect}\n'


def run(folder: Path, *, with_rows: bool = False, config: Path | None = None) -> CaseReport:
    """Run all cases below a folder."""
    parts = RunParts(config or folder / "no-config", read_case_event, facts_of, with_rows)
    return run_cases(case_files_below([folder]), parts)


def run_one(folder: Path, text: str, rules: str = "") -> CaseResult:
    """Run one case beside those rules."""
    (folder / "50.toml").write_text(rules, encoding="utf-8")
    (folder / "a.test.toml").write_text(text, encoding="utf-8")
    report = run(folder)
    assert report.refused == ()
    (result,) = report.results
    return result


def paths(result: CaseResult) -> list[str]:
    return [difference.path for difference in result.compared.differences]
