"""Parts of a process: built once, on first use, and closed if they were used."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.fakes.threads import OwnThreads
from zsf_plugin.errors import ReconnectRequired, StoreUnavailable
from zsf_plugin.model import Connection, Tokens
from zsf_plugin.ports import Fact, HoldingWorkspace, describes_stamp
from zsf_plugin.salesforce.adapter import SalesforceCrm
from zsf_plugin.settings import Network, Settings
from zsf_plugin.sync.scheduler import Scheduler
from zsf_plugin.wiring import parts as module
from zsf_plugin.wiring.apps import CommandApp, HostApp
from zsf_plugin.wiring.orgs import MAX_CLIENTS
from zsf_plugin.wiring.parts import Parts

TIMEOUT_S = 30.0


@pytest.fixture
def parts(product_settings: Settings) -> Iterator[Parts]:
    made = Parts(product_settings)
    yield made
    made.close()


def connection(connected_at: float = 1.0) -> Connection:
    url = "https://acme.my.salesforce.com"
    ids = ("00D000000000001AAA", "005000000000009AAA")
    return Connection(
        "w", *ids, "admin", "production", url, url, "client", False, "68.0", connected_at
    )


def test_nothing_is_opened_before_it_is_needed(product_settings: Settings) -> None:
    HostApp(Parts(product_settings)).close()
    CommandApp(Parts(product_settings)).close()
    assert not product_settings.data_dir.exists()


def test_a_part_is_the_same_each_time(parts: Parts) -> None:
    assert parts.store is parts.store
    assert parts.rulebook is parts.rulebook


def test_events_are_stored_without_the_drains_that_others_run(product_settings: Settings) -> None:
    parts = Parts(replace(product_settings, drain="external"))
    parts.intake.wake("w")
    parts.intake.retry()
    assert "drains" not in parts.__dict__
    parts.close()


def test_an_event_wakes_drains_that_this_process_has_started(
    product_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    woken: list[str] = []
    monkeypatch.setattr(Scheduler, "wake", lambda _, workspace: woken.append(workspace))
    monkeypatch.setattr(Scheduler, "is_running", True)
    parts = Parts(replace(product_settings, drain="external"))
    parts.drains.wake("unheard")
    monkeypatch.setattr(Scheduler, "start", lambda *_: None)
    parts.drains.start()
    parts.intake.wake("w")
    assert woken == ["w"]
    parts.close()


def test_a_process_warns_once_that_nothing_can_be_sent(
    product_settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    network = Network(proxy="http://", proxy_from="HTTPS_PROXY")
    parts = Parts(replace(product_settings, drain="external", network=network))
    assert parts.intake is not None
    assert parts.drains is not None
    assert caplog.text.count("nothing can be sent") == 1
    parts.close()


def test_threads_that_need_a_part_at_once_get_the_same_one(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    building, release, built = threading.Event(), threading.Event(), list[object]()
    open_store: Callable[[Settings], object] = module.open_store

    def slow(settings: Settings) -> object:
        building.set()
        assert release.wait(TIMEOUT_S)
        built.append(open_store(settings))
        return built[-1]

    monkeypatch.setattr(module, "open_store", slow)
    found: list[object] = []
    threads = [threading.Thread(target=lambda: found.append(parts.store)) for _ in range(4)]
    for thread in threads:
        thread.start()
    assert building.wait(TIMEOUT_S)
    release.set()
    for thread in threads:
        thread.join(TIMEOUT_S)
    assert len(built) == 1
    assert found == built * 4


def test_a_part_that_could_not_be_built_is_tried_again(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_: Settings) -> object:
        raise StoreUnavailable("no disk")

    with monkeypatch.context() as patch:
        patch.setattr(module, "open_store", fails)
        with pytest.raises(StoreUnavailable):
            _ = parts.store
    assert parts.store.counts("w").pending == 0


def test_nothing_is_woken_after_stop(
    product_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = Parts(replace(product_settings, drain="background"))
    parts.stop(5.0)
    threads = OwnThreads()
    parts.drains.wake("w")
    assert threads.names() == []
    parts.close()


def test_apps_of_the_same_parts_share_them(parts: Parts) -> None:
    app = CommandApp(parts)
    assert app.console().store is app.store is parts.store


def test_another_process_can_unseal_a_sealed_value(
    parts: Parts, product_settings: Settings
) -> None:
    other = CommandApp(Parts(product_settings)).console()
    sealed = CommandApp(parts).console().cipher.seal("state")
    assert other.cipher.unseal(sealed) == "state"
    assert other.cipher.session_keys() == parts.cipher.session_keys()
    other.close()


def test_a_workspace_without_a_connection_has_no_org(parts: Parts) -> None:
    with pytest.raises(ReconnectRequired) as caught:
        parts.orgs.crm("w")
    assert caught.value.code == "not_connected"
    assert parts.orgs.known_facts("w") is None


def test_a_connection_has_one_client_until_someone_signs_in_again(parts: Parts) -> None:
    parts.store.save_connection(connection(1.0), Tokens("access", "refresh"))
    first = parts.orgs.crm("w")
    assert parts.orgs.crm("w") is first
    parts.store.save_connection(connection(2.0), Tokens("access", "refresh"))
    assert parts.orgs.crm("w") is not first


def test_a_process_keeps_the_clients_of_the_workspaces_that_it_used_last(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[SalesforceCrm] = []
    monkeypatch.setattr(SalesforceCrm, "close", lambda client: closed.append(client))
    names = [f"w{number}" for number in range(MAX_CLIENTS + 1)]
    for name in names:
        parts.store.save_connection(replace(connection(), workspace=name), Tokens("a", "r"))
    clients = [parts.orgs.crm(name) for name in names[:-1]]
    assert parts.orgs.crm(names[0]) is clients[0]  # so that the second is the oldest
    parts.orgs.crm(names[-1])
    assert closed == [clients[1]]
    assert parts.orgs.crm(names[0]) is clients[0]
    assert parts.orgs.crm(names[1]) is not clients[1]
    assert len(parts.orgs._clients) == MAX_CLIENTS


def test_a_caller_with_an_earlier_sign_in_gets_the_client_of_the_latest(parts: Parts) -> None:
    """Also if the clock was set back between the two."""
    earlier, latest = connection(2.0), connection(1.0)
    parts.store.save_connection(earlier, Tokens("access", "refresh"))
    parts.orgs.crm("w")
    parts.store.save_connection(latest, Tokens("access", "refresh"))
    client = parts.orgs.crm("w")
    assert parts.orgs.crm_of(earlier) is client
    assert parts.orgs.crm("w") is client


def test_the_times_of_describes_are_read_for_all_workspaces_at_once_and_build_no_client(
    parts: Parts,
) -> None:
    holding, store = [], parts.store
    for number in range(3):
        one = replace(connection(), workspace=f"w{number}", org_id=f"00D00000000000{number}AAA")
        store.save_connection(one, Tokens("access", "refresh"))
        stored = store.connection(one.workspace)
        assert stored is not None
        at = {"org_id": stored.org_id, "user_id": stored.user_id, "connected_at": 1.0}
        holding.append(HoldingWorkspace(one.workspace, state="connected", console_version=0, **at))
    store.save_fact(holding[1].org_id, describes_stamp(holding[1].user_id), Fact([5.0, None], 5.0))
    assert parts.orgs.read_at(holding) == {"w1": 5.0}
    assert parts.orgs._clients == {}


def test_describes_that_expired_were_still_read(parts: Parts) -> None:
    store = parts.store
    store.save_connection(connection(), Tokens("access", "refresh"))
    stored = store.connection("w")
    assert stored is not None
    store.save_fact(stored.org_id, f"describe:{stored.user_id}:Lead", Fact({}, 5.0))
    store.save_fact(stored.org_id, describes_stamp(stored.user_id), Fact(None, 0.0))
    one = HoldingWorkspace("w", stored.org_id, stored.user_id, 1.0, "connected", 0)
    assert parts.orgs.read_at([one]) == {"w": 5.0}


def test_a_store_that_was_closed_says_so(parts: Parts, tmp_path: Path) -> None:
    store = parts.store
    parts.close()
    with pytest.raises(StoreUnavailable):
        store.counts("w")
