"""`/composite` bodies and their answers, pure (salesforce-api.md §3.6). Answers are matched by
name, never by place.

Sends nothing; what goes into a subrequest is decided by those who ask.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from zsf_plugin.errors import OutcomeUnknown, Unavailable
from zsf_plugin.model.json import Json
from zsf_plugin.salesforce import addresses
from zsf_plugin.salesforce.answers import error_of, is_good

#: Subrequests of one composite, and those of them that may be queries or collections.
MOST = 25
MOST_HEAVY = 5
_LATER_S = 30.0


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
        if is_good(self.status):
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
    """Each subrequest's answer by its name.

    Raises the one error of a composite refused as a whole; OutcomeUnknown or Unavailable where an
    answer is missing.
    """
    entries = body.get("compositeResponse") if isinstance(body, dict) else None
    found: dict[str, SubAnswer] = {}
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, dict):
            answer = SubAnswer(_status(entry), entry.get("body"), _headers(entry))
            name = entry.get("referenceId")
            if name is None and not is_good(
                answer.status
            ):  # refused as a whole: one entry, no name (§9 trap 11)
                raise error_of(answer.status, answer.body, writes=writes)
            found[str(name)] = answer
    if any(sub.name not in found for sub in subs):
        words = "the answer to a composite lacks a part"
        raise OutcomeUnknown(words) if writes else Unavailable(words, _LATER_S)
    return found


def _one(sub: Sub, version: str) -> dict[str, Json]:
    made: dict[str, Json] = {
        "method": sub.method,
        "referenceId": sub.name,
        "url": addresses.resource(version, sub.path),
    }
    if sub.body is not None:
        made["body"] = sub.body
    if sub.headers:
        made["httpHeaders"] = dict(sub.headers)
    return made


def _status(entry: Mapping[str, Json]) -> int:
    """The subrequest's status; 500 where it has none, so that a strange answer is never taken for a
    good one."""
    status = entry.get("httpStatusCode")
    return status if isinstance(status, int) else 500


def _headers(entry: Mapping[str, Json]) -> dict[str, str]:
    given = entry.get("httpHeaders")
    return (
        {key.lower(): str(value) for key, value in given.items()} if isinstance(given, dict) else {}
    )
