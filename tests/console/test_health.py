"""`GET /health`: for probes, without a sign-in, and without a name in the answer."""

from __future__ import annotations

from tests.contract.store_contract import new
from tests.contract.surveys_contract import connected
from tests.fakes.clock import FakeClock
from zsf_plugin.console.app import build_app
from zsf_plugin.console.options import ConsoleOptions, Visitor
from zsf_plugin.errors import StoreUnavailable
from zsf_plugin.model import Tokens
from zsf_plugin.wiring.apps import CommandApp


def _nobody(_: object) -> Visitor | None:
    raise AssertionError("a probe must not ask the host who is there")


def test_a_probe_needs_no_sign_in_and_no_name_of_the_server(
    application: CommandApp, fake_clock: FakeClock
) -> None:
    store = application.store
    store.save_connection(connected("secretive"), Tokens("access", "refresh"))
    store.accept(new(workspace="secretive"))
    fake_clock.time = 130.0
    options = ConsoleOptions(_nobody, "https://zaplify.example", hosts=frozenset({"one:1"}))
    probe = build_app(application.console(), options).test_client()
    answer = probe.get("/health", headers={"Host": "10.0.0.7:8000"})
    assert answer.status_code == 200
    assert answer.json == {"alive": True, "ready": True, "oldest_due_s": 30.0}
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers


def test_a_store_that_does_not_answer_is_not_ready_and_named_nowhere(
    application: CommandApp,
) -> None:
    probe = build_app(application.console(), ConsoleOptions(_nobody)).test_client()

    def fail() -> None:
        raise StoreUnavailable("the database /var/lib/zsf/zsf.sqlite3 is locked")

    application.store.check = fail  # type: ignore[method-assign]
    answer = probe.get("/health")
    assert answer.status_code == 503
    assert answer.json == {"alive": True, "ready": False, "oldest_due_s": None}


def test_another_site_learns_nothing_from_a_visitors_browser(application: CommandApp) -> None:
    probe = build_app(application.console(), ConsoleOptions(_nobody)).test_client()
    answer = probe.get("/health", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
