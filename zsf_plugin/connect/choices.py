"""Where a sign-in may begin, and as which app: the logins of both kinds of org, and the id that rehearsals use."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from zsf_plugin.model.link import Environment

LOGINS: Mapping[Environment, str] = {
    "production": "https://login.salesforce.com",
    "sandbox": "https://test.salesforce.com",
}
#: The client id of rehearsals: a stand-in takes any.
REHEARSAL = "zsf-rehearsal"
_THIS_MACHINE = ("127.0.0.1", "localhost", "::1")


def is_rehearsal(login_url: str) -> bool:
    """Whether the login is a stand-in on this machine."""
    return urlsplit(login_url).hostname in _THIS_MACHINE


def client_id_for(login_url: str, *known: str | None) -> str | None:
    """The app to sign in with: the first that is known; None where a real login needs one that nobody named."""
    named = next((one for one in known if one), None)
    return named or (REHEARSAL if is_rehearsal(login_url) else None)
