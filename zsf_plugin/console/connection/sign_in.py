"""A sign-in: what was chosen, where it may lead, what the browser keeps for us until it is back,
and its end: a connection, or why there is none in words for the person.

Nothing is stored before the end: several processes may serve the console, and the one that is come
back to need not be this one.
"""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Literal
from urllib.parse import urlsplit

from zsf_plugin.connect import Connected, Connector
from zsf_plugin.connect.choices import LOGINS, REHEARSAL, client_id_for, is_rehearsal
from zsf_plugin.console.labels import sentence
from zsf_plugin.console.options import Visitor
from zsf_plugin.errors import ConfigurationError, OtherOrg, ReconnectRequired, Unavailable
from zsf_plugin.messages.connection import connection_text_for_page
from zsf_plugin.model import Connection, Environment
from zsf_plugin.ports import SignIn
from zsf_plugin.settings import REDIRECT_PATH
from zsf_plugin.wiring.console import ConsoleApp

LASTS_S = 600
#: So many sign-ins are looked through for the app's key.
_MAX_SIGN_INS = 20
_KEY = re.compile(r"[A-Za-z0-9._!-]{8,255}")
#: An address that somebody typed is shorter.
_MAX_LENGTH = 255
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
class Choice:
    """What the popup's form says. `own` is the company's own login address, `client_id` the app's
    consumer key."""

    sandbox: bool = False
    own: str = ""
    client_id: str = ""
    popup: bool = False

    @property
    def again(self) -> dict[str, str]:
        """The same choice for an address; the key was typed once, and is not shown in one."""
        chosen = {
            "org": "sandbox" if self.sandbox else "production",
            "own": self.own,
            "popup": "1" * self.popup,
        }
        return {name: value for name, value in chosen.items() if value}


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a sign-in cannot begin: the field that is wrong, and what to do. `href` leads to where it
    can."""

    field: Literal["own", "client_id", "page"]
    text: str
    href: str | None = None


@dataclass(frozen=True, slots=True)
class Started:
    """A sign-in on its way, as the browser keeps it: sealed, for ten minutes."""

    state: str
    verifier: str
    login_url: str
    client_id: str
    redirect_uri: str
    environment: Environment
    workspace: str
    visitor_id: str
    name: str
    choice: Choice
    at: float

    @property
    def sign_in(self) -> SignIn:
        """What the login needs to finish it."""
        return SignIn(
            "", self.login_url, self.client_id, self.redirect_uri, self.state, self.verifier
        )

    def is_of(self, visitor: Visitor) -> bool:
        """Whether this visitor began it; a host that gives no ids tells people apart by their
        names."""
        mine = (self.workspace, self.visitor_id or self.name)
        return mine == (visitor.workspace, visitor.id or visitor.name)

    def has_expired(self, now: float) -> bool:
        """Whether it took too long; a clock that was set back does not make it last."""
        return not 0 <= now - self.at <= LASTS_S


@dataclass(frozen=True, slots=True)
class Place:
    """Where this request came in, and where browsers reach the console by right; `public_url` None:
    the same.

    `rehearses`: whether a sign-in may lead to the machine that serves. Elsewhere than there it
    would have the server ask itself whatever a visitor names.
    """

    root_url: str
    public_url: str | None
    rehearses: bool = False

    def callback_for(self, login_url: str) -> str | None:
        """The way back; None where Salesforce would not know it, as the page is open under another
        name."""
        opened = self.root_url.rstrip("/")
        public = (self.public_url or opened).rstrip("/")
        if urlsplit(public).netloc.lower() == urlsplit(opened).netloc.lower():
            return public + REDIRECT_PATH
        return opened + REDIRECT_PATH if is_rehearsal(login_url) else None

    @property
    def callback(self) -> str:
        """The way back that is to be registered with the app."""
        return (self.public_url or self.root_url).rstrip("/") + REDIRECT_PATH


_NOT_SALESFORCE = Fault("own", "That is not a Salesforce address. It ends in .my.salesforce.com.")
_NO_KEY = Fault(
    "client_id",
    "That is not a consumer key. It is one word of letters and digits, often 3MVG9….",
)


def choice_of(form: Mapping[str, str]) -> Choice:
    """What a form, or an address that repeats a choice, asks for."""
    return Choice(
        sandbox=form.get("org") == "sandbox",
        own=form.get("own", "").strip()[:_MAX_LENGTH],
        client_id=form.get("client_id", "").strip()[:_MAX_LENGTH],
        popup=form.get("popup") == "1",
    )


def choice_as(connection: Connection, *, popup: bool) -> Choice:
    """The choice that the connection was made by, for one that is made anew."""
    own = connection.login_url if connection.environment == "custom" else ""
    return Choice(connection.is_sandbox, own, popup=popup)


def known_client_id(app: ConsoleApp, workspace: str) -> str | None:
    """The app that is known already: of the settings, or of the last connection to a real org."""
    if app.settings.client_id:
        return app.settings.client_id
    codes = ("connected", "reconnected")
    for line in app.store.history(workspace, codes=codes, limit=_MAX_SIGN_INS):
        known = line.detail.get("client_id")
        if known and known != REHEARSAL:
            return str(known)
    return None


def begin(
    app: ConsoleApp, visitor: Visitor, choice: Choice, place: Place
) -> tuple[Started, str] | Fault:
    """A sign-in with the address that begins it; or why it cannot begin. Raises Unavailable."""
    login_url = _login_url(app, choice)
    if login_url is None or (is_rehearsal(login_url) and not place.rehearses):
        return _NOT_SALESFORCE
    client_id = _client_id(app, visitor.workspace, login_url, choice)
    if isinstance(client_id, Fault):
        return client_id
    callback = place.callback_for(login_url)
    if callback is None:
        return Fault("page", "Salesforce only knows that address.", place.public_url)
    sign_in = app.login.begin(login_url, client_id, callback)
    return _started(visitor, choice, sign_in, app.clock.now()), sign_in.authorize_url


def _client_id(app: ConsoleApp, workspace: str, login_url: str, choice: Choice) -> str | Fault:
    """The app to sign in with; or what is wrong with the key that was typed, or missing."""
    if choice.client_id and not _KEY.fullmatch(choice.client_id):
        return _NO_KEY
    known = known_client_id(app, workspace)
    client_id = client_id_for(login_url, app.settings.client_id, choice.client_id or None, known)
    return client_id or Fault("client_id", "Paste the consumer key of your Salesforce app first.")


def _login_url(app: ConsoleApp, choice: Choice) -> str | None:
    """Where the choice leads; None where that may not be followed."""
    if not choice.own:
        return LOGINS["sandbox" if choice.sandbox else "production"]
    try:
        return app.login.trusted_base(choice.own)
    except ConfigurationError:
        return None


def _started(visitor: Visitor, choice: Choice, sign_in: SignIn, now: float) -> Started:
    environment: Environment = "sandbox" if choice.sandbox else "production"
    return Started(
        state=sign_in.state,
        verifier=sign_in.verifier,
        login_url=sign_in.login_url,
        client_id=sign_in.client_id,
        redirect_uri=sign_in.redirect_uri,
        environment="custom" if choice.own else environment,
        workspace=visitor.workspace,
        visitor_id=visitor.id,
        name=visitor.name,
        choice=choice,
        at=now,
    )


def sealed(app: ConsoleApp, started: Started) -> str:
    """A sign-in as a browser may keep it."""
    return app.cipher.seal(json.dumps(asdict(started)))


def unsealed(app: ConsoleApp, kept: str | None) -> Started | None:
    """A sign-in that a browser kept; None for anything that we did not give it."""
    text = app.cipher.unseal(kept) if kept else None
    if text is None:
        return None
    document = json.loads(text)
    return Started(**{**document, "choice": Choice(**document["choice"])})


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
        return _connect(app, started, answer)
    except (ReconnectRequired, ConfigurationError, Unavailable) as error:
        return _failure(app, started, error)


def _connect(app: ConsoleApp, started: Started, answer: Mapping[str, str]) -> Connected:
    grant = app.login.finish(started.sign_in, answer)
    connector = Connector(app.store, app.login, app.clock)
    return connector.finish_and_rest(
        started.workspace,
        grant,
        started.sign_in,
        started.environment,
        sandbox=started.choice.sandbox,
        by=started.name,
    )


def _failure(
    app: ConsoleApp, started: Started, error: ReconnectRequired | ConfigurationError | Unavailable
) -> Failure:
    if isinstance(error, Unavailable):
        return Failure("unavailable", "Salesforce didn’t answer.", sentence(error.reason))
    if isinstance(error, ConfigurationError):
        findings = " ".join(sentence(finding) for finding in error.findings)
        return Failure("app", "Salesforce doesn’t accept Zaplify’s app.", findings)
    if isinstance(error, OtherOrg):
        return _other_org(app.store.connection(started.workspace), error)
    is_mixed_up = error.code in ("not_a_sandbox", "not_live")
    return _mixed_up(started) if is_mixed_up else _refusal(error)


def _refusal(error: ReconnectRequired) -> Failure:
    known = _REFUSALS.get(error.code)
    if known is not None:
        return known
    text = sentence(connection_text_for_page(error))
    return Failure("login", "Salesforce refused the sign-in.", text)


def _other_org(known: Connection | None, error: OtherOrg) -> Failure:
    org = f"org {error.belongs_to}"
    name = f"{known.org_name}, {org}" if known is not None and known.org_name else org
    move = (
        "To move to the other org for good, disconnect first. Links to records stay with the old "
        "org."
    )
    return Failure(
        "other_org",
        "You signed in to another org.",
        f"This workspace belongs to {name}. You came back from {error.came_from}.",
        ("Sign out of Salesforce in this browser, then try again.", move),
    )


def _mixed_up(started: Started) -> Failure:
    came, chosen, kind = "a sandbox", "Production", "sandbox"
    action = "Connect it as a sandbox"
    if started.choice.sandbox:
        came, chosen, kind = "a live org", "Sandbox", "production"
        action = "Connect it as production"
    again = {**started.choice.again, "org": kind}
    title = f"This is {came}, and you chose {chosen}."
    return Failure("mixed_up", title, again=again, action=action)


_NOT_ALLOWED = Failure(
    "not_installed",
    "Your Salesforce admin has to allow Zaplify first.",
    "Send them these steps.",
    steps=_STEPS,
)
_REFUSALS: Mapping[str, Failure] = {
    "refused": Failure(
        "refused",
        "You didn’t allow the access.",
        "Zaplify can do nothing in Salesforce without it.",
        ("Try again, and choose Allow on Salesforce’s page.",),
    ),
    "expired": EXPIRED,
    "foreign_state": FOREIGN,
    "not_finished_here": EXPIRED,
    "not_installed": _NOT_ALLOWED,
    "not_authorised": _NOT_ALLOWED,
    "blocked": _NOT_ALLOWED,
    "no_api": Failure(
        "no_api",
        "This Salesforce edition has no API.",
        "Zaplify cannot reach it without.",
        (
            "Ask whoever buys your Salesforce for “Web Services API”: Enterprise and above have "
            "it, Professional may add it.",
        ),
    ),
    "user_no_api": Failure(
        "user_no_api",
        "This Salesforce user may not use the API.",
        "",
        (
            "Ask your Salesforce admin for the permission “API Enabled”, or sign in as another "
            "user.",
        ),
    ),
}
