"""A sign-in begun: what was chosen, where it may lead, and what the browser keeps for us until it
is back.

Nothing is stored here: several processes may serve the console, and the one that is come back to
need not be this one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Literal
from urllib.parse import urlsplit

from zsf_plugin.connect.choices import LOGINS, REHEARSAL, client_id_for, is_rehearsal
from zsf_plugin.console.visitors import Visitor
from zsf_plugin.errors import ConfigurationError
from zsf_plugin.model.link import Connection, Environment
from zsf_plugin.ports.login import SignIn
from zsf_plugin.settings import REDIRECT_PATH
from zsf_plugin.wiring.console import ConsoleApp

LASTS_S = 600
#: So many sign-ins are looked through for the app's key.
_LAST = 20
_KEY = re.compile(r"[A-Za-z0-9._!-]{8,255}")
#: An address that somebody typed is shorter.
_LONGEST = 255


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
        here = self.root_url.rstrip("/")
        public = (self.public_url or here).rstrip("/")
        if urlsplit(public).netloc.lower() == urlsplit(here).netloc.lower():
            return public + REDIRECT_PATH
        return here + REDIRECT_PATH if is_rehearsal(login_url) else None

    @property
    def callback(self) -> str:
        """The way back that is to be registered with the app."""
        return (self.public_url or self.root_url).rstrip("/") + REDIRECT_PATH


_FOREIGN = Fault("own", "That is not a Salesforce address. It ends in .my.salesforce.com.")


def choice_of(form: Mapping[str, str]) -> Choice:
    """What a form, or an address that repeats a choice, asks for."""
    return Choice(
        sandbox=form.get("org") == "sandbox",
        own=form.get("own", "").strip()[:_LONGEST],
        client_id=form.get("client_id", "").strip()[:_LONGEST],
        popup=form.get("popup") == "1",
    )


def choice_as(connection: Connection, *, popup: bool) -> Choice:
    """The choice that the connection was made by, for one that is made anew."""
    own = connection.login_url if connection.environment == "custom" else ""
    return Choice(connection.is_sandbox, own, popup=popup)


def known_client_id(app: ConsoleApp, workspace: str) -> str | None:
    """The app that is known already: of the settings, or of the last connection to a real org."""
    lines = app.store.history(workspace, codes=("connected", "reconnected"), limit=_LAST)
    kept = [str(line.detail["client_id"]) for line in lines if line.detail.get("client_id")]
    return app.settings.client_id or next((one for one in kept if one != REHEARSAL), None)


def begin(
    app: ConsoleApp, visitor: Visitor, choice: Choice, place: Place
) -> tuple[Started, str] | Fault:
    """A sign-in with the address that begins it; or why it cannot begin. Raises Unavailable."""
    try:
        login_url = (
            app.login_base(choice.own)
            if choice.own
            else LOGINS["sandbox" if choice.sandbox else "production"]
        )
    except ConfigurationError:
        return _FOREIGN
    if is_rehearsal(login_url) and not place.rehearses:
        return _FOREIGN
    typed = choice.client_id or None
    if typed is not None and not _KEY.fullmatch(typed):
        return Fault(
            "client_id",
            "That is not a consumer key. It is one word of letters and digits, often 3MVG9….",
        )
    client_id = client_id_for(
        login_url, app.settings.client_id, typed, known_client_id(app, visitor.workspace)
    )
    if client_id is None:
        return Fault("client_id", "Paste the consumer key of your Salesforce app first.")
    callback = place.callback_for(login_url)
    if callback is None:
        return Fault("page", "Salesforce only knows that address.", place.public_url)
    return _begun(app, visitor, choice, app.login.begin(login_url, client_id, callback))


def _begun(
    app: ConsoleApp, visitor: Visitor, choice: Choice, sign_in: SignIn
) -> tuple[Started, str]:
    started = Started(
        state=sign_in.state,
        verifier=sign_in.verifier,
        login_url=sign_in.login_url,
        client_id=sign_in.client_id,
        redirect_uri=sign_in.redirect_uri,
        environment="custom" if choice.own else "sandbox" if choice.sandbox else "production",
        workspace=visitor.workspace,
        visitor_id=visitor.id,
        name=visitor.name,
        choice=choice,
        at=app.clock.now(),
    )
    return started, sign_in.authorize_url


def sealed(app: ConsoleApp, started: Started) -> str:
    """A sign-in as a browser may keep it."""
    return app.seal(json.dumps(asdict(started)))


def unsealed(app: ConsoleApp, kept: str | None) -> Started | None:
    """A sign-in that a browser kept; None for anything that we did not give it."""
    text = app.unseal(kept) if kept else None
    if text is None:
        return None
    document = json.loads(text)
    return Started(**{**document, "choice": Choice(**document["choice"])})
