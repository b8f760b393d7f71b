"""The routes of the live preview and what surrounds it: the first preview of a workspace, and
purchases queued before the previewed one, which may create the record that it would find. `showing`
decides what a preview shows.

The connection page sets the order of the setup steps: a preview before its turn starts nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, make_response, render_template, request
from werkzeug.wrappers import Response

from zsf_plugin.connect import has_seen_preview, preview_seen, previewing_connection
from zsf_plugin.console import request_context
from zsf_plugin.console.connection.first_run import setup_run
from zsf_plugin.console.labels import capital
from zsf_plugin.console.mapping.document import DraftResult
from zsf_plugin.console.mapping.drafting import draft_result
from zsf_plugin.console.mapping.drafts import Draft, draft_of
from zsf_plugin.console.mapping.mapping_context import Prospect, chosen, recent
from zsf_plugin.console.mapping.page_request import carried
from zsf_plugin.console.options import Visitor
from zsf_plugin.console.preview import many
from zsf_plugin.console.preview.showing import PreviewContent, preview_content
from zsf_plugin.errors import ConfigurationError, OutOfOrder
from zsf_plugin.explain.preview import Preview
from zsf_plugin.model import Connection, JsonObject
from zsf_plugin.ports import EntryFilter, EntryPage
from zsf_plugin.wiring.apps import ConsoleApp

#: Waiting entries before the previewed one that are read: a preview must not read a long backlog.
_MAX_WAITING = 200
_ALONE_OF_SAME_PERSON = (
    "An earlier purchase of the same prospect or e-mail address is waiting and goes first; this "
    "one will be linked to the record that it creates or finds."
)

blueprint = Blueprint("preview", __name__)
blueprint.add_url_rule("/mapping/preview/many", "many", many.show, methods=["GET", "POST"])


@dataclass(frozen=True, slots=True)
class FirstPreview:
    """`waiting`: the number of entries to decide on now, None if no decision is due. `needs`: the
    step that comes first. `saves`: the draft has changes, which are saved first; `wrong` says why
    they cannot be."""

    waiting: int | None = None
    needs: str = ""
    saves: bool = False
    wrong: tuple[str, ...] = ()


#: No first preview is due, or no one has seen it yet.
NOT_FIRST = FirstPreview()


def first_preview(
    app: ConsoleApp, visitor: Visitor, draft: DraftResult | None, *, seen: bool
) -> FirstPreview:
    """The state of the first preview; `seen`: a preview of that draft with the org's data is shown
    now. Starts nothing. Raises StoreUnavailable."""
    connection = previewing_connection(app.store, visitor.workspace)
    if connection is None:
        return NOT_FIRST
    if seen:
        preview_seen(app.store, visitor.workspace, visitor.name, app.clock.now())
    return _waiting_for_preview(app, connection, draft)


def _waiting_for_preview(
    app: ConsoleApp, connection: Connection, draft: DraftResult | None
) -> FirstPreview:
    """The step that comes first, else the number of entries to decide on."""
    needs = _needs(app, connection, draft.document if draft is not None else None)
    if needs or not has_seen_preview(app.store, connection):
        return FirstPreview(needs=needs)
    waiting = app.store.counts(connection.workspace).pending
    if draft is None:
        return FirstPreview(waiting)
    return FirstPreview(waiting, saves=draft.count > 0, wrong=draft.refusals)


def _needs(app: ConsoleApp, connection: Connection, document: JsonObject | None) -> str:
    """The step that comes before the first preview, or before the decision once a preview was seen;
    "" if none does."""
    run = setup_run(app, connection.workspace, document)
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
    """`12 purchases are waiting`, `more than 70 purchases are waiting`; "" if there are none."""
    if has_more:
        tens = number // 10 * 10
        return f"more than {tens} purchases are waiting" if tens else "others are waiting"
    if number == 1:
        return "1 purchase is waiting"
    return f"{number} purchases are waiting" if number else ""


@dataclass(frozen=True, slots=True)
class PreviewPanel:
    """The panel: the preview, or with `wrong` why there is none. `alone` notes that other purchases
    go first; `carried` are the fields of the previewed draft."""

    shown: PreviewContent | None
    wrong: tuple[str, ...] = ()
    first: FirstPreview = NOT_FIRST
    alone: str = ""
    carried: Sequence[tuple[str, str]] = ()


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
    app, workspace = request_context.current()
    result = draft_result(app, workspace, draft) if draft is not None else None
    document = result.document if result is not None else None
    try:
        preview = app.explainer.preview(prospect.event, document, again="again" in request.form)
    except ConfigurationError as error:
        return PreviewPanel(None, error.findings)
    return _preview_part(preview, prospect, result)


def _preview_part(preview: Preview, prospect: Prospect, draft: DraftResult | None) -> PreviewPanel:
    """The preview with its notes. With a draft, a person sees it now."""
    app, workspace = request_context.current()
    is_compared = preview.world is not None
    is_seen = draft is not None and is_compared and request_context.may_edit()
    first = first_preview(app, request_context.visitor(), draft, seen=is_seen)
    known = app.orgs.known_facts(workspace) if preview.world is None else None
    content = preview_content(preview, prospect, app.store.connection(workspace), known)
    alone = sent_alone(app, workspace, prospect)
    return PreviewPanel(content, first=first, alone=alone, carried=carried())
