"""Sends signed messages to the operator's own address, by the convention of Standard Webhooks
(https://www.standardwebhooks.com). What they say is decided in `sync.alerts`."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from zsf_plugin.errors import ConfigurationError, Log, OutcomeUnknown, Unavailable
from zsf_plugin.model import is_loopback

if TYPE_CHECKING:
    from zsf_plugin.model import JsonObject
    from zsf_plugin.salesforce.http import Http
    from zsf_plugin.settings import Settings

_log = Log("zsf_plugin.wiring")

#: What came of a message: the receiver took it, refused this one, or did not answer as it should,
#: which concerns every message.
Delivery = Literal["taken", "refused", "unanswered"]
#: Statuses in the 400s that concern no single message.
_PASSING = frozenset({401, 403, 404, 407, 408, 410, 425, 429})

READ_TIMEOUT_S = 10.0
_PREFIX = "whsec_"
_MIN_SECRET_BYTES, _MAX_SECRET_BYTES = 24, 64
_BAD_URL = (
    "ZSF_ALERTS_URL must be an https:// address without a user name; http:// only for this machine"
)
_BAD_KEY = (
    "ZSF_ALERTS_SECRET must be `whsec_` and the base64 of 24 to 64 bytes: docs/operations.md, "
    "Alerts, has a command that makes one"
)


@dataclass(frozen=True, slots=True, repr=False)
class Webhook:
    """An address, and the key that signs what is sent there. Has no repr: the key is a secret."""

    url: str
    key: bytes
    http: Http

    def send(self, id_: str, at: float, body: JsonObject) -> Delivery:
        """Send a message; returns what came of it. Follows no redirect, and reads no more of the
        answer than its status."""
        data = json.dumps(body).encode("ascii")  # a name may be of any characters
        headers = {"Content-Type": "application/json", **signed_headers(self.key, id_, at, data)}
        try:
            answer = self.http.send("POST", self.url, headers=headers, body=data, writes=True)
        except (OutcomeUnknown, Unavailable) as error:
            _log.warning("an alert could not be sent: %s", error)
            return "unanswered"
        if 200 <= answer.status < 300:
            return "taken"
        _log.warning("the receiver of alerts answered %d", answer.status)
        is_refused = 400 <= answer.status < 500 and answer.status not in _PASSING
        return "refused" if is_refused else "unanswered"


def signed_headers(key: bytes, id_: str, at: float, data: bytes) -> dict[str, str]:
    """The headers that identify and sign a message at that time."""
    signed = b".".join((id_.encode(), str(int(at)).encode(), data))
    signature = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    return {
        "webhook-id": id_,
        "webhook-timestamp": str(int(at)),
        "webhook-signature": f"v1,{signature}",
    }


def webhook_of(settings: Settings) -> Webhook | None:
    """The webhook of the settings, or None if they name none. Raises ConfigurationError."""
    if settings.alerts_url is None:
        return None
    from zsf_plugin.salesforce.http import Http

    _check_url(settings.alerts_url)
    key = _key(settings.alerts_secret or "")
    http = Http(READ_TIMEOUT_S, settings.network, reads_body=False)
    return Webhook(settings.alerts_url, key, http)


def _check_url(url: str) -> None:
    """Raise ConfigurationError for an address that alerts must not go to. A private one may be
    what the operator means."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        _ = parts.port  # read only here
    except ValueError as error:
        raise ConfigurationError((_BAD_URL,)) from error
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))
    if not host or not is_safe or "@" in parts.netloc or not url.isprintable():
        raise ConfigurationError((_BAD_URL,))


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ConfigurationError((_BAD_KEY,)) from error
    is_long_enough = _MIN_SECRET_BYTES <= len(key) <= _MAX_SECRET_BYTES
    if not secret.startswith(_PREFIX) or not is_long_enough:
        raise ConfigurationError((_BAD_KEY,))
    return key
