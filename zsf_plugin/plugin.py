"""The plugin that the host loads: implements the hooks. It raises nothing and never waits on
Salesforce.

Imports nothing heavy before the first hook, so a host that only lists its plugins pays for pluggy
alone. What a hook imports it imports inside `fork_guard`: a host may fork while another thread runs
its first hook.
"""

from __future__ import annotations

import os
import sys
import threading
import time
import weakref
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar, cast

from zsf_plugin.forking import fork_guard
from zsf_plugin.hookspecs import hookimpl

if TYPE_CHECKING:
    from zsf_plugin.settings import Settings
    from zsf_plugin.wiring.apps import HostApp
    from zsf_plugin.wiring.host_start import HostStart

_T = TypeVar("_T")
#: The longest that `on_host_stopping` takes, in seconds, for all workspaces together: their drains,
#: searches and running hooks. What is not done by then is done after the next start.
STOP_TIMEOUT_S = 20.0

#: As `model.refused_receipt`, for when nothing can be called or imported any more. Once an
#: interpreter tears itself down, a thread that died may hold any lock: so nothing is tried.
_NOT_STORED: dict[str, Any] = {
    "plugin": "salesforce",
    "accepted": False,
    "entry": None,
    "state": None,
    "duplicate": False,
    "reason": "not stored: the process is ending, or has no stack left for zsf-plugin",
}


class _Use:
    """A hook that is running, and its thread."""

    def __init__(self) -> None:
        self.thread = threading.get_ident()


class _OpenApp:
    """The app of one process, and the hooks that use it."""

    def __init__(self, app: HostApp) -> None:
        self.app = app
        self.pid = os.getpid()
        self.users: list[_Use] = []
        #: The host stopped without waiting for the hooks that still use it: the last closes it.
        self.is_left_to_hooks = False


class SalesforcePlugin:
    """One instance serves a process. Without `on_host_started`, settings come from the
    environment."""

    def __init__(self) -> None:
        self._make_lock()
        self._open: _OpenApp | None = None
        self._start: HostStart | None = None
        self._is_stopped = False
        #: The host started with folders that could not even be read.
        self._is_start_lost = False
        _plugins.add(self)

    def _make_lock(self) -> None:
        # Held only briefly: never while opening, draining or closing. A signal handler that stops
        # the host may enter it again in the same thread. One that raises leaves it open, as it
        # would not a `Condition`.
        self._lock = threading.RLock()
        self._changed = threading.Condition(self._lock)

    @hookimpl(optionalhook=True)
    def on_host_started(
        self, config_dir: str, data_dir: str, settings: Mapping[str, Any] | None
    ) -> None:
        """Remember folders and settings. Everything opens at the first hook, so a host may fork
        after this."""
        before = self._start
        try:
            try:
                self._begin(config_dir, data_dir, settings)
            except Exception as error:  # noqa: BLE001 - promise 2: nothing is raised into the host
                self._is_start_lost = self._start is before
                _report("events will not be stored until the host starts again", error)
        except Exception:  # noqa: BLE001 - no stack is left, not even to say so
            return

    @hookimpl(optionalhook=True)
    def on_host_stopping(self) -> None:
        """Finish the current batch and start no other, within `STOP_TIMEOUT_S`. Events that arrive
        now or later are stored, and drained after the next start."""
        try:
            try:
                self._end()
            except Exception as error:  # noqa: BLE001 - promise 2: nothing is raised into the host
                _report("the stop of the host was not finished", error)
        except Exception:  # noqa: BLE001 - no stack is left, not even to say so
            return

    @hookimpl(optionalhook=True)
    def on_prospect_purchased(
        self,
        workspace: str,
        event_id: str,
        occurred_at: str,
        prospect: Mapping[str, Any],
        user: Mapping[str, Any],
    ) -> dict[str, Any]:
        """Store the purchase and return its receipt."""
        try:
            call = {"workspace": workspace, "event_id": event_id, "occurred_at": occurred_at}
            parts = {"prospect": prospect, "user": user}
            return self._receive("on_prospect_purchased", {**call, **parts})
        except Exception:  # noqa: BLE001 - no stack is left, not even to say so
            return {**_NOT_STORED}

    @hookimpl(optionalhook=True)
    def on_touchpoint_sent(
        self,
        workspace: str,
        event_id: str,
        occurred_at: str,
        touchpoint: Mapping[str, Any],
        prospect: Mapping[str, Any],
        user: Mapping[str, Any],
    ) -> dict[str, Any]:
        """Store the touchpoint and return its receipt."""
        try:
            call = {"workspace": workspace, "event_id": event_id, "occurred_at": occurred_at}
            parts = {"touchpoint": touchpoint, "prospect": prospect, "user": user}
            return self._receive("on_touchpoint_sent", {**call, **parts})
        except Exception:  # noqa: BLE001 - no stack is left, not even to say so
            return {**_NOT_STORED}

    @hookimpl(optionalhook=True)
    def on_search_results(
        self, workspace: str, results: Sequence[Mapping[str, Any]], user: Mapping[str, Any]
    ) -> dict[str, Any]:
        """A badge for each result by its id, within the deadline; "unknown" for those not known by
        then."""
        try:
            return self._answer(workspace, results, user)
        except Exception:  # noqa: BLE001 - no stack or no interpreter is left, not even to say so
            return {"plugin": "salesforce", "results": {}}

    def _answer(self, workspace: str, results: Any, user: Any) -> dict[str, Any]:
        if sys.is_finalizing():
            return {"plugin": "salesforce", "results": {}}
        try:
            return self._use(lambda app: dict(app.answer(workspace, results, user)))
        except Exception as error:  # noqa: BLE001 - promise 2: nothing is raised into the host
            _report("no badges for a search", error)
        with fork_guard.inside():
            from zsf_plugin.model import all_unknown

        return dict(all_unknown(results))

    def _receive(self, hook: str, call: dict[str, object]) -> dict[str, Any]:
        if sys.is_finalizing():
            return {**_NOT_STORED}
        try:
            return self._store_surely(hook, call)
        except Exception as error:  # noqa: BLE001 - promise 2: nothing is raised into the host
            reason = _report(f"a call to {hook} was not stored", error)
            return {**_NOT_STORED, "reason": f"not stored: {reason}"}

    def _store_surely(self, hook: str, call: dict[str, object]) -> dict[str, Any]:
        """The receipt. A time limit of the host's, as a signal handler that raises, may end this
        after the event was stored: so it is stored again, which finds it then. This is the one
        place that does so."""
        try:
            return self._store(hook, call, is_retry=False)
        except Exception as error:
            with fork_guard.inside():
                from zsf_plugin.errors import ZsfError

            if isinstance(error, ZsfError):
                raise
        return self._store(hook, call, is_retry=True)

    def _store(self, hook: str, call: dict[str, object], *, is_retry: bool) -> dict[str, Any]:
        receipt: dict[str, Any] | None = None

        def receive(app: HostApp) -> None:
            nonlocal receipt
            receipt = dict(app.receive(hook, call, is_retry=is_retry))

        try:
            self._use(receive)
        except Exception:
            if receipt is None:  # what comes after it changes nothing
                raise
        return cast(dict[str, Any], receipt)

    def _use(self, call: Callable[[HostApp], _T]) -> _T:
        """Call this with this process's app, which stays open until it returns."""
        user, current = _Use(), None
        try:
            with self._lock:
                current = self._current()
                current.users.append(user)
            return call(current.app)
        finally:
            if current is not None:
                try:
                    self._end_use(current, user)
                except Exception:  # a time limit: a hook that never ended would delay every stop
                    self._end_use(current, user)
                    raise

    def _current(self) -> _OpenApp:
        """This process's app, opened if it is not. Raises ConfigurationError."""
        current = self._open
        if current is not None and current.pid != os.getpid():
            # Its files are the parent's. Servers that fork unknown to Python (uWSGI) run
            # no handlers of forks, so they are kept here: a child must not close them.
            _of_parents.append(current)
            current = None
        if current is None:
            current = self._open = _OpenApp(_build(self._settings(), self._is_stopped))
        return current

    def _end_use(self, current: _OpenApp, user: _Use) -> None:
        """A hook is done."""
        with self._lock:
            if user in current.users:  # not if it was interrupted before
                current.users.remove(user)
            is_last = current.is_left_to_hooks and not current.users
            if current is not self._open:  # else nobody waits for its hooks
                self._changed.notify_all()
        if is_last:
            _close_quietly(current.app)

    def _settings(self) -> Settings:
        """The settings of the host's start, or of the environment. Raises ConfigurationError."""
        with fork_guard.inside():
            from zsf_plugin.wiring.host_start import LOST_START, HostStart

        start = LOST_START if self._is_start_lost else self._start or HostStart()
        return start.settings_in(os.environ)

    def _begin(self, config_dir: object, data_dir: object, settings: object) -> None:
        """Take the host's folders and settings; what is wrong with them is logged now, and in every
        receipt."""
        with fork_guard.inside():
            from zsf_plugin.errors import Log
            from zsf_plugin.wiring.host_start import read_start

        start, log = read_start(config_dir, data_dir, settings), Log("zsf_plugin")
        for key in start.misspelt:
            log.warning("the host's setting %r is not known: is it misspelt? It is ignored", key)
        with self._lock:
            before, self._start = self._start, start
            self._is_start_lost = False
            was_running, self._is_stopped = not self._is_stopped, False
            previous = self._detach()
        if previous is not None and was_running and before is not None:
            folders = (start.config_dir, start.data_dir)
            if folders != (before.config_dir, before.data_dir):
                log.warning("the host started again with other folders: they count now")
        self._close(previous)
        start.settings_in(os.environ)

    def _end(self) -> None:
        if sys.is_finalizing():
            return
        with self._lock:
            self._is_stopped = True
            previous = self._detach()
        self._close(previous)

    def _detach(self) -> _OpenApp | None:
        """Detach and return this process's app, so that no further hook uses it; None if there is
        none."""
        detached, self._open = self._open, None
        return detached if detached is not None and detached.pid == os.getpid() else None

    def _close(self, detached: _OpenApp | None) -> None:
        """Stop its drains, wait for the hooks that still use it, and close it.

        In a signal handler, the hook that it interrupted cannot end before it does: then nothing is
        waited for, and that hook closes the app.
        """
        if detached is None:
            return
        is_inside = threading.get_ident() in [user.thread for user in detached.users]
        deadline = time.monotonic() + (0.0 if is_inside else STOP_TIMEOUT_S)
        detached.app.stop(max(deadline - time.monotonic(), 0.0))
        with self._lock:
            left_s = max(deadline - time.monotonic(), 0.0)
            self._changed.wait_for(lambda: not detached.users, left_s)
            detached.is_left_to_hooks = bool(detached.users)
        if not detached.is_left_to_hooks:
            _close_quietly(detached.app)


def _report(what: str, error: Exception) -> str:
    """Log that something failed; returns why. Raises nothing: there may be no memory, no stack or
    no interpreter left for it."""
    reason = f"an unexpected {type(error).__name__} in zsf-plugin"
    with suppress(Exception):
        with fork_guard.inside():
            from zsf_plugin.errors import Log, ZsfError, missing_module, unexpected_text

        if isinstance(error, ZsfError):
            reason = str(error)
        elif isinstance(error, ImportError):
            reason = missing_module(error)
        else:
            reason = unexpected_text(error)
        Log("zsf_plugin").error("%s: %s", what, reason)
    return reason


def _close_quietly(app: HostApp) -> None:
    """Close it; a file that cannot be closed changes nothing."""
    with suppress(Exception):
        app.close()


def _build(settings: Settings, is_stopped: bool) -> HostApp:
    with fork_guard.inside():
        from zsf_plugin.wiring.apps import HostApp
        from zsf_plugin.wiring.parts import Parts

    app = HostApp(Parts(settings))
    if is_stopped:
        app.stop(0.0)  # nothing runs in it yet, and nothing will
    return app


def _reset_in_child() -> None:
    """Replace the locks: a child must not wait for one that a thread of its parent held."""
    for each in list(_plugins):
        each._make_lock()


_of_parents: list[_OpenApp] = []
_plugins: weakref.WeakSet[SalesforcePlugin] = weakref.WeakSet()
plugin = SalesforcePlugin()
if hasattr(os, "register_at_fork"):  # not on Windows, which knows no fork
    os.register_at_fork(after_in_child=_reset_in_child)
