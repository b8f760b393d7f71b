"""Addresses: which may be followed, and the door for values into them and into forms
(salesforce-api.md §1.1, §1.3, §3, §9 trap 19).

A token goes only where `trusted_base` said yes: to Salesforce over https, and to the loopback for
rehearsals. No other module puts a value, percent-encoded or refused, into a path or a query
(tests/architecture/test_the_doors.py). A *path* here follows the version, as `Session.call` and
composites take it. Nothing is resolved or asked here.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from urllib.parse import SplitResult, quote, urlencode, urlsplit

from zsf_plugin.errors import ConfigurationError, ReconnectRequired, Rejected, Unavailable
from zsf_plugin.model import is_loopback
from zsf_plugin.salesforce import soql
from zsf_plugin.salesforce.ids import long_id

PRODUCTION = "https://login.salesforce.com"
SANDBOX = "https://test.salesforce.com"

_log = logging.getLogger("zsf_plugin.salesforce")

_SUFFIXES = (".salesforce.com", ".cloudforce.com", ".salesforce.mil", ".sfcrmproducts.cn")
#: Hosts of the browser's address bar, which serve no API, and the ending of those that do.
_NOT_API = {
    ".lightning.force.com": ".my.salesforce.com",
    ".my.salesforce-setup.com": ".my.salesforce.com",
}
#: Parsers disagree about hosts with anything else in them (a backslash ends the host for some, not
#: for others).
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")
_SANDBOX = re.compile(r"\.sandbox\.|\.cs\d+\.|^cs\d+\.|^test\.salesforce\.com$")

COMPOSITE = "/composite"
COLLECTIONS = "/composite/sobjects"

_VERSION = re.compile(r"[0-9]{1,3}\.[0-9]")
#: A further page: the resource, and a locator of 18 characters with an offset behind it (§3.12).
_PAGE = re.compile(
    r"/services/data/v[0-9]{1,3}\.[0-9](/(?:query|queryAll)/[0-9A-Za-z]{15,18}-[0-9]{1,10})"
)


def trusted_base(url: str) -> str:
    """`scheme://host[:port]` of a login or instance URL that may be followed; its path is dropped.

    A Lightning or Setup address is turned into the API's. Raises ConfigurationError with words for
    all others.
    """
    try:
        parts = _parts(url.strip())
        port = parts.port
    except ValueError as error:
        raise _refused(url, "is not an address") from error
    if "@" in parts.netloc:
        raise _refused(url, "must not hold a user name or password")
    host = _host_of(parts)
    if is_loopback(host):
        return _loopback_base(url, parts, host, port)
    if parts.scheme != "https" or port not in (None, 443):
        raise _refused(url, "must start with https:// and name no port")
    return _salesforce_base(url, _api_host(host))


def looks_like_sandbox(url: str) -> bool:
    """Whether a login or instance address is a sandbox's, as far as its name tells."""
    return _SANDBOX.search(urlsplit(url).hostname or "") is not None


def _salesforce_base(url: str, host: str) -> str:
    if not _HOST.fullmatch(host) or not host.endswith(_SUFFIXES):
        raise _refused(url, "is not a Salesforce address; it ends in .my.salesforce.com")
    return f"https://{host}"


def _parts(url: str) -> SplitResult:
    """A host without a scheme is Salesforce's, by https, or this machine, where an emulator speaks
    http."""
    if "//" in url:
        return urlsplit(url)
    parts = urlsplit(f"https://{url}")
    return urlsplit(f"http://{url}") if is_loopback(_host_of(parts)) else parts


def _host_of(parts: SplitResult) -> str:
    return (parts.hostname or "").lower()


def _loopback_base(url: str, parts: SplitResult, host: str, port: int | None) -> str:
    if parts.scheme not in ("http", "https"):
        raise _refused(url, "must start with http:// or https://")
    return f"{parts.scheme}://{_with_port(host, port)}"


def _with_port(host: str, port: int | None) -> str:
    name = f"[{host}]" if ":" in host else host
    return f"{name}:{port}" if port else name


def _api_host(host: str) -> str:
    """The API's host for one that people paste from the browser's address bar."""
    for shown, real in _NOT_API.items():
        if host.endswith(shown):
            api = host.removesuffix(shown) + real
            _log.info("%s serves no API: using %s instead", host, api)
            return api
    return host


def _refused(url: str, why: str) -> ConfigurationError:
    return ConfigurationError((f"{_shown(url)} {why}",))


def _shown(url: str) -> str:
    """What a message may show of an address: it may hold a password, or anything."""
    if "@" in url or not url.isprintable():
        return "the address"
    return url or "an empty address"


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


def next_page_path(given: str) -> str:
    """The path of a further page that an answer names. Raises Unavailable for anything that is
    none.

    Only resource and locator are taken: an answer does not decide where a token goes, nor what is
    asked there.
    """
    found = _PAGE.fullmatch(given)
    if found is None:
        raise Unavailable("no_page")
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
