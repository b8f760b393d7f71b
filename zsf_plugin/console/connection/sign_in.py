"""A sign-in: the chosen org, where it may lead, the sealed cookie until it returns, and its result:
a connection or a failure code.

Nothing is stored before the end: several processes may serve the console, and another one may
receive the callback.
"""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Literal
from urllib.parse import urlsplit

from zsf_plugin.connect import (
    EMULATOR_CLIENT_ID,
    Connector,
    ConnectResult,
    client_id_for,
    is_emulator,
)
from zsf_plugin.console.labels import sentence
from zsf_plugin.console.options import Visitor
from zsf_plugin.errors import (
    AppRefused,
    ConfigurationError,
    OtherOrg,
    ReconnectRequired,
    Unavailable,
)
from zsf_plugin.messages.connection import connection_text_for_page
from zsf_plugin.messages.landing import LANDING_WORDS, LandingWords, landing_words
from zsf_plugin.model import LOGINS, Connection, Environment
from zsf_plugin.ports import HistoryLine, PendingSignIn
from zsf_plugin.settings import REDIRECT_PATH
from zsf_plugin.wiring.apps import ConsoleApp

SIGN_IN_TTL_S = 600
_SIGNED_IN = ("connected", "reconnected")
#: Newest sign-ins that are read to find the app's key.
_MAX_SIGN_INS = 20
_KEY = re.compile(r"[A-Za-z0-9._!-]{8,255}")
#: Longer input is cut.
_MAX_LENGTH = 255
#: Error code → the actual kind of org.
_OTHER_KIND = {"not_a_sandbox": "production", "not_live": "sandbox"}


@dataclass(frozen=True, slots=True)
class SignInForm:
    """The popup's form. `own` is the company's own login address, `client_id` the app's consumer
    key."""

    sandbox: bool = False
    own: str = ""
    client_id: str = ""
    popup: bool = False

    @property
    def again(self) -> dict[str, str]:
        """The choice as URL parameters, without the key."""
        chosen = {"org": self.kind, "own": self.own, "popup": "1" * self.popup}
        return {name: value for name, value in chosen.items() if value}

    @property
    def kind(self) -> Literal["sandbox", "production"]:
        """The chosen kind of org."""
        return "sandbox" if self.sandbox else "production"


@dataclass(frozen=True, slots=True)
class SignInProblem:
    """Why a sign-in cannot begin: the wrong field, and what to do. `href` is a URL where it can."""

    field: Literal["own", "client_id", "page"]
    text: str
    href: str | None = None


@dataclass(frozen=True, slots=True)
class StartedSignIn:
    """A pending sign-in, as the browser's cookie holds it: sealed, for ten minutes."""

    state: str
    verifier: str
    login_url: str
    client_id: str
    redirect_uri: str
    environment: Environment
    workspace: str
    visitor_id: str
    name: str
    choice: SignInForm
    at: float

    @property
    def sign_in(self) -> PendingSignIn:
        """The sign-in as the login finishes it."""
        return PendingSignIn(
            "", self.login_url, self.client_id, self.redirect_uri, self.state, self.verifier
        )

    def belongs_to(self, visitor: Visitor) -> bool:
        """Whether this visitor began it. Without ids from the host, names identify people."""
        return self.workspace == visitor.workspace and (
            (self.visitor_id or self.name) == (visitor.id or visitor.name)
        )

    def has_expired(self, now: float) -> bool:
        """Whether it took too long, or the clock was set back."""
        return not 0 <= now - self.at <= SIGN_IN_TTL_S


@dataclass(frozen=True, slots=True)
class ConsoleAddress:
    """The URL of this request, and the one where browsers reach the console (`public_url` None: the
    same).

    `allows_emulator`: whether a sign-in may lead to the machine that serves the console. On any
    other machine, a visitor could make the server send requests to itself.
    """

    root_url: str
    public_url: str | None
    allows_emulator: bool = False

    def allows(self, login_url: str) -> bool:
        """Whether a sign-in may begin there."""
        return self.allows_emulator or not is_emulator(login_url)

    def callback_for(self, login_url: str) -> str | None:
        """The callback URL; None if the page is open under another name, which Salesforce would
        refuse."""
        if self._is_canonical:
            return self.callback
        return self.root_url.rstrip("/") + REDIRECT_PATH if is_emulator(login_url) else None

    @property
    def _is_canonical(self) -> bool:
        return _host(self.public_url or self.root_url) == _host(self.root_url)

    @property
    def public_origin(self) -> str:
        """Scheme and host of the URL where browsers reach the console."""
        parts = urlsplit(self.public_url or self.root_url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def callback(self) -> str:
        """The callback URL to register with the app."""
        return (self.public_url or self.root_url).rstrip("/") + REDIRECT_PATH


def _host(url: str) -> str:
    return urlsplit(url).netloc.lower()


_NOT_SALESFORCE = SignInProblem(
    "own", "That is not a Salesforce address. A My Domain address ends in .my.salesforce.com."
)
_NO_KEY = SignInProblem(
    "client_id",
    "That is not a consumer key. A consumer key is one word of letters and digits, often 3MVG9….",
)


_KEY_MISSING = SignInProblem("client_id", "Paste the consumer key of your Salesforce app first.")


def choice_of(form: Mapping[str, str]) -> SignInForm:
    """The choice in a form, or in a URL that repeats it."""
    is_sandbox, is_popup = form.get("org") == "sandbox", form.get("popup") == "1"
    return SignInForm(is_sandbox, _text_in(form, "own"), _text_in(form, "client_id"), is_popup)


def _text_in(form: Mapping[str, str], name: str) -> str:
    return form.get(name, "").strip()[:_MAX_LENGTH]


def choice_as(connection: Connection, *, popup: bool) -> SignInForm:
    """The choice for signing in to the connected org again."""
    own = connection.login_url if connection.environment == "custom" else ""
    return SignInForm(connection.is_sandbox, own, popup=popup)


def known_client_id(app: ConsoleApp, workspace: str) -> str | None:
    """The known app: from the settings, or from the last sign-in to a real org."""
    if app.settings.client_id:
        return app.settings.client_id
    lines = app.store.history(workspace, codes=_SIGNED_IN, limit=_MAX_SIGN_INS)
    return next(filter(None, map(_real_client_id, lines)), None)


def _real_client_id(line: HistoryLine) -> str | None:
    """The app of a sign-in to a real org."""
    client_id = line.detail.get("client_id")
    return str(client_id) if client_id and client_id != EMULATOR_CLIENT_ID else None


def begin_sign_in(
    app: ConsoleApp, visitor: Visitor, choice: SignInForm, place: ConsoleAddress
) -> tuple[StartedSignIn, str] | SignInProblem:
    """Begin a sign-in: (the sign-in, the URL to open), or why it cannot begin. Raises
    Unavailable."""
    login_url = _login_url(app, choice)
    if login_url is None or not place.allows(login_url):
        return _NOT_SALESFORCE
    if choice.client_id and not _KEY.fullmatch(choice.client_id):
        return _NO_KEY
    client_id = _client_id(app, visitor.workspace, login_url, choice)
    if client_id is None:
        return _KEY_MISSING
    callback = place.callback_for(login_url)
    if callback is None:
        return SignInProblem(
            "page", "The callback URL in Salesforce uses that address.", place.public_origin
        )
    sign_in = app.login.begin(login_url, client_id, callback)
    return _started(visitor, choice, sign_in, app.clock.now()), sign_in.authorize_url


def _client_id(app: ConsoleApp, workspace: str, login_url: str, choice: SignInForm) -> str | None:
    """The app to sign in with; None if there is none."""
    known = known_client_id(app, workspace)
    return client_id_for(login_url, app.settings.client_id, choice.client_id, known)


def _login_url(app: ConsoleApp, choice: SignInForm) -> str | None:
    """The login URL of the choice; None if it is not allowed."""
    if not choice.own:
        return LOGINS[choice.kind]
    try:
        return app.login.trusted_base(choice.own)
    except ConfigurationError:
        return None


def _started(
    visitor: Visitor, choice: SignInForm, sign_in: PendingSignIn, now: float
) -> StartedSignIn:
    return StartedSignIn(
        state=sign_in.state,
        verifier=sign_in.verifier,
        login_url=sign_in.login_url,
        client_id=sign_in.client_id,
        redirect_uri=sign_in.redirect_uri,
        environment="custom" if choice.own else choice.kind,
        workspace=visitor.workspace,
        visitor_id=visitor.id,
        name=visitor.name,
        choice=choice,
        at=now,
    )


def seal(app: ConsoleApp, started: StartedSignIn) -> str:
    """Seal the sign-in for the browser's cookie."""
    return app.cipher.seal(json.dumps(asdict(started)))


def unseal(app: ConsoleApp, sealed: str | None) -> StartedSignIn | None:
    """The sign-in in a browser's cookie; None for anything that we did not seal."""
    text = app.cipher.unseal(sealed) if sealed else None
    return None if text is None else _parse_started(text)


def _parse_started(text: str) -> StartedSignIn:
    document = json.loads(text)
    return StartedSignIn(**{**document, "choice": SignInForm(**document["choice"])})


@dataclass(frozen=True, slots=True)
class SignInFailure:
    """Why nothing was connected: a code of `LANDING_WORDS`, with the data for its text. `again` is
    the choice to try again with."""

    code: str
    data: Mapping[str, str] = field(default_factory=dict)
    again: Mapping[str, str] = field(default_factory=dict)

    @property
    def words(self) -> LandingWords:
        """The text for the page."""
        return landing_words(self)

    @property
    def said(self) -> str:
        """Salesforce's own code, if it gave one and the text does not show it."""
        return self.data.get("error", "")


def is_answer_to(started: StartedSignIn | None, state: str) -> bool:
    """Whether an answer belongs to that sign-in."""
    return started is not None and hmac.compare_digest(
        started.state.encode(), state.encode("utf-8", "replace")
    )


def finish_sign_in(
    app: ConsoleApp,
    started: StartedSignIn | None,
    answer: Mapping[str, str],
    visitor: Visitor | None,
) -> ConnectResult | SignInFailure:
    """Finish a sign-in with Salesforce's answer. Raises StoreUnavailable."""
    if started is None or not _is_ours(started, answer, visitor):
        return SignInFailure("foreign_state")
    if started.has_expired(app.clock.now()):
        return SignInFailure("expired")
    try:
        return _connect(app, started, answer)
    except (ReconnectRequired, ConfigurationError, Unavailable) as error:
        return _failure(app, started, error)


def _is_ours(started: StartedSignIn, answer: Mapping[str, str], visitor: Visitor | None) -> bool:
    """Whether the answer and, if known, the visitor belong to the sign-in."""
    is_answered = is_answer_to(started, answer.get("state", ""))
    return is_answered and (visitor is None or started.belongs_to(visitor))


def _connect(app: ConsoleApp, started: StartedSignIn, answer: Mapping[str, str]) -> ConnectResult:
    grant = app.login.finish(started.sign_in, answer)
    connector = Connector(app.store, app.login, app.clock)
    return connector.finish_with_preview(
        started.workspace,
        grant,
        started.sign_in,
        started.environment,
        sandbox=started.choice.sandbox,
        by=started.name,
    )


def _failure(
    app: ConsoleApp,
    started: StartedSignIn,
    error: ReconnectRequired | ConfigurationError | Unavailable,
) -> SignInFailure:
    if isinstance(error, Unavailable):
        return _refused_for_now(error)
    if isinstance(error, AppRefused):
        return _refusal(started, error)
    if isinstance(error, ConfigurationError):
        return SignInFailure("app", {"findings": " ".join(map(sentence, error.findings))})
    if isinstance(error, OtherOrg):
        return _other_org(app.store.connection(started.workspace), error)
    return _refusal(started, error)


def _refused_for_now(error: Unavailable) -> SignInFailure:
    """Why Salesforce refused the sign-in for now, or did not answer."""
    if error.code in LANDING_WORDS:
        return SignInFailure(error.code, {"error": str(error.data.get("error", ""))})
    return SignInFailure("unavailable", {"reason": sentence(str(error))})


def _refusal(started: StartedSignIn, error: ReconnectRequired | AppRefused) -> SignInFailure:
    if error.code in _OTHER_KIND:
        return _other_kind(started, error.code)
    if error.code in LANDING_WORDS:
        return SignInFailure(error.code, error.data)
    if isinstance(error, AppRefused):
        return SignInFailure("app", {"findings": sentence(connection_text_for_page(error))})
    return SignInFailure("unlisted", {"why": sentence(connection_text_for_page(error))})


def _other_kind(started: StartedSignIn, code: str) -> SignInFailure:
    return SignInFailure(code, again={**started.choice.again, "org": _OTHER_KIND[code]})


def _other_org(known: Connection | None, error: OtherOrg) -> SignInFailure:
    name = known.org_name if known is not None else ""
    org = ", ".join(filter(None, (name, f"org {error.belongs_to}")))
    return SignInFailure("other_org", {"org": org, "came_from": error.came_from})
