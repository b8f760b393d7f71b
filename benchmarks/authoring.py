"""What an author of rules waits for: loading rule files, running cases, replaying events."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path

from benchmarks.fixtures import memory_folder
from benchmarks.harness import BenchmarkRow, Effort, processor_time, spread
from benchmarks.replaying import replay_row
from benchmarks.rule_loading import load_rows
from zsf_plugin.authoring.case_files import case_files_below
from zsf_plugin.authoring.case_preparation import RunParts
from zsf_plugin.authoring.case_runner import run_cases
from zsf_plugin.cli.rule_cases import facts_of, read_case_event

_CASES = 1_000
_RULES = """
when = "prospect.location.country_code == 'DE'"
mode = "contact"

[fields.Contact]
Description = { value = "Found", overwrite = "on_create" }
Title = ["prospect.title", "prospect.custom.title"]
"""
_CASE = """
[[case]]
name = "Case {number}"
[case.event]
workspace = "default"
event_id = "{number}"
occurred_at = "2026-11-20T10:00:00Z"
user = {{ id = "u1", email = "ada@zaplify.example" }}
[case.event.prospect]
id = "p{number}"
last_name = "Falk"
title = "CTO"
location = {{ country_code = "DE" }}
company = {{ name = "Acme {number}", domain = "acme{number}.example" }}
[case.expect]
mode = "contact"
fields.Contact = {{ LastName = "Falk", Title = "CTO", Description = "Found" }}
fields.Account = {{ Name = "Acme {number}", Industry = false }}
"""


def measure(effort: Effort) -> list[BenchmarkRow]:
    """Two rows for loading, one for cases, and one for a replay."""
    count = effort.size(_CASES)
    with tempfile.TemporaryDirectory(dir=memory_folder()) as name:
        folder = Path(name)
        (folder / "50.toml").write_text(_RULES, encoding="utf-8")
        text = "".join(_CASE.format(number=number) for number in range(count))
        (folder / "a.test.toml").write_text(text, encoding="utf-8")
        taken = [processor_time(partial(_run, folder, count)) for _ in range(effort.rounds)]
    ours = f"{count / spread(taken)[0]:.0f} cases a second"
    what = f"processor time of `zsf rules test`: {count} cases"
    row = BenchmarkRow("rules-test", what, ours, "", spread(taken), 5.0, "s", rounds=len(taken))
    return [*load_rows(effort), row, replay_row(effort)]


def _run(folder: Path, count: int) -> None:
    """Run the cases. Raises RuntimeError if one fails."""
    parts = RunParts(folder, read_case_event, facts_of)
    report = run_cases(case_files_below([folder]), parts)
    if len(report.results) != count or not all(one.is_met for one in report.results):
        raise RuntimeError("a case failed")
