"""The plugin that the host loads: implements the hooks. It raises nothing and never waits on
Salesforce.

Imports nothing heavy before the first hook, so a host that only lists its plugins pays for pluggy
alone.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from zsf_plugin.hookspecs import hookimpl

if TYPE_CHECKING:
    from zsf_plugin.settings import Settings
    from zsf_plugin.wiring.apps import HostApp

_log = logging.getLogger("zsf_plugin")

#: How long to wait for running hooks when the host stops; a locked database fails sooner.
CALL_TIMEOUT_S = 15.0


@dataclass(frozen=True, slots=True)
class _Start:
    """What the host passed to `on_host_started`; None where the environment decides."""

    config_dir: str | None = None
    data_dir: str | None = None
    settings: Mapping[str, object] | None = None


class _OpenApp:
    """The app of one process, and the number of hooks using it."""

    def __init__(self, app: HostApp) -> None:
        self.app = app
        self.pid = os.getpid()
        self.calls = 0


class SalesforcePlugin:
    """One instance serves a process. Without `on_host_started`, settings come from the
    environment."""

    def __init__(self) -> None:
        # Held only briefly: never while opening, draining or closing.
        self._changed = threading.Condition()
        self._open: _OpenApp | None = None
        self._started = _Start()
        self._is_stopped = False

    @hookimpl
    def on_host_started(
        self, config_dir: str, data_dir: str, settings: Mapping[str, Any] | None
    ) -> None:
        """Remember folders and settings. Everything opens at the first hook, so a host may fork
        after this."""
        with self._changed:
            self._started = _Start(str(config_dir), str(data_dir), settings)
            self._is_stopped = False
            previous = self._detach()
        self._close(previous)

    @hookimpl
    def on_host_stopping(self) -> None:
        """Finish the current batch and start no other. Events that arrive now or later are stored,
        and drained after the next start."""
        with self._changed:
            self._is_stopped = True
            previous = self._detach()
        self._close(previous)

    @hookimpl
    def on_prospect_purchased(
        self,
        workspace: str,
        event_id: str,
        occurred_at: str,
        prospect: Mapping[str, Any],
        user: Mapping[str, Any],
    ) -> dict[str, Any]:
        """Store the purchase and return its receipt."""
        call = {"workspace": workspace, "event_id": event_id, "occurred_at": occurred_at}
        return self._receive("on_prospect_purchased", {**call, "prospect": prospect, "user": user})

    @hookimpl
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
        call = {"workspace": workspace, "event_id": event_id, "occurred_at": occurred_at}
        parts = {"touchpoint": touchpoint, "prospect": prospect, "user": user}
        return self._receive("on_touchpoint_sent", {**call, **parts})

    @hookimpl
    def on_search_results(
        self, workspace: str, results: Sequence[Mapping[str, Any]], user: Mapping[str, Any]
    ) -> dict[str, Any]:
        """A badge for each result by its id, within the deadline; "unknown" for those not known by
        then."""
        try:
            with self._using() as app:
                return dict(app.answer(workspace, results, user))
        except Exception as error:  # noqa: BLE001 - promise 2: nothing is raised into the host
            _log.error("no badges for a search: %s", _failure_reason(error))
        from zsf_plugin.model import all_unknown

        return dict(all_unknown(results))

    def _receive(self, hook: str, call: dict[str, object]) -> dict[str, Any]:
        try:
            with self._using() as app:
                return dict(app.receive(hook, call))
        except Exception as error:  # noqa: BLE001 - promise 2: nothing is raised into the host
            reason = _failure_reason(error)
        _log.error("a call to %s was not stored: %s", hook, reason)
        from zsf_plugin.model import refused_receipt

        return dict(refused_receipt(f"not stored: {reason}"))

    @contextmanager
    def _using(self) -> Iterator[HostApp]:
        """This process's app, which stays open until the block ends."""
        with self._changed:
            current = self._open
            if current is None or current.pid != os.getpid():
                current = self._open = _OpenApp(_build(self._settings()))
            current.calls += 1
        try:
            yield current.app
        finally:
            with self._changed:
                current.calls -= 1
                self._changed.notify_all()

    def _settings(self) -> Settings:
        """The settings of the host's start or the environment; without drains once the host has
        stopped."""
        from zsf_plugin.settings import from_environment

        settings = from_environment(
            os.environ,
            config_dir=self._started.config_dir,
            data_dir=self._started.data_dir,
            host_settings=self._started.settings,
        )
        return replace(settings, drain="external") if self._is_stopped else settings

    def _detach(self) -> _OpenApp | None:
        """Detach and return this process's app, so that no further hook uses it; None if there is
        none."""
        detached, self._open = self._open, None
        return detached if detached is not None and detached.pid == os.getpid() else None

    def _close(self, detached: _OpenApp | None) -> None:
        """Stop its drains, wait for the hooks that still use it, and close it."""
        if detached is None:
            return
        detached.app.stop()
        with self._changed:
            self._changed.wait_for(lambda: detached.calls == 0, CALL_TIMEOUT_S)
        detached.app.close()


def _failure_reason(error: Exception) -> str:
    """Why a call failed. An unexpected error is named by its type and place only, since its text
    may quote a value."""
    from zsf_plugin.errors import ZsfError, place_of

    if isinstance(error, ZsfError):
        return str(error)
    return f"an unexpected {type(error).__name__} in zsf-plugin, at {place_of(error)}"


def _build(settings: Settings) -> HostApp:
    from zsf_plugin.wiring.apps import HostApp
    from zsf_plugin.wiring.parts import Parts

    return HostApp(Parts(settings))


def _reset_in_child() -> None:
    """Replace the lock: a child must not wait for one that a thread of its parent held."""
    plugin._changed = threading.Condition()


plugin = SalesforcePlugin()
if hasattr(os, "register_at_fork"):  # not on Windows, which knows no fork
    os.register_at_fork(after_in_child=_reset_in_child)
