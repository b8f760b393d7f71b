"""The door for values into headers: visible ASCII, or none at all. A line break in a header starts
another one.

No other module writes a header around a value (tests/architecture/test_the_doors.py).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from zsf_plugin.errors import ReconnectRequired

FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
JSON_ANSWER = {"Accept": "application/json"}
#: Of every API call.
API = {
    "Accept": "application/json",
    "Accept-Encoding": "gzip",
    "Sforce-Call-Options": "client=zsf-plugin",
}
JSON_BODY = {"Content-Type": "application/json; charset=UTF-8"}

_TOKEN = re.compile(r"[!-~]+")
_DATE = re.compile(
    r"[A-Z][a-z]{2}, [0-9]{1,2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT"
)


def is_token(text: str) -> bool:
    """Whether a header can carry it: visible ASCII without blanks, as tokens are."""
    return _TOKEN.fullmatch(text) is not None


def authorized(access: str, headers: Mapping[str, str]) -> dict[str, str]:
    """Those headers with the session's. Raises ReconnectRequired for a token that none can
    carry."""
    if _TOKEN.fullmatch(access) is None:
        raise ReconnectRequired("damaged")
    return {**headers, "Authorization": f"Bearer {access}"}


def if_modified_since(last_modified: str | None) -> dict[str, str]:
    """`If-Modified-Since` with what an earlier answer gave; nothing where that is no date, and all
    is asked for."""
    if last_modified is None or not _DATE.fullmatch(last_modified):
        return {}
    return {"If-Modified-Since": last_modified}
