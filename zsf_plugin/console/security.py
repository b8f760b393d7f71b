"""Checks on every request (Host header, visitor, role, CSRF) and headers on every response.

Templates escape all values, and the content policy allows no script but our files.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from flask import Flask, Request, Response, abort, g, request, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask_wtf.csrf import CSRFProtect
from werkzeug.exceptions import Forbidden

from zsf_plugin.console import request_context
from zsf_plugin.console.options import ConsoleOptions, Visitor

#: Endpoints that need no visitor: files that are the same for everyone, and the callback from
#: Salesforce, which brings its own sign-in (a browser may not send the host's cookies there).
_SAME_FOR_ALL = frozenset({"static", "search.badge_css"})
#: What machines ask by any name and address of this one; the answer names nothing and nobody.
PROBES = frozenset({"health"})
OPEN_ENDPOINTS = _SAME_FOR_ALL | PROBES | {"connection.finish"}

#: Pages that another site may link to: those that make no API call by themselves. Browsers say
#: where a request comes from (Sec-Fetch-*); any other request from another site could use up API
#: calls.
LANDINGS = frozenset(
    {
        "start",
        "overview.show",
        "connection.show",
        "connection.choose",
        "connection.finish",
        "mapping.show",
        "mapping.activities",
        "configuration.show",
        "rules.history",
        "rules.show",
        "rules.trial",
        "rules.version",
        "activity.show",
        "activity.entry",
        "held.show",
        "search.show",
    }
)

#: Forms that only ask: a visitor who may not edit can post these, and no others.
QUESTIONS = frozenset({"preview.show", "rules.tried", "search.look", "search.export"})
#: Pages that only lead to a change; no page of a visitor who may not edit links to them.
EDITING_PAGES = frozenset(
    {
        "activity.ask_undo",
        "connection.ask_disconnect",
        "connection.choose",
        "connection.finish",
        "connection.plan_id_field",
        "mapping.create",
        "mapping.fill",
        "mapping.pick",
        "mapping.values",
        "preview.many",
        "sending.ask",
    }
)

SESSION_COOKIE = "zsf_console"
#: The session key that holds its owner.
_OWNER = "of"
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_PORT = re.compile(r":[0-9]{1,5}\Z")
#: Far more than a pasted list of 100 prospects.
MAX_BYTES = 1_000_000


class MayNotEdit(Forbidden):
    """The visitor may only view."""


class _Session(SecureCookieSessionInterface):
    """The session cookie behind CSRF tokens, for the path where the console is mounted.

    Its keys are those of this moment: another process may have replaced the secret key since, and
    a person's next request may go to either.
    """

    def __init__(self, session_keys: Callable[[], Sequence[bytes]]) -> None:
        self._session_keys = session_keys

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """The session in the request's cookie."""
        self.take_keys(app)
        return super().open_session(app, request)

    def take_keys(self, app: Flask) -> None:
        """Sign with the first key from now on; the others still open what they signed."""
        keys = [key.hex() for key in self._session_keys()]
        app.config.update(
            SECRET_KEY=keys[0], SECRET_KEY_FALLBACKS=keys[1:], WTF_CSRF_SECRET_KEY=keys[::-1]
        )

    def get_cookie_path(self, app: Flask) -> str:  # noqa: ARG002 - Flask's own signature
        """The mount's path, so that the host's other apps do not get the cookie."""
        return f"{request.script_root}/"

    def get_cookie_secure(self, app: Flask) -> bool:  # noqa: ARG002 - Flask's own signature
        """Whether the cookie is sent over https only."""
        return is_https()


def protect(
    app: Flask, options: ConsoleOptions, session_keys: Callable[[], Sequence[bytes]]
) -> None:
    """Install all checks and headers on an app. `session_keys` are those that sign its cookies now,
    the present one first."""
    sessions = _Session(session_keys)
    sessions.take_keys(app)
    app.config.update(
        SESSION_COOKIE_NAME=cookie_name(options),
        # Not "Strict": a link from a web mailer would start another session, and outdate the forms
        # of the pages that are open.
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_HTTPONLY=True,
        MAX_CONTENT_LENGTH=MAX_BYTES,
        MAX_FORM_MEMORY_SIZE=MAX_BYTES,
        WTF_CSRF_TIME_LIMIT=None,
    )
    app.session_interface = sessions
    app.before_request(_check_host)
    app.before_request(_check_origin)
    app.before_request(_identify_visitor)
    app.before_request(_check_role)
    app.before_request(_read_form)
    CSRFProtect(app)
    policy = content_policy(options)
    app.after_request(
        lambda response: _with_headers(response, policy, bool(options.frame_ancestors))
    )


def cookie_name(options: ConsoleOptions) -> str:
    """The name of the session cookie. Cookies ignore ports, and several consoles may run on one
    machine."""
    port = urlsplit(options.public_url or "").port
    return SESSION_COOKIE if options.hosts is None or port is None else f"{SESSION_COOKIE}_{port}"


def is_https() -> bool:
    """Whether browsers reach the console over TLS, according to the request or `public_url`."""
    public = request_context.console_options().public_url
    return request.is_secure or (public is not None and urlsplit(public).scheme == "https")


def content_policy(options: ConsoleOptions) -> str:
    """The Content-Security-Policy of every answer."""
    framing = " ".join(options.frame_ancestors) or "'none'"
    own = ("script-src", "style-src", "connect-src", "img-src", "font-src", "form-action")
    rules = [
        "default-src 'none'",
        *(f"{name} 'self'" for name in own),
        f"frame-ancestors {framing}",
        "base-uri 'none'",
    ]
    return "; ".join(rules)


def _check_host() -> None:
    """Refuse other host names: another site may point its name here (DNS rebinding)."""
    if request.endpoint in PROBES:
        return
    allowed = request_context.console_options().allowed_hosts
    host = (request.headers.get("Host") or "").lower()
    if allowed is not None and host not in allowed and _PORT.sub("", host) not in allowed:
        abort(421)


def _check_origin() -> None:
    """Other sites may link to our landing pages, but not embed, script or post to any page."""
    if request.endpoint in _SAME_FOR_ALL or not request_context.is_from_another_site():
        return
    if not _is_navigation() or request.method != "GET" or request.endpoint not in LANDINGS:
        abort(403)


def _is_navigation() -> bool:
    """Whether the browser opens the page itself, or in a frame if framing is allowed."""
    frames = {"iframe", "frame"} if request_context.console_options().frame_ancestors else set()
    is_page = request.headers.get("Sec-Fetch-Dest", "document") in {"document", *frames}
    return is_page and request.headers.get("Sec-Fetch-Mode") == "navigate"


def _identify_visitor() -> None:
    """Ask the host for the visitor. Without one, only files that are the same for everyone are
    served."""
    is_same_for_all = request.endpoint in _SAME_FOR_ALL | PROBES
    g.visitor = None if is_same_for_all else request_context.console_options().who(request.environ)
    if request.endpoint in OPEN_ENDPOINTS:
        return
    if g.visitor is None:
        abort(401)
    _bind_session(g.visitor)


def person_mark(visitor: Visitor) -> str:
    """A digest of the person in their workspace."""
    person = repr((visitor.workspace, visitor.id or visitor.name))
    return hashlib.sha256(person.encode("utf-8", "replace")).hexdigest()


def _check_role() -> None:
    """Refuse whatever changes something, or leads to it, to a visitor who may only view."""
    visitor = request_context.known_visitor()
    if visitor is not None and not visitor.may_edit and _is_edit():
        raise MayNotEdit


def _is_edit() -> bool:
    """Whether the request changes something, or opens a page that leads to it."""
    if request.endpoint in EDITING_PAGES:
        return True
    return request.method not in _SAFE_METHODS and request.endpoint not in QUESTIONS


def _bind_session(visitor: Visitor) -> None:
    """Bind the session and its CSRF tokens to one person; another person's session starts
    empty."""
    mark = person_mark(visitor)
    if session.get(_OWNER) != mark:
        session.clear()
        session[_OWNER] = mark


def _read_form() -> None:
    """Read the whole form before any view runs, so that an oversized one is refused here."""
    request.form.get("csrf_token")


def _with_headers(response: Response, policy: str, framed: bool) -> Response:
    response.headers["Content-Security-Policy"] = policy
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    if not framed:
        response.headers["X-Frame-Options"] = "DENY"
    if request.endpoint not in _SAME_FOR_ALL:
        response.headers["Cache-Control"] = "no-store"
    return response
