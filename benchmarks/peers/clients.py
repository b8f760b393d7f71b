"""simple-salesforce with a session of the emulator."""

from __future__ import annotations

from typing import Any

import requests
from simple_salesforce.api import Salesforce

API_VERSION = "68.0"


class _HttpSession(requests.Session):
    """simple-salesforce supports only https; the emulator serves http on the loopback interface."""

    def request(self, method: Any, url: Any, *args: Any, **kwargs: Any) -> requests.Response:
        return super().request(method, str(url).replace("https://", "http://", 1), *args, **kwargs)


def client_of(url: str, access_token: str) -> Salesforce:
    """A client that is signed in."""
    return Salesforce(
        instance_url=url.replace("http://", "https://"),
        session_id=access_token,
        version=API_VERSION,
        session=_HttpSession(),
    )
