"""The routes of this page. The modules beside it decide what it shows."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, make_response, render_template, request, url_for

from zsf_plugin.console import request_context
from zsf_plugin.console.activity.allocation_bar import allocation_bar
from zsf_plugin.console.activity.entry import EntryView, entry_view
from zsf_plugin.console.activity.listing import (
    ListQuery,
    changed,
    count_newer,
    entry_list,
    parse_query,
    seller_choices,
)

blueprint = Blueprint("activity", __name__)


@blueprint.get("/activity")
def show() -> str | Response:
    """The page; for its own filters, the list alone."""
    asked = parse_query(request.args)
    if _is_request_for("list"):
        return _list(asked)
    return _page(asked)


@blueprint.get("/activity/newer")
def newer() -> str:
    """How many entries came since, and those of the shown ones that have changed."""
    app, workspace = request_context.current()
    asked, top = parse_query(request.args), request.args.get("top", "")
    return render_template(
        "activity/newer.html",
        number=count_newer(app, workspace, asked, top),
        stories=changed(app, workspace, request.args.getlist("shown")),
        counts=app.store.counts(workspace),
        query=asked.query,
        open=None,
    )


@blueprint.get("/activity/allocation")
def allocation() -> str:
    """The bar alone."""
    app, workspace = request_context.current()
    return render_template("activity/allocation.html", bar=allocation_bar(app.status(workspace)))


@blueprint.get("/activity/<entry_id>")
def entry(entry_id: str) -> str:
    """One entry: the part beside the list, or the whole page with it open. Another workspace's is
    not there."""
    app, workspace = request_context.current()
    view = entry_view(app, app.store.entry(workspace, entry_id) or abort(404))
    asked = parse_query(request.args)
    if _is_request_for("entry"):
        return render_template("activity/entry.html", view=view, query=asked.query)
    return _page(asked, view)


def _is_request_for(region: str) -> bool:
    """Whether a region of the page asks for itself. A page that is restored from history asks for
    all."""
    return request_context.is_htmx() and request.headers.get("HX-Target") == region


def _list(asked: ListQuery) -> Response:
    """The list, with an address that says what it shows and nothing else."""
    listing = entry_list(*request_context.current(), asked)
    page = render_template("activity/filtered.html", listing=listing, open=None)
    response = make_response(page)
    # Without a new filter the address, which may name an open entry, still fits.
    if request.headers.get("HX-Trigger") == "filters":
        query: dict[str, Any] = dict(asked.query)
        response.headers["HX-Push-Url"] = url_for("activity.show", **query)
    return response


def _page(asked: ListQuery, view: EntryView | None = None) -> str:
    app, workspace = request_context.current()
    status = app.status(workspace)
    return render_template(
        "activity/show.html",
        listing=entry_list(app, workspace, asked, status.counts),
        sellers=seller_choices(app, workspace, asked.seller),
        bar=allocation_bar(status),
        view=view,
        open=view.head.story.id if view else None,
        query=asked.query,
    )
