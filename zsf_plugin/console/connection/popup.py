"""The views of the popup: choosing an org, leaving for Salesforce, and the callback. `sign_in`
decides on a sign-in."""

from __future__ import annotations

from dataclasses import replace
from typing import TypedDict
from urllib.parse import urlsplit

from flask import jsonify, make_response, render_template, request
from werkzeug.wrappers import Response

from zsf_plugin.connect import (
    PRODUCTION_SUFFIX,
    SANDBOX_SUFFIX,
    ConnectResult,
    completed_address,
    is_emulator,
)
from zsf_plugin.console import request_context
from zsf_plugin.console.connection.sign_in import (
    SIGN_IN_TTL_S,
    ConsoleAddress,
    SignInFailure,
    SignInForm,
    SignInProblem,
    StartedSignIn,
    begin_sign_in,
    choice_as,
    choice_of,
    finish_sign_in,
    is_answer_to,
    known_client_id,
    seal,
    unseal,
)
from zsf_plugin.console.labels import sentence
from zsf_plugin.console.security import is_https
from zsf_plugin.messages.connection import former_org_text, renewal_text
from zsf_plugin.model import Connection
from zsf_plugin.settings import REDIRECT_PATH

COOKIE = "zsf_sign_in"


def choose() -> str:
    """The popup that asks which org; also a page, for browsers that open no window."""
    known = request_context.application().store.connection(request_context.workspace())
    if known is not None and not {"org", "own"} & request.args.keys():
        return _choice(choice_as(known, popup=request.args.get("popup") == "1"))
    # A key is only ever typed, never part of a link.
    return _choice(replace(choice_of(request.args), client_id=""))


def begin() -> Response | tuple[str, int]:
    """Begin a sign-in. A page leads to Salesforce, because the content policy allows no form to be
    redirected to another site."""
    app, choice = request_context.application(), choice_of(request.form)
    completed = replace(choice, own=completed_address(choice.own))
    if completed != choice:
        return _choice(completed, is_completed=True), 200
    begun = begin_sign_in(app, request_context.visitor(), choice, _console_address())
    if isinstance(begun, SignInProblem):
        return _choice(choice, begun), 422
    started, address = begun
    leaving = render_template(
        "connection/leaving.html", address=address, host=_host(address), popup=choice.popup
    )
    response = make_response(leaving)
    response.set_cookie(COOKIE, seal(app, started), max_age=SIGN_IN_TTL_S, **_cookie_options())
    return response


def _host(address: str) -> str:
    return urlsplit(address).netloc


def mark() -> Response:
    """The mark of the connection, which is another one after each sign-in: how a page learns that
    a sign-in has ended, whatever became of its window."""
    app, workspace = request_context.current()
    return jsonify(mark=connection_mark(app.store.connection(workspace)))


def connection_mark(connection: Connection | None) -> str:
    """When it was connected; "" for none."""
    return "" if connection is None else repr(connection.connected_at)


def finish() -> Response:
    """The callback from Salesforce. The host may not know the visitor here, so it neither reads nor
    sets a session: the sign-in in the browser's cookie names the visitor. If the host does know the
    visitor, it must be the same one."""
    app = request_context.application()
    started = unseal(app, request.cookies.get(COOKIE))
    landed = finish_sign_in(app, started, request.args, request_context.known_visitor())
    response = make_response(_render_landing(landed, started))
    if is_answer_to(started, request.args.get("state", "")):
        response.delete_cookie(COOKIE, **_cookie_options())
    return response


def _render_landing(landed: ConnectResult | SignInFailure, started: StartedSignIn | None) -> str:
    popup = started is not None and started.choice.popup
    if isinstance(landed, ConnectResult):
        renewal = sentence(renewal_text(landed.lacks)) if landed.lacks is not None else ""
        former = landed.former
        moved = former_org_text(former.name, returns=former.returns) if former else ""
        return render_template(
            "connection/connected.html", landed=landed, popup=popup, renewal=renewal, moved=moved
        )
    again = landed.again or (started.choice.again if started is not None else {})
    return render_template(
        "connection/failed.html",
        failure=landed,
        popup=popup,
        again=again,
        still_connected=started is not None and _is_connected(started.workspace),
    )


def _is_connected(workspace: str) -> bool:
    """Whether an earlier connection still works."""
    known = request_context.application().store.connection(workspace)
    return known is not None and known.state != "reconnect"


def _choice(
    choice: SignInForm, fault: SignInProblem | None = None, *, is_completed: bool = False
) -> str:
    app, workspace = request_context.application(), request_context.workspace()
    return render_template(
        "connection/choose.html",
        choice=choice,
        fault=fault,
        is_completed=is_completed,
        suffixes=(PRODUCTION_SUFFIX, SANDBOX_SUFFIX),
        asks_for_key=app.settings.client_id is None,
        known_key=known_client_id(app, workspace),
        callback=_console_address().callback,
    )


def _console_address() -> ConsoleAddress:
    options = request_context.console_options()
    offered = options.rehearsals
    allows_emulator = _is_this_machine() if offered is None else offered
    return ConsoleAddress(request.root_url, options.public_url, allows_emulator)


def _is_this_machine() -> bool:
    """Whether the console seems to be reachable only on the machine that serves it."""
    public = request_context.console_options().public_url
    if public is not None:
        return is_emulator(public)
    return is_emulator(request.root_url) and is_emulator(f"http://{request.remote_addr}")


class _CookieOptions(TypedDict):
    path: str
    secure: bool
    httponly: bool
    samesite: str


def _cookie_options() -> _CookieOptions:
    """A cookie for the callback only, hidden from scripts."""
    path = request.script_root + REDIRECT_PATH
    return {"path": path, "secure": is_https(), "httponly": True, "samesite": "Lax"}
