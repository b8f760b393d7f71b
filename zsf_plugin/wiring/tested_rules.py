"""The last stored result of a workspace's cases, and whether its rule files are still those that
were tested. Counts and names of cases: nothing of their events is stored."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zsf_plugin.ports import HistoryLine
from zsf_plugin.rulebook.rulebook import digest_of_files

if TYPE_CHECKING:
    from zsf_plugin.model import JsonObject
    from zsf_plugin.wiring.apps import App

_CODE = "rules_tested"
#: Names of failed cases that are stored, and how much of each.
MAX_NAMES = 20
MAX_NAME_LENGTH = 200


@dataclass(frozen=True, slots=True)
class CaseCounts:
    """How many cases passed and failed, the names of the first that failed, and how many files of
    cases or rules are invalid."""

    passed: int
    failed: int
    invalid: int
    failures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StoredResult:
    """The counts as they were stored at `at`. `is_current`: no rule file has changed since."""

    at: float
    counts: CaseCounts
    is_current: bool


def files_digest(app: App, workspace: str) -> str:
    """The digest of what cases test of a workspace: its rules without those of the console. Raises
    StoreUnavailable."""
    return digest_of_files(app.rulebook.rules(workspace))


def store_result(app: App, workspace: str, digest: str, counts: CaseCounts) -> None:
    """Store the result of testing rule files with that digest. Raises StoreUnavailable."""
    detail: JsonObject = {
        "digest": digest,
        "passed": counts.passed,
        "failed": counts.failed,
        "invalid": counts.invalid,
        "failures": [*_cut(counts.failures)],
    }
    app.store.add_history(workspace, HistoryLine(app.clock.now(), _CODE, detail=detail))


def _cut(names: Iterable[str]) -> list[str]:
    return [name[:MAX_NAME_LENGTH] for name in [*names][:MAX_NAMES]]


def last_result(app: App, workspace: str) -> StoredResult | None:
    """The last result; None if none was stored. Raises StoreUnavailable."""
    line = next(iter(app.store.history(workspace, codes=(_CODE,), limit=1)), None)
    if line is None:
        return None
    is_current = line.detail.get("digest") == files_digest(app, workspace)
    return StoredResult(line.at, _counts_in(line), is_current)


def _counts_in(line: HistoryLine) -> CaseCounts:
    numbers = (line.detail.get(name) for name in ("passed", "failed", "invalid"))
    passed, failed, invalid = (one if isinstance(one, int) else 0 for one in numbers)
    names = line.detail.get("failures")
    failures = tuple(map(str, names)) if isinstance(names, list) else ()
    return CaseCounts(passed, failed, invalid, failures)
