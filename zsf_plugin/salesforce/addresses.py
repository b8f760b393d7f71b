"""Addresses: which are trusted, and how values enter URLs and forms (salesforce-api.md §1.1, §1.3,
§3, §9 trap 19).

A token is sent only to an address that `trusted_base` accepts: Salesforce over https, and loopback
for the emulator. No other module puts a value into a path or a query
(tests/architecture/test_the_builders.py). A *path* here follows the version, as `Session.call` and
composites expect. Pure: no name is resolved, no request is sent.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from urllib.parse import SplitResult, quote, urlencode, urlsplit

from zsf_plugin.errors import ConfigurationError, Log, ReconnectRequired, Rejected, Unavailable
from zsf_plugin.model import LOGINS, is_loopback
from zsf_plugin.salesforce import soql
from zsf_plugin.salesforce.ids import long_id

_log = Log("zsf_plugin.salesforce")

_SUFFIXES = (".salesforce.com", ".cloudforce.com", ".salesforce.mil", ".sfcrmproducts.cn")
#: Host endings that people copy from the browser, which serve no API → those of the API.
_NOT_API = {
    ".lightning.force.com": ".my.salesforce.com",
    ".my.salesforce-setup.com": ".my.salesforce.com",
}
#: Parsers disagree about hosts with other characters (a backslash ends the host for some, not for
#: others).
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")
_SANDBOX = re.compile(r"\.sandbox\.|\.cs\d+\.|^cs\d+\.|^test\.salesforce\.com$")

COMPOSITE = "/composite"
COLLECTIONS = "/composite/sobjects"

_VERSION = re.compile(r"[0-9]{1,3}\.[0-9]")
#: The next page of a query: the resource, and a locator of 18 characters with an offset (§3.12).
_PAGE = re.compile(
    r"/services/data/v[0-9]{1,3}\.[0-9](/(?:query|queryAll)/[0-9A-Za-z]{15,18}-[0-9]{1,10})"
)


def trusted_base(url: str) -> str:
    """`scheme://host[:port]` of a trusted login or instance URL; its path is dropped.

    A Lightning or Setup address becomes the API's. Raises ConfigurationError, with the reason, for
    any other address.
    """
    try:
        parts = _parts(url.strip())
        port = parts.port
    except ValueError as error:
        raise _refused(url, "is not an address") from error
    if "@" in parts.netloc:
        raise _refused(url, "must not contain a user name or password")
    host = _host_of(parts)
    if is_loopback(host):
        return _loopback_base(url, parts, host, port)
    if parts.scheme != "https" or port not in (None, 443):
        raise _refused(url, "must start with https:// and have no port")
    return _salesforce_base(url, _api_host(host))


def login_bases(login_url: str, instance_url: str, *, is_sandbox: bool) -> list[str]:
    """The trusted addresses at which the tokens of a connection can be refreshed and revoked: that
    of its sign-in first, then the org's own, and Salesforce's for all orgs of that kind (§1.1)."""
    bases: list[str] = []
    for url in (login_url, instance_url):
        try:
            bases.append(trusted_base(url))
        except ConfigurationError:
            if url == login_url:
                raise
    if not any(is_loopback(_host_of(urlsplit(base))) for base in bases):
        bases.append(LOGINS["sandbox" if is_sandbox else "production"])
    return list(dict.fromkeys(bases))


def looks_like_sandbox(url: str) -> bool:
    """Whether a login or instance address is a sandbox's, by its host name."""
    return _SANDBOX.search(urlsplit(url).hostname or "") is not None


def _salesforce_base(url: str, host: str) -> str:
    if not _HOST.fullmatch(host) or not host.endswith(_SUFFIXES):
        raise _refused(url, "is not a Salesforce address, which ends in .my.salesforce.com")
    return f"https://{host}"


def _parts(url: str) -> SplitResult:
    """Without a scheme: https for Salesforce, http for this machine, where the emulator runs."""
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
    """The API's host for one that was copied from the browser."""
    for shown, real in _NOT_API.items():
        if host.endswith(shown):
            api = host.removesuffix(shown) + real
            _log.info("%s serves no API: using %s instead", host, api)
            return api
    return host


def _refused(url: str, why: str) -> ConfigurationError:
    return ConfigurationError((f"{_shown(url)} {why}",))


def _shown(url: str) -> str:
    """The address as a message may show it: without a password or control characters."""
    if "@" in url or not url.isprintable():
        return "the address"
    return url or "an empty address"


def is_version(text: str) -> bool:
    """Whether `text` is an API version (`68.0`)."""
    return _VERSION.fullmatch(text) is not None


def root(version: str) -> str:
    """`/services/data/vXX.X`, ready for a path. Raises ReconnectRequired if `version` is
    invalid."""
    if _VERSION.fullmatch(version) is None:
        raise ReconnectRequired("no_version")
    return f"/services/data/v{version}"


def versions(base: str) -> str:
    """The address at which an org lists its API versions."""
    return f"{base}/services/data"


def query(statement: str, *, archived: bool = False) -> str:
    """The path of a query; `archived` uses queryAll, which includes archived and deleted rows."""
    return f"/{'queryAll' if archived else 'query'}?q={encoded(statement)}"


def tooling_query(statement: str) -> str:
    """The path of a Tooling API query (§8)."""
    return f"/tooling/query?q={encoded(statement)}"


def next_page_path(given: str) -> str:
    """The path of the next page that a response names. Raises Unavailable if it is no such page.

    Only resource and locator are used: a response must not decide where a token is sent, or what
    is queried there.
    """
    found = _PAGE.fullmatch(given)
    if found is None:
        raise Unavailable("no_page")
    return found.group(1)


def resources(base: str, version: str) -> str:
    """The address at which an org lists the resources of an API version."""
    return f"{base}{root(version)}/"


def describe(object_: str) -> str:
    """The path of an object's describe."""
    return f"{records(object_)}/describe"


def layouts(object_: str, record_type: str | None = None) -> str:
    """The path of an object's layouts, with what each record type offers, or of one of its record
    types. Raises Rejected (MALFORMED_ID) if that is no id."""
    if record_type is None:
        return f"{describe(object_)}/layouts"
    return f"{describe(object_)}/layouts/{_whole_id(record_type, 'RecordTypeId')}"


def records(object_: str) -> str:
    """The path that creates records of an object."""
    return f"/sobjects/{soql.identifier(object_)}"


def record(object_: str, record_id: str) -> str:
    """The path of a record. Raises Rejected (MALFORMED_ID) if `record_id` is no id, since it could
    lead to another path."""
    return f"{records(object_)}/{_whole_id(record_id)}"


def deletion(record_ids: Iterable[str]) -> str:
    """The path that deletes records, at most 200, each on its own (§3.7). Raises Rejected
    (MALFORMED_ID) if one is no id."""
    return f"{COLLECTIONS}?ids={','.join(map(_whole_id, record_ids))}&allOrNone=false"


def _whole_id(given: str, field: str = "Id") -> str:
    whole = long_id(given)
    if whole is None:
        raise Rejected("MALFORMED_ID", "", (field,))
    return whole


def oauth(base: str, name: str) -> str:
    """An OAuth endpoint: `token`, `revoke` or `userinfo`."""
    return f"{base}/services/oauth2/{encoded(name)}"


def authorize(base: str, values: Mapping[str, str]) -> str:
    """The page on which a person signs in."""
    return f"{base}/services/oauth2/authorize?{_urlencoded(values)}"


def identity(base: str, org_id: str, user_id: str) -> str:
    """The identity document of a user."""
    return f"{base}/id/{encoded(org_id)}/{encoded(user_id)}"


def form(values: Mapping[str, str]) -> bytes:
    """The body of a form to post."""
    return _urlencoded(values).encode("ascii")


def encoded(text: str) -> str:
    """The value percent-encoded for a query, or for one segment of a path that has no dots.

    Lone surrogates, which no URL can hold, are dropped.
    """
    return quote(text.encode("utf-8", "ignore"), safe="")


def as_browsers_write(path: str) -> str:
    """A path as browsers write it: non-ASCII letters are encoded, existing escapes stay."""
    return quote(path.encode("utf-8", "ignore"), safe="/%-_.~")


def _urlencoded(values: Mapping[str, str]) -> str:
    return urlencode({name: value.encode("utf-8", "ignore") for name, value in values.items()})
