"""Which requests go through the proxy that the settings name, and what kind of proxy it is. Pure:
no name is resolved, nothing is opened.

Matches NO_PROXY as `requests` and curl do (https://curl.se/docs/manpage.html#--noproxy), without
their look at the operating system's settings.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from zsf_plugin.model import is_loopback
from zsf_plugin.salesforce import addresses

_DEFAULT_PORTS = {
    "http": 80,
    "https": 443,
    "socks4": 1080,
    "socks4a": 1080,
    "socks5": 1080,
    "socks5h": 1080,
}
_SEPARATORS = re.compile(r"[\s,]+")
_PRINTABLE = re.compile(r"[!-~]*")


@dataclass(frozen=True, slots=True, repr=False)
class Proxy:
    """A proxy. `url` may hold a password; `name` (`host:port`) may be shown."""

    url: str
    name: str

    @property
    def is_socks(self) -> bool:
        """Whether it speaks SOCKS, which needs an optional package."""
        return self.url.startswith("socks")


def parse_proxy(url: str) -> Proxy:
    """The proxy of a URL; without a scheme it is `http://`. Raises ValueError, which quotes
    nothing of it."""
    scheme, _, rest = url.rpartition("://")
    scheme = scheme.lower() or "http"
    parts = urlsplit(f"{scheme}://{rest}")
    is_whole = "@" not in rest[len(parts.netloc) :]  # else a part of the password names the host
    if not (
        scheme in _DEFAULT_PORTS and parts.hostname and is_whole and _PRINTABLE.fullmatch(rest)
    ):
        raise ValueError("not the URL of a proxy")
    if parts.port == 0 or parts.netloc.endswith(":"):
        raise ValueError("not the port of a proxy")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    name = f"{host}:{parts.port or _DEFAULT_PORTS[scheme]}"
    return Proxy(f"{scheme}://{_login(parts.username, parts.password)}{name}", name)


def _login(username: str | None, password: str | None) -> str:
    """`USER:PASSWORD@` in the one form in which no library encodes it again. Raises ValueError for
    what Basic authentication cannot carry."""
    if username is None:
        return ""
    secrets = []
    for secret in (username, password):
        if secret is not None:
            plain = unquote(secret)
            plain.encode("latin-1")
            secrets.append(addresses.encoded(plain))
    return f"{':'.join(secrets)}@"


def is_direct(netloc: str, no_proxy: str) -> bool:
    """Whether `host` or `host:port` is reached without a proxy: this machine always, else what
    `no_proxy` lists.

    `*` stands for every host; a name covers its subdomains, with or without a dot or `*.` in front;
    `host:port`, an address and a network (`10.0.0.0/8`) may stand there too.
    """
    parts = urlsplit(f"//{netloc}")
    host = (parts.hostname or "").rstrip(".")
    names = (host, f"{host}:{parts.port or 443}")
    return is_loopback(host) or any(
        _covers(pattern, names) for pattern in filter(None, _SEPARATORS.split(no_proxy.lower()))
    )


def _covers(pattern: str, names: tuple[str, str]) -> bool:
    if pattern == "*":
        return True
    address = _address(names[0])
    if address is not None:
        return _has_address(pattern, address)
    wanted = pattern.removeprefix("*").strip(".")
    return any(name == wanted or name.endswith(f".{wanted}") for name in names)


_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def _address(text: str) -> _Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _has_address(pattern: str, address: _Address) -> bool:
    try:
        return address in ipaddress.ip_network(pattern.strip("[]"), strict=False)
    except ValueError:
        return False
