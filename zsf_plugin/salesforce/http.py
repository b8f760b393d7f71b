"""The one module that touches `requests`: sends, and says what came back or how it failed. Knows no Salesforce.

Never retried here, never redirected, always with a time-out; cookies are not kept (salesforce-api.md §3).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zsf_plugin.errors import NotSent, OutcomeUnknown, Unavailable

if TYPE_CHECKING:
    from http.cookiejar import CookiePolicy

    from requests import Session

_CONNECT_S = 10.0
_READ_S = 120.0
_MOST_BYTES = 64 * 1024 * 1024
_RETRY_AFTER_S = 30.0


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer: status, case-folded headers, body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Http:
    """Sends requests to one host after another; safe to use from many threads."""

    def __init__(self) -> None:
        self._session: Session | None = None

    def send(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None = None, writes: bool = False
    ) -> Answer:
        """One request. Raises NotSent where nothing left, OutcomeUnknown where a write's answer was lost, else
        Unavailable."""
        import requests

        try:
            response = self._open().request(
                method,
                url,
                headers=dict(headers),
                data=body,
                timeout=(_CONNECT_S, _READ_S),
                allow_redirects=False,
                stream=True,
            )
            with response:
                content = self._content(response.iter_content(65536))
                return Answer(response.status_code, {k.lower(): v for k, v in response.headers.items()}, content)
        except (requests.exceptions.ConnectTimeout, requests.exceptions.SSLError) as error:
            raise NotSent(_words(error), _RETRY_AFTER_S) from error
        except requests.exceptions.RequestException as error:
            if _never_connected(error):
                raise NotSent(_words(error), _RETRY_AFTER_S) from error
            if writes:
                raise OutcomeUnknown(_words(error)) from error
            raise Unavailable(_words(error), _RETRY_AFTER_S) from error

    def _open(self) -> Session:
        if self._session is None:
            import requests
            from requests.adapters import HTTPAdapter

            session = requests.Session()
            session.trust_env = False  # a netrc file would replace the Bearer header
            session.cookies.set_policy(_no_cookies())
            for scheme in ("https://", "http://"):
                session.mount(scheme, HTTPAdapter(max_retries=0, pool_maxsize=8))
            self._session = session
        return self._session

    @staticmethod
    def _content(chunks: object) -> bytes:
        content = bytearray()
        for chunk in chunks:  # type: ignore[attr-defined]  # an iterator of bytes
            content += chunk
            if len(content) > _MOST_BYTES:
                raise Unavailable("the answer is larger than 64 MiB", _RETRY_AFTER_S)
        return bytes(content)


def _no_cookies() -> CookiePolicy:
    from http.cookiejar import DefaultCookiePolicy

    return DefaultCookiePolicy(allowed_domains=[])


def _never_connected(error: BaseException) -> bool:
    """Whether the connection was never made: refused, or the name unknown. Then nothing was sent."""
    from urllib3.exceptions import MaxRetryError, NewConnectionError

    cause = error.args[0] if error.args else None
    reason = cause.reason if isinstance(cause, MaxRetryError) else cause
    return isinstance(reason, NewConnectionError)


def _words(error: BaseException) -> str:
    """The failure's kind; never the URL, whose query may hold values."""
    return f"the connection failed ({type(error).__name__})"
