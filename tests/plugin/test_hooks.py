"""What a host may rely on: receipts after the event is durable, nothing raised, nothing stored that
a switch forbids."""

from __future__ import annotations

import datetime
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pluggy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zsf_plugin import hookspecs
from zsf_plugin.host import ReferenceHost
from zsf_plugin.plugin import SalesforcePlugin
from zsf_plugin.settings import from_environment
from zsf_plugin.store import open_store

USER = {"id": "u1", "email": "seller@zaplify.example"}
PERSON = {"id": "p1", "first_name": "Ada", "last_name": "Byron", "email": "ada@acme.example"}
SENT = {
    "id": "t1",
    "channel": "email",
    "subject": "CONTENT_CANARY",
    "content": {"text": "CONTENT_CANARY"},
    "step": 1,
}


def call(**changes: Any) -> dict[str, Any]:
    return {
        "workspace": "w",
        "event_id": "e1",
        "occurred_at": "2026-11-01T10:00:00Z",
        "prospect": PERSON,
        "user": USER,
        **changes,
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "config" / "rules").mkdir(parents=True)
    return tmp_path


@pytest.fixture
def plugin(folder: Path) -> Iterator[SalesforcePlugin]:
    made = SalesforcePlugin()
    made.on_host_started(str(folder / "config"), str(folder / "data"), {"drain": "external"})
    yield made
    made.on_host_stopping()


def rule(folder: Path, text: str) -> None:
    (folder / "config" / "rules" / "10.toml").write_text(text)


def on_disk(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in (folder / "data").rglob("*") if path.is_file())


def test_a_purchase_is_accepted_and_pending(plugin: SalesforcePlugin) -> None:
    assert plugin.on_prospect_purchased(**call()) == {
        "plugin": "salesforce",
        "accepted": True,
        "entry": "e1",
        "state": "pending",
        "duplicate": False,
        "reason": None,
    }


def test_the_same_event_twice_is_one_event_even_at_another_time(plugin: SalesforcePlugin) -> None:
    first = plugin.on_prospect_purchased(**call())
    again = plugin.on_prospect_purchased(**call(occurred_at="2026-11-02T10:00:00Z"))
    assert (again["accepted"], again["duplicate"], again["entry"]) == (True, True, first["entry"])


def test_the_same_event_id_with_other_content_is_a_conflict(plugin: SalesforcePlugin) -> None:
    first = plugin.on_prospect_purchased(**call())
    other = plugin.on_prospect_purchased(**call(prospect={**PERSON, "email": "eve@acme.example"}))
    assert (other["accepted"], other["duplicate"], other["entry"]) == (False, True, first["entry"])


def test_the_same_event_with_its_values_in_other_types_is_one_event(
    plugin: SalesforcePlugin,
) -> None:
    at = datetime.datetime(2026, 11, 1, 10, tzinfo=datetime.UTC)
    sent = call(touchpoint={**SENT, "sent_at": at, "step": 2})
    first = plugin.on_touchpoint_sent(**sent)
    sent["touchpoint"] = {**SENT, "sent_at": "2026-11-01T10:00:00Z", "step": Decimal("2.0")}
    again = plugin.on_touchpoint_sent(**sent)
    assert (again["accepted"], again["duplicate"], again["entry"]) == (True, True, first["entry"])


def test_an_event_that_a_former_version_stored_is_known_again(
    plugin: SalesforcePlugin, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Former versions took the digest of the call as it came."""
    sent = call(touchpoint={**SENT, "sent_at": "2026-11-01T10:00:00Z"})
    with monkeypatch.context() as former:
        former.setattr("zsf_plugin.intake.intake.has_other_forms", lambda _: False)
        first = plugin.on_touchpoint_sent(**sent)
    again = plugin.on_touchpoint_sent(**sent)
    assert (again["accepted"], again["duplicate"], again["entry"]) == (True, True, first["entry"])


@pytest.mark.parametrize(
    ("broken", "pointer"),
    [
        ({"prospect": {"first_name": "No"}}, "/prospect/id"),
        ({"prospect": {"id": "p", "email": ["CONTENT_CANARY"]}}, "/prospect/email"),
        ({"event_id": ""}, "/event_id"),
        ({"user": 5}, "/user"),
        (
            {"prospect": {"id": "p", "first_name": datetime.timedelta(1)}},
            "/prospect/first_name",
        ),
    ],
)
def test_a_broken_call_is_held_with_its_pointer_and_the_next_call_works(
    plugin: SalesforcePlugin, folder: Path, broken: dict[str, Any], pointer: str
) -> None:
    receipt = plugin.on_prospect_purchased(**call(**broken))
    assert (receipt["accepted"], receipt["state"]) == (True, "held")
    assert pointer in receipt["reason"]
    assert b"CONTENT_CANARY" not in on_disk(folder)
    assert plugin.on_prospect_purchased(**call(event_id="next"))["state"] == "pending"


def test_with_contents_off_the_text_never_reaches_disk(
    plugin: SalesforcePlugin, folder: Path
) -> None:
    receipt = plugin.on_touchpoint_sent(**call(touchpoint=SENT))
    assert receipt["state"] == "pending"
    assert b"CONTENT_CANARY" not in on_disk(folder)


def test_with_contents_on_the_text_is_kept(plugin: SalesforcePlugin, folder: Path) -> None:
    rule(folder, "[switches]\ninclude_contents = true\n")
    plugin.on_touchpoint_sent(**call(touchpoint=SENT))
    assert b"CONTENT_CANARY" in on_disk(folder)


@pytest.mark.parametrize(
    ("switch", "hook"), [("prospects", "purchase"), ("activities", "touchpoint")]
)
def test_a_switch_that_is_off_skips_with_the_reason_and_keeps_no_payload(
    plugin: SalesforcePlugin, folder: Path, switch: str, hook: str
) -> None:
    rule(folder, f"[switches]\nsync_{switch} = false\n")
    made = (
        plugin.on_prospect_purchased(**call())
        if hook == "purchase"
        else plugin.on_touchpoint_sent(**call(touchpoint=SENT))
    )
    assert (made["accepted"], made["state"]) == (True, "skipped")
    assert f"sync {switch}" in made["reason"]
    assert b"ada@acme.example" not in on_disk(folder)


def test_the_receipt_says_if_nothing_could_be_stored(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where the folder should be")
    made = SalesforcePlugin()
    made.on_host_started(str(tmp_path), str(tmp_path / "data"), {"drain": "external"})
    receipt = made.on_prospect_purchased(**call())
    assert (receipt["accepted"], receipt["entry"]) == (False, None)
    assert receipt["reason"]


_ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=80)
@given(workspace=_ANY, event_id=_ANY, prospect=_ANY, user=_ANY)
def test_a_hook_never_raises_for_any_arguments(
    workspace: Any, event_id: Any, prospect: Any, user: Any
) -> None:
    receipt = _SHARED.on_prospect_purchased(
        workspace, event_id, "2026-11-01T10:00:00Z", prospect, user
    )
    assert set(receipt) == {"plugin", "accepted", "entry", "state", "duplicate", "reason"}
    assert receipt["accepted"] or receipt["reason"]


@pytest.fixture(autouse=True, scope="module")
def _shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    root = tmp_path_factory.mktemp("shared")
    _SHARED.on_host_started(str(root), str(root / "data"), {"drain": "external"})
    yield
    _SHARED.on_host_stopping()


_SHARED = SalesforcePlugin()


def test_sixteen_threads_with_the_same_ids_make_one_entry_each(plugin: SalesforcePlugin) -> None:
    receipts: list[dict[str, Any]] = []

    def work() -> None:
        for number in range(20):
            receipts.append(plugin.on_prospect_purchased(**call(event_id=f"e{number}")))

    threads = [threading.Thread(target=work) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(receipts) == 320
    assert sum(not receipt["duplicate"] for receipt in receipts) == 20
    assert all(receipt["accepted"] for receipt in receipts)


_ACKNOWLEDGE = """
import sys
from zsf_plugin.plugin import SalesforcePlugin
plugin = SalesforcePlugin()
plugin.on_host_started(sys.argv[1], sys.argv[2], {"drain": "external"})
number = 0
while True:
    number += 1
    plugin.on_prospect_purchased("w", f"e{number}", "2026-11-01T10:00:00Z", {"id": "p"}, {})
    print(number, flush=True)
"""


def test_an_acknowledged_event_survives_a_kill(tmp_path: Path) -> None:
    arguments = [sys.executable, "-c", _ACKNOWLEDGE, str(tmp_path), str(tmp_path / "data")]
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    acknowledged = [int(process.stdout.readline()) for _ in range(50)][-1]
    process.kill()
    process.wait()
    process.stdout.close()
    store = open_store(from_environment({}, config_dir=tmp_path, data_dir=tmp_path / "data"))
    assert store.counts("w").pending >= acknowledged
    store.close()


def test_a_child_after_a_fork_keeps_events_too(plugin: SalesforcePlugin, folder: Path) -> None:
    plugin.on_prospect_purchased(**call(event_id="parent"))
    child = os.fork()
    if child == 0:
        made = plugin.on_prospect_purchased(**call(event_id="child"))
        os._exit(0 if made["accepted"] else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert plugin.on_prospect_purchased(**call(event_id="child"))["duplicate"] is True


def test_the_entry_point_is_found_by_a_host(folder: Path) -> None:
    host = ReferenceHost(str(folder / "config"), str(folder / "data"), {"drain": "external"})
    receipt = host.call("on_prospect_purchased", call())
    host.stop()
    assert receipt["plugin"] == "salesforce"
    assert receipt["accepted"] is True


def test_unregistering_and_registering_again_works(plugin: SalesforcePlugin) -> None:
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    for number in range(2):
        manager.register(plugin)
        (receipt,) = manager.hook.on_prospect_purchased(**call(event_id=f"n{number}"))
        assert receipt["accepted"] is True
        manager.unregister(plugin)


def test_importing_the_entry_point_loads_nothing_heavy() -> None:
    heavy = (
        "{'requests', 'jsonschema', 'cryptography', 'rich', 'lark', 'jmespath', 'lxml', 'sqlite3'}"
    )
    code = f"import sys, zsf_plugin.plugin; sys.exit(len({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_importing_the_entry_point_loads_four_modules_of_ours() -> None:
    """A host that only lists its plugins waits for no other."""
    code = "import sys, zsf_plugin.plugin; print(*sorted(m for m in sys.modules if 'zsf' in m))"
    ran = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    names = [f"zsf_plugin.{name}" for name in ("forking", "hookspecs", "plugin")]
    assert ran.stdout.split() == ["zsf_plugin", *names]


@pytest.mark.parametrize(
    "where", ["zsf_plugin.wiring.apps.HostApp.receive", "zsf_plugin.intake.intake.read_event"]
)
def test_an_unexpected_error_is_reported_by_type_and_place_and_never_by_its_text(
    plugin: SalesforcePlugin,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    where: str,
) -> None:
    def fail_at_a_value(*_: object, **__: object) -> None:
        raise KeyError("CONTENT_CANARY")

    monkeypatch.setattr(where, fail_at_a_value)
    receipt = plugin.on_touchpoint_sent(**call(touchpoint=SENT))
    reason = "not stored: an unexpected KeyError in zsf-plugin, at fail_at_a_value:"
    assert (receipt["accepted"], receipt["reason"][: len(reason)]) == (False, reason)
    assert "at fail_at_a_value:" in caplog.text
    assert "CONTENT_CANARY" not in caplog.text + receipt["reason"]


def test_a_search_that_meets_an_unexpected_error_logs_its_place_and_no_text(
    plugin: SalesforcePlugin, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail_at_a_value(*_: object, **__: object) -> None:
        raise KeyError("CONTENT_CANARY")

    monkeypatch.setattr("zsf_plugin.wiring.apps.HostApp.answer", fail_at_a_value)
    answer = plugin.on_search_results("w", [{"id": "r1"}], USER)
    assert answer["results"]["r1"]["badge"] == "unknown"
    assert "at fail_at_a_value:" in caplog.text
    assert "CONTENT_CANARY" not in caplog.text


class FailingRows(Sequence[dict[str, Any]]):
    """The rows of a query that fails when they are read."""

    def __getitem__(self, index: Any) -> Any:
        raise RuntimeError("CONTENT_CANARY")

    def __len__(self) -> int:
        return 3


def test_a_search_whose_results_cannot_be_read_has_no_badges(
    plugin: SalesforcePlugin, caplog: pytest.LogCaptureFixture
) -> None:
    assert plugin.on_search_results("w", FailingRows(), USER)["results"] == {}
    assert "CONTENT_CANARY" not in caplog.text


def test_a_search_before_any_connection_gets_an_unknown_badge_for_each_result(
    plugin: SalesforcePlugin,
) -> None:
    answer = plugin.on_search_results("w", [PERSON, {"id": "p2"}], USER)
    nothing = {"status": "unknown", "object": None, "id": None, "url": None}
    assert answer["plugin"] == "salesforce"
    badge = {"badge": "unknown", "person": nothing, "company": nothing}
    assert answer["results"] == {"p1": badge, "p2": badge}


@settings(max_examples=60, deadline=None)
@given(
    results=st.one_of(
        st.none(),
        st.integers(),
        st.lists(
            st.recursive(
                st.none() | st.text() | st.floats(),
                lambda c: st.dictionaries(st.text(), c) | st.lists(c),
            )
        ),
    )
)
def test_a_search_never_raises_for_any_arguments(results: Any) -> None:
    made = SalesforcePlugin()
    made.on_host_started("/proc/nowhere", "/proc/nowhere", None)
    assert made.on_search_results("w", results, USER)["plugin"] == "salesforce"


class Ending(dict[str, Any]):
    """A table of the host's whose values end what reads them."""

    error: type[BaseException] = SystemExit

    def items(self) -> Any:
        raise self.error

    def __iter__(self) -> Any:
        raise self.error

    def get(self, *_: Any) -> Any:
        raise self.error


class EndingRows(FailingRows):
    """Rows of the host's that end what reads them."""

    def __getitem__(self, index: Any) -> Any:
        raise SystemExit


@pytest.mark.parametrize("error", [SystemExit, GeneratorExit])
def test_a_value_that_would_end_the_host_is_one_that_cannot_be_read(
    plugin: SalesforcePlugin, error: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Ending, "error", error)
    kept = plugin.on_prospect_purchased(**call(prospect={**PERSON, "custom": Ending(a=1)}))
    assert (kept["accepted"], kept["state"]) == (True, "pending")
    held = plugin.on_prospect_purchased(**call(event_id="e2", prospect=Ending(id="p1")))
    assert (held["accepted"], held["state"]) == (True, "held")
    found = plugin.on_search_results("w", [Ending(id="p1"), PERSON], USER)
    assert list(found["results"]) == ["p1"]
    assert plugin.on_search_results("w", EndingRows(), USER)["results"] == {}


def test_an_interruption_by_a_person_is_passed_on(
    plugin: SalesforcePlugin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Ending, "error", KeyboardInterrupt)
    with pytest.raises(KeyboardInterrupt):
        plugin.on_prospect_purchased(**call(prospect=Ending(id="p1")))
