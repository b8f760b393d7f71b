"""Words for why a connection cannot go on, or a sign-in came to nothing, by the code of the error;
and those of the page that a sign-in lands on, which differ much. Data and rendering only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from zsf_plugin.messages.shape import CodedReason, TemplateValues

_SIGN_IN_AGAIN = "sign in again with `zsf connect`"
_CHOOSE_VERSION = "sign in again to choose one"
_START_AGAIN = "start it again"


class ConnectionWords(NamedTuple):
    """`why` in lower case; `advice` follows it after a colon, and may name commands. "": none."""

    why: str
    advice: str = ""


#: Any other code is told by these.
UNKNOWN = ConnectionWords("the sign-in ended", _SIGN_IN_AGAIN)

CONNECTION_WORDS: Mapping[str, ConnectionWords] = {
    "legacy": ConnectionWords("{text}"),
    # nothing is there to connect with
    "not_connected": ConnectionWords("not connected to Salesforce yet", "run `zsf connect`"),
    "no_sign_in": ConnectionWords("no sign-in is stored", "run `zsf connect`"),
    "damaged": ConnectionWords("the stored sign-in is damaged", _SIGN_IN_AGAIN),
    "no_version": ConnectionWords("the stored API version is none", _CHOOSE_VERSION),
    # the session or the grant ended
    "session": ConnectionWords("the session ended", _SIGN_IN_AGAIN),
    "session_cut": ConnectionWords("Salesforce ends each session at once", _SIGN_IN_AGAIN),
    "no_refresh": ConnectionWords("the session ended, and none can be had without a person"),
    "invalid_session_id": ConnectionWords("the session ended", _SIGN_IN_AGAIN),
    "invalid_auth_header": ConnectionWords("the session is not accepted", _SIGN_IN_AGAIN),
    "revoked": ConnectionWords("the sign-in was ended in Salesforce", "run `zsf connect` again"),
    "version": ConnectionWords("the org no longer knows the API version", _CHOOSE_VERSION),
    "unsupported_api_version": ConnectionWords(
        "the org no longer knows the API version", _CHOOSE_VERSION
    ),
    "gone": ConnectionWords("the org no longer knows the API version", _CHOOSE_VERSION),
    "invalid_operation_with_expired_password": ConnectionWords(
        "the connected user's password has expired", "set a new one"
    ),
    # who may use the API
    "no_api": ConnectionWords(
        "the org has no REST API", "its admin enables it, or upgrades the edition"
    ),
    "api_disabled_for_org": ConnectionWords(
        "the org has no REST API", "its admin enables it, or upgrades the edition"
    ),
    "user_no_api": ConnectionWords(
        "the connected user may not use the API", "an admin gives it “API Enabled”"
    ),
    "api_currently_disabled": ConnectionWords(
        "the connected user may not use the API", "an admin gives it “API Enabled”"
    ),
    "client_not_accessible_for_user": ConnectionWords(
        "the connected user may not use our app", "an admin allows it"
    ),
    "not_installed": ConnectionWords(
        "a Salesforce admin has to install or allow the app in the org first"
    ),
    "not_authorised": ConnectionWords(
        "a Salesforce admin has to pre-authorise the user for the app"
    ),
    "blocked": ConnectionWords("a Salesforce admin blocked the app", "ask for it to be unblocked"),
    "inactive": ConnectionWords(
        "the Salesforce user or org is inactive", "reactivate it, or sign in as another user"
    ),
    # a sign-in that came to nothing
    "refused": ConnectionWords(
        "the access was not allowed in Salesforce", "start again and choose Allow"
    ),
    "foreign_state": ConnectionWords("this sign-in wasn't started here", _START_AGAIN),
    "no_code": ConnectionWords("Salesforce sent no code back", "start the sign-in again"),
    "expired": ConnectionWords("the sign-in took too long", _START_AGAIN),
    "not_finished_here": ConnectionWords(
        "the sign-in was not finished where it was started", _START_AGAIN
    ),
    "no_answer": ConnectionWords(
        "no answer came back from Salesforce in time",
        "start `zsf connect` again; if the browser shows an error, a Salesforce admin may have to "
        "allow the app first",
    ),
    "login": ConnectionWords("Salesforce refused the sign-in", "run `zsf connect` again"),
    "user_refused": ConnectionWords(
        "Salesforce refused the user", "sign in again, maybe as another user"
    ),
    "wrong_login_address": ConnectionWords(
        "the login address does not fit the user",
        "choose production, sandbox or your own domain",
    ),
    "assertion_refused": ConnectionWords(
        "the key's assertion was refused", "check the key and this machine's clock"
    ),
    "damaged_answer": ConnectionWords("the login's answer is damaged", "sign in again"),
    "no_org_named": ConnectionWords("the login's answer names no org", "sign in again"),
    "not_signed": ConnectionWords(
        "the login's answer is not signed with our app's secret", "sign in again"
    ),
    "wrong_instance": ConnectionWords(
        "the login names an instance that must not be followed ({fault})", _SIGN_IN_AGAIN
    ),
    # another org
    "other_org": ConnectionWords(
        "this workspace belongs to org {belongs_to}, and you signed in to {came_from}",
        "sign in to the first, or run `zsf disconnect` to move for good",
    ),
    "org_changed": ConnectionWords(
        "the sign-in now answers for another org ({org})", "disconnect first to move for good"
    ),
    "not_a_sandbox": ConnectionWords("this is a live org, and you chose Sandbox"),
    "not_live": ConnectionWords("this is a sandbox, and you chose Production"),
}


class LandingWords(NamedTuple):
    """What a page says of a sign-in that came to nothing: what happened, what more there is to
    know, what to do. `steps` are for somebody else, to be copied; `action` leads on."""

    title: str
    text: str = ""
    advice: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    action: str = "Try again"


_TOOK_TOO_LONG = LandingWords(
    "This sign-in took too long.", "Salesforce’s answer came after more than ten minutes."
)
_NOT_ALLOWED = LandingWords(
    "Your Salesforce admin has to allow Zaplify first.",
    "Send them these steps.",
    steps=(
        "In Salesforce, as an administrator: Setup → Connected Apps OAuth Usage.",
        "Find Zaplify’s app, and choose Install. Where it is blocked, choose Unblock.",
        "Manage App Policies → Permitted Users: let all users authorize themselves, or allow "
        "this user’s profile.",
        "Then try again here.",
    ),
)
#: By the code of a sign-in that came to nothing; any other code is told by `unlisted`.
LANDING_WORDS: Mapping[str, LandingWords] = {
    "unlisted": LandingWords("Salesforce refused the sign-in.", "{why}"),
    "unavailable": LandingWords("Salesforce didn’t answer.", "{reason}"),
    "app": LandingWords("Salesforce doesn’t accept Zaplify’s app.", "{findings}"),
    "refused": LandingWords(
        "You didn’t allow the access.",
        "Zaplify can do nothing in Salesforce without it.",
        ("Try again, and choose Allow on Salesforce’s page.",),
    ),
    "foreign_state": LandingWords("This sign-in wasn’t started here.", "Or it was used already."),
    "expired": _TOOK_TOO_LONG,
    "not_finished_here": _TOOK_TOO_LONG,
    "not_installed": _NOT_ALLOWED,
    "not_authorised": _NOT_ALLOWED,
    "blocked": _NOT_ALLOWED,
    "no_api": LandingWords(
        "This Salesforce edition has no API.",
        "Zaplify cannot reach it without.",
        (
            "Ask whoever buys your Salesforce for “Web Services API”: Enterprise and above have "
            "it, Professional may add it.",
        ),
    ),
    "user_no_api": LandingWords(
        "This Salesforce user may not use the API.",
        advice=(
            "Ask your Salesforce admin for the permission “API Enabled”, or sign in as another "
            "user.",
        ),
    ),
    "other_org": LandingWords(
        "You signed in to another org.",
        "This workspace belongs to {org}. You came back from {came_from}.",
        (
            "Sign out of Salesforce in this browser, then try again.",
            "To move to the other org for good, disconnect first. Links to records stay with the "
            "old org.",
        ),
    ),
    "not_a_sandbox": LandingWords(
        "This is a live org, and you chose Sandbox.", action="Connect it as production"
    ),
    "not_live": LandingWords(
        "This is a sandbox, and you chose Production.", action="Connect it as a sandbox"
    ),
}


def landing_words(reason: CodedReason) -> LandingWords:
    """What the page says of a sign-in that came to nothing for that reason."""
    words = LANDING_WORDS[reason.code]
    return words._replace(text=words.text.format_map(TemplateValues(reason.data)))


def connection_why(reason: CodedReason) -> str:
    """Why it cannot go on, in lower case: `the session ended`."""
    return _words(reason).why.format_map(TemplateValues(reason.data))


def connection_text(reason: CodedReason) -> str:
    """Why, and what to do about it: `the session ended: sign in again with …`."""
    advice = _words(reason).advice
    return f"{connection_why(reason)}: {advice}" if advice else connection_why(reason)


def connection_text_for_page(reason: CodedReason) -> str:
    """As `connection_text`, less what is to be typed on a terminal."""
    return connection_why(reason) if "`" in _words(reason).advice else connection_text(reason)


def _words(reason: CodedReason) -> ConnectionWords:
    return CONNECTION_WORDS.get(reason.code, UNKNOWN)
