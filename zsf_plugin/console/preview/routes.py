"""The routes of the live preview and what surrounds it: the first preview of a workspace, and
purchases queued before the previewed one, which may create the record that it would find. `showing`
decides what a preview shows.

The connection page sets the order of the setup steps: a preview before its turn starts nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, make_response, render_template, request
from werkzeug.wrappers import Response

from zsf_plugin.connect.previewing import has_seen_preview, preview_seen
from zsf_plugin.console import request_context
from zsf_plugin.console.connection.first_run import setup_run
from zsf_plugin.console.labels import capital
from zsf_plugin.console.mapping.drafting import drafted_document
from zsf_plugin.console.mapping.drafts import Draft, draft_of
from zsf_plugin.console.mapping.mapping_context import Prospect, chosen, recent
from zsf_plugin.console.options import Visitor
from zsf_plugin.console.preview.showing import PreviewContent, preview_content
from zsf_plugin.errors import ConfigurationError, OutOfOrder
from zsf_plugin.explain.preview import Preview
from zsf_plugin.model import Connection
from zsf_plugin.ports import EntryFilter, EntryPage
from zsf_plugin.wiring.apps import ConsoleApp

#: Waiting entries before the previewed one that are read: a preview must not read a long backlog.
_MAX_WAITING = 200
_ALONE_OF_SAME_PERSON = (
    "An earlier purchase of the same prospect or e-mail address is waiting and goes first; this "
    "one will be linked to the record that it creates or finds."
)

blueprint = Blueprint("preview", __name__)


@dataclass(frozen=True, slots=True)
class FirstPreview:
    """`started`: this preview started the sync. `waiting`: the number of entries to decide on now,
    None if no decision is due. `needs`: the step that comes first."""

    started: bool = False
    waiting: int | None = None
    needs: str = ""


#: No first preview is due, or no one has seen it yet.
NOT_FIRST = FirstPreview()


def first_preview(app: ConsoleApp, visitor: Visitor, *, seen: bool) -> FirstPreview:
    """The state of the first preview; `seen`: a preview with the org's data is shown now, which may
    start the sync. Raises StoreUnavailable."""
    connection = app.store.connection(visitor.workspace)
    if connection is None or connection.state != "previewing":
        return NOT_FIRST
    waiting = app.store.counts(visitor.workspace).pending
    if seen and _begins_sync(app, visitor, connection, waiting):
        app.wake(visitor.workspace)
        return FirstPreview(started=True)
    return _waiting_for_preview(app, connection, waiting)


def _waiting_for_preview(app: ConsoleApp, connection: Connection, waiting: int) -> FirstPreview:
    """The step that comes first, else the number of entries to decide on."""
    needs = _needs(app, connection)
    if needs or not has_seen_preview(app.store, connection):
        return FirstPreview(needs=needs)
    return FirstPreview(waiting=waiting)


def _begins_sync(app: ConsoleApp, visitor: Visitor, connection: Connection, waiting: int) -> bool:
    """Record that a preview was seen, if its turn has come. Returns whether that starts the sync;
    if entries wait, the decision on them starts it instead."""
    if not waiting and _needs(app, connection):
        return False
    return preview_seen(app.store, visitor.workspace, visitor.name, app.clock.now())


def _needs(app: ConsoleApp, connection: Connection) -> str:
    """The step that comes before the first preview, or before the decision once a preview was seen;
    "" if none does."""
    run = setup_run(app, connection.workspace)
    try:
        if run is not None:
            run.check("waiting" if has_seen_preview(app.store, connection) else "preview")
    except OutOfOrder as error:
        return str(error)
    return ""


def sent_alone(app: ConsoleApp, workspace: str, prospect: Prospect) -> str:
    """A note that other purchases go first and may change the result; "" if none wait.

    Raises StoreUnavailable.
    """
    if not prospect.on_its_way:
        return ""
    page = _waiting_before(app, workspace, prospect)
    if any(map(prospect.is_same_person, page.entries)):
        return _ALONE_OF_SAME_PERSON
    waits = _how_many_wait(len(page.entries), has_more=bool(page.older))
    return f"{capital(waits)} to be sent first, so the result may differ." if waits else ""


def _waiting_before(app: ConsoleApp, workspace: str, prospect: Prospect) -> EntryPage:
    """The purchases that wait before the prospect's, newest first."""
    waiting = EntryFilter(state="pending", kind="purchase")
    return app.store.page(
        workspace, waiting, before=prospect.id, limit=_MAX_WAITING, max_scanned=_MAX_WAITING
    )


def _how_many_wait(number: int, *, has_more: bool) -> str:
    """`12 purchases are waiting`; "" if there are none."""
    if has_more:
        return f"{number}+ purchases are waiting" if number else "other entries are waiting"
    if number == 1:
        return "1 purchase is waiting"
    return f"{number} purchases are waiting" if number else ""


@dataclass(frozen=True, slots=True)
class PreviewPanel:
    """The panel: the preview, or with `wrong` why there is none. `alone` notes that other purchases
    go first."""

    shown: PreviewContent | None
    wrong: tuple[str, ...] = ()
    first: FirstPreview = NOT_FIRST
    alone: str = ""


@blueprint.app_context_processor
def _panel() -> dict[str, object]:
    return {"preview_panel": preview_panel}


def preview_panel() -> tuple[tuple[Prospect, ...], Prospect]:
    """The prospects to choose from, and the chosen one. Raises StoreUnavailable."""
    app, visitor = request_context.application(), request_context.visitor()
    prospects = recent(app, visitor)
    return prospects, chosen(app, visitor, request.values.get("prospect", ""), prospects)


@blueprint.get("/mapping/preview")
def page() -> str:
    """The preview of the saved mapping as a page; it records nothing and starts nothing."""
    panel = preview_panel()
    return render_template("preview/show.html", panel=panel, answer=_answer(panel[1], None))


@blueprint.post("/mapping/preview")
def show() -> Response:
    """The preview of the posted draft; without script, as a page."""
    panel = preview_panel()
    answer = _answer(panel[1], draft_of(request.form.items(multi=True)))
    part = "preview/answer.html" if request_context.is_htmx() else "preview/show.html"
    return make_response(render_template(part, panel=panel, answer=answer))


def _answer(prospect: Prospect, draft: Draft | None) -> PreviewPanel:
    """The preview by the draft, or by the saved mapping without one."""
    try:
        preview = _preview(prospect, draft)
    except ConfigurationError as error:
        return PreviewPanel(None, error.findings)
    is_seen = draft is not None and preview.world is not None and request_context.may_edit()
    return _preview_part(preview, prospect, is_seen=is_seen)


def _preview_part(preview: Preview, prospect: Prospect, *, is_seen: bool) -> PreviewPanel:
    """The preview with its notes; `is_seen`: a person now sees it compared with the org."""
    app, workspace = request_context.current()
    first = first_preview(app, request_context.visitor(), seen=is_seen)
    known = app.orgs.known_facts(workspace) if preview.world is None else None
    content = preview_content(preview, prospect, app.store.connection(workspace), known)
    return PreviewPanel(content, first=first, alone=sent_alone(app, workspace, prospect))


def _preview(prospect: Prospect, draft: Draft | None) -> Preview:
    app, workspace = request_context.current()
    document = drafted_document(app, workspace, draft) if draft is not None else None
    return app.explainer.preview(prospect.event, document, again="again" in request.form)
