"""Which API version of an org is used, and another one once it no longer serves that
(salesforce-api.md §2.5, §4.2 UNSUPPORTED_API_VERSION).

Orgs upgrade on different weekends, and one that is moved may lag behind for a while.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zsf_plugin.errors import Log, ReconnectRequired, Unavailable
from zsf_plugin.model import Connection, Json
from zsf_plugin.ports import Clock
from zsf_plugin.salesforce import addresses, answers, headers
from zsf_plugin.salesforce.http import Http, HttpResponse

if TYPE_CHECKING:
    from zsf_plugin.ports import Store

_log = Log("zsf_plugin.salesforce")

_OURS = "68.0"
OLDEST = 60.0
_RETRY_DELAY_S = 300.0
#: How long a version that the org lists is not doubted again: a 404 was about something else.
_LISTED_FOR_S = 3600.0
_RETIRED = frozenset({"UNSUPPORTED_API_VERSION", "GONE"})


def versions_at(http: Http, instance_url: str) -> list[str] | None:
    """The versions that the org at a trusted address lists, without a session (§2.2); None if it
    answers with no list. Raises as `Http.send`."""
    answer = http.send("GET", addresses.versions(instance_url), headers=headers.JSON_ANSWER)
    return listed_in(answers.json_or_none(answer)) if answer.status == 200 else None


def listed_in(body: Json) -> list[str] | None:
    """The versions in the list of an org; None if it is no list."""
    if not isinstance(body, list):
        return None
    return [str(row.get("version")) for row in body if isinstance(row, dict)]


def best_of(listed: list[str]) -> str | None:
    """Our version if the org has it, else its newest; None if all are too old."""
    if _OURS in listed:
        return _OURS
    newest = max(filter(addresses.is_version, listed), key=float, default="0")
    return newest if float(newest) >= OLDEST else None


class VersionChoice:
    """Chooses another version for one workspace's org, once its own is no longer served."""

    def __init__(self, store: Store, clock: Clock, http: Http) -> None:
        self._store = store
        self._clock = clock
        self._http = http
        #: Addresses, each with a version that it lists, and until when that is not asked again.
        self._listed: dict[tuple[str, str], float] = {}

    def is_made(self, answer: HttpResponse, connection: Connection, path: str) -> bool:
        """Whether another version was chosen because of the answer to that path, which then did
        nothing. Costs no API call, and one request to the list.

        Raises ReconnectRequired (`version`) if all that the org lists are too old, Unavailable if
        it lists none, or refuses composites of one that it lists.
        """
        code = _refusal_of_version(answer)
        current = connection.instance_url, connection.api_version
        if code is None or self._clock.now() < self._listed.get(current, 0.0):
            return False
        base = addresses.trusted_base(connection.instance_url)
        listed = versions_at(self._http, base)
        refused = Unavailable("refused_for_now", _RETRY_DELAY_S, {"code": code})
        if not listed:
            raise refused
        if connection.api_version in listed:
            if path.startswith(addresses.COMPOSITE):  # which every version has
                raise refused
            self._listed[current] = self._clock.now() + _LISTED_FOR_S
            return False
        version = best_of(listed)
        if version is None:
            raise ReconnectRequired("version")
        _log.warning("the org no longer serves API version %s: using %s", current[1], version)
        self._store.choose_api_version(connection, version)
        return True


def _refusal_of_version(answer: HttpResponse) -> str | None:
    """The code by which an answer, or every part of it, says that the version is not served; None
    if it says nothing of it. A version that is too new for the org is not found."""
    try:
        body = answers.body_of(answer)
    except ValueError:
        return None  # a page is not Salesforce's, whatever its status
    if answer.status in answers.GOOD:
        return _refusal_in_parts(body)
    codes = answers.codes_in(body)
    retired = codes & _RETIRED
    if answer.status == 410 and not retired:
        return "GONE"
    found = retired or (codes if answer.status == 404 else set())
    return min(found, default=None)


def _refusal_in_parts(body: Json) -> str | None:
    """The code, if every part of a composite has one of a version that is not served."""
    code = None
    for part in answers.objects_in(body, "compositeResponse"):
        code = min(answers.codes_in(part.get("body")) & _RETIRED, default=None)
        if code is None:
            return None
    return code
