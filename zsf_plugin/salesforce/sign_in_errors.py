"""What an `error` of Salesforce's login means, in the callback or at the token endpoint: who must
act, and our code. Pure; the words are in `messages.connection`.

Collected from Salesforce's help (OAuth 2.0 Authorization Errors), its mobile SDK's list of the
server's codes, and public clients; salesforce-api.md §1.2, §1.3 and §1.5. The description is
Salesforce's text: a few fixed fragments are recognized where the code says too little, and it is
shown, cleaned and shortened, only with a code that we do not know.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

from zsf_plugin.errors import AppRefused, ReconnectRequired, Unavailable, ZsfError

_RETRY_DELAY_S = 30.0
_HOUR_S = 3600.0
#: More than this between our clock and Salesforce's spoils an assertion, in seconds.
_MAX_SKEW_S = 60
_MAX_CODE = 64
_MAX_DESCRIPTION = 160

#: `error`, in lower case and with underscores → our code.
ERRORS: Mapping[str, str] = {
    "access_denied": "refused",
    "immediate_unsuccessful": "not_completed",
    "login_required": "not_completed",
    "interaction_required": "not_completed",
    "consent_required": "not_completed",
    "authorization_pending": "not_completed",
    "invalid_scope": "scope",
    "redirect_uri_mismatch": "callback",
    "redirect_uri_missing": "callback",
    "invalid_redirect_uri": "callback",
    "invalid_client_id": "consumer_key",
    "app_not_found": "consumer_key",
    "invalid_client": "consumer_secret",
    "invalid_client_credentials": "consumer_secret",
    "invalid_basic_auth_header": "consumer_secret",
    "unauthorized_client": "flow_off",
    "oauth_flow_disabled": "flow_off",
    "unsupported_grant_type": "flow_off",
    "unsupported_response_type": "flow_off",
    "invalid_request": "request",
    "invalid_code_challenge": "not_finished_here",
    "invalid_code_verifier": "not_finished_here",
    "oauth_ec_app_not_found": "not_installed",
    "oauth_approval_error_generic": "not_installed",
    "ecapp_policy_not_found": "not_installed",
    "oauth_policy_not_found": "not_installed",
    "installation_error": "not_installed",
    "oauth_authorization_blocked": "app_of_another_org",
    "invalid_distribution_state": "app_of_another_org",
    "oauth_app_blocked": "blocked",
    "app_blocked": "blocked",
    "fail_close_app_blocked": "blocked",
    "oauth_app_access_denied": "not_authorised",
    "invalid_app_access": "not_authorised",
    "no_access": "not_authorised",
    "inactive_user": "inactive",
    "inactive_org": "inactive",
    "invalid_session_level": "stronger_sign_in",
    "invalid_assertion_type": "assertion_refused",
    "invalid_assertion": "assertion_refused",
    "bad_jti_claim": "assertion_refused",
    "login_error": "user_refused",
    "invalid_otp": "user_refused",
    "otp_error": "user_refused",
    "server_error": "busy",
    "unknown_error": "busy",
    "temporarily_unavailable": "busy",
    "service_unavailable": "busy",
    "system_down": "busy",
    "rate_limit_exceeded": "rate",
    "slow_down": "rate",
}
#: Errors that several causes share: there a fragment of the description decides first.
_COARSE = frozenset({"invalid_grant", "invalid_request", "invalid_client", "access_denied"})
#: A fragment of `error_description` → our code (§1.5). The first match counts.
DESCRIBED: Mapping[str, str] = {
    "rate exceeded": "rate",
    "ip restricted or": "ip_or_hours",
    "ip restricted": "ip",
    "ip not allowed": "ip",
    "login hours": "hours",
    "must be installed": "not_installed",
    "not installed": "not_installed",
    "approval_error": "not_installed",
    "cross-org": "app_of_another_org",
    "approved": "not_authorised",
    "app_access_denied": "not_authorised",
    "app_blocked": "blocked",
    "blocked by admin": "blocked",
    "inactive": "inactive",
    "is locked": "locked",
    "lockout": "locked",
    "must reset": "locked",
    "client identifier": "consumer_key",
    "credentials user": "no_run_as",
    "on this domain": "own_domain_only",
    "client credentials": "consumer_secret",
    "client_secret": "consumer_secret",
    "client secret": "consumer_secret",
    "scope": "scope",
    "redirect_uri": "callback",
    "authorization code": "expired",
    "code verifier": "not_finished_here",
    "code challenge": "not_finished_here",
    "expired access/refresh token": "revoked",
    "authentication failure": "user_refused",
    "audience": "wrong_login_address",
    "assertion": "assertion_refused",
}
#: Our codes that an operator or the app's maker must act on: the person's grant is not in doubt.
OUR_APP = frozenset(
    {
        "scope",
        "callback",
        "consumer_key",
        "consumer_secret",
        "flow_off",
        "request",
        "no_run_as",
        "own_domain_only",
    }
)
_TEMPORARY = {
    "busy": ("login_busy", _RETRY_DELAY_S),
    "rate": ("login_rate", _HOUR_S),
    "ip": ("address_not_allowed", _HOUR_S),
    "ip_or_hours": ("address_or_hours", _HOUR_S),
    "hours": ("login_hours", _HOUR_S),
}


def sign_in_error(error: str, description: str = "", callback: str = "") -> ZsfError:
    """The error for a refusal: AppRefused, ReconnectRequired or Unavailable, with Salesforce's code
    in its data. `callback` is the callback URL that was used, if one was."""
    code = _code_of(error, description)
    data = {"error": _shown_code(error)}
    if code in _TEMPORARY:
        ours, delay_s = _TEMPORARY[code]
        return Unavailable(ours, delay_s, data)
    if code == "login":
        data["description"] = _shown_description(description)
    if code in OUR_APP:
        return AppRefused(code, {**data, "callback": callback})
    return ReconnectRequired(code, data)


def too_often(error: str) -> Unavailable:
    """The error for HTTP 429, whatever Salesforce's code for it is: never a revocation."""
    ours, delay_s = _TEMPORARY["rate"]
    return Unavailable(ours, delay_s, {"error": _shown_code(error)})


def is_known_error(error: str) -> bool:
    """Whether it is one of Salesforce's codes."""
    return _name_of(error) in ERRORS


def clock_fault(date: str, now: float) -> AppRefused | None:
    """What is wrong with our clock, by the `Date` of Salesforce's answer; None if nothing is."""
    try:
        ahead_s = now - parsedate_to_datetime(date).timestamp()
    except ValueError:
        return None
    if abs(ahead_s) <= _MAX_SKEW_S:
        return None
    minutes = {"minutes": f"{abs(ahead_s) / 60:.0f}"}
    return AppRefused("clock_ahead" if ahead_s > 0 else "clock_behind", minutes)


def _code_of(error: str, description: str) -> str:
    name = _name_of(error)
    if name in ERRORS and name not in _COARSE:
        return ERRORS[name]
    words = description.lower()
    found = next((code for fragment, code in DESCRIBED.items() if fragment in words), None)
    return found or ERRORS.get(name, "login")


def _name_of(error: str) -> str:
    return error.strip().lower().replace("-", "_")


def _shown_code(error: str) -> str:
    """A code that is safe to show anywhere: letters, digits, a few signs, of a bounded length."""
    return re.sub(r"[^A-Za-z0-9_.-]+", "_", error.strip())[:_MAX_CODE]


def _shown_description(description: str) -> str:
    """Salesforce's text on one line, without control characters and e-mail addresses, shortened."""
    printable = "".join(sign if sign.isprintable() else " " for sign in description)
    words = " ".join("…" if "@" in word else word for word in printable.split())
    is_long = len(words) > _MAX_DESCRIPTION
    return f"{words[: _MAX_DESCRIPTION - 1].rstrip()}…" if is_long else words
