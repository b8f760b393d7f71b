"""Hooks under hard conditions: other plugins, forks, several processes and threads, a host that
stops in the middle."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pluggy
import pytest

from tests.fakes.id_fields import FIELDS
from tests.fakes.threads import OwnThreads
from tests.plugin.host_process import call, wait_until_drained
from zsf_plugin import hookimpl, hookspecs
from zsf_plugin.cli.scripted_browser import allow
from zsf_plugin.connect import Connector
from zsf_plugin.emulator import Emulator, OrgSpec
from zsf_plugin.plugin import SalesforcePlugin
from zsf_plugin.settings import from_environment
from zsf_plugin.wiring.apps import CommandApp
from zsf_plugin.wiring.parts import Parts


class HostFolder:
    """A host's folders, connected to an org."""

    def __init__(self, folder: Path, emulator: Emulator) -> None:
        self.folder, self.emulator = folder, emulator
        self.threads = OwnThreads()
        (folder / "config" / "rules").mkdir(parents=True)
        (folder / "config" / "rules" / "10.toml").write_text("[limits]\ncalls_per_second = 100\n")
        app = self.app()
        sign_in = app.login.begin(emulator.url, "bad-company", "http://localhost:1/oauth/callback")
        grant = app.login.finish(sign_in, allow(sign_in.authorize_url))
        Connector(app.store, app.login, app.clock).finish(
            "default", grant, sign_in, "custom", "send"
        )
        app.close()

    def app(self) -> CommandApp:
        folders = {"config_dir": self.folder / "config", "data_dir": self.folder / "data"}
        return CommandApp(
            Parts(from_environment({}, **folders, host_settings={"drain": "external"}))
        )

    def plugin(self, **settings: object) -> SalesforcePlugin:
        made = SalesforcePlugin()
        made.on_host_started(str(self.folder / "config"), str(self.folder / "data"), settings)
        return made

    def counts(self) -> tuple[int, int]:
        """(done, not done) entries."""
        app = self.app()
        counts = app.store.counts("default")
        app.close()
        return counts.done, counts.pending + counts.writing + counts.held + counts.skipped

    def people(self) -> list[str]:
        return sorted(
            str(row["LastName"])
            for row in self.emulator.org.rows["Lead"].values()
            if not row["IsDeleted"]
        )


@pytest.fixture
def house(tmp_path: Path) -> Iterator[HostFolder]:
    with Emulator(OrgSpec(fields=FIELDS)) as emulator:
        yield HostFolder(tmp_path, emulator)


class Neighbour:
    """Another plugin of the same project, which may misbehave."""

    @hookimpl
    def on_prospect_purchased(self, prospect: dict[str, Any]) -> dict[str, Any]:
        answer = {"plugin": "neighbour", "accepted": True, "name": prospect["last_name"]}
        prospect["last_name"] = "changed by a neighbour"
        return answer

    @hookimpl
    def on_search_results(self, workspace: str) -> dict[str, Any]:
        return {"plugin": "neighbour", "results": {}}


def test_beside_another_plugin_each_answers_for_itself(house: HostFolder) -> None:
    plugins = pluggy.PluginManager(hookspecs.PROJECT)
    plugins.add_hookspecs(hookspecs)
    ours = house.plugin(drain="external")
    plugins.register(Neighbour())
    plugins.register(ours)
    receipts = {
        answer["plugin"]: answer for answer in plugins.hook.on_prospect_purchased(**call("a", 1))
    }
    badges = {
        a["plugin"]: a
        for a in plugins.hook.on_search_results(workspace="default", results=[{"id": "p"}], user={})
    }
    assert receipts["salesforce"]["accepted"]
    assert receipts["neighbour"]["name"]
    assert badges["salesforce"]["results"]["p"]["badge"] == "unknown"
    ours.on_host_stopping()


def test_two_host_processes_on_one_folder_lose_nothing_and_duplicate_no_one(
    house: HostFolder,
) -> None:
    command = [sys.executable, "-m", "tests.plugin.host_process", str(house.folder)]
    hosts = [
        subprocess.Popen([*command, prefix, "30"], stdout=subprocess.PIPE, text=True)
        for prefix in "ab"
    ]
    states = [line for host in hosts for line in host.communicate(timeout=100)[0].split()]
    assert [host.returncode for host in hosts] == [0, 0]
    assert states == ["pending"] * 60
    assert house.counts() == (60, 0)
    assert len(house.people()) == len(set(house.people())) == 45


def test_sixteen_threads_of_hooks_beside_background_drains_lose_nothing(house: HostFolder) -> None:
    plugin = house.plugin()
    receipts: list[dict[str, Any]] = []

    def buy(thread: int) -> None:
        receipts.extend(
            plugin.on_prospect_purchased(**call(f"t{thread}-", number)) for number in range(5)
        )  # type: ignore[arg-type]

    threads = [threading.Thread(target=buy, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wait_until_drained(house.folder)
    plugin.on_host_stopping()
    assert [receipt["accepted"] for receipt in receipts] == [True] * 80
    assert house.counts() == (80, 0)
    assert len(house.people()) == len(set(house.people()))


def test_a_host_that_forks_after_start_is_served_in_parent_and_child(house: HostFolder) -> None:
    plugin = house.plugin()
    plugin.on_prospect_purchased(**call("parent", 1))  # type: ignore[arg-type]
    child = os.fork()
    if child == 0:
        receipt = plugin.on_prospect_purchased(**call("child", 1))  # type: ignore[arg-type]
        badge = plugin.on_search_results("default", [{"id": "x", "email": "x@acme.example"}], {})
        wait_until_drained(house.folder)
        os._exit(0 if receipt["accepted"] and "x" in badge["results"] else 1)
    assert os.waitpid(child, 0)[1] == 0
    wait_until_drained(house.folder)
    plugin.on_host_stopping()
    assert house.counts() == (2, 0)
    assert house.people() == ["child1", "parent1"]


def test_stopping_in_the_middle_of_a_drain_finishes_the_batch_and_the_next_start_does_the_rest(
    house: HostFolder,
) -> None:
    slow = {"kind": "delay", "delay_ms": 300, "times": 3, "match": {"path_contains": "/composite"}}
    house.emulator.control.answer("POST", ["faults"], slow)
    plugin = house.plugin()
    for number in range(10):
        plugin.on_prospect_purchased(**call("s", number))  # type: ignore[arg-type]
    plugin.on_host_stopping()
    done, waiting = house.counts()
    assert done + waiting == 10
    assert len(house.people()) == done
    again = house.plugin()
    again.on_prospect_purchased(**call("s", 10))  # type: ignore[arg-type]
    wait_until_drained(house.folder)
    again.on_host_stopping()
    assert house.counts() == (11, 0)
    assert len(house.people()) == 11


def test_without_on_host_started_the_environment_says_where_things_are(
    house: HostFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZSF_CONFIG_DIR", str(house.folder / "config"))
    monkeypatch.setenv("ZSF_DATA_DIR", str(house.folder / "data"))
    plugin = SalesforcePlugin()
    assert plugin.on_prospect_purchased(**call("e", 1))["accepted"]  # type: ignore[arg-type]
    wait_until_drained(house.folder)
    plugin.on_host_stopping()
    assert house.people() == ["e1"]


def test_one_idle_thread_sleeps_while_nothing_waits_and_none_runs_after_the_host_stops(
    house: HostFolder,
) -> None:
    plugin = house.plugin()
    plugin.on_prospect_purchased(**call("i", 1))  # type: ignore[arg-type]
    plugin.on_search_results("default", [{"id": "x", "email": "x@acme.example"}], {})
    wait_until_drained(house.folder)
    pause = threading.Event()
    for _ in range(600):
        if len(house.threads.alive()) <= 1:
            break
        pause.wait(0.05)
    assert house.threads.names() in ([], ["zsf-drain"])
    plugin.on_host_stopping()
    assert house.threads.left() == []
