"""The way out to Salesforce: the proxy and the trusted certificates of the settings, looked at
once. Opens no connection."""

from __future__ import annotations

import importlib.util
import os
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from zsf_plugin.errors import NotSent, OutcomeUnknown, Unavailable
from zsf_plugin.forking import fork_guard

if TYPE_CHECKING:
    from zsf_plugin.salesforce.proxies import Proxy
    from zsf_plugin.settings import Network

#: What no file of certificates is without.
_PEM_MARK = b"-----BEGIN "
#: A certificate in a folder of them: the hash of its subject, and a number.
_HASHED_NAME = re.compile(r"[0-9a-f]{8}\.[0-9]+")


class Route(dict[str, dict[str, str]]):
    """The proxies for each `host:port`, as `requests` takes them: {} for a host that is reached
    without. Worked out when a host is first looked up.

    `proxy` is None if there is none; `verify` is the path of the certificates to trust, or True for
    those that `requests` ships. Raises NotSent if either cannot be used, as far as a look at them
    shows; what is wrong inside a file of certificates `check_certificates` finds.
    """

    def __init__(self, network: Network) -> None:
        super().__init__()
        self._no_proxy = network.no_proxy
        self.proxy = _proxy_of(network)
        self.verify = _bundle_of(network)

    def __missing__(self, netloc: str) -> dict[str, str]:
        self[netloc] = self._proxies_of(netloc)
        return self[netloc]

    def _proxies_of(self, netloc: str) -> dict[str, str]:
        if self.proxy is None:
            return {}
        from zsf_plugin.salesforce.proxies import is_direct  # as the proxy was read by it

        return {} if is_direct(netloc, self._no_proxy) else {"all": self.proxy.url}


def check_certificates(network: Network) -> None:
    """Have OpenSSL read the file of certificates to trust, which takes 25 ms. Raises NotSent if it
    cannot."""
    path = network.ca_bundle
    if not path or os.path.isdir(path):
        return
    with fork_guard.inside():  # OpenSSL, too, has locks that a child would find locked
        import ssl

        try:
            ssl.create_default_context(cafile=path)
        except OSError as error:
            raise not_sent(network, "ca_unusable", {"path": path}) from error


def not_sent(network: Network, code: str, data: Mapping[str, object]) -> NotSent:
    """The error of a request that never left, with the names that its text may need."""
    names = {"proxy_from": network.proxy_from, "ca_from": network.ca_bundle_from}
    if code == "certificate_untrusted" and network.ca_bundle:
        code = "certificate_unlisted"
    return NotSent(code, data={key: name for key, name in names.items() if name} | {**data})


def lost(code: str, data: Mapping[str, object], *, writes: bool) -> OutcomeUnknown | Unavailable:
    """The error of a request that may have left, and whose response did not come."""
    return OutcomeUnknown(code, data) if writes else Unavailable(code, data=data)


def _proxy_of(network: Network) -> Proxy | None:
    if not network.proxy:
        return None
    with fork_guard.inside():  # `zsf status` makes a route, and few have a proxy
        from zsf_plugin.salesforce.proxies import parse_proxy

    try:
        proxy = parse_proxy(network.proxy)
    except ValueError as error:
        raise not_sent(network, "proxy_invalid", {}) from error
    if proxy.is_socks and importlib.util.find_spec("socks") is None:
        raise not_sent(network, "proxy_socks", {})
    return proxy


def _bundle_of(network: Network) -> str | bool:
    path = network.ca_bundle
    try:
        if os.path.isdir(path):
            if not any(map(_HASHED_NAME.fullmatch, os.listdir(path))):
                raise not_sent(network, "ca_unhashed", {"path": path})
        elif path:
            with open(path, "rb") as file:
                if _PEM_MARK not in file.read():
                    raise not_sent(network, "ca_unusable", {"path": path})
    except ValueError as error:  # a path with a NUL character
        raise not_sent(network, "ca_missing", {"path": repr(path), "reason": "no path"}) from error
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise not_sent(network, "ca_missing", {"path": path, "reason": reason}) from error
    return path or True
