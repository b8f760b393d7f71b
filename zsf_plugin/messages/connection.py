"""Texts for why a connection stopped working or a sign-in failed, by the code of the error. Data
and rendering only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from zsf_plugin.messages.shape import CodedReason, TemplateValues

_SIGN_IN_AGAIN = "sign in again with `zsf connect`"
_CHOOSE_VERSION = "sign in again with `zsf connect` to choose another"
_START_AGAIN = "start the sign-in again"


class ConnectionWords(NamedTuple):
    """`why` in lower case; `advice` follows after a colon, may name commands, and may be ""."""

    why: str
    advice: str = ""


#: For any other code.
UNKNOWN = ConnectionWords("the sign-in ended", _SIGN_IN_AGAIN)

CONNECTION_WORDS: Mapping[str, ConnectionWords] = {
    "legacy": ConnectionWords("{text}"),
    # nothing to connect with
    "not_connected": ConnectionWords("not connected to Salesforce yet", "run `zsf connect`"),
    "no_sign_in": ConnectionWords("no sign-in is stored", "run `zsf connect`"),
    "damaged": ConnectionWords("the stored sign-in is damaged", _SIGN_IN_AGAIN),
    "no_version": ConnectionWords("the stored API version is invalid", _CHOOSE_VERSION),
    # the session or the grant ended
    "session": ConnectionWords("the session ended", _SIGN_IN_AGAIN),
    "session_cut": ConnectionWords("Salesforce ends every new session at once", _SIGN_IN_AGAIN),
    "no_refresh": ConnectionWords(
        "the session ended, and no refresh token was granted to renew it",
        "give the app the scope refresh_token and a refresh token policy that allows one, then "
        "sign in again with `zsf connect`",
    ),
    "invalid_session_id": ConnectionWords("the session ended", _SIGN_IN_AGAIN),
    "invalid_auth_header": ConnectionWords(
        "Salesforce does not accept the session", _SIGN_IN_AGAIN
    ),
    "revoked": ConnectionWords("the sign-in was ended in Salesforce", "run `zsf connect` again"),
    "version": ConnectionWords("the org no longer supports the API version", _CHOOSE_VERSION),
    "unsupported_api_version": ConnectionWords(
        "the org no longer supports the API version", _CHOOSE_VERSION
    ),
    "gone": ConnectionWords("the org no longer supports the API version", _CHOOSE_VERSION),
    "invalid_operation_with_expired_password": ConnectionWords(
        "the connected user's password has expired", "set a new one in Salesforce"
    ),
    # who may use the API
    "no_api": ConnectionWords(
        "the org has no REST API", "ask its admin to enable it or to upgrade the edition"
    ),
    "api_disabled_for_org": ConnectionWords(
        "the org has no REST API", "ask its admin to enable it or to upgrade the edition"
    ),
    "user_no_api": ConnectionWords(
        "the connected user has no permission to use the API",
        "ask a Salesforce admin to give them “API Enabled”",
    ),
    "api_currently_disabled": ConnectionWords(
        "the connected user has no permission to use the API",
        "ask a Salesforce admin to give them “API Enabled”",
    ),
    "client_not_accessible_for_user": ConnectionWords(
        "the connected user has no permission to use our app", "ask a Salesforce admin to allow it"
    ),
    "not_installed": ConnectionWords(
        "a Salesforce admin must install or allow the app in the org first"
    ),
    "not_authorised": ConnectionWords("a Salesforce admin must pre-authorize the user for the app"),
    "blocked": ConnectionWords("a Salesforce admin blocked the app", "ask them to unblock it"),
    "inactive": ConnectionWords(
        "the Salesforce user or org is inactive", "reactivate it, or sign in as another user"
    ),
    # a sign-in that failed
    "refused": ConnectionWords("access was denied in Salesforce", "start again and choose Allow"),
    "foreign_state": ConnectionWords("this sign-in was not started here", _START_AGAIN),
    "not_completed": ConnectionWords(
        "nobody signed in and allowed access on Salesforce's page", _START_AGAIN
    ),
    "stronger_sign_in": ConnectionWords(
        "the org wants a stronger sign-in for this app",
        "sign in with multi-factor authentication, or ask a Salesforce admin to change the app's "
        "session policy",
    ),
    "app_of_another_org": ConnectionWords(
        "the app belongs to another org and may be used there only",
        "sign in to that org, or use an app that was made in this one (or is distributed as a "
        "package and installed here)",
    ),
    "no_code": ConnectionWords("Salesforce sent no authorization code", _START_AGAIN),
    "expired": ConnectionWords("the sign-in took too long", _START_AGAIN),
    "not_finished_here": ConnectionWords(
        "the sign-in was not finished where it was started", _START_AGAIN
    ),
    "no_answer": ConnectionWords(
        "Salesforce sent no answer in time",
        "run `zsf connect` again; if the browser shows an error, a Salesforce admin may have to "
        "allow the app first",
    ),
    "login": ConnectionWords(
        "Salesforce refused the sign-in",
        "ask a Salesforce admin what this means, then run `zsf connect` again",
    ),
    "user_refused": ConnectionWords(
        "Salesforce refused the user", "sign in again, possibly as another user"
    ),
    "locked": ConnectionWords(
        "the Salesforce user or org is locked, or the user must set a new password",
        "ask a Salesforce admin to unlock it, or sign in as another user",
    ),
    "wrong_login_address": ConnectionWords(
        "the login address does not match the user",
        "choose production, sandbox or your own domain",
    ),
    # our app's registration, or our settings for it
    "scope": ConnectionWords(
        "the app lacks a scope that we ask for",
        "add the scopes api, refresh_token and id to the app in Salesforce, wait ten minutes, then "
        "start the sign-in again",
    ),
    "callback": ConnectionWords(
        "the callback URL {callback} is not registered in the app",
        "add exactly this URL to the app in Salesforce, wait ten minutes, then start the sign-in "
        "again",
    ),
    "consumer_key": ConnectionWords(
        "Salesforce knows no app with this consumer key",
        "check the key (ZSF_CLIENT_ID), and the login address; a new app is known after up to ten "
        "minutes",
    ),
    "consumer_secret": ConnectionWords(
        "the app's consumer secret is wrong or missing", "correct ZSF_CLIENT_SECRET"
    ),
    "flow_off": ConnectionWords(
        "the app or the org does not allow this way of signing in",
        "ask a Salesforce admin to enable the flow in the app's OAuth settings",
    ),
    "request": ConnectionWords(
        "Salesforce does not accept the sign-in request",
        "check the app's OAuth settings; if they are right, report it",
    ),
    "clock_ahead": ConnectionWords(
        "this machine's clock is {minutes} minutes ahead of Salesforce's, and what the key signs "
        "is not valid yet",
        "correct the clock",
    ),
    "clock_behind": ConnectionWords(
        "this machine's clock is {minutes} minutes behind Salesforce's, and what the key signs has "
        "expired",
        "correct the clock",
    ),
    "own_domain_only": ConnectionWords(
        "this way of signing in works at the org's own address only",
        "give --login-url https://YOURS.my.salesforce.com",
    ),
    "no_run_as": ConnectionWords(
        "the app has no user to run as",
        "ask a Salesforce admin to choose one under the app's Client Credentials Flow policy",
    ),
    "assertion_refused": ConnectionWords(
        "Salesforce refused the key's assertion", "check the key and this machine's clock"
    ),
    "damaged_answer": ConnectionWords(
        "Salesforce's answer to the sign-in is damaged", "sign in again"
    ),
    "no_org_named": ConnectionWords(
        "Salesforce names neither org nor user to this sign-in",
        "add the scopes api and id to the app in Salesforce, wait ten minutes, then connect again",
    ),
    "not_signed": ConnectionWords(
        "Salesforce's answer to the sign-in is not signed with our app's secret", "sign in again"
    ),
    "wrong_instance": ConnectionWords(
        "Salesforce named an instance address that is not trusted ({fault})", _SIGN_IN_AGAIN
    ),
    "address_moved": ConnectionWords(
        "the org's address in Salesforce has moved, and the sign-in does not know the new one",
        "connect again with `zsf connect`, at the org's new address (My Domain)",
    ),
    # another org
    "other_org": ConnectionWords(
        "this workspace belongs to org {belongs_to}, but you signed in to org {came_from}",
        "sign in to {belongs_to}, or run `zsf disconnect` to move to the other org for good",
    ),
    "moved": ConnectionWords(
        "the workspace was connected to another org meanwhile ({org})",
        "nothing more is sent to the old one; try again",
    ),
    "org_changed": ConnectionWords(
        "the sign-in now belongs to another org ({org})",
        "sign in to the old org, or disconnect first to move for good",
    ),
    "not_a_sandbox": ConnectionWords("this is a production org, but you chose Sandbox"),
    "not_live": ConnectionWords("this is a sandbox, but you chose Production"),
}


#: What Salesforce itself said about a refused sign-in: its code, and its text if we do not know the
#: code. Cleaned by `salesforce.sign_in_errors`.
_SAID = ("error", "description")


#: Why nothing renews a connection: what is said at once after the sign-in, and while it lasts.
#: `unknown` is for one whose sign-in is long past.
RENEWAL_WORDS: Mapping[str, ConnectionWords] = {
    "no_refresh_scope": ConnectionWords(
        "this connection ends with its session, after about two hours: the app did not grant the "
        "scope refresh_token",
        "add the scope “Perform requests at any time (refresh_token, offline_access)” to the app "
        "in Salesforce, then connect again",
    ),
    "no_refresh_policy": ConnectionWords(
        "this connection ends with its session, after about two hours: the app's policies grant no "
        "refresh token",
        "choose “Refresh token is valid until revoked” under the app's OAuth policies in "
        "Salesforce, and check that it has the scope refresh_token, then connect again",
    ),
    "unknown": ConnectionWords(
        "this connection ends with its session, because it has no refresh token",
        "give the app the scope refresh_token and a refresh token policy that allows one, then "
        "connect again",
    ),
}


#: After a sign-in to another org than before: what becomes of what is known. Sentences.
NEW_ORG = (
    "This is another org than before ({former}). Links to its records, and what was written there, "
    "stay with it; here each person is looked for, and created if missing."
)
#: The same for an org that the workspace was connected to earlier still.
KNOWN_ORG = (
    "This is another org than the last one ({former}). Links to that one's records stay with it; "
    "the links of this one hold again."
)
#: What the connection page says while another org is known.
ORG_BEFORE = "Before, this workspace was connected to {former}. Links to its records stay with it."


def connection_why(reason: CodedReason) -> str:
    """Why the connection stopped working, in lower case: `the session ended`; with Salesforce's own
    code, if it gave one."""
    why = _words(reason).why.format_map(TemplateValues(reason.data))
    said = ": ".join(str(reason.data[key]) for key in _SAID if reason.data.get(key))
    return f"{why} ({said})" if said else why


def connection_advice(reason: CodedReason) -> str:
    """What to do: `run `zsf connect``; "" if there is no advice."""
    return _words(reason).advice.format_map(TemplateValues(reason.data))


def connection_text(reason: CodedReason) -> str:
    """Why, and what to do: `the session ended: sign in again with …`."""
    advice = connection_advice(reason)
    return f"{connection_why(reason)}: {advice}" if advice else connection_why(reason)


def connection_text_for_page(reason: CodedReason) -> str:
    """As `connection_text`, without advice that names a command."""
    return connection_why(reason) if "`" in _words(reason).advice else connection_text(reason)


def _words(reason: CodedReason) -> ConnectionWords:
    return CONNECTION_WORDS.get(reason.code, UNKNOWN)


def former_org_text(former: str, *, returns: bool) -> str:
    """What a sign-in to another org than before means, as sentences."""
    return (KNOWN_ORG if returns else NEW_ORG).format(former=former)


def renewal_text(fault: str | None) -> str:
    """Why nothing renews the connection, and what to do."""
    words = RENEWAL_WORDS[fault or "unknown"]
    return f"{words.why}; {words.advice}"
