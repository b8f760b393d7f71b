"""The plugin the host loads: hooks in, receipts out. It raises nothing and never waits on
Salesforce.

Nothing heavy is imported before the first hook: a host that only lists its plugins pays for pluggy
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

#: Hooks under way when the host stops have so long to end: a locked database answers before.
MAX_CALL_S = 15.0


@dataclass(frozen=True, slots=True)
class _Start:
    """What the host gave at its start; nothing of it, and the environment says it."""

    config_dir: str | None = None
    data_dir: str | None = None
    settings: Mapping[str, object] | None = None


class _OpenApp:
    """The app of one process, and how many hooks are using it."""

    def __init__(self, app: HostApp) -> None:
        self.app = app
        self.pid = os.getpid()
        self.calls = 0


class SalesforcePlugin:
    """One instance serves a process. Without `on_host_started`, settings come from the
    environment."""

    def __init__(self) -> None:
        # Held for moments only: whoever opens, drains or closes does so without it.
        self._changed = threading.Condition()
        self._open: _OpenApp | None = None
        self._started = _Start()
        self._is_stopped = False

    @hookimpl
    def on_host_started(
        self, config_dir: str, data_dir: str, settings: Mapping[str, Any] | None
    ) -> None:
        """Remember where files live; everything is opened at the first hook, so a host may fork
        after this."""
        with self._changed:
            self._started = _Start(str(config_dir), str(data_dir), settings)
            self._is_stopped = False
            previous = self._take()
        self._close(previous)

    @hookimpl
    def on_host_stopping(self) -> None:
        """Finish the batch at hand, start no other. A hook that comes meanwhile or later is kept,
        for a drain of the next start."""
        with self._changed:
            self._is_stopped = True
            previous = self._take()
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
        """Keep the purchase; the receipt says what became of it."""
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
        """Keep the touchpoint; the receipt says what became of it."""
        call = {"workspace": workspace, "event_id": event_id, "occurred_at": occurred_at}
        parts = {"touchpoint": touchpoint, "prospect": prospect, "user": user}
        return self._receive("on_touchpoint_sent", {**call, **parts})

    @hookimpl
    def on_search_results(
        self, workspace: str, results: Sequence[Mapping[str, Any]], user: Mapping[str, Any]
    ) -> dict[str, Any]:
        """A badge for each result by its id, within the deadline; what is not known by then is
        "unknown"."""
        try:
            with self._using() as app:
                return dict(app.answer(workspace, results, user))
        except Exception as error:  # noqa: BLE001 - promise 2: nothing is raised into the host
            _log.error("a search got no badges: %s", _failure(error))
        from zsf_plugin.model import all_unknown

        return dict(all_unknown(results))

    def _receive(self, hook: str, call: dict[str, object]) -> dict[str, Any]:
        try:
            with self._using() as app:
                return dict(app.receive(hook, call))
        except Exception as error:  # noqa: BLE001 - promise 2: nothing is raised into the host
            reason = _failure(error)
        _log.error("a call of %s was not kept: %s", hook, reason)
        from zsf_plugin.model import refused_receipt

        return dict(refused_receipt(f"not kept: {reason}"))

    @contextmanager
    def _using(self) -> Iterator[HostApp]:
        """This process's app, which is not closed before the block ends."""
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
        """Of the host's start or the environment; once the host has stopped, nothing drains."""
        from zsf_plugin.settings import from_environment

        settings = from_environment(
            os.environ,
            config_dir=self._started.config_dir,
            data_dir=self._started.data_dir,
            host_settings=self._started.settings,
        )
        return replace(settings, drain="external") if self._is_stopped else settings

    def _take(self) -> _OpenApp | None:
        """The app that no hook shall use any more; None where this process has none."""
        taken, self._open = self._open, None
        return taken if taken is not None and taken.pid == os.getpid() else None

    def _close(self, taken: _OpenApp | None) -> None:
        """Stop its drains, wait for the hooks that still use it, and close it."""
        if taken is None:
            return
        taken.app.stop()
        with self._changed:
            self._changed.wait_for(lambda: taken.calls == 0, MAX_CALL_S)
        taken.app.close()


def _failure(error: Exception) -> str:
    """Why a call came to nothing; what nobody foresaw by its kind and place, for its text may quote
    a value."""
    from zsf_plugin.errors import ZsfError, place_of

    if isinstance(error, ZsfError):
        return str(error)
    return f"an unforeseen {type(error).__name__} in zsf-plugin, at {place_of(error)}"


def _build(settings: Settings) -> HostApp:
    from zsf_plugin.wiring.apps import HostApp
    from zsf_plugin.wiring.parts import Parts

    return HostApp(Parts(settings))


def _renew_after_fork() -> None:
    """A child must not wait for a lock that a thread of its parent held."""
    plugin._changed = threading.Condition()


plugin = SalesforcePlugin()
os.register_at_fork(after_in_child=_renew_after_fork)
