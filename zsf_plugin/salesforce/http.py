"""Sends HTTP requests and returns the response, or says how the request failed. The only module
that uses `requests`; knows nothing of Salesforce.

No retries (`requests` has none by default), no redirects, no cookies, always a timeout
(salesforce-api.md §3).
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zsf_plugin.errors import NotSent, OutcomeUnknown, Unavailable

if TYPE_CHECKING:
    from requests import Session

_CONNECT_TIMEOUT_S = 10.0
DEFAULT_READ_TIMEOUT_S = 120.0
_MAX_BODY_BYTES = 64 * 1024 * 1024
#: How OpenSSL and urllib3 say that a certificate is for another host.
_OTHER_NAME = ("Hostname mismatch", "doesn't match", "IP address mismatch")


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """An HTTP response of any status: headers by lower-case name, the body decompressed."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Http:
    """An HTTP client for any host. Safe to use from many threads, and after a fork.

    `read_s`: seconds to wait for the first or next byte of a response.
    """

    def __init__(self, read_s: float = DEFAULT_READ_TIMEOUT_S) -> None:
        self._read_s = read_s
        self._session: tuple[int, Session] | None = None

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None = None,
        writes: bool = False,
    ) -> HttpResponse:
        """Send one request.

        Raises NotSent if nothing left this machine, OutcomeUnknown if the response to a write was
        lost, Unavailable if the response to a read was.
        """
        import requests

        try:
            response = self._open().request(
                method,
                url,
                headers=dict(headers),
                data=body,
                timeout=(_CONNECT_TIMEOUT_S, self._read_s),
                allow_redirects=False,
                stream=True,
            )
            with response:
                content = bytearray()
                for chunk in response.iter_content(65536):
                    content += chunk
                    if len(content) > _MAX_BODY_BYTES:
                        raise _lost("too_large", {}, writes=writes)
                return HttpResponse(response.status_code, _lower(response.headers), bytes(content))
        except requests.exceptions.RequestException as error:
            kind = {"error": type(error).__name__}  # never the URL, whose query may hold values
            if _never_sent(error):
                raise NotSent("connection", data=kind | _fault_of(error)) from error
            raise _lost("connection", kind, writes=writes) from error

    def close(self) -> None:
        """Close the open connections; a later request opens new ones."""
        current, self._session = self._session, None
        if current is not None and current[0] == os.getpid():
            current[1].close()

    def _open(self) -> Session:
        """This process's session: a forked child must not share its parent's sockets."""
        current = self._session  # another thread may close it meanwhile
        if current is None or current[0] != os.getpid():
            current = self._session = (os.getpid(), _new_session())
        return current[1]


def _new_session() -> Session:
    from http.cookiejar import DefaultCookiePolicy

    import requests

    session = requests.Session()
    session.trust_env = False  # a netrc file would replace the Bearer header
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.headers["User-Agent"] = "zsf-plugin"
    return session


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return dict(zip(map(str.lower, headers), headers.values(), strict=True))


def _never_sent(error: Exception) -> bool:
    """Whether it is certain that nothing was sent: no connection, unknown host, a refused
    certificate, an invalid request.

    Any other TLS failure counts as sent: it can also occur while the response is read.
    """
    import requests
    from urllib3.exceptions import NewConnectionError

    if isinstance(error, (requests.exceptions.ConnectTimeout, ValueError)):
        return True
    reason = _reason_of(error)
    return isinstance(reason, NewConnectionError) or "CERTIFICATE_VERIFY_FAILED" in str(reason)


def _fault_of(error: Exception) -> dict[str, str]:
    """`fault`, if it may be that of the address: no such host, or a certificate for another one."""
    reason = _reason_of(error)
    cause = getattr(reason, "__cause__", None)
    if isinstance(cause, socket.gaierror) and cause.errno == socket.EAI_NONAME:
        return {"fault": "unknown_host"}
    is_other = any(words in str(reason) for words in _OTHER_NAME)
    return {"fault": "other_name"} if is_other else {}


def _reason_of(error: Exception) -> object:
    """The failure that `requests` wraps, also inside a MaxRetryError."""
    from urllib3.exceptions import MaxRetryError

    cause = error.args[0] if error.args else None
    return cause.reason if isinstance(cause, MaxRetryError) else cause


def _lost(code: str, data: Mapping[str, object], *, writes: bool) -> OutcomeUnknown | Unavailable:
    return OutcomeUnknown(code, data) if writes else Unavailable(code, data=data)
