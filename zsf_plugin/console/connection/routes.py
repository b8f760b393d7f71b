"""The routes of the Connection page; those of its popup are in `popup`. The modules beside it
decide what it shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import wraps

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from zsf_plugin.connect import Connector
from zsf_plugin.console import request_context
from zsf_plugin.console.connection import id_field, popup
from zsf_plugin.console.connection.estimates import estimate_part
from zsf_plugin.console.connection.first_run import setup_run
from zsf_plugin.console.connection.org_queries import CheckedRights, check_rights
from zsf_plugin.console.connection.page import ConnectionPage, address_halves, connection_page
from zsf_plugin.console.connection.steps import Name, sandbox_words
from zsf_plugin.console.mapping.rendering import draft_key
from zsf_plugin.errors import OutOfOrder
from zsf_plugin.model import Connection
from zsf_plugin.ports import HistoryLine
from zsf_plugin.settings import REDIRECT_PATH

#: What a redirect to this page announces: the URL has a code, never text.
_MESSAGES = {
    "disconnected": "Disconnected. Entries keep waiting.",
    "unconfirmed": "Disconnected here, but Salesforce did not confirm it. Revoke the access in "
    "Setup, Connected Apps OAuth Usage.",
    "sent": "Sending has started.",
    "skipped": "Skipped. New entries are sent from now on.",
    "left_out": "Continuing without the Zaplify ID field.",
    "checked": "All six steps are done.",
}
blueprint = Blueprint("connection", __name__)
blueprint.add_url_rule("/connect", view_func=popup.choose)
blueprint.add_url_rule("/connect", view_func=popup.begin, methods=["POST"])
blueprint.add_url_rule("/connect/mark", view_func=popup.mark)
blueprint.add_url_rule(REDIRECT_PATH, view_func=popup.finish)


@blueprint.context_processor
def _org_helpers() -> dict[str, object]:
    return {
        "address_halves": address_halves,
        "sandbox_words": sandbox_words,
        "connection_mark": popup.connection_mark,
    }


def _requires_connection(
    view: Callable[[Connection], ResponseReturnValue],
) -> Callable[[], ResponseReturnValue]:
    """Without a connection, lead to the page that makes one."""

    @wraps(view)
    def wrapper() -> ResponseReturnValue:
        connection = request_context.application().store.connection(request_context.workspace())
        if connection is not None:
            return view(connection)
        if request_context.is_htmx():
            return "", 204, {"HX-Redirect": url_for("connection.show")}
        return redirect(url_for("connection.show"), 303)

    return wrapper


@blueprint.get("/connection")
def show() -> str:
    """The page. The parts that read Salesforce load after it. `saved`: the draft of the mapping was
    just saved, so the browser's tab need not keep it."""
    return render_template(
        "connection/show.html",
        page=_page(),
        announcement=_MESSAGES.get(request.args.get("done", "")),
        saved_draft=draft_key() if "saved" in request.args else "",
    )


@blueprint.get("/connection/rights")
@_requires_connection
def rights(connection: Connection) -> Response:
    """What the connection may do, read again if needed: the part of the page, or the page."""
    before = _page()
    if before.checked is not None and "again" not in request.args:
        return make_response(_part_or_page("connection/rights.html", before))
    checked = check_rights(request_context.application(), connection)
    return _respond_with_rights(before, _page(), checked)


def _respond_with_rights(
    before: ConnectionPage, now: ConnectionPage, checked: CheckedRights
) -> Response:
    """Respond with the rights. `before` and `now` are the page before and after they were read."""
    is_part = request_context.is_htmx()
    shown = before if is_part else now
    page = replace(shown, checked=checked)
    response = make_response(_part_or_page("connection/rights.html", page))
    response.headers["HX-Trigger"] = "rights-read"
    if is_part and now.is_signed_out and not before.is_signed_out:
        response.headers["HX-Refresh"] = "true"  # the whole page has to say so
    return response


@blueprint.get("/connection/steps")
def steps() -> ResponseReturnValue:
    """The setup steps: the part of the page, or the page. A page that still has them is loaded
    again once there are none, as after `zsf connect`."""
    page = _page()
    if page.run is None and request_context.is_htmx():
        return "", 204, {"HX-Refresh": "true"}
    return _part_or_page("connection/steps.html", page)


@blueprint.get("/connection/log")
def log() -> str:
    """Connection history: the part of the page, or the page."""
    return _part_or_page("connection/log.html", _page())


@blueprint.get("/connection/estimate")
@_requires_connection
def estimate(connection: Connection) -> str:
    """What sending all waiting entries would do: the part of the page, or the page."""
    app = request_context.application()
    estimated = estimate_part(app, connection, again="again" in request.args)
    page = connection_page(app, connection.workspace)
    return _part_or_page("connection/estimate.html", replace(page, estimate=estimated))


@blueprint.get("/connection/id-field")
@_requires_connection
def plan_id_field(connection: Connection) -> str:
    """The plan for creating the Zaplify ID field."""
    return _id_field(id_field.id_field_plan(request_context.application(), connection))


@blueprint.post("/connection/id-field")
def make_id_field() -> Response:
    """Create the Zaplify ID field."""
    app = request_context.application()
    try:
        _check("id_field")
    except OutOfOrder as error:
        return _refused(error)
    made = id_field.create_id_field(
        app, app.orgs.connection(request_context.workspace()), request_context.visitor()
    )
    response = make_response(_id_field(made))
    response.headers["HX-Trigger"] = "looked"
    return response


@blueprint.post("/connection/id-field/without")
def leave_id_field() -> Response:
    """Continue without the Zaplify ID field."""
    return _complete_step("id_field", "id_field_left_out", "left_out")


@blueprint.post("/connection/switches")
def check_switches() -> Response:
    """Confirm the switches: the last step."""
    return _complete_step("switches", "switches_checked", "checked")


@blueprint.get("/connection/disconnect")
@_requires_connection
def ask_disconnect(_: Connection) -> str:
    """The question before disconnecting, as a page."""
    return render_template("connection/disconnect.html", page=_page())


@blueprint.post("/connection/disconnect")
def disconnect() -> Response:
    """Revoke the access and delete the connection."""
    app, visitor = request_context.application(), request_context.visitor()
    ended = Connector(app.store, app.login, app.clock).disconnect(visitor.workspace, visitor.name)
    return _to_page("unconfirmed" if ended is not None and not ended[1] else "disconnected")


def _check(name: Name) -> None:
    """Raises OutOfOrder if the setup steps are not that far. A workspace without setup steps has
    completed them."""
    run = setup_run(request_context.application(), request_context.workspace())
    if run is not None:
        run.check(name)


def _complete_step(step: Name, code: str, done: str) -> Response:
    visitor = request_context.visitor()
    try:
        _check(step)
    except OutOfOrder as error:
        return _refused(error)
    request_context.application().store.add_history(
        visitor.workspace, HistoryLine(request_context.now(), code, visitor.name)
    )
    return _to_page(done)


def _id_field(plan: id_field.IdFieldPlan) -> str:
    is_part = request_context.is_htmx()
    template = "connection/id_field.html" if is_part else "connection/id_field_page.html"
    return render_template(template, plan=plan)


def _page() -> ConnectionPage:
    return connection_page(request_context.application(), request_context.workspace())


def _part_or_page(part: str, page: ConnectionPage) -> str:
    """A part of the page for a script; the whole page for a person."""
    template = part if request_context.is_htmx() else "connection/show.html"
    return render_template(template, page=page)


def _to_page(done: str) -> Response:
    return redirect(url_for("connection.show", done=done), 303)


def _refused(error: OutOfOrder) -> Response:
    """The answer to a step out of order; nothing was changed."""
    shown = {"title": "Nothing was changed", "text": str(error)}
    if not request_context.is_htmx():
        return make_response(render_template("error.html", framed=True, **shown), 409)
    response = make_response(render_template("alert.html", **shown), 409)
    response.headers["HX-Retarget"], response.headers["HX-Reswap"] = "#alert", "innerHTML"
    return response
