"""The door for values into addresses and forms: percent-encoded, or refused (salesforce-api.md
§1.3, §3, §9 trap 19).

No other module puts a value into a path or a query (tests/architecture/test_the_doors.py). Which
host may be followed is `hosts`' to say. A *path* here follows the version, as `Session.call` and
composites take it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote, urlencode

from zsf_plugin.errors import ReconnectRequired, Rejected, Unavailable
from zsf_plugin.salesforce import soql
from zsf_plugin.salesforce.ids import long_id

COMPOSITE = "/composite"
COLLECTIONS = "/composite/sobjects"

_VERSION = re.compile(r"[0-9]{1,3}\.[0-9]")
#: A further page: the resource, and a locator of 18 characters with an offset behind it (§3.12).
_PAGE = re.compile(
    r"/services/data/v[0-9]{1,3}\.[0-9](/(?:query|queryAll)/[0-9A-Za-z]{15,18}-[0-9]{1,10})"
)
_RETRY_DELAY_S = 30.0


def is_version(text: str) -> bool:
    """Whether that is an API version (`68.0`)."""
    return _VERSION.fullmatch(text) is not None


def root(version: str) -> str:
    """`/services/data/vXX.X`, for a path to follow. Raises ReconnectRequired for no version."""
    if _VERSION.fullmatch(version) is None:
        raise ReconnectRequired("no_version")
    return f"/services/data/v{version}"


def versions(base: str) -> str:
    """Where an org tells which versions it knows."""
    return f"{base}/services/data"


def query(statement: str, *, archived: bool = False) -> str:
    """The path that asks; `archived`: with queryAll, which sees archived and deleted rows too."""
    return f"/{'queryAll' if archived else 'query'}?q={encoded(statement)}"


def tooling_query(statement: str) -> str:
    """The path that asks the Tooling API (§8)."""
    return f"/tooling/query?q={encoded(statement)}"


def next_page(given: str) -> str:
    """The path of a further page that an answer names. Raises Unavailable for anything that is
    none.

    Only resource and locator are taken: an answer does not decide where a token goes, nor what is
    asked there.
    """
    found = _PAGE.fullmatch(given)
    if found is None:
        raise Unavailable("no_page", _RETRY_DELAY_S)
    return found.group(1)


def describe(object_: str) -> str:
    """The path of an object's describe."""
    return f"{records(object_)}/describe"


def records(object_: str) -> str:
    """The path under which an object's records are created."""
    return f"/sobjects/{soql.identifier(object_)}"


def record(object_: str, record_id: str) -> str:
    """The path of a record. Raises Rejected (MALFORMED_ID) for what is no id: a path must not lead
    elsewhere."""
    whole = long_id(record_id)
    if whole is None:
        raise Rejected("MALFORMED_ID", "", ("Id",))
    return f"{records(object_)}/{whole}"


def oauth(base: str, name: str) -> str:
    """An endpoint of a login's: `token`, `revoke`, `userinfo`."""
    return f"{base}/services/oauth2/{encoded(name)}"


def authorize(base: str, values: Mapping[str, str]) -> str:
    """Where a browser is sent to sign in."""
    return f"{base}/services/oauth2/authorize?{_urlencoded(values)}"


def identity(base: str, org_id: str, user_id: str) -> str:
    """The identity document of a user."""
    return f"{base}/id/{encoded(org_id)}/{encoded(user_id)}"


def form(values: Mapping[str, str]) -> bytes:
    """The body of a form that is posted."""
    return _urlencoded(values).encode("ascii")


def encoded(text: str) -> str:
    """One value of a query, or one step of a path that has no dots: a plus, a slash, a percent sign
    stay what they are.

    Halves of surrogate pairs, which no URL holds, are dropped.
    """
    return quote(text.encode("utf-8", "ignore"), safe="")


def as_browsers_write(path: str) -> str:
    """A path as a browser's address bar gives it: letters beyond ASCII encoded, what already is
    left as it is."""
    return quote(path.encode("utf-8", "ignore"), safe="/%-_.~")


def _urlencoded(values: Mapping[str, str]) -> str:
    return urlencode({name: value.encode("utf-8", "ignore") for name, value in values.items()})
