"""A host that stops during hooks: each event is stored at once, and nothing new is drained. Events
set the order, never time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.id_fields import FIELDS
from tests.plugin.host_process import call
from tests.plugin.test_bad_company import HostFolder
from zsf_plugin.emulator import Emulator, OrgSpec
from zsf_plugin.intake import Intake
from zsf_plugin.model import Receipt
from zsf_plugin.plugin import SalesforcePlugin
from zsf_plugin.salesforce.http import Http, HttpResponse
from zsf_plugin.settings import from_environment
from zsf_plugin.store import open_store
from zsf_plugin.wiring.drains import Drains

#: Longer than anything here takes: a wait that reaches it has failed.
TIMEOUT_S = 30.0


@pytest.fixture
def plugin(tmp_path: Path) -> Iterator[SalesforcePlugin]:
    """In a host whose drains run in its own threads."""
    made = SalesforcePlugin()
    made.on_host_started(str(tmp_path), str(tmp_path / "data"), {"drain": "background"})
    yield made
    made.on_host_stopping()


def buy(plugin: SalesforcePlugin, number: int) -> dict[str, Any]:
    return plugin.on_prospect_purchased(**call("s", number))  # type: ignore[arg-type]


def pending_entries(folder: Path) -> int:
    store = open_store(from_environment({}, config_dir=folder, data_dir=folder / "data"))
    pending = store.counts("default").pending
    store.close()
    return pending


class Gate:
    """A point where a thread waits until it is released."""

    def __init__(self) -> None:
        self.reached, self.opened = threading.Event(), threading.Event()
        self.was_opened = False

    def wait(self) -> None:
        self.reached.set()
        self.was_opened = self.opened.wait(TIMEOUT_S)


def test_an_event_is_stored_at_once_while_a_drain_is_slow_to_stop(
    plugin: SalesforcePlugin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    buy(plugin, 1)
    gate, stop = Gate(), Drains.stop

    def stop_slowly(drains: Drains, timeout_s: float) -> None:
        gate.wait()
        stop(drains, timeout_s)

    monkeypatch.setattr(Drains, "stop", stop_slowly)
    stopping = threading.Thread(target=plugin.on_host_stopping)
    stopping.start()
    assert gate.reached.wait(TIMEOUT_S)
    receipt = buy(plugin, 2)
    badges = plugin.on_search_results("default", [{"id": "x"}], {})
    assert (receipt["accepted"], receipt["state"]) == (True, "pending")
    assert badges["results"]["x"]["badge"] == "unknown"
    assert pending_entries(tmp_path) == 2
    gate.opened.set()
    stopping.join(TIMEOUT_S)
    assert gate.was_opened


def test_a_running_hook_stores_its_event_although_the_host_stops(
    plugin: SalesforcePlugin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, drains_stopped = Gate(), threading.Event()
    receive, stop = Intake.accept_call, Drains.stop

    def receive_slowly(intake: Intake, hook: str, arguments: Any, **named: Any) -> Receipt:
        gate.wait()
        return receive(intake, hook, arguments, **named)

    def stop_and_signal(drains: Drains, timeout_s: float) -> None:
        stop(drains, timeout_s)
        drains_stopped.set()

    monkeypatch.setattr(Intake, "accept_call", receive_slowly)
    monkeypatch.setattr(Drains, "stop", stop_and_signal)
    receipts: list[dict[str, Any]] = []
    hook = threading.Thread(target=lambda: receipts.append(buy(plugin, 1)))
    hook.start()
    assert gate.reached.wait(TIMEOUT_S)
    stopping = threading.Thread(target=plugin.on_host_stopping)
    stopping.start()
    assert drains_stopped.wait(TIMEOUT_S)
    gate.opened.set()
    hook.join(TIMEOUT_S)
    stopping.join(TIMEOUT_S)
    assert receipts[0]["accepted"]
    assert pending_entries(tmp_path) == 1


class SilentSalesforce:
    """Answers this many calls, and then none until it is released."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, answers: int) -> None:
        self.reached, self.released = threading.Event(), threading.Event()
        self._left, send = answers, Http.send

        def wait(http: Http, *arguments: Any, **named: Any) -> HttpResponse:
            self._left -= 1
            if self._left < 0:
                self.reached.set()
                self.released.wait(TIMEOUT_S)
            return send(http, *arguments, **named)

        monkeypatch.setattr(Http, "send", wait)


@pytest.mark.parametrize("answers", range(4))
@pytest.mark.parametrize("asks", ["a drain", "a search", "a refresh"])
def test_no_hook_waits_for_salesforce_by_any_detour_not_even_while_the_host_stops(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asks: str, answers: int
) -> None:
    with Emulator(OrgSpec(fields=FIELDS)) as emulator:
        plugin = HostFolder(tmp_path, emulator).plugin(badges_deadline_s=0)
        salesforce = SilentSalesforce(monkeypatch, answers)
        if asks == "a refresh":
            emulator.control.answer("POST", ["sessions", "expire"], {})
        if asks == "a search":
            plugin.on_search_results("default", [{"id": "x", "email": "x@acme.example"}], {})
        else:
            buy(plugin, 1)
        # fewer calls than that may be needed: then nothing is silent, and nothing waits
        salesforce.reached.wait(0.3)
        answered = hooks_of_another_thread(plugin, 2)
        stopping = threading.Thread(target=plugin.on_host_stopping)
        stopping.start()
        assert answered == hooks_of_another_thread(plugin, 3) == [True, "unknown", True]
        salesforce.released.set()
        stopping.join(TIMEOUT_S)
        assert not stopping.is_alive()


def hooks_of_another_thread(plugin: SalesforcePlugin, number: int) -> list[object]:
    """What the hooks answer, called by a thread of their own; less if one of them waits."""
    found: list[object] = []

    def call_each() -> None:
        found.append(buy(plugin, number)["accepted"])
        results = [{"id": f"x{number}", "email": f"x{number}@acme.example"}]
        badges = plugin.on_search_results("default", results, {})["results"]
        found.append(badges[f"x{number}"]["badge"])
        sent = {**call("s", number), "event_id": f"t{number}"}
        touchpoint = {"id": f"t{number}", "channel": "call"}
        receipt = plugin.on_touchpoint_sent(**sent, touchpoint=touchpoint)  # type: ignore[arg-type]
        found.append(receipt["accepted"])

    thread = threading.Thread(target=call_each)
    thread.start()
    thread.join(TIMEOUT_S / 2)
    return list(found)


def test_after_the_stop_an_event_is_stored_and_waits_for_the_next_start(
    plugin: SalesforcePlugin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drained: list[str] = []
    monkeypatch.setattr(Drains, "drain", lambda _, workspace, **__: drained.append(workspace))
    plugin.on_host_stopping()
    assert buy(plugin, 1)["accepted"]
    plugin.on_host_stopping()
    assert drained == []
    assert pending_entries(tmp_path) == 1


def test_a_host_that_starts_again_drains_again(
    plugin: SalesforcePlugin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drained = threading.Event()

    def drain(*_: object, **__: object) -> None:
        drained.set()
        raise RuntimeError("enough")

    monkeypatch.setattr(Drains, "drain", drain)
    plugin.on_host_stopping()
    plugin.on_host_started(str(tmp_path), str(tmp_path / "data"), None)
    assert buy(plugin, 1)["accepted"]
    assert drained.wait(TIMEOUT_S)
