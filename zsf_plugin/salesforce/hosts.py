"""Which addresses may be followed: Salesforce's over https, the loopback for rehearsals (salesforce-api.md §1.1)."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from zsf_plugin.errors import ConfigurationError

PRODUCTION = "https://login.salesforce.com"
SANDBOX = "https://test.salesforce.com"

_SUFFIXES = (".salesforce.com", ".cloudforce.com", ".salesforce.mil", ".sfcrmproducts.cn")
_NOT_API = {".lightning.force.com": ".my.salesforce.com", ".my.salesforce-setup.com": ".my.salesforce.com"}


def trusted_base(url: str) -> str:
    """`scheme://host[:port]` of a login or instance URL that may be followed. Raises ConfigurationError with words."""
    try:
        parts = urlsplit(url if "//" in url else f"https://{url}")
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError as error:
        raise _refused(url, "is not an address") from error
    if parts.username or parts.password:
        raise _refused(url, "must not hold a user name or password")
    if is_loopback(host):
        return f"{parts.scheme}://{host}{f':{port}' if port else ''}"
    if parts.scheme != "https" or port not in (None, 443):
        raise _refused(url, "must start with https:// and name no port")
    host = _api_host(host)
    if not host.endswith(_SUFFIXES):
        raise _refused(url, "is not a Salesforce address; it ends in .my.salesforce.com")
    return f"https://{host}"


def is_loopback(host: str) -> bool:
    """Whether the host is this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def looks_like_sandbox(url: str) -> bool:
    """Whether a login or instance address is a sandbox's."""
    host = urlsplit(url).hostname or ""
    return host == "test.salesforce.com" or ".sandbox." in host


def _api_host(host: str) -> str:
    """The API's host for one that people paste from the browser's address bar."""
    for shown, real in _NOT_API.items():
        if host.endswith(shown):
            return host.removesuffix(shown) + real
    return host


def _refused(url: str, why: str) -> ConfigurationError:
    shown = urlsplit(url).hostname or "the address" if "@" in url else url
    return ConfigurationError((f"{shown} {why}",))
