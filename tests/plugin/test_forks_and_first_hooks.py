"""A host forks while another of its threads runs the first hook of the process: the child can call
hooks. Each test needs an interpreter of its own, in which nothing is imported yet."""

from __future__ import annotations

import os
import sqlite3
import ssl
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from zsf_plugin.forking import fork_guard
from zsf_plugin.salesforce.route import check_certificates
from zsf_plugin.settings import Network, from_environment
from zsf_plugin.store import Cipher, open_store

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")

#: Imports by the host's own threads, whatever hook they call.
WATCHED = """
import sys
from zsf_plugin.plugin import SalesforcePlugin
from zsf_plugin.forking import fork_guard

class Watch:
    def find_spec(self, name, *_):
        if not fork_guard._thread.depth:
            print(name)

sys.meta_path.insert(0, Watch())
user = {"id": "u", "email": "u@zaplify.example"}
person = {"id": "p", "last_name": "B", "email": "p@acm\\u00e9.example"}
call = {"workspace": "default", "event_id": "a", "occurred_at": "2026-11-01T10:00:00Z"}
sent = {"touchpoint": {"id": "t", "channel": "email"}, "prospect": person, "user": user}
for settings in ({"drain": "external"}, {"drain": "external", "no such key": 1}, 3):
    plugin = SalesforcePlugin()
    plugin.on_host_started(sys.argv[1] + "/config", sys.argv[1] + "/data", settings)
    plugin.on_prospect_purchased(**call, prospect=person, user=user)
    plugin.on_prospect_purchased(**{**call, "event_id": "b"}, prospect={"id": object()}, user=3)
    plugin.on_touchpoint_sent(**{**call, "event_id": "c"}, **sent)
    plugin.on_search_results("default", [person, None, {"id": []}], user)
    plugin.on_host_stopping()
"""

#: A thread's first hook comes to an import, and a fork to the thread.
FORKED = """
import os, signal, sys, threading
from zsf_plugin.plugin import plugin
from zsf_plugin.forking import fork_guard

wanted = sys.argv[1]
importing, forking, forked = threading.Event(), threading.Event(), threading.Event()

class Watch:
    def find_spec(self, name, *_):
        if name == wanted and not forked.is_set():
            importing.set()
            forking.wait()
            while fork_guard._forking is None and not forked.is_set():
                forked.wait(0.001)

def buy(event_id):
    call = {"workspace": "default", "event_id": event_id, "occurred_at": "2026-11-01T10:00:00Z"}
    person = {"id": event_id, "last_name": "B", "email": event_id + "@acme.example"}
    return plugin.on_prospect_purchased(**call, prospect=person, user={"id": "u"})["accepted"]

sys.meta_path.insert(0, Watch())
hook = threading.Thread(target=buy, args=("parent",))
hook.start()
importing.wait()
forking.set()
child = os.fork()
if child == 0:
    signal.alarm(20)
    os._exit(0 if buy("child") else 3)
forked.set()
hook.join()
ended = os.waitpid(child, 0)[1]
plugin.on_host_stopping()
sys.exit(ended != 0)
"""

RULE = """
name = "letters"
when = "to_string(prospect.id) != 'x' && domain(prospect.email) != 'acme.example'"
[switches]
include_contents = false
"""


def run(script: str, *words: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", script, *words],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=os.environ | environment,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_fork_waits_for_all_that_a_thread_of_the_host_imports_in_a_hook(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "letters.toml").write_text(RULE, encoding="utf-8")
    assert run(WATCHED, str(tmp_path), HTTPS_PROXY="http://proxy.example:3128") == ""


@pytest.mark.parametrize(
    "module",
    [
        "zsf_plugin.wiring.apps",
        "zsf_plugin.rulebook.folder",  # makes a logger, whose lock a fork takes
        "cryptography.fernet",
    ],
)
def test_a_child_that_is_forked_during_the_first_hook_keeps_events(
    tmp_path: Path, module: str
) -> None:
    folders = {f"ZSF_{name}_DIR": str(tmp_path / name) for name in ("CONFIG", "DATA")}
    run(FORKED, module, **folders)


def test_a_fork_waits_for_a_database_that_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[int] = []
    connect = sqlite3.connect

    def watched(*arguments: Any, **settings: Any) -> sqlite3.Connection:
        opened.append(fork_guard._thread.depth)
        return connect(*arguments, **settings)

    monkeypatch.setattr(sqlite3, "connect", watched)
    folders = {"config_dir": tmp_path / "config", "data_dir": tmp_path / "data"}
    open_store(from_environment({}, **folders)).close()
    assert len(opened) >= 2
    assert all(opened)


def test_a_fork_waits_for_certificates_that_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    depths: list[int] = []
    read = lambda **_: depths.append(fork_guard._thread.depth)  # noqa: E731
    monkeypatch.setattr(ssl, "create_default_context", read)
    bundle = tmp_path / "some.pem"
    bundle.write_text("-----BEGIN CERTIFICATE-----")
    check_certificates(Network(ca_bundle=str(bundle)))
    assert depths == [1]


@pytest.mark.timeout(20)  # where it does, nothing would end it
def test_a_thread_that_waits_for_a_fork_with_a_key_keeps_no_other_from_it() -> None:
    ciphers = [Cipher("k" * 40, "a test"), Cipher("l" * 40, "a test")]
    sealed: list[bytes] = []
    thread = threading.Thread(target=lambda: sealed.append(ciphers[0].encrypt("a")))
    fork_guard.close()  # as a fork by this thread does
    try:
        thread.start()
        while not fork_guard._condition._waiters:  # type: ignore[attr-defined]
            thread.join(0.001)
        ciphers[1].encrypt("b")
    finally:
        fork_guard.open()
    thread.join(20)
    assert len(sealed) == 1
