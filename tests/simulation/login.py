"""A simulated token endpoint that rotates: a refresh token presented twice costs the whole grant
(salesforce-api.md §1.4).

It knows of every rotation whether its answer arrived and was stored, so it can tell a grant lost by
misfortune from one that our own refreshers threw away. The real `Refresher` speaks to it in place
of HTTP.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs

from tests.simulation.disk import Watch
from tests.simulation.org import ORG_ID
from tests.simulation.scheduler import Process, Scheduler
from zsf_plugin.errors import OutcomeUnknown
from zsf_plugin.salesforce.http import HttpResponse

_USER = "005000000000009AAA"
_ENDED = {"error": "invalid_grant", "error_description": "expired access/refresh token"}
_BUSY = {"error": "invalid_grant", "error_description": "token request is already being processed"}


@dataclass(slots=True)
class _Rotation:
    """One use of a refresh token: who asked, and whether what it brought was kept."""

    by: Process | None
    lost: bool = False
    stored: bool = False


@dataclass(slots=True)
class Grant:
    """One workspace's sign-in."""

    workspace: str
    refresh: str
    access: str
    spent: dict[str, _Rotation] = field(default_factory=dict)
    busy: bool = False
    alive: bool = True


class Login:
    """The token endpoint of the org, for every workspace."""

    def __init__(self, scheduler: Scheduler, watch: Watch) -> None:
        self._scheduler = scheduler
        self._watch = watch
        self._issued = 0
        self.grants: dict[str, Grant] = {}
        self.wrongs: list[str] = []
        self.loses = lambda: False

    def sign_in(self, workspace: str) -> tuple[str, str]:
        """A person signs in: a new grant, its access and refresh token."""
        grant = Grant(workspace, self._token("refresh"), self._token("access"))
        self.grants[workspace] = grant
        return grant.access, grant.refresh

    def accepts(self, workspace: str, access: str) -> bool:
        """Whether a call with that access token is let in."""
        grant = self.grants[workspace]
        return grant.alive and grant.access == access

    def expire(self, workspace: str) -> None:
        """The session ends; its refresh token lives."""
        self.grants[workspace].access = ""

    def stored(self, workspace: str, *, well: bool) -> None:
        """The process that runs committed a rotation's tokens; or its disk failed, which loses an
        answer as well."""
        mine = [it for it in self.grants[workspace].spent.values() if it.by is self._asker]
        if mine:
            mine[-1].stored, mine[-1].lost = well, not well

    @property
    def _asker(self) -> Process | None:
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
        """As `Http.send`."""
        fails = self._scheduler.step("asks the login for new tokens", "instant")
        presented = parse_qs((body or b"").decode())["refresh_token"][0]
        status, answer, rotation = self._answer(presented)
        if rotation is not None and (fails or self.loses()):
            rotation.lost = True
            self._scheduler.story.count("lost answer")
            self._wait(rotation)
            raise OutcomeUnknown("the answer of the login was lost")
        self._wait(rotation)
        return HttpResponse(status, {}, json.dumps(answer).encode())

    def _wait(self, rotation: _Rotation | None) -> None:
        """The first half of it the login is busy with the token; in the second the answer is on its
        way."""
        takes = 0.1 + self._scheduler.rng.random() * 2
        grant = next((it for it in self.grants.values() if rotation in it.spent.values()), None)
        if grant is not None:
            grant.busy = True
            self._scheduler.at(
                self._scheduler.now + takes / 2, lambda: setattr(grant, "busy", False)
            )
        self._scheduler.step("waits for the login", "login", takes)

    def _answer(self, presented: str) -> tuple[int, object, _Rotation | None]:
        for grant in self.grants.values():
            if presented in grant.spent:
                if grant.busy:
                    return 400, _BUSY, None
                self._replayed(grant, grant.spent[presented])
                return 400, _ENDED, None
            if grant.refresh == presented and grant.alive:
                if grant.busy:
                    return 400, _BUSY, None
                return 200, *self._rotated(grant)
        return 400, _ENDED, None

    def _replayed(self, grant: Grant, rotation: _Rotation) -> None:
        """A token was presented twice: treated as theft. Whose fault that is, depends on what
        became of the first."""
        if not grant.alive:
            return
        grant.alive = False
        self._scheduler.tell("the grant ends: a rotated token was presented again")
        self._scheduler.story.count("grant lost")
        if not self._watch.may(self._asker, f"refresh:{grant.workspace}"):
            self.wrongs.append(
                f"{grant.workspace}: a zombie refresher presented a rotated token, which ends the grant"
            )
        elif not rotation.lost and (rotation.stored or not self._never_came_to_it(rotation)):
            self.wrongs.append(
                f"{grant.workspace}: a grant was lost although its last answer arrived"
            )

    def _never_came_to_it(self, rotation: _Rotation) -> bool:
        """Whether the process that had the answer died with it, or has stood still since."""
        by = rotation.by
        return by is not None and (by.killed or by.frozen_at(self._scheduler.now))

    def _rotated(self, grant: Grant) -> tuple[object, _Rotation]:
        rotation = _Rotation(self._asker)
        grant.spent[grant.refresh] = rotation
        grant.refresh, grant.access = self._token("refresh"), self._token("access")
        self._scheduler.story.count("refresh")
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
