"""The stored result of cases: the newest counts, and whether the rule files changed since."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fakes.clock import FakeClock
from zsf_plugin.ports import HistoryLine
from zsf_plugin.settings import Settings
from zsf_plugin.wiring.apps import CommandApp
from zsf_plugin.wiring.parts import Parts
from zsf_plugin.wiring.tested_rules import (
    MAX_NAME_LENGTH,
    MAX_NAMES,
    CaseCounts,
    files_digest,
    last_result,
    store_result,
)

COUNTS = CaseCounts(22, 1, 0, ("a case",))


@pytest.fixture
def app(product_settings: Settings) -> Iterator[CommandApp]:
    parts = Parts(product_settings)
    parts.clock = FakeClock()
    yield CommandApp(parts)
    parts.close()


def save(app: CommandApp, counts: CaseCounts = COUNTS) -> None:
    store_result(app, "acme", files_digest(app, "acme"), counts)


def current(app: CommandApp) -> bool:
    result = last_result(app, "acme")
    assert result is not None
    return result.is_current


def test_the_newest_result_counts(app: CommandApp) -> None:
    assert last_result(app, "acme") is None
    save(app, CaseCounts(1, 0, 0, ()))
    save(app)
    result = last_result(app, "acme")
    assert result is not None
    assert (result.counts, result.at, last_result(app, "other")) == (COUNTS, app.clock.now(), None)


def test_a_changed_rule_file_is_noticed_and_one_that_is_changed_back(app: CommandApp) -> None:
    save(app)
    file = app.settings.config_dir / "rules" / "10.toml"
    file.parent.mkdir(parents=True)
    file.write_text('mode = "contact"\n')
    assert not current(app)
    file.unlink()
    assert current(app)


def test_what_the_console_sets_is_not_tested_and_changes_nothing(app: CommandApp) -> None:
    save(app)
    app.store.save_console_rule("acme", {"mode": "contact"}, expected_version=0)
    assert current(app)


def test_of_many_and_long_names_the_first_are_stored(app: CommandApp) -> None:
    save(app, CaseCounts(0, 100, 0, ("x" * 5_000,) * 100))
    result = last_result(app, "acme")
    assert result is not None
    assert result.counts.failures == ("x" * MAX_NAME_LENGTH,) * MAX_NAMES


def test_what_another_version_stored_harms_nothing(app: CommandApp) -> None:
    detail = {"passed": "many", "failures": 5}
    app.store.add_history("acme", HistoryLine(1.0, "rules_tested", detail=detail))
    result = last_result(app, "acme")
    assert result is not None
    assert (result.counts, result.is_current) == (CaseCounts(0, 0, 0, ()), False)
