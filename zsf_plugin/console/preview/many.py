"""The preview over many: what the draft changes for the last prospects, field by field. First for
no call, compared with the saved mapping; on a click, compared with Salesforce. Writes nothing."""

from __future__ import annotations

from dataclasses import replace

from flask import render_template, request

from zsf_plugin.console import request_context
from zsf_plugin.console.connection.org_queries import failure_text
from zsf_plugin.console.mapping.drafting import draft_result
from zsf_plugin.console.mapping.mapping_context import recent
from zsf_plugin.console.mapping.page_request import carried, posted_draft
from zsf_plugin.console.presenters.records import known_org
from zsf_plugin.console.preview.many_page import ManyPage
from zsf_plugin.sync.availability import ORG_ERRORS

#: The number of prospects that are compared.
MAX_PROSPECTS = 50
#: API calls of their lookups: rounds for the company, the person, and what those lead to.
MAX_LOOKUP_CALLS = 4


def show() -> str:
    """The page of the posted draft; with `compare`, compared with Salesforce."""
    app, visitor = request_context.application(), request_context.visitor()
    prospects = recent(app, visitor, MAX_PROSPECTS)
    result = draft_result(app, visitor.workspace, posted_draft())
    found = app.explainer.compare_plans([one.event for one in prospects], result.document)
    org = known_org(app, visitor.workspace)
    page = ManyPage(prospects, found, org.label, result.count, result.refusals)
    if "compare" in request.form:
        page = _with_org(page)
    can_compare = org.connection is not None and not page.is_live
    return render_template(
        "preview/many.html",
        page=page,
        carried=carried(),
        max_calls=MAX_LOOKUP_CALLS if can_compare else 0,
    )


def _with_org(page: ManyPage) -> ManyPage:
    """The page compared with Salesforce, or with the reason why it is not."""
    app, workspace = request_context.current()
    connection = app.store.connection(workspace)
    if connection is None:
        return page
    try:
        document = draft_result(app, workspace, posted_draft()).document
        events = [one.event for one in page.prospects]
        return replace(page, found=app.explainer.compare_with_org(events, document))
    except ORG_ERRORS as error:
        return replace(page, failure=failure_text(app, connection, error))
