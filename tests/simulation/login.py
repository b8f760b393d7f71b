"""A simulated token endpoint with rotation: a refresh token used twice ends the whole grant
(salesforce-api.md §1.4).

It records for every rotation whether the response arrived and was stored, so it can distinguish a
grant lost to an injected fault from one lost to a bug in our refreshers. The real `Refresher` uses it
in place of HTTP.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs

from tests.simulation.monitored_store import LeaseMonitor
from tests.simulation.org import ORG_ID
from tests.simulation.scheduler import Process, Scheduler
from zsf_plugin.errors import OutcomeUnknown
from zsf_plugin.salesforce.http import HttpResponse

_USER = "005000000000009AAA"
_ENDED = {"error": "invalid_grant", "error_description": "expired access/refresh token"}
_BUSY = {"error": "invalid_grant", "error_description": "token request is already being processed"}


@dataclass(slots=True)
class _Rotation:
    """One use of a refresh token: who used it, and whether the new token was stored."""

    by: Process | None
    lost: bool = False
    record_stored: bool = False


@dataclass(slots=True)
class Grant:
    """One workspace's sign-in."""

    workspace: str
    refresh: str
    access: str
    rotated: dict[str, _Rotation] = field(default_factory=dict)
    busy: bool = False
    alive: bool = True


class Login:
    """The token endpoint of the org, for every workspace."""

    def __init__(self, scheduler: Scheduler, lease_monitor: LeaseMonitor) -> None:
        self._scheduler = scheduler
        self._lease_monitor = lease_monitor
        self._issued = 0
        self.grants: dict[str, Grant] = {}
        self.violations: list[str] = []
        self.loses_answer = lambda: False

    def sign_in(self, workspace: str) -> tuple[str, str]:
        """Create a grant; returns its access and refresh token."""
        grant = Grant(workspace, self._token("refresh"), self._token("access"))
        self.grants[workspace] = grant
        return grant.access, grant.refresh

    def accepts(self, workspace: str, access: str) -> bool:
        """Whether the access token is valid."""
        grant = self.grants[workspace]
        return grant.alive and grant.access == access

    def expire(self, workspace: str) -> None:
        """End the session; the refresh token stays valid."""
        self.grants[workspace].access = ""

    def record_stored(self, workspace: str, *, success: bool) -> None:
        """Record whether the current process stored its last rotation; a disk failure loses the
        response too."""
        mine = [it for it in self.grants[workspace].rotated.values() if it.by is self._caller]
        if mine:
            mine[-1].record_stored, mine[-1].lost = success, not success

    @property
    def _caller(self) -> Process | None:
        return self._scheduler.current

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None = None,
        writes: bool = False,
    ) -> HttpResponse:
        """Like `Http.send`."""
        fails = self._scheduler.step("asks the login for new tokens", "instant")
        presented = parse_qs((body or b"").decode())["refresh_token"][0]
        status, answer, rotation = self._answer(presented)
        if rotation is not None and (fails or self.loses_answer()):
            rotation.lost = True
            self._scheduler.trace.count("lost answer")
            self._scheduler.trace.count("refresh lost")
            self._wait(rotation)
            raise OutcomeUnknown("the answer of the login was lost")
        self._wait(rotation)
        return HttpResponse(status, {}, json.dumps(answer).encode())

    def _wait(self, rotation: _Rotation | None) -> None:
        """Wait for the response; for the first half of the time the endpoint is busy with the
        token."""
        takes = 0.1 + self._scheduler.rng.random() * 2
        grant = next((it for it in self.grants.values() if rotation in it.rotated.values()), None)
        if grant is not None:
            grant.busy = True
            self._scheduler.at(
                self._scheduler.now + takes / 2, lambda: setattr(grant, "busy", False)
            )
        self._scheduler.step("waits for the login", "login", takes)

    def _answer(self, presented: str) -> tuple[int, object, _Rotation | None]:
        for grant in self.grants.values():
            if presented in grant.rotated:
                if grant.busy:
                    self._scheduler.trace.count("refresh raced")
                    return 400, _BUSY, None
                self._handle_replay(grant, grant.rotated[presented])
                return 400, _ENDED, None
            if grant.refresh == presented and grant.alive:
                if grant.busy:
                    self._scheduler.trace.count("refresh raced")
                    return 400, _BUSY, None
                return 200, *self._rotate(grant)
        return 400, _ENDED, None

    def _handle_replay(self, grant: Grant, rotation: _Rotation) -> None:
        """A token was used twice, so the grant ends. It is a violation unless a fault explains it."""
        if not grant.alive:
            return
        grant.alive = False
        self._scheduler.log("the grant ends: a rotated token was presented again")
        self._scheduler.trace.count("grant lost")
        if not self._lease_monitor.holds_lease(self._caller, f"refresh:{grant.workspace}"):
            self.violations.append(
                f"{grant.workspace}: a zombie refresher presented a rotated token, which ends the grant"
            )
        elif not rotation.lost and (rotation.record_stored or not self._was_interrupted(rotation)):
            self.violations.append(
                f"{grant.workspace}: a grant was lost although its last answer arrived"
            )

    def _was_interrupted(self, rotation: _Rotation) -> bool:
        """Whether the process that got the response died, or has been stalled since."""
        by = rotation.by
        return by is not None and (by.killed or by.frozen_at(self._scheduler.now))

    def _rotate(self, grant: Grant) -> tuple[object, _Rotation]:
        rotation = _Rotation(self._caller)
        grant.rotated[grant.refresh] = rotation
        grant.refresh, grant.access = self._token("refresh"), self._token("access")
        self._scheduler.trace.count("refresh")
        answer = {
            "access_token": grant.access,
            "refresh_token": grant.refresh,
            "instance_url": "http://127.0.0.1",
            "id": f"http://127.0.0.1/id/{ORG_ID}/{_USER}",
        }
        return answer, rotation

    def _token(self, kind: str) -> str:
        self._issued += 1
        return f"{kind}-{self._issued}"
