"""What hosts do around the hooks: start with anything, start and stop in any order and from
anywhere, load twice, have older or newer hooks. Nothing raises, and each receipt says the truth."""

from __future__ import annotations

import errno
import inspect
import itertools
import logging
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from pathlib import Path, PurePosixPath
from types import FrameType, MappingProxyType, ModuleType
from typing import Any

import pluggy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import zsf_plugin
from tests.fakes.threads import OwnThreads
from tests.plugin.host_process import call
from zsf_plugin.errors import ConfigurationError
from zsf_plugin.intake import Intake
from zsf_plugin.model import Receipt
from zsf_plugin.plugin import STOP_TIMEOUT_S, SalesforcePlugin
from zsf_plugin.plugin import plugin as the_plugin
from zsf_plugin.ports import AcceptResult, NewEntry
from zsf_plugin.presence import badges as badges_module
from zsf_plugin.presence.badges import Badges
from zsf_plugin.rulebook import rulebook
from zsf_plugin.settings import HOST_KEYS, from_environment
from zsf_plugin.store.sqlite import SqliteStore
from zsf_plugin.store.sqlite import database as sqlite_database
from zsf_plugin.sync import scheduler as scheduler_module
from zsf_plugin.sync.scheduler import Scheduler
from zsf_plugin.wiring.drains import Drains
from zsf_plugin.wiring.host_start import read_start
from zsf_plugin.wiring.parts import Parts

TIMEOUT_S = 30.0


@pytest.fixture
def plugin(tmp_path: Path) -> Iterator[SalesforcePlugin]:
    made = SalesforcePlugin()
    made.on_host_started(str(tmp_path / "config"), str(tmp_path / "data"), {"drain": "external"})
    yield made
    made.on_host_stopping()


def buy(plugin: SalesforcePlugin, number: int = 1) -> dict[str, Any]:
    return plugin.on_prospect_purchased(**call("h", number))  # type: ignore[arg-type]


# --- starting with anything -----------------------------------------------------------------------


class Unreadable(Mapping[str, object]):
    """A mapping that fails whenever it is read."""

    def __getitem__(self, key: str) -> object:
        raise RuntimeError("CANARY")

    def __iter__(self) -> Iterator[str]:
        raise RuntimeError("CANARY")

    def __len__(self) -> int:
        raise RuntimeError("CANARY")


@pytest.mark.parametrize("as_type", [str, Path, os.fsencode, PurePosixPath])
def test_a_folder_is_taken_as_text_bytes_or_path(tmp_path: Path, as_type: Any) -> None:
    plugin = SalesforcePlugin()
    config, data = as_type(str(tmp_path / "config")), as_type(str(tmp_path / "data"))
    plugin.on_host_started(config, data, MappingProxyType({"drain": "external"}))
    assert buy(plugin)["accepted"]
    plugin.on_host_stopping()
    assert (tmp_path / "data" / "zsf.sqlite3").exists()


@pytest.mark.parametrize("nothing", [None, ""])
def test_no_folder_leaves_it_to_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nothing: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ZSF_CONFIG_DIR", str(tmp_path / "c"))
    monkeypatch.setenv("ZSF_DATA_DIR", str(tmp_path / "d"))
    plugin = SalesforcePlugin()
    plugin.on_host_started(nothing, nothing, {"drain": "external"})
    assert buy(plugin)["accepted"]
    plugin.on_host_stopping()
    assert [path.name for path in tmp_path.iterdir()] == ["d"]


def test_a_relative_folder_stays_where_it_was_when_the_working_directory_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    plugin = SalesforcePlugin()
    plugin.on_host_started("config", "data", {"drain": "external"})
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert buy(plugin)["accepted"]
    plugin.on_host_stopping()
    assert (tmp_path / "data" / "zsf.sqlite3").exists()


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"config_dir": 17}, "config_dir is no path (a value of type int)"),
        ({"data_dir": ["a"]}, "data_dir is no path (a value of type list)"),
        ({"data_dir": "a\0b"}, "data_dir is no path (a value of type str)"),
        ({"settings": ["drain"]}, "settings is no readable mapping or None (a value of type list)"),
        ({"settings": Unreadable()}, "settings is no readable mapping or None"),
        ({"settings": {"drain": "bakground"}}, "settings[\"drain\"] is 'bakground'"),
        ({"settings": {"drain": None}}, 'settings["drain"] is None'),
        ({"settings": {"badges_deadline_s": "1"}}, 'settings["badges_deadline_s"] is'),
        ({"settings": {"badges_deadline_s": float("nan")}}, 'settings["badges_deadline_s"] is'),
    ],
)
def test_a_start_that_cannot_be_used_is_logged_and_is_the_reason_of_every_receipt(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, arguments: dict[str, Any], reason: str
) -> None:
    plugin = SalesforcePlugin()
    folders = {"config_dir": str(tmp_path / "c"), "data_dir": str(tmp_path / "d")}
    plugin.on_host_started(**{**folders, "settings": None, **arguments})
    assert reason in caplog.text
    assert "CANARY" not in caplog.text
    for number in (1, 2):
        receipt = buy(plugin, number)
        assert not receipt["accepted"]
        assert reason in receipt["reason"]
    answer = plugin.on_search_results("default", [{"id": "x"}], {})
    assert answer["results"]["x"]["badge"] == "unknown"
    plugin.on_host_stopping()
    plugin.on_host_started(**folders, settings={"drain": "external"})
    assert buy(plugin)["accepted"]
    plugin.on_host_stopping()


@settings(deadline=None, max_examples=60)
@given(
    *[st.none() | st.integers() | st.text() | st.binary() | st.lists(st.text()) | st.builds(object)]
    * 3
)
def test_no_start_raises(config_dir: Any, data_dir: Any, host_settings: Any) -> None:
    SalesforcePlugin().on_host_started(config_dir, data_dir, host_settings)


def test_settings_of_other_plugins_are_theirs_and_a_misspelt_one_is_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    plugin = SalesforcePlugin()
    theirs = {"theme": "dark", 5: 6, "badge_deadline_s": 1, "drain": "external"}
    plugin.on_host_started(str(tmp_path / "c"), str(tmp_path / "d"), theirs)
    assert buy(plugin)["accepted"]
    plugin.on_host_stopping()
    assert [record.getMessage() for record in caplog.records] == [
        "the host's setting 'badge_deadline_s' is not known: is it misspelt? It is ignored"
    ]


def test_every_setting_of_a_host_is_taken_and_documented(tmp_path: Path) -> None:
    theirs = {
        "drain": "external",
        "badges_deadline_s": 2,
        "proxy": "http://proxy.example:3128",
        "ca_bundle": str(tmp_path / "authorities.pem"),
    }
    assert set(theirs) == set(HOST_KEYS)
    (tmp_path / "authorities.pem").write_text("")
    direct = from_environment({}, config_dir=tmp_path, data_dir=tmp_path, host_settings=theirs)
    started = read_start(tmp_path, tmp_path, {**theirs, "theme": "dark"}).settings_in({})
    assert started == direct
    page = (Path(__file__).parents[2] / "docs" / "configuration.md").read_text(encoding="utf-8")
    table = page[page.index("## Host settings") : page.index("## Files")]
    assert set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == set(HOST_KEYS)


def test_settings_are_copied_at_the_start(tmp_path: Path) -> None:
    theirs: dict[str, object] = {"drain": "external"}
    start = read_start(tmp_path, tmp_path, theirs)
    theirs["drain"] = "wrong"
    assert start.settings_in({}).drain == "external"


@pytest.mark.parametrize("folder", ["config", "data"])
def test_a_folder_that_is_a_file_is_named_in_the_receipt(tmp_path: Path, folder: str) -> None:
    (tmp_path / folder).write_text("")
    plugin = SalesforcePlugin()
    plugin.on_host_started(str(tmp_path / "config"), str(tmp_path / "data"), None)
    receipt = buy(plugin)
    plugin.on_host_stopping()
    if folder == "data":
        assert not receipt["accepted"]
        assert f"{tmp_path / 'data'} is a file" in receipt["reason"]
    else:
        assert receipt["accepted"], "no rule file can be read from a file: the shipped rules count"


# --- a data folder that is moved away, or restored, while the host runs ---------------------------


def test_events_go_to_the_database_that_has_the_name_now(
    plugin: SalesforcePlugin, tmp_path: Path
) -> None:
    data, away = tmp_path / "data", tmp_path / "away"
    assert buy(plugin, 1)["accepted"]
    shutil.copytree(data, tmp_path / "backup")
    data.rename(away)
    receipt = buy(plugin, 2)
    assert (receipt["accepted"], "was there, and is gone" in receipt["reason"]) == (False, True)
    assert not data.exists()
    (tmp_path / "backup").rename(data)
    assert buy(plugin, 2)["accepted"]
    plugin.on_host_stopping()
    assert [stored(folder) for folder in (data, away)] == [["h-1", "h-2"], ["h-1"]]


def stored(folder: Path) -> list[str]:
    """The ids of the events in a data folder."""
    with closing(sqlite3.connect(folder / "zsf.sqlite3")) as connection:
        rows = connection.execute("SELECT event_id FROM entries ORDER BY event_id")
        return [event_id for (event_id,) in rows]


def test_a_config_folder_that_the_host_may_not_look_into_stops_no_event(
    plugin: SalesforcePlugin, monkeypatch: pytest.MonkeyPatch
) -> None:
    stat, scandir = os.stat, os.scandir

    def refused(inner: Any) -> Any:
        def look(path: Any = ".", *others: Any, **named: Any) -> Any:
            if "config" in Path(str(path)).parts:
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
            return inner(path, *others, **named)

        return look

    monkeypatch.setattr(os, "stat", refused(stat))
    monkeypatch.setattr(os, "scandir", refused(scandir))
    receipt = buy(plugin)
    assert (receipt["accepted"], receipt["state"]) == (True, "pending")


# --- what comes after the commit ------------------------------------------------------------------


@pytest.mark.parametrize(
    "error", [RuntimeError("can't start new thread"), MemoryError(), OSError(11, "EAGAIN")]
)
def test_what_fails_after_the_event_is_stored_changes_no_receipt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    plugin = SalesforcePlugin()
    plugin.on_host_started(str(tmp_path), str(tmp_path / "data"), None)

    def fail(*_: object) -> None:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(Scheduler, "wake", fail)
        receipt, again = buy(plugin), buy(plugin)
    assert (receipt["accepted"], receipt["state"]) == (True, "pending")
    assert (again["accepted"], again["duplicate"]) == (True, True)
    plugin.on_host_stopping()


@pytest.mark.parametrize("later", ["the same event", "a search"])
def test_any_later_hook_starts_the_thread_that_could_not_be_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, later: str
) -> None:
    drained = threading.Event()

    def drain(*_: object, **__: object) -> None:
        drained.set()
        raise RuntimeError("enough")

    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(Drains, "drain", drain)
    plugin = SalesforcePlugin()
    plugin.on_host_started(str(tmp_path), str(tmp_path / "data"), None)
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        assert buy(plugin)["accepted"]
    assert not drained.is_set()
    if later == "a search":
        plugin.on_search_results("default", [{"id": "x"}], {})
    else:
        assert buy(plugin)["duplicate"]
    assert drained.wait(TIMEOUT_S)
    plugin.on_host_stopping()


def depth_now() -> int:
    """The frames of this thread's stack, this one included."""
    frame, depth = inspect.currentframe(), 0
    while frame is not None:
        frame, depth = frame.f_back, depth + 1
    return depth


class TimeLimit(Exception):
    """As a host's signal handler raises it: Celery's soft time limit, RQ's timeout."""


def test_a_time_limit_that_ends_a_hook_after_its_event_is_stored_changes_no_receipt(
    plugin: SalesforcePlugin, monkeypatch: pytest.MonkeyPatch
) -> None:
    accept, is_over = SqliteStore.accept, iter([True])

    def interrupted(store: SqliteStore, entry: NewEntry) -> AcceptResult:
        accepted = accept(store, entry)
        if next(is_over, False):
            raise TimeLimit
        return accepted

    with monkeypatch.context() as patch:
        patch.setattr(SqliteStore, "accept", interrupted)
        receipt = buy(plugin)
    assert (receipt["accepted"], receipt["duplicate"], receipt["state"]) == (True, False, "pending")
    assert buy(plugin)["duplicate"]


def test_an_event_that_is_stored_as_a_time_limit_ends_its_hook_is_drained_at_once(
    plugin: SalesforcePlugin, monkeypatch: pytest.MonkeyPatch
) -> None:
    wake_for, is_over, woken = Intake._wake_for, iter([True]), list[str]()

    def interrupted(intake: Intake, receipt: Receipt, workspace: str) -> None:
        if next(is_over, False):
            raise TimeLimit
        wake_for(intake, receipt, workspace)

    monkeypatch.setattr(Intake, "_wake_for", interrupted)
    monkeypatch.setattr(Parts, "_wake_if_built", lambda _, workspace: woken.append(workspace))
    receipt = buy(plugin)
    assert (receipt["accepted"], receipt["duplicate"], woken) == (True, False, ["default"])


def test_a_call_that_fails_twice_is_not_stored_a_third_time(
    plugin: SalesforcePlugin, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[str] = []

    def fail(_: SqliteStore, entry: NewEntry) -> AcceptResult:
        tries.append(entry.event_id)
        raise TimeLimit

    monkeypatch.setattr(SqliteStore, "accept", fail)
    receipt = buy(plugin)
    assert (receipt["accepted"], len(tries)) == (False, 2)
    assert "not stored: an unexpected TimeLimit" in receipt["reason"]


def test_a_time_limit_anywhere_in_a_hook_makes_no_receipt_wrong_and_leaves_no_hook_running(
    plugin: SalesforcePlugin, tmp_path: Path
) -> None:
    """Wherever Python looks for signals in the hook and its intake: as a function begins, and
    after one in C."""
    buy(plugin, 0)
    files = ("zsf_plugin/plugin.py", "intake/intake.py", "sqlite/group_commit.py")
    hook = plugin.on_prospect_purchased
    assert plugin._open is not None
    accepted = list[str]()
    for number in itertools.count(1):
        moments = iter(range(number))

        def interrupt(frame: FrameType, event: str, _: Any, moments: Any = moments) -> None:
            code = frame.f_code
            is_looked_for = event == "c_return" or (event == "call" and code != hook.__code__)
            if code.co_filename.endswith(files) and is_looked_for and next(moments, None) is None:
                raise TimeLimit

        before = sys.getprofile()
        sys.setprofile(interrupt)
        try:
            receipt = buy(plugin, number)
        finally:
            sys.setprofile(before)
        assert not receipt["duplicate"]
        accepted += [f"h-{number}"] if receipt["accepted"] else []
        assert plugin._open.users == []
        if next(moments, None) is not None:
            break
    assert number > 30
    assert sorted(["h-0", *accepted]) == stored(tmp_path / "data")


def test_a_time_limit_as_a_lock_is_taken_leaves_none_that_later_hooks_wait_for(
    plugin: SalesforcePlugin, monkeypatch: pytest.MonkeyPatch
) -> None:
    buy(plugin)
    enter = threading.Condition.__enter__

    def interrupted(condition: threading.Condition) -> bool:
        enter(condition)
        raise TimeLimit

    with monkeypatch.context() as patch:
        patch.setattr(threading.Condition, "__enter__", interrupted)
        assert buy(plugin, 2)["accepted"]
    thread = threading.Thread(target=buy, args=(plugin, 3), daemon=True)
    thread.start()
    thread.join(TIMEOUT_S)
    assert not thread.is_alive()


@pytest.mark.parametrize("place", [sqlite_database, rulebook], ids=["writing", "reading rules"])
def test_a_signal_handler_may_call_a_hook_in_the_middle_of_another(
    plugin: SalesforcePlugin, monkeypatch: pytest.MonkeyPatch, place: ModuleType
) -> None:
    buy(plugin)
    name = "insert_rows" if place is sqlite_database else "Sources"
    inner, receipts, is_first = getattr(place, name), list[dict[str, Any]](), iter([True])

    def interrupted(*arguments: object, **named: object) -> object:
        if next(is_first, False):
            receipts.append(buy(plugin, 2))
        return inner(*arguments, **named)

    with monkeypatch.context() as patch:
        patch.setattr(place, name, interrupted)
        thread = threading.Thread(target=lambda: receipts.append(buy(plugin, 3)), daemon=True)
        thread.start()
        thread.join(TIMEOUT_S)
    assert [receipt["accepted"] for receipt in receipts] == [True, True]


def with_frames_left(number: int, hook: Any, **arguments: Any) -> list[object]:
    """What the hook answers with about that number of frames left; empty if it cannot be called
    at all."""
    answered, raised = list[object](), list[RecursionError]()

    def go(depth: int) -> None:
        if depth:
            return go(depth - 1)
        with suppress(RecursionError):
            room(**arguments)
            try:
                answered.append(hook(**arguments))
            except RecursionError as error:
                raised.append(error)
        return None

    def room(**_: object) -> None:
        """Takes as much as to call the hook."""

    with suppress(RecursionError):
        go(sys.getrecursionlimit() - depth_now() - number)
    assert not [error for error in raised if _reached(error, hook)]
    return answered


def _reached(error: RecursionError, hook: Any) -> bool:
    """Whether the hook's own frame was made, and it let the error out."""
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code is hook.__func__.__code__:
            return True
        trace = trace.tb_next
    return False


def test_a_start_and_a_stop_with_too_little_stack_raise_nothing_and_the_receipts_say_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ZSF_CONFIG_DIR", "ZSF_DATA_DIR"):
        monkeypatch.setenv(name, str(tmp_path / "environment"))
    folders = {"config_dir": str(tmp_path), "data_dir": str(tmp_path / "host")}
    reasons = set[object]()
    for frames_left in range(3, 40):
        plugin = SalesforcePlugin()
        start = {**folders, "settings": {"drain": "external"}}
        is_called = with_frames_left(frames_left, plugin.on_host_started, **start)
        if (is_called and plugin._is_start_lost) or frames_left == 39:
            reasons.add(buy(plugin, frames_left)["reason"])
        with_frames_left(frames_left, plugin.on_host_stopping)
        plugin.on_host_stopping()
    lost = "not stored: the start of the host ended before its folders were read: start it again"
    assert reasons == {None, lost}
    assert not (tmp_path / "environment").exists(), "no event goes where the host did not say"


def test_hooks_find_the_host_started_while_it_starts_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plugin, receipts = SalesforcePlugin(), list[dict[str, Any]]()
    arguments = (str(tmp_path), str(tmp_path / "data"), {"drain": "external"})
    plugin.on_host_started(*arguments)
    plugin.on_host_stopping()

    def read(*given: Any) -> Any:
        receipts.append(buy(plugin))
        return read_start(*given)

    monkeypatch.setattr("zsf_plugin.wiring.host_start.read_start", read)
    plugin.on_host_started(*arguments)
    plugin.on_host_stopping()
    assert [receipt["accepted"] for receipt in receipts] == [True]


def test_wrong_settings_found_while_an_event_is_stored_keep_their_words(
    plugin: SalesforcePlugin, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ConfigurationError(("the shipped folder rules/ is missing: reinstall zsf-plugin",))

    monkeypatch.setattr("zsf_plugin.intake.intake.read_event", fail)
    words = "not stored: the shipped folder rules/ is missing: reinstall zsf-plugin"
    assert buy(plugin)["reason"] == words


def test_an_error_of_the_system_is_named_by_its_number(
    plugin: SalesforcePlugin, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.EMFILE, "CANARY")

    monkeypatch.setattr("zsf_plugin.intake.intake.copy_call", fail)
    reason = buy(plugin)["reason"]
    assert "an unexpected OSError (Too many open files)" in reason
    assert "CANARY" not in reason


def test_a_hook_that_has_too_little_stack_left_says_so(plugin: SalesforcePlugin) -> None:
    purchase, answered = call("h", 1), list[object]()

    buy(plugin, 2)
    for frames_left in range(3, 40):
        answered += with_frames_left(frames_left, plugin.on_prospect_purchased, **purchase)
        search = {"workspace": "default", "results": [{"id": "x"}], "user": {}}
        answered += with_frames_left(frames_left, plugin.on_search_results, **search)
    assert len(answered) > 2 * 20
    reasons = {str(answer.get("reason")) for answer in answered if isinstance(answer, dict)}
    assert any("has no stack left for zsf-plugin" in reason for reason in reasons)


def test_a_reason_without_wording_changes_no_receipt(
    plugin: SalesforcePlugin, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> str:
        raise KeyError("CANARY")

    monkeypatch.setattr("zsf_plugin.intake.intake.step_text", fail)
    receipt = plugin.on_prospect_purchased(**{**call("h", 1), "prospect": {}})  # type: ignore[arg-type]
    assert (receipt["accepted"], receipt["state"], receipt["reason"]) == (True, "held", None)


class BrokenHandler(logging.Handler):
    """A host's handler that raises for each line."""

    def handle(self, record: logging.LogRecord) -> bool:
        raise OSError(28, "No space left on device")


@pytest.fixture
def broken_log() -> Iterator[None]:
    log, handler = logging.getLogger("zsf_plugin"), BrokenHandler()
    log.addHandler(handler)
    yield
    log.removeHandler(handler)


@pytest.mark.usefixtures("broken_log")
def test_a_log_handler_that_raises_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plugin = SalesforcePlugin()
    plugin.on_host_started(3, None, "x")  # type: ignore[arg-type]
    assert not buy(plugin)["accepted"]
    assert plugin.on_search_results("default", None, {})["results"] == {}  # type: ignore[arg-type]
    plugin.on_host_started(str(tmp_path), str(tmp_path / "data"), None)

    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        assert buy(plugin)["accepted"]
        answer = plugin.on_search_results("default", [{"id": "x"}], {})
        assert answer["results"]["x"]["badge"] == "unknown"
    plugin.on_host_stopping()


@pytest.mark.usefixtures("broken_log")
def test_a_drain_that_fails_is_tried_again_although_its_line_cannot_be_logged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drained, twice = list[str](), threading.Event()

    def fail(_: Drains, workspace: str, **__: object) -> None:
        drained.append(workspace)
        if len(drained) == 2:
            twice.set()
        raise RuntimeError("a defect")

    monkeypatch.setattr(Drains, "drain", fail)
    monkeypatch.setattr(scheduler_module, "ERROR_DELAY_S", 0.01)
    plugin = SalesforcePlugin()
    plugin.on_host_started(str(tmp_path), str(tmp_path / "data"), None)
    assert buy(plugin)["accepted"]
    assert twice.wait(TIMEOUT_S)
    plugin.on_host_stopping()


NO_PROCESSES = """
import os, resource, sys, threading
from zsf_plugin.plugin import plugin
from tests.plugin.host_process import call
folder = sys.argv[1]
plugin.on_host_started(folder, folder + "/data", {"drain": "external"})
assert plugin.on_prospect_purchased(**call("w", 0))["accepted"]  # everything is imported
plugin.on_host_stopping()
plugin.on_host_started(folder, folder + "/data", None)
for path in (folder, folder + "/data", *(e.path for e in os.scandir(folder + "/data"))):
    os.chown(path, 54321, 54321)
resource.setrlimit(resource.RLIMIT_NPROC, (1, 4096))
if os.getuid() == 0:
    os.setgid(54321)
    os.setuid(54321)
try:
    for _ in range(2):
        threading.Thread(target=threading.Event().wait, daemon=True).start()
except RuntimeError as error:
    print(error)
print(plugin.on_prospect_purchased(**call("w", 1))["accepted"])
print(plugin.on_search_results("default", [{"id": "x"}], {})["results"]["x"]["badge"])
print([t.name for t in threading.enumerate() if t.name.startswith("zsf-")])
resource.setrlimit(resource.RLIMIT_NPROC, (4096, 4096))
print(plugin.on_prospect_purchased(**call("w", 2))["accepted"])
print([t.name for t in threading.enumerate() if t.name.startswith("zsf-")] != [])
plugin.on_host_stopping()
"""


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="needs a limit of processes")
def test_at_a_limit_of_processes_events_are_kept_and_drained_once_there_is_room() -> None:
    # Not below pytest's own folders, which another run may close to other users meanwhile.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        done = run(NO_PROCESSES, folder)
    if "can't start new thread" not in done:
        pytest.skip(f"no limit of processes here: {done}")
    assert done == ["can't start new thread", "True", "unknown", "[]", "True", "True"]


def run(script: str, *arguments: str, **environ: str) -> list[str]:
    """The lines that a script printed, in an interpreter of its own."""
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        capture_output=True,
        text=True,
        timeout=90,
        env={**os.environ, **environ},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


AT_EXIT = """
import atexit, builtins, os, sys, threading
from zsf_plugin.plugin import plugin
from tests.plugin.host_process import call
folder = sys.argv[1]
plugin.on_host_started(folder, folder + "/data", None)
def last():
    print(plugin.on_prospect_purchased(**call("x", 1))["accepted"])
    print(plugin.on_search_results("default", [{"id": "x"}], {})["results"]["x"]["badge"])
threading.Thread(target=lambda: (threading.main_thread().join(), last())).start()
atexit.register(last)
class Torn:
    def __del__(self):  # nothing can be imported any more
        receipt = plugin.on_prospect_purchased(**call("x", 2))
        answer = plugin.on_search_results("default", [{"id": "x"}], {})
        os.write(1, f"{receipt['accepted']} {receipt['reason']} {answer['plugin']}\\n".encode())
        plugin.on_host_stopping()
builtins.last_of_all = Torn()
"""


def test_hooks_at_the_exit_of_an_interpreter_that_never_stopped_the_host_are_kept(
    tmp_path: Path,
) -> None:
    *kept, torn = run(AT_EXIT, str(tmp_path))
    assert kept == ["True", "unknown"] * 2
    assert torn.startswith("False not stored: the process is ending"), torn


# --- stopping -------------------------------------------------------------------------------------


def test_stopping_before_starting_twice_and_again_after_raises_nothing(tmp_path: Path) -> None:
    plugin = SalesforcePlugin()
    plugin.on_host_stopping()
    plugin.on_host_started(str(tmp_path), str(tmp_path / "data"), None)
    plugin.on_host_stopping()
    plugin.on_host_stopping()
    assert buy(plugin)["accepted"]
    thread = threading.Thread(target=plugin.on_host_stopping)
    thread.start()
    thread.join(TIMEOUT_S)
    assert not thread.is_alive()
    plugin.on_host_started(str(tmp_path), str(tmp_path / "data"), {"drain": "external"})
    assert buy(plugin, 3)["accepted"]
    plugin.on_host_stopping()


def test_whatever_a_stop_meets_it_raises_nothing(
    plugin: SalesforcePlugin, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("CANARY")

    buy(plugin)
    with monkeypatch.context() as patch:
        patch.setattr(Parts, "stop", fail)
        plugin.on_host_stopping()
    assert "an unexpected RuntimeError in zsf-plugin" in caplog.text
    assert "CANARY" not in caplog.text
    assert buy(plugin, 2)["accepted"]
    with monkeypatch.context() as patch:
        patch.setattr(SqliteStore, "close", fail)
        plugin.on_host_stopping()


class Deadlines:
    """The seconds that each part of a stop was allowed, on a clock that the parts use up."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, each_takes_s: float) -> None:
        self.now, self.allowed = 1000.0, list[tuple[str, float]]()
        for module in ("plugin", "wiring.parts"):
            monkeypatch.setattr(f"zsf_plugin.{module}.time.monotonic", lambda: self.now)

        def taking(name: str) -> Any:
            def stop(_: object, timeout_s: float) -> None:
                self.allowed.append((name, timeout_s))
                self.now += min(each_takes_s, timeout_s)

            return stop

        monkeypatch.setattr(Drains, "stop", taking("drains"))
        monkeypatch.setattr(Badges, "stop", taking("badges"))


@pytest.mark.parametrize("each_takes_s", [0.0, 7.0, 1000.0])
def test_one_deadline_holds_for_all_that_a_stop_waits_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, each_takes_s: float
) -> None:
    plugin = SalesforcePlugin()
    plugin.on_host_started(str(tmp_path), str(tmp_path / "data"), {"drain": "external"})
    buy(plugin)
    plugin.on_search_results("default", [{"id": "x"}], {})
    with monkeypatch.context() as patch:
        deadlines = Deadlines(patch, each_takes_s=each_takes_s)
        plugin.on_host_stopping()
        assert deadlines.now - 1000.0 <= STOP_TIMEOUT_S
    assert deadlines.allowed[:2] == [("badges", 0.0), ("drains", STOP_TIMEOUT_S)]
    after_the_first_stop = deadlines.allowed[3:]
    assert {seconds for _, seconds in after_the_first_stop} <= {0.0}


def test_a_stop_ends_with_its_deadline_and_the_last_hook_closes_what_it_uses(
    plugin: SalesforcePlugin, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached, opened, receipts = threading.Event(), threading.Event(), list[dict[str, Any]]()
    receive, closed = Intake.accept_call, threading.Event()
    close = Parts.close

    def receive_slowly(intake: Intake, hook: str, arguments: Any, **named: Any) -> Receipt:
        reached.set()
        assert opened.wait(TIMEOUT_S)
        return receive(intake, hook, arguments, **named)

    def close_and_signal(parts: Parts) -> None:
        close(parts)
        closed.set()

    monkeypatch.setattr(Intake, "accept_call", receive_slowly)
    monkeypatch.setattr(Parts, "close", close_and_signal)
    monkeypatch.setattr("zsf_plugin.plugin.STOP_TIMEOUT_S", 0.01)
    hook = threading.Thread(target=lambda: receipts.append(buy(plugin)))
    hook.start()
    assert reached.wait(TIMEOUT_S)
    plugin.on_host_stopping()
    assert not closed.is_set()
    opened.set()
    hook.join(TIMEOUT_S)
    assert receipts[0]["accepted"]
    assert closed.is_set()


def test_a_signal_handler_may_stop_the_host_in_the_middle_of_a_hook(
    plugin: SalesforcePlugin, monkeypatch: pytest.MonkeyPatch
) -> None:
    receive, stopped = Intake.accept_call, list[bool]()

    def stop(_: int, __: FrameType | None) -> None:
        plugin.on_host_stopping()
        stopped.append(True)

    def interrupted(intake: Intake, hook: str, arguments: Any, **named: Any) -> Receipt:
        signal.raise_signal(signal.SIGTERM)
        return receive(intake, hook, arguments, **named)

    before = signal.signal(signal.SIGTERM, stop)
    try:
        with monkeypatch.context() as patch:
            patch.setattr(Intake, "accept_call", interrupted)
            receipt = buy(plugin)
    finally:
        signal.signal(signal.SIGTERM, before)
    assert stopped == [True]
    assert (receipt["accepted"], receipt["state"]) == (True, "pending")
    assert buy(plugin, 2)["accepted"], "events after the stop are stored too"


def test_after_a_stop_no_search_asks_salesforce(
    plugin: SalesforcePlugin, monkeypatch: pytest.MonkeyPatch
) -> None:
    plugin.on_host_stopping()
    made: list[Badges] = []
    build = badges_module.Badges.__init__

    def remember(badges: Badges, *arguments: Any) -> None:
        build(badges, *arguments)
        made.append(badges)

    monkeypatch.setattr(badges_module.Badges, "__init__", remember)
    plugin.on_search_results("default", [{"id": "x"}], {})
    assert [badges._stopping.is_set() for badges in made] == [True]


def test_searches_share_a_bounded_number_of_threads(
    plugin: SalesforcePlugin, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened, running, threads = threading.Event(), threading.Semaphore(0), OwnThreads()

    def wait(*_: object) -> None:
        running.release()
        assert opened.wait(TIMEOUT_S)

    monkeypatch.setattr(badges_module, "MAX_THREADS", 3)
    monkeypatch.setattr(Badges, "_resolve", wait)
    monkeypatch.setattr("zsf_plugin.settings.DEFAULT_BADGES_DEADLINE_S", 0.0)
    plugin.on_host_started(
        plugin._start.config_dir,  # type: ignore[union-attr, arg-type]
        plugin._start.data_dir,  # type: ignore[union-attr, arg-type]
        {"drain": "external", "badges_deadline_s": 0},
    )
    for _ in range(20):
        answer = plugin.on_search_results("default", [{"id": "x"}], {})
        assert answer["results"]["x"]["badge"] == "unknown"
    assert threads.names() == ["zsf-badges"] * 3
    opened.set()


# --- forks ----------------------------------------------------------------------------------------


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("does", ["stop", "start"])
def test_a_forked_child_may_stop_and_start_and_its_parent_goes_on(
    tmp_path: Path, does: str
) -> None:
    plugin = SalesforcePlugin()
    folders = (str(tmp_path), str(tmp_path / "data"))
    plugin.on_host_started(*folders, {"drain": "external"})
    assert buy(plugin)["accepted"]
    child = os.fork()
    if child == 0:
        if does == "stop":
            plugin.on_host_stopping()
        else:
            plugin.on_host_started(*folders, {"drain": "external"})
        os._exit(0 if buy(plugin, 2)["accepted"] else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert buy(plugin, 2)["duplicate"]
    assert buy(plugin, 3)["accepted"]
    plugin.on_host_stopping()


# --- other hooks ----------------------------------------------------------------------------------

spec, EXTRA = pluggy.HookspecMarker("zaplify"), "an argument of a newer host"


class OnlyPurchases:
    @spec
    def on_prospect_purchased(
        self, workspace: str, event_id: str, occurred_at: str, prospect: Any, user: Any
    ) -> None: ...


class OnlySearches:
    @spec
    def on_search_results(self, workspace: str, results: Any, user: Any) -> None: ...


class Newer:
    @spec(historic=True)
    def on_host_started(
        self, config_dir: str, data_dir: str, settings: Any, extra: str
    ) -> None: ...

    @spec
    def on_prospect_purchased(
        self, workspace: str, event_id: str, occurred_at: str, prospect: Any, user: Any, extra: str
    ) -> None: ...

    @spec
    def on_prospect_archived(self, workspace: str) -> None: ...

    @spec
    def on_host_stopping(self, extra: str) -> None: ...


def host(specs: object) -> pluggy.PluginManager:
    plugins = pluggy.PluginManager("zaplify")
    plugins.add_hookspecs(specs)
    return plugins


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("ZSF_CONFIG_DIR", str(tmp_path / "config"))
    monkeypatch.setenv("ZSF_DATA_DIR", str(tmp_path / "data"))
    yield
    the_plugin.on_host_stopping()
    the_plugin.on_host_started(None, None, None)  # type: ignore[arg-type]


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize("specs", [OnlyPurchases, OnlySearches, Newer, zsf_plugin.hookspecs])
def test_hooks_that_a_host_does_not_call_are_no_error_of_its_check(specs: object) -> None:
    plugins = host(specs)
    plugins.load_setuptools_entrypoints("zaplify")
    plugins.check_pending()


class Fewer:
    @spec
    def on_prospect_purchased(
        self, workspace: str, event_id: str, occurred_at: str, prospect: Any
    ) -> None: ...


def test_a_hook_with_fewer_arguments_than_ours_is_refused_by_name_when_it_is_loaded() -> None:
    with pytest.raises(pluggy.PluginValidationError, match="user"):
        host(Fewer).register(SalesforcePlugin())


@pytest.mark.usefixtures("environment")
def test_a_host_with_the_purchase_hook_alone_is_served_from_the_environment() -> None:
    plugins = host(OnlyPurchases)
    plugins.load_setuptools_entrypoints("zaplify")
    assert [
        answer["accepted"] for answer in plugins.hook.on_prospect_purchased(**call("o", 1))
    ] == [True]


def test_a_newer_host_may_pass_more_and_start_before_its_plugins_are_there(tmp_path: Path) -> None:
    plugins = host(Newer)
    plugins.hook.on_host_started.call_historic(
        kwargs={
            "config_dir": str(tmp_path),
            "data_dir": str(tmp_path / "data"),
            "settings": {"drain": "external"},
            "extra": EXTRA,
        }
    )
    plugins.register(SalesforcePlugin())
    assert plugins.hook.on_prospect_purchased(**call("n", 1), extra=EXTRA)[0]["accepted"]
    assert plugins.hook.on_prospect_archived(workspace="w") == []
    plugins.hook.on_host_stopping(extra=EXTRA)
    plugins.hook.on_host_stopping(extra=EXTRA)
    assert (tmp_path / "data" / "zsf.sqlite3").exists()


@pytest.mark.usefixtures("environment")
def test_loaded_twice_registered_again_and_called_with_more_methods(tmp_path: Path) -> None:
    plugins = host(zsf_plugin.hookspecs)
    assert plugins.load_setuptools_entrypoints("zaplify") == 1
    assert plugins.load_setuptools_entrypoints("zaplify") == 0
    assert len(plugins.hook.on_prospect_purchased(**call("l", 1))) == 1
    plugins.unregister(the_plugin)
    assert plugins.hook.on_prospect_purchased(**call("l", 2)) == []
    plugins.register(the_plugin)
    called = plugins.hook.on_prospect_purchased.call_extra(
        [lambda event_id: event_id], call("l", 3)
    )
    assert "l-3" in called
    assert [each["accepted"] for each in called if isinstance(each, dict)] == [True]


def test_two_hosts_in_one_process_each_have_a_plugin_of_their_own(tmp_path: Path) -> None:
    ours = [SalesforcePlugin(), SalesforcePlugin()]
    for number, plugin in enumerate(ours):
        plugins = host(zsf_plugin.hookspecs)
        plugins.register(plugin)
        folder = str(tmp_path / str(number))
        plugins.hook.on_host_started(
            config_dir=folder, data_dir=folder, settings={"drain": "external"}
        )
        assert plugins.hook.on_prospect_purchased(**call("t", number))[0]["accepted"]
    assert [buy(plugin)["duplicate"] for plugin in ours] == [False, False]
    for plugin in ours:
        plugin.on_host_stopping()
    assert all((tmp_path / name / "zsf.sqlite3").exists() for name in "01")


def test_a_second_start_with_other_folders_is_logged_since_one_plugin_has_one_place(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    plugin = SalesforcePlugin()
    for name in ("a", "a", "b"):
        plugin.on_host_started(str(tmp_path / name), str(tmp_path / name), {"drain": "external"})
        assert buy(plugin)["accepted"]
    plugin.on_host_stopping()
    assert caplog.text.count("started again with other folders") == 1
