"""Which addresses may be followed: Salesforce's over https, the loopback for rehearsals
(salesforce-api.md §1.1).

A token goes only where this module said yes. Nothing is resolved or asked here.
"""

from __future__ import annotations

import logging
import re
from urllib.parse import SplitResult, urlsplit

from zsf_plugin.errors import ConfigurationError
from zsf_plugin.model import is_loopback

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
