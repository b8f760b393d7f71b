"""`/composite` bodies and their answers, pure (salesforce-api.md §3.6). Answers are matched by name, never by place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from zsf_plugin.errors import Unavailable, ZsfError
from zsf_plugin.model.json import Json
from zsf_plugin.salesforce.answers import error_of

MOST = 25
MOST_HEAVY = 5


@dataclass(frozen=True, slots=True)
class Sub:
    """One subrequest. `path` follows the version."""

    name: str
    method: str
    path: str
    body: Json = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SubAnswer:
    """One subrequest's answer."""

    status: int
    body: Json
    headers: Mapping[str, str]

    def result(self, *, writes: bool) -> Json:
        """The body of a good answer. Raises the error that any other stands for."""
        if self.status < 300 or self.status == 304:
            return self.body
        raise error_of(self.status, self.body, writes=writes)


def request(subs: Sequence[Sub], version: str) -> Json:
    """The body that asks for these, in order, each for itself."""
    return {
        "allOrNone": False,
        "collateSubrequests": False,
        "compositeRequest": [_one(sub, version) for sub in subs],
    }


def answers(body: Json, subs: Sequence[Sub], *, writes: bool) -> dict[str, SubAnswer]:
    """Each subrequest's answer by its name. Raises the one error that a refused composite carries."""
    entries = body.get("compositeResponse") if isinstance(body, dict) else None
    found: dict[str, SubAnswer] = {}
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, dict):
            name = entry.get("referenceId")
            answer = SubAnswer(cast(int, entry.get("httpStatusCode", 0)), entry.get("body"), _headers(entry))
            if name is None:  # refused as a whole: one entry without a name (§9 trap 11)
                raise error_of(answer.status, answer.body, writes=writes)
            found[str(name)] = answer
    if any(sub.name not in found for sub in subs):
        raise _incomplete()
    return found


def _one(sub: Sub, version: str) -> dict[str, Json]:
    made: dict[str, Json] = {
        "method": sub.method,
        "referenceId": sub.name,
        "url": f"/services/data/v{version}{sub.path}",
    }
    if sub.body is not None:
        made["body"] = sub.body
    if sub.headers:
        made["httpHeaders"] = dict(sub.headers)
    return made


def _headers(entry: Mapping[str, Json]) -> dict[str, str]:
    given = entry.get("httpHeaders")
    return {key.lower(): str(value) for key, value in given.items()} if isinstance(given, dict) else {}


def _incomplete() -> ZsfError:
    return Unavailable("the answer to a composite lacks a part", 30.0)
