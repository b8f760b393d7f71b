"""The end of a sign-in: a connection, or why there is none in words for the person who comes back.
Shows nothing."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field

from zsf_plugin.connect import Connected, Connector
from zsf_plugin.console.connection.starting import Started
from zsf_plugin.console.labels import sentence
from zsf_plugin.console.visitors import Visitor
from zsf_plugin.errors import ConfigurationError, OtherOrg, ReconnectRequired, Unavailable
from zsf_plugin.wiring.console import ConsoleApp

_STEPS = (
    "In Salesforce, as an administrator: Setup → Connected Apps OAuth Usage.",
    "Find Zaplify’s app, and choose Install. Where it is blocked, choose Unblock.",
    (
        "Manage App Policies → Permitted Users: let all users authorize themselves, or allow "
        "this user’s profile."
    ),
    "Then try again here.",
)


@dataclass(frozen=True, slots=True)
class Failure:
    """Why nothing was connected: what happened, what more there is to know, what to do. `again` is
    the choice to repeat it with; `steps` are for somebody else, to be copied."""

    code: str
    title: str
    text: str = ""
    advice: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    again: Mapping[str, str] = field(default_factory=dict)
    action: str = "Try again"


FOREIGN = Failure("foreign_state", "This sign-in wasn’t started here.", "Or it was used already.")
EXPIRED = Failure(
    "expired",
    "This sign-in took too long.",
    "Salesforce’s answer came after more than ten minutes.",
)


def is_answer_to(started: Started | None, state: str) -> bool:
    """Whether an answer belongs to that sign-in, whatever became of it since."""
    return started is not None and hmac.compare_digest(
        started.state.encode(), state.encode("utf-8", "replace")
    )


def land(
    app: ConsoleApp, started: Started | None, answer: Mapping[str, str], visitor: Visitor | None
) -> Connected | Failure:
    """Finish a sign-in that came back. Raises StoreUnavailable."""
    if started is None or not is_answer_to(started, answer.get("state", "")):
        return FOREIGN
    if visitor is not None and not started.is_of(visitor):
        return FOREIGN
    if started.has_expired(app.clock.now()):
        return EXPIRED
    try:
        grant = app.login.finish(started.sign_in, answer)
        connector = Connector(app.store, app.login, app.clock)
        sandbox, by = started.choice.sandbox, started.name
        return connector.finish_and_rest(
            started.workspace, grant, started.sign_in, started.environment, sandbox=sandbox, by=by
        )
    except (ReconnectRequired, ConfigurationError, Unavailable) as error:
        return _failure(app, started, error)


def _failure(
    app: ConsoleApp, started: Started, error: ReconnectRequired | ConfigurationError | Unavailable
) -> Failure:
    if isinstance(error, Unavailable):
        return Failure("unavailable", "Salesforce didn’t answer.", sentence(error.reason))
    if isinstance(error, ConfigurationError):
        return Failure(
            "app",
            "Salesforce doesn’t accept Zaplify’s app.",
            " ".join(map(sentence, error.findings)),
        )
    if isinstance(error, OtherOrg):
        return _other_org(app, started, error)
    if error.code == "mixed_up":
        return _mixed_up(started)
    return _REFUSALS.get(error.code) or Failure(
        "login", "Salesforce refused the sign-in.", _without_commands(error)
    )


def _other_org(app: ConsoleApp, started: Started, error: OtherOrg) -> Failure:
    known = app.store.connection(started.workspace)
    name = (
        f"{known.org_name}, org {error.belongs_to}"
        if known and known.org_name
        else f"org {error.belongs_to}"
    )
    return Failure(
        "other_org",
        "You signed in to another org.",
        f"This workspace belongs to {name}. You came back from {error.came_from}.",
        (
            "Sign out of Salesforce in this browser, then try again.",
            (
                "To move to the other org for good, disconnect first. Links to records stay with "
                "the old org."
            ),
        ),
    )


def _mixed_up(started: Started) -> Failure:
    came, chosen, kind = ("a live org", "Sandbox", "production")
    action = "Connect it as production"
    if not started.choice.sandbox:
        came, chosen, kind = ("a sandbox", "Production", "sandbox")
        action = "Connect it as a sandbox"
    again = {**started.choice.again, "org": kind}
    return Failure(
        "mixed_up", f"This is {came}, and you chose {chosen}.", "", again=again, action=action
    )


def _without_commands(error: ReconnectRequired) -> str:
    """An error's words, less what is to be typed on a terminal."""
    head, _, todo = error.reason.partition(": ")
    return sentence(head if "`" in todo else error.reason)


_REFUSALS: Mapping[str, Failure] = {
    "refused": Failure(
        "refused",
        "You didn’t allow the access.",
        "Zaplify can do nothing in Salesforce without it.",
        ("Try again, and choose Allow on Salesforce’s page.",),
    ),
    "expired": EXPIRED,
    "foreign_state": FOREIGN,
    "not_installed": Failure(
        "not_installed",
        "Your Salesforce admin has to allow Zaplify first.",
        "Send them these steps.",
        steps=_STEPS,
    ),
    "no_api": Failure(
        "no_api",
        "This Salesforce edition has no API.",
        "Zaplify cannot reach it without.",
        (
            "Ask whoever buys your Salesforce for “Web Services API”: Enterprise and above "
            "have it, "
            "Professional may add it.",
        ),
    ),
    "user_no_api": Failure(
        "user_no_api",
        "This Salesforce user may not use the API.",
        "",
        (
            (
                "Ask your Salesforce admin for the permission “API Enabled”, or sign in as "
                "another user."
            ),
        ),
    ),
}
