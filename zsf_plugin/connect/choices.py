"""Where a sign-in may begin, and as which app: the logins of both kinds of org, and the id that
rehearsals use."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from zsf_plugin.model import Environment, is_loopback

LOGINS: Mapping[Environment, str] = {
    "production": "https://login.salesforce.com",
    "sandbox": "https://test.salesforce.com",
}
#: The client id of rehearsals: an emulator takes any.
REHEARSAL = "zsf-rehearsal"


def is_rehearsal(login_url: str) -> bool:
    """Whether the login is an emulator on this machine."""
    return is_loopback(urlsplit(login_url).hostname or "")


def client_id_for(login_url: str, *known: str | None) -> str | None:
    """The app to sign in with: the first that is known; None where a real login needs one that
    nobody named."""
    named = next((one for one in known if one), None)
    return named or (REHEARSAL if is_rehearsal(login_url) else None)
