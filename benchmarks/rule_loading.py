"""How long many rule files take to load, and how that grows."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path

from benchmarks.fixtures import memory_folder
from benchmarks.harness import BenchmarkRow, Effort, paired, processor_time, spread
from zsf_plugin.rulebook import Rulebook

_RULES, _MORE_RULES = 200, 1_000
#: A folder has at most 500 rule files that are read.
_FOLDERS = ("rules", "workspaces/acme/rules")
_RULE = """
name = "Rule {number}"
when = "prospect.location.country_code == 'C{number}' && prospect.company.employees > `{number}`"

[fields.Lead]
Description = {{ value = "Found {number}", overwrite = "on_create" }}
Title = ["prospect.title", "prospect.custom.title{number}"]
Industry = {{ from = "prospect.company.industry", values = {{ "Software" = "Technology" }} }}
"""


def load_rows(effort: Effort) -> list[BenchmarkRow]:
    """The first merge of 200 rule files, and of five times as many beside it."""
    few, many = effort.size(_RULES), effort.size(_MORE_RULES)
    with tempfile.TemporaryDirectory(dir=memory_folder()) as name:
        small, large = Path(name, "small"), Path(name, "large")
        _write(small, few)
        _write(large, many)
        _load(small)  # load what is loaded late
        taken = [_load(small) for _ in range(effort.rounds)]
        growth = paired("rules-load", partial(_load, large), partial(_load, small), effort.rounds)
    what = f"processor time until {few} rule files are in force"
    row = BenchmarkRow("rules-load", what, "", "", spread(taken), 0.3, "s", rounds=len(taken))
    times = many / few
    grown = f"until {many} rule files are in force vs {few}"
    return [row, growth.row("rules-load-growth", grown, 1.3 * times)]


def _write(folder: Path, count: int) -> None:
    """Write that many rule files, half of them into each folder."""
    for number in range(count):
        rules = folder / _FOLDERS[number % 2]
        rules.mkdir(parents=True, exist_ok=True)
        text = _RULE.format(number=number)
        (rules / f"{number:04}.toml").write_text(text, encoding="utf-8")


def _load(folder: Path) -> float:
    """The processor time until the rules of one event are merged."""
    return processor_time(partial(_merge, folder))


def _merge(folder: Path) -> None:
    rulebook = Rulebook(folder, lambda _: {})
    merged = rulebook.rules_for("acme", {"prospect": {"id": "p1"}})
    if rulebook.findings("acme") or merged.mode != "lead":
        raise RuntimeError("the rules are not as they were written")
