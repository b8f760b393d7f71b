"""The org's own word on its daily API calls: `GET /limits` (salesforce-api.md §2.4). Decides
nothing by it."""

from __future__ import annotations

from zsf_plugin.errors import Rejected, ZsfError
from zsf_plugin.model import Json
from zsf_plugin.ports import Usage
from zsf_plugin.salesforce.answers import GOOD, body_of, error_of, usage_of
from zsf_plugin.salesforce.composites import Request
from zsf_plugin.salesforce.http import Answer
from zsf_plugin.salesforce.session import Session

#: The entry that counts REST calls; the others, some nested by app, are about other things.
_ENTRY = "DailyApiRequests"


def ask_usage(session: Session) -> Usage | None:
    """One call. None where the connected user may not ask and the answer's header is silent too.

    Raises Unavailable, QuotaReached, ReconnectRequired.
    """
    answer = session.call(Request("GET", "/limits"), "upkeep")
    error = _refusal(answer)
    if error is not None and not isinstance(error, Rejected):
        raise error
    return usage_in(_json(answer)) or _usage_in_header(answer)


def usage_in(body: Json) -> Usage | None:
    """Used and allowed calls of a `/limits` body; None where the entry is absent or of another
    shape."""
    entry = body.get(_ENTRY) if isinstance(body, dict) else None
    most, left = (
        _count(entry.get(name)) if isinstance(entry, dict) else None
        for name in ("Max", "Remaining")
    )
    return None if not most or left is None else Usage(most - left, most)


def _refusal(answer: Answer) -> ZsfError | None:
    """What a refusing answer stands for. A 404 means no more than that this org does not tell
    (§2.4)."""
    if answer.status in GOOD or answer.status == 404:
        return None
    return error_of(answer.status, _json(answer), writes=False)


def _json(answer: Answer) -> Json:
    try:
        return body_of(answer)
    except ValueError:
        return None


def _usage_in_header(answer: Answer) -> Usage | None:
    usage = usage_of(answer)
    return Usage(*usage) if usage is not None and usage[1] else None


def _count(value: Json) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
