"""A fleet is given the time that its engine needs, and only one of several machines has an engine."""

from __future__ import annotations

import sys

import pytest

from tests.violence import __main__ as command
from tests.violence.limits import ENGINES, EngineName, limits_with
from zsf_plugin.engines import procrastinate
from zsf_plugin.settings import from_environment
from zsf_plugin.sync.sweeping import SWEEP_INTERVAL_S


@pytest.mark.parametrize("engine", ENGINES)
def test_a_fleet_may_have_each_engine_that_settings_may_name(engine: EngineName) -> None:
    variables = {"ZSF_ENGINE": engine, "ZSF_DATABASE_URL": "postgresql://db/zsf"}
    assert from_environment(variables).engine == engine


def test_a_pass_lasts_until_an_engine_has_handed_out_what_a_dead_worker_had(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for stale_after_s in (procrastinate.STALE_AFTER_S, 1000.0):
        monkeypatch.setattr(procrastinate, "STALE_AFTER_S", stale_after_s)
        limits = limits_with("procrastinate")
        assert limits.idle_s > stale_after_s + SWEEP_INTERVAL_S
        assert limits.takeover_s > stale_after_s + SWEEP_INTERVAL_S


def test_without_an_engine_nothing_takes_as_long() -> None:
    own, longer = limits_with(None), limits_with("procrastinate")
    assert (own.idle_s, own.takeover_s) < (longer.idle_s, longer.takeover_s)
    assert (own.host_s, own.stop_s) < (longer.host_s, longer.stop_s)


def test_an_engine_is_refused_where_no_machines_are_asked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["violence", "--engine", "procrastinate"])
    with pytest.raises(SystemExit) as ended:
        command.main()
    assert ended.value.code == 2
    assert "--engine needs --machines" in capsys.readouterr().err
