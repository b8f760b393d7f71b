"""Signs that an address of an org is no longer the one to use (salesforce-api.md §1.1, §9 trap 63).
Pure.

An org's address changes with its My Domain, or when Salesforce moves the org. The old address then
refuses with a code of its own, sends elsewhere, is not known to its server, or is gone.
"""

from __future__ import annotations

import re
from typing import Literal
from urllib.parse import urljoin, urlsplit

from zsf_plugin.errors import ConfigurationError, NotSent
from zsf_plugin.salesforce.addresses import trusted_base
from zsf_plugin.salesforce.answers import GOOD, codes_in, is_salesforces, json_or_none, objects_in
from zsf_plugin.salesforce.http import HttpResponse

#: `session`: it ended, nothing is said of the address. `refused`: a 401 that is not Salesforce's.
#: `moved`: Salesforce says that the address is another. `lost`: whoever answers knows nothing of
#: the org. `elsewhere`: a redirect to a host that serves no org, as a portal sends it too. `gone`:
#: there is no such host any more.
Sign = Literal["session", "refused", "moved", "lost", "elsewhere", "gone"]

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MISDIRECTED = 421
#: Hosts of Salesforce's that report outages and maintenance; no org moves there.
_NO_ORG = frozenset(f"{name}.salesforce.com" for name in ("www", "status", "trust", "help"))
#: What `connecting` says of an address that may be gone.
_GONE = ("unknown_host", "other_name", "unknown_to_proxy")
_NOT_RESET = "URL_NOT_RESET"
_SESSION_ENDED = "INVALID_SESSION_ID"
#: What a successful answer holds if parts of it failed because of the session, the address or the
#: API version.
ENDED = re.compile(f"{_NOT_RESET}|{_SESSION_ENDED}|UNSUPPORTED_API_VERSION".encode())


def sign_of_answer(answer: HttpResponse, base: str) -> Sign | None:
    """What the answer of that address says of it; None if nothing."""
    if answer.status in _REDIRECTS:
        return "moved" if _leads_to_salesforce(answer, base) else "elsewhere"
    if answer.status == _MISDIRECTED:
        return "lost"
    if answer.status in GOOD:
        return _sign_in_parts(answer)
    codes = codes_in(json_or_none(answer))
    if _NOT_RESET in codes:
        return "moved"
    if answer.status == 401:
        return "session" if is_salesforces(answer) else "refused"
    return "lost" if answer.status == 404 and not codes else None


def sign_of_error(error: NotSent) -> Sign | None:
    """What a failed connection says of the address; None if it may be a fault of the network."""
    return "gone" if error.data.get("fault") in _GONE else None


def _leads_to_salesforce(answer: HttpResponse, base: str) -> bool:
    """Whether a redirect stays with Salesforce's orgs and their login, in whatever scheme."""
    try:
        target = urljoin(base, answer.headers.get("location", ""))
        if target.startswith("http://") and not base.startswith("http://"):
            target = "https" + target.removeprefix("http")
        return urlsplit(trusted_base(target)).hostname not in _NO_ORG
    except (ConfigurationError, ValueError):
        return False


def _sign_in_parts(answer: HttpResponse) -> Sign | None:
    """The sign of a composite none of whose parts was processed; None for any other answer."""
    found: set[str] = set()
    parts = objects_in(json_or_none(answer), "compositeResponse")
    for part in parts:
        codes = codes_in(part.get("body"))
        if not codes & {_SESSION_ENDED, _NOT_RESET}:
            return None
        found |= codes
    if not parts:
        return None
    return "moved" if _NOT_RESET in found else "session"
