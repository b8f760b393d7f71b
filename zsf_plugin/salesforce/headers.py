"""Builds request headers. A value must be visible ASCII: a line break would start another header.

No other module puts a value into a header (tests/architecture/test_the_builders.py).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from zsf_plugin.errors import ReconnectRequired

FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
JSON_ANSWER = {"Accept": "application/json"}
#: Sent with every API call.
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
    """Whether `text` is visible ASCII without blanks, as every token is."""
    return _TOKEN.fullmatch(text) is not None


def authorized(access: str, headers: Mapping[str, str]) -> dict[str, str]:
    """The headers with the access token added. Raises ReconnectRequired for a token that no header
    can carry."""
    if _TOKEN.fullmatch(access) is None:
        raise ReconnectRequired("damaged")
    return {**headers, "Authorization": f"Bearer {access}"}


def if_modified_since(last_modified: str | None) -> dict[str, str]:
    """`If-Modified-Since` with the date of an earlier response; no header if that is not a date, so
    that everything is fetched."""
    if last_modified is None or not _DATE.fullmatch(last_modified):
        return {}
    return {"If-Modified-Since": last_modified}
