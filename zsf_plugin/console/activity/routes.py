"""The routes of the Activity page. The modules beside it decide what it shows."""

from __future__ import annotations

from typing import Any, TypeAlias

from flask import (
    Blueprint,
    Response,
    abort,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.wrappers import Response as AnyResponse

from zsf_plugin.console import request_context
from zsf_plugin.console.activity.allocation_bar import allocation_bar
from zsf_plugin.console.activity.entry import EntryView, entry_view
from zsf_plugin.console.activity.listing import (
    ListQuery,
    changed,
    count_newer,
    entry_list,
    parse_query,
    results_today,
    seller_choices,
)
from zsf_plugin.console.activity.person import Order, person_page
from zsf_plugin.console.activity.progress import (
    RATED_S,
    Baseline,
    Progress,
    parse_baseline,
    progress_since,
)
from zsf_plugin.console.activity.undo import (
    OUTCOMES,
    UNDO_ERRORS,
    outcome_of,
    refusal_text,
    undo_view,
)
from zsf_plugin.console.csv_files import csv_file
from zsf_plugin.console.presenters.entry_rows import HEADING, entry_rows
from zsf_plugin.errors import OutOfOrder, ZsfError
from zsf_plugin.ports import Entry, EntryCounts, EntryFilter

blueprint = Blueprint("activity", __name__)

Answer: TypeAlias = "str | tuple[str, int] | AnyResponse"


@blueprint.get("/activity")
def show() -> str | Response:
    """The page; for its own filters, only the list."""
    filters = parse_query(request.args)
    if _is_request_for("list"):
        return _list(filters)
    return _page(filters)


@blueprint.get("/activity/newer")
def newer() -> str:
    """The number of newer entries, and the shown entries that have changed."""
    app, workspace = request_context.current()
    filters, top = parse_query(request.args), request.args.get("top", "")
    counts = app.store.counts(workspace)
    progress, baseline = _progress(counts)
    return render_template(
        "activity/newer.html",
        number=count_newer(app, workspace, filters, top),
        stories=changed(app, workspace, request.args.getlist("shown")),
        counts=counts,
        is_first=not top,
        progress=progress,
        baseline=baseline,
        today=results_today(app, workspace),
        query=filters.query,
        open=None,
    )


def _progress(counts: EntryCounts) -> tuple[Progress | None, Baseline]:
    """How a backlog proceeds, since the page that asks saw it first."""
    app, workspace = request_context.current()
    now, watched = request_context.now(), parse_baseline(request.args.get("watched", ""))
    lately = app.store.ended_together(workspace, now - RATED_S)
    return progress_since(watched, counts, lately, now)


@blueprint.get("/activity.csv")
def export() -> Response:
    """All entries that the filters in the URL match, as a file."""
    app, workspace = request_context.current()
    wanted = parse_query(request.args).filter(request_context.now())
    return csv_file("activity", HEADING, entry_rows(app, workspace, wanted))


@blueprint.get("/person")
def person() -> str:
    """Everything that happened to one prospect. 404 for a prospect of another workspace."""
    app, workspace = request_context.current()
    arguments = request.args
    order: Order = "newest" if arguments.get("order") == "newest" else "oldest"
    start = arguments.get("from", "")
    page = person_page(app, workspace, arguments.get("id", ""), order, start)
    return render_template("activity/person.html", page=page or abort(404))


@blueprint.get("/person.csv")
def person_export() -> Response:
    """All entries of that prospect, as a file."""
    app, workspace = request_context.current()
    wanted = EntryFilter(lane=request.args.get("id", ""))
    return csv_file("prospect", HEADING, entry_rows(app, workspace, wanted))


@blueprint.get("/activity/allocation")
def allocation() -> str:
    """The allocation bar."""
    app, workspace = request_context.current()
    return render_template("activity/allocation.html", bar=allocation_bar(app.status(workspace)))


@blueprint.get("/activity/<entry_id>")
def entry(entry_id: str) -> str:
    """One entry: the part beside the list, or the whole page with it open. 404 for an entry of
    another workspace."""
    view = entry_view(request_context.application(), _entry(entry_id))
    filters = parse_query(request.args)
    if _is_request_for("entry"):
        return render_template("activity/entry.html", view=view, query=filters.query)
    return _page(filters, view)


@blueprint.get("/activity/<entry_id>/undo")
def ask_undo(entry_id: str) -> Answer:
    """What undoing the entry would change now. 404 for an entry of another workspace."""
    return _undo_page(_entry(entry_id))


@blueprint.post("/activity/<entry_id>/undo")
def undo(entry_id: str) -> Answer:
    """Undo the entry as far as the page said, and lead back to it."""
    found, seen = _entry(entry_id), request.form.get("seen", "").split()
    app, visitor = request_context.application(), request_context.visitor()
    try:
        plan = app.undoer.apply(found, visitor.name, seen)
    except OutOfOrder as error:
        is_shown_again = error.code == "undo_differs"
        return _undo_page(found, str(error)) if is_shown_again else _refused(error)
    except UNDO_ERRORS as error:
        return _refused(error)
    return redirect(url_for("activity.entry", entry_id=entry_id, undone=outcome_of(plan)), 303)


def _entry(entry_id: str) -> Entry:
    """That entry of the workspace; else 404."""
    app, workspace = request_context.current()
    return app.store.entry(workspace, entry_id) or abort(404)


def _undo_page(found: Entry, refusal: str = "") -> Answer:
    """What undoing would change now; `refusal` says why nothing was undone just now."""
    try:
        view = undo_view(request_context.application(), found, refusal)
    except UNDO_ERRORS as error:
        return _refused(error)
    return render_template("activity/undo.html", view=view), 409 if refusal else 200


def _refused(error: ZsfError) -> Answer:
    title, text = "That can’t be undone now", refusal_text(error)
    status = 409 if isinstance(error, OutOfOrder) else 503
    return render_template("error.html", framed=True, title=title, text=text), status


def _is_request_for(region: str) -> bool:
    """Whether a script requests only that region. A page restored from history requests all."""
    return request_context.is_htmx() and request.headers.get("HX-Target") == region


def _list(filters: ListQuery) -> Response:
    """The list; a new filter also changes the URL."""
    listing = entry_list(*request_context.current(), filters)
    page = render_template("activity/filtered.html", listing=listing, open=None)
    response = make_response(page)
    # Without a new filter the URL, which may name an open entry, still fits.
    if request.headers.get("HX-Trigger") == "filters":
        query: dict[str, Any] = dict(filters.query)
        response.headers["HX-Push-Url"] = url_for("activity.show", **query)
    return response


def _page(filters: ListQuery, view: EntryView | None = None) -> str:
    app, workspace = request_context.current()
    status = request_context.status()
    progress, baseline = _progress(status.counts)
    return render_template(
        "activity/show.html",
        listing=entry_list(app, workspace, filters, status.counts),
        sellers=seller_choices(app, workspace, filters.seller),
        bar=allocation_bar(status),
        progress=progress,
        baseline=baseline,
        today=results_today(app, workspace),
        view=view,
        open=view.head.story.id if view else None,
        query=filters.query,
        announcement=OUTCOMES.get(request.args.get("undone", ""), ""),
        announcement_is_error=request.args.get("undone") == "unanswered",
    )
