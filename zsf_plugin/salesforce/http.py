"""Sends HTTP requests and returns the response, or says how the request failed. The only module
that uses `requests`, with `connecting`; knows nothing of Salesforce.

No retries (`requests` has none by default), no redirects, no cookies, no netrc (its password would
replace the token), always a timeout (salesforce-api.md §3). The settings name the proxy and the
certificates to trust.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from zsf_plugin.salesforce.route import Route, check_certificates, lost, not_sent
from zsf_plugin.settings import DEFAULT_READ_TIMEOUT_S, DIRECT, Network

__all__ = ["DEFAULT_READ_TIMEOUT_S", "DIRECT", "Http", "HttpResponse", "Network"]

if TYPE_CHECKING:
    from requests import Response, Session

_CONNECT_TIMEOUT_S = 10.0
_MAX_BODY_BYTES = 64 * 1024 * 1024
#: The body of a refusal that was cut, or of what cannot be decoded: its status says enough.
UNREADABLE = b"\xff"


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """An HTTP response of any status: headers by lower-case name, the body decompressed, and the
    seconds until the headers came."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    elapsed_s: float = field(default=0.0, compare=False)


class Http:
    """An HTTP client for any host. Safe to use from many threads, and after a fork.

    `read_s`: seconds to wait for the first or next byte of a response. What is wrong with the
    `network` is reported by the first request. Unless it `reads_body`, that of a response is empty.
    """

    def __init__(
        self,
        read_s: float = DEFAULT_READ_TIMEOUT_S,
        network: Network = DIRECT,
        *,
        reads_body: bool = True,
    ) -> None:
        self._read_s, self._network = read_s, network
        self._reads_body = reads_body
        self._session: tuple[int, Session, Route] | None = None

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None = None,
        writes: bool = False,
    ) -> HttpResponse:
        """Send one request. Raises NotSent if nothing left this machine, OutcomeUnknown if the
        response to a write was lost, Unavailable if the response to a read was."""
        import requests

        from zsf_plugin.salesforce.connecting import NotConnected, was_never_sent

        response: Response | None = None
        by_name: dict[str, str] = {}
        try:
            _, session, route = self._open()
            response = session.request(
                method,
                url,
                proxies=route[url.split("/", 3)[2]],
                headers=dict(headers),
                data=body,
                timeout=(_CONNECT_TIMEOUT_S, self._read_s),
                allow_redirects=False,
                stream=True,
            )
            by_name |= response.headers.lower_items()
            with response:
                content, elapsed_s = bytearray(), response.elapsed.total_seconds()
                for chunk in response.iter_content(65536) if self._reads_body else ():
                    content += chunk
                    if len(content) > _MAX_BODY_BYTES:
                        raise lost("too_large", {}, writes=writes)
                return HttpResponse(response.status_code, by_name, bytes(content), elapsed_s)
        except NotConnected as error:
            self.check()  # what fails may be the certificates to trust
            raise not_sent(self._network, error.code, error.data) from error
        except OSError as error:  # what `requests` raises, and what it lets through
            is_garbage = isinstance(error, requests.exceptions.ContentDecodingError)
            if response is not None and (is_garbage or 300 <= response.status_code < 500):
                return HttpResponse(response.status_code, by_name, UNREADABLE)
            kind = {"error": type(error).__name__}  # never the URL, whose query may hold values
            if isinstance(error, requests.exceptions.ConnectTimeout) or was_never_sent(error):
                raise not_sent(self._network, "connection", kind) from error
            if not isinstance(error, requests.RequestException):
                self.check()  # it looks for the file of trusted certificates before it sends
            if isinstance(error, requests.exceptions.ReadTimeout):
                raise lost("silent", {"seconds": f"{self._read_s:g}"}, writes=writes) from error
            raise lost("connection", kind, writes=writes) from error

    def check(self) -> None:
        """Raise NotSent if the settings' proxy or certificates cannot be used. Sends nothing."""
        Route(self._network)
        check_certificates(self._network)

    def close(self) -> None:
        """Close the open connections; a later request opens new ones."""
        current, self._session = self._session, None
        if current is not None and current[0] == os.getpid():
            current[1].close()

    def _open(self) -> tuple[int, Session, Route]:
        """The process, its session and route: a child must not share its parent's sockets."""
        current = self._session  # another thread may close it meanwhile
        if current is None or current[0] != os.getpid():
            route = Route(self._network)
            current = self._session = (os.getpid(), _new_session(route), route)
        return current


def _new_session(route: Route) -> Session:
    from http.cookiejar import DefaultCookiePolicy

    import requests

    from zsf_plugin.salesforce.connecting import say_why

    session = requests.Session()
    for scheme in ("https://", "http://"):
        adapter = requests.adapters.HTTPAdapter()
        say_why(adapter.poolmanager)
        if route.proxy is not None:
            say_why(adapter.proxy_manager_for(route.proxy.url))
        session.mount(scheme, adapter)
    session.verify = route.verify
    session.trust_env = False  # no netrc; the settings have read the rest
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.headers["User-Agent"] = "zsf-plugin"
    return session
