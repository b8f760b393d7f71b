"""The requests of Connection and of its popup. What they show is decided in the modules beside
it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import wraps

from flask import Blueprint, abort, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from zsf_plugin.connect import Connected, Connector
from zsf_plugin.connect.choices import is_rehearsal
from zsf_plugin.connect.resting import decide as decide_on
from zsf_plugin.console import request_context
from zsf_plugin.console.connection import id_field, starting
from zsf_plugin.console.connection.checking import check_rights
from zsf_plugin.console.connection.estimating import estimate_of
from zsf_plugin.console.connection.gathering import page_of, run_of
from zsf_plugin.console.connection.landing import Failure, is_answer_to, land
from zsf_plugin.console.connection.starting import Choice, Fault, Place, Started
from zsf_plugin.console.connection.steps import Name
from zsf_plugin.console.security import is_https
from zsf_plugin.errors import OutOfOrder
from zsf_plugin.model.link import Connection
from zsf_plugin.ports.store import HistoryLine
from zsf_plugin.settings import REDIRECT_PATH

COOKIE = "zsf_sign_in"
#: What a redirect to this page says has happened: a code in the address, never words.
_SAID = {
    "disconnected": "Disconnected. Entries keep waiting.",
    "unconfirmed": "Disconnected here. Salesforce did not confirm it: revoke the access in Setup, "
    "Connected Apps OAuth Usage.",
    "sent": "Sending has begun.",
    "skipped": "Skipped. What comes in from now on is sent.",
    "left_out": "You go on without the Zaplify ID field.",
    "checked": "All six steps are done.",
}

blueprint = Blueprint("connection", __name__)


def _of_connection(
    view: Callable[[Connection], ResponseReturnValue],
) -> Callable[[], ResponseReturnValue]:
    """For what is about a connection: without one, the page where it is made."""

    @wraps(view)
    def seen() -> ResponseReturnValue:
        connection = request_context.application().store.connection(request_context.workspace())
        if connection is not None:
            return view(connection)
        if request_context.is_htmx():
            return "", 204, {"HX-Redirect": url_for("connection.show")}
        return redirect(url_for("connection.show"), 303)

    return seen


@blueprint.get("/connection")
def show() -> str:
    """The page. What has to be asked of Salesforce comes after it, by itself."""
    page = page_of(request_context.application(), request_context.workspace())
    return render_template(
        "connection/show.html", page=page, saying=_SAID.get(request.args.get("done", ""))
    )


@blueprint.get("/connection/rights")
@_of_connection
def rights(connection: Connection) -> Response:
    """What the connection may do, read now: the part of the page, or the page with it."""
    app = request_context.application()
    page = page_of(app, connection.workspace)
    checked = (
        page.checked
        if page.checked and "again" not in request.args
        else check_rights(app, connection)
    )
    if not request_context.is_htmx() and checked is not page.checked:
        page = page_of(app, connection.workspace)
    template = "connection/rights.html" if request_context.is_htmx() else "connection/show.html"
    response = make_response(render_template(template, page=page, checked=checked))
    if checked is not page.checked:
        response.headers["HX-Trigger"] = "rights-read"
    if not page.is_signed_out and page_of(app, connection.workspace).is_signed_out:
        response.headers["HX-Refresh"] = "true"  # the whole page has to say so
    return response


@blueprint.get("/connection/steps")
def steps() -> str:
    """The first steps as they stand; as a page, all of it."""
    page = page_of(request_context.application(), request_context.workspace())
    return render_template(
        "connection/steps.html" if request_context.is_htmx() else "connection/show.html", page=page
    )


@blueprint.get("/connection/log")
def log() -> str:
    """What happened to the connection, up to now; as a page, all of it."""
    page = page_of(request_context.application(), request_context.workspace())
    return render_template(
        "connection/log.html" if request_context.is_htmx() else "connection/show.html", page=page
    )


@blueprint.get("/connection/estimate")
@_of_connection
def estimate(connection: Connection) -> str:
    """What sending all that waits would do: the part of the page, or the page with it."""
    app = request_context.application()
    told = estimate_of(app, connection, again="again" in request.args)
    page = page_of(app, connection.workspace)
    template = "connection/estimate.html" if request_context.is_htmx() else "connection/show.html"
    return render_template(template, page=page, estimate=told)


@blueprint.get("/connection/id-field")
@_of_connection
def plan_id_field(connection: Connection) -> str:
    """What creating the Zaplify ID field would make, before it is made."""
    return _id_field(id_field.plan_of(request_context.application(), connection))


@blueprint.post("/connection/id-field")
def make_id_field() -> Response:
    """Make it."""
    app = request_context.application()
    try:
        _check("id_field")
    except OutOfOrder as error:
        return _refused(error)
    made = id_field.make(
        app, app.orgs.connection(request_context.workspace()), request_context.visitor()
    )
    response = make_response(_id_field(made))
    response.headers["HX-Trigger"] = "looked"
    return response


@blueprint.post("/connection/id-field/without")
def leave_id_field() -> Response:
    """Go on without it, by choice."""
    return _noted("id_field", "id_field_left_out", "left_out")


@blueprint.post("/connection/switches")
def check_switches() -> Response:
    """The switches are as they should be: the last step."""
    return _noted("switches", "switches_checked", "checked")


@blueprint.post("/connection/waiting")
def decide() -> Response:
    """Send or skip what waits, and end the rest."""
    waiting = request.form.get("waiting")
    if waiting not in ("send", "skip"):
        abort(400)
    app, visitor = request_context.application(), request_context.visitor()
    try:
        _check("waiting")
        decide_on(
            app.store,
            visitor.workspace,
            "send" if waiting == "send" else "skip",
            visitor.name,
            request_context.now(),
        )
    except OutOfOrder as error:
        return _refused(error)
    app.wake(visitor.workspace)
    return _to_page("sent" if waiting == "send" else "skipped")


@blueprint.get("/connection/disconnect")
@_of_connection
def ask_disconnect(connection: Connection) -> str:
    """The question, as a page of its own."""
    return render_template(
        "connection/disconnect.html",
        page=page_of(request_context.application(), connection.workspace),
    )


@blueprint.post("/connection/disconnect")
def disconnect() -> Response:
    """End the access, and forget the connection."""
    app, visitor = request_context.application(), request_context.visitor()
    ended = Connector(app.store, app.login, app.clock).disconnect(visitor.workspace, visitor.name)
    return _to_page("unconfirmed" if ended is not None and not ended[1] else "disconnected")


@blueprint.get("/connect")
def choose() -> str:
    """The popup: which org. It is a page as well, where a browser opens no window."""
    known = request_context.application().store.connection(request_context.workspace())
    if known is not None and not {"org", "own"} & request.args.keys():
        return _choice(starting.choice_as(known, popup=request.args.get("popup") == "1"))
    return _choice(
        replace(starting.choice_of(request.args), client_id="")
    )  # a key is typed, no link brings one


@blueprint.post("/connect")
def begin() -> Response | tuple[str, int]:
    """Begin a sign-in. A page leads on: our policy lets no form be redirected elsewhere."""
    app, choice = request_context.application(), starting.choice_of(request.form)
    begun = starting.begin(app, request_context.visitor(), choice, _place())
    if isinstance(begun, Fault):
        return _choice(choice, begun), 422
    started, address = begun
    response = make_response(render_template("connection/leaving.html", address=address))
    response.set_cookie(
        COOKIE,
        starting.sealed(app, started),
        max_age=starting.LASTS_S,
        path=_cookie_path(),
        secure=is_https(),
        httponly=True,
        samesite="Lax",
    )
    return response


@blueprint.get(REDIRECT_PATH)
def finish() -> Response:
    """The way back from Salesforce. The host may not know whose request it is here, so it reads no
    session and sets none: the sign-in that the browser kept says whose it is, and the host's word
    may only narrow that."""
    app = request_context.application()
    started = starting.unsealed(app, request.cookies.get(COOKIE))
    landed = land(app, started, request.args, request_context.known_visitor())
    response = make_response(_landed(landed, started))
    if is_answer_to(started, request.args.get("state", "")):
        response.delete_cookie(
            COOKIE, path=_cookie_path(), secure=is_https(), httponly=True, samesite="Lax"
        )
    return response


def _landed(landed: Connected | Failure, started: Started | None) -> str:
    popup = started is not None and started.choice.popup
    if isinstance(landed, Connected):
        return render_template("connection/connected.html", landed=landed, popup=popup)
    known = (
        request_context.application().store.connection(started.workspace)
        if started is not None
        else None
    )
    again = landed.again or (started.choice.again if started is not None else {})
    stands = known is not None and known.state != "reconnect"
    return render_template(
        "connection/failed.html", failure=landed, popup=popup, again=again, stands=stands
    )


def _choice(choice: Choice, fault: Fault | None = None) -> str:
    app, workspace = request_context.application(), request_context.workspace()
    return render_template(
        "connection/choose.html",
        choice=choice,
        fault=fault,
        asks_for_key=app.settings.client_id is None,
        known_key=starting.known_client_id(app, workspace),
        callback=_place().callback,
    )


def _place() -> Place:
    asked = request_context.options().rehearsals
    return Place(
        request.root_url,
        request_context.options().public_url,
        _is_this_machine() if asked is None else asked,
    )


def _is_this_machine() -> bool:
    """Whether the console is reached on the machine that serves it alone, as far as that can be
    told."""
    public = request_context.options().public_url
    asked = public or request.root_url
    return is_rehearsal(asked) and (
        public is not None or is_rehearsal(f"http://{request.remote_addr}")
    )


def _cookie_path() -> str:
    return request.script_root + REDIRECT_PATH


def _check(name: Name) -> None:
    """Raises OutOfOrder where the first steps are not that far. A workspace without first steps is
    past them."""
    run = run_of(request_context.application(), request_context.workspace())
    if run is not None:
        run.check(name)


def _noted(step: Name, code: str, done: str) -> Response:
    visitor = request_context.visitor()
    try:
        _check(step)
    except OutOfOrder as error:
        return _refused(error)
    request_context.application().store.note(
        visitor.workspace, HistoryLine(request_context.now(), code, visitor.name)
    )
    return _to_page(done)


def _id_field(plan: id_field.Plan) -> str:
    part = (
        "connection/id_field.html" if request_context.is_htmx() else "connection/id_field_page.html"
    )
    return render_template(part, plan=plan)


def _to_page(done: str) -> Response:
    return redirect(url_for("connection.show", done=done), 303)


def _refused(error: OutOfOrder) -> Response:
    """A step out of its order; nothing was changed."""
    if request_context.is_htmx():
        response = make_response(
            render_template("alert.html", title="Nothing was changed", text=str(error)), 409
        )
        response.headers["HX-Retarget"], response.headers["HX-Reswap"] = "#alert", "innerHTML"
        return response
    return make_response(
        render_template("error.html", title="Nothing was changed", text=str(error), framed=True),
        409,
    )
