"""The plugin the host loads: hooks in, receipts out. It raises nothing and never waits on
Salesforce.

Nothing heavy is imported before the first hook: a host that only lists its plugins pays for pluggy
alone.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from zsf_plugin.errors import ZsfError
from zsf_plugin.hookspecs import hookimpl
from zsf_plugin.model.badge import all_unknown
from zsf_plugin.model.event import refused

if TYPE_CHECKING:
    from zsf_plugin.wiring.host import HostApp

_log = logging.getLogger("zsf_plugin")


class SalesforcePlugin:
    """One instance serves a process. Without `on_host_started`, settings come from the
    environment."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pid = os.getpid()
        self._application: HostApp | None = None
        self._started: tuple[str, str, Mapping[str, object] | None] | None = None

    @hookimpl
    def on_host_started(
        self, config_dir: str, data_dir: str, settings: Mapping[str, Any] | None
    ) -> None:
        """Remember where files live; everything is opened at the first hook, so a host may fork
        after this."""
        with self._lock:
            self._started = (str(config_dir), str(data_dir), settings)
            self._close()

    @hookimpl
    def on_host_stopping(self) -> None:
        """Finish the batch at hand, start no other."""
        with self._lock:
            self._close()

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
        call: dict[str, object] = {
            "workspace": workspace,
            "event_id": event_id,
            "occurred_at": occurred_at,
        }
        call |= {"touchpoint": touchpoint, "prospect": prospect, "user": user}
        return self._receive("on_touchpoint_sent", call)

    @hookimpl
    def on_search_results(
        self, workspace: str, results: Sequence[Mapping[str, Any]], user: Mapping[str, Any]
    ) -> dict[str, Any]:
        """A badge for each result by its id, within the deadline; what is not known by then is
        "unknown"."""
        try:
            return dict(self._app().answer(workspace, results, user))
        except ZsfError as error:
            _log.warning("a search got no badges: %s", error)
        except Exception as error:  # noqa: BLE001 - promise 2: nothing is raised into the host
            _log.error(
                "a search got no badges: an unforeseen %s in zsf-plugin", type(error).__name__
            )
        return dict(all_unknown(results))

    def _receive(self, hook: str, call: dict[str, object]) -> dict[str, Any]:
        try:
            return dict(self._app().receive(hook, call))
        except ZsfError as error:
            reason = str(error)
        except Exception as error:  # noqa: BLE001 - promise 2: nothing is raised into the host
            _log.exception("a call of %s could not be kept", hook)
            reason = f"an unforeseen {type(error).__name__} in zsf-plugin; see the log"
        return dict(refused(f"not kept: {reason}"))

    def _app(self) -> HostApp:
        with self._lock:
            return self._running()

    def _running(self) -> HostApp:
        if self._application is None or self._pid != os.getpid():
            self._application, self._pid = self._build(), os.getpid()
        return self._application

    def _build(self) -> HostApp:
        from zsf_plugin.settings import from_environment
        from zsf_plugin.wiring.host import HostApp
        from zsf_plugin.wiring.parts import Parts

        if self._started is None:
            return HostApp(Parts(from_environment(os.environ)))
        config_dir, data_dir, given = self._started
        settings = from_environment(
            os.environ, config_dir=config_dir, data_dir=data_dir, host_settings=given
        )
        return HostApp(Parts(settings))

    def _close(self) -> None:
        application, self._application = self._application, None
        if application is not None and self._pid == os.getpid():
            application.close()


def _renew_after_fork() -> None:
    """A child must not wait for a lock that a thread of its parent held."""
    plugin._lock = threading.Lock()


plugin = SalesforcePlugin()
os.register_at_fork(after_in_child=_renew_after_fork)
