"""The routes that start syncing: a question first, with what would happen; then the answer, which
saves the draft that was previewed and decides on the waiting entries.

Nothing is sent without that answer. The draft comes with the form, so that what is sent is what was
shown.
"""

from __future__ import annotations

import re
from dataclasses import replace

from flask import Blueprint, abort, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from zsf_plugin.connect import Waiting, previewing_connection
from zsf_plugin.connect import decide as decide_on
from zsf_plugin.console import request_context
from zsf_plugin.console.mapping.drafting import SavedDraft, draft_result, last_save, save
from zsf_plugin.console.mapping.page_request import carried, page_with, posted_draft
from zsf_plugin.console.sending.gathering import (
    check_setup,
    question_about,
    sending_estimate,
    step_before,
)
from zsf_plugin.console.sending.question import Question, start_words
from zsf_plugin.errors import OutOfOrder

blueprint = Blueprint("sending", __name__)
_ENTRY = re.compile(r"e[0-9]{1,15}", re.ASCII)
_NOTHING = "Nothing was changed"
_SAVED_ONLY = "The mapping was saved; nothing was sent"


@blueprint.app_context_processor
def _words() -> dict[str, object]:
    return {"start_words": start_words}


@blueprint.route("/sending", methods=["GET", "POST"])
def ask() -> str | Response:
    """The question before syncing starts. Reads Salesforce for an estimate; changes nothing."""
    app, workspace = request_context.current()
    if previewing_connection(app.store, workspace) is None:
        return redirect(url_for("connection.show"), 303)
    result, again = draft_result(app, workspace, posted_draft()), "again" in request.values
    question = _question(_decision(request.values.get("waiting", "send")), result.refusals)
    question = replace(question, needs=step_before(app, workspace, result.document))
    estimate = sending_estimate(app, question, workspace, result.document, again=again)
    return _render(replace(question, estimate=estimate))


@blueprint.post("/connection/waiting")
def decide() -> Response | tuple[str, int]:
    """Save the draft, then send or skip the waiting entries, and start syncing."""
    decision, draft = _decision(request.form.get("waiting", "")), posted_draft()
    app, visitor = request_context.application(), request_context.visitor()
    try:
        check_setup(app, visitor.workspace, draft_result(app, visitor.workspace, draft).document)
    except OutOfOrder as error:
        return _refuse(_NOTHING, error)
    saved = save(app, visitor, draft, request_context.now())
    if saved.outcome != "saved":
        return _ask_again(saved, decision)
    return _start(decision, saved)


def _start(decision: Waiting, saved: SavedDraft) -> Response:
    """Decide on the waiting entries, once the draft is saved."""
    app, visitor = request_context.application(), request_context.visitor()
    workspace, by, now = visitor.workspace, visitor.name, request_context.now()
    try:
        decide_on(app.store, workspace, decision, by, now, _newest())
    except OutOfOrder as error:
        return _refuse(_SAVED_ONLY if saved.changes else _NOTHING, error)
    app.wake(workspace)
    done = "sent" if decision == "send" else "skipped"
    is_saved = 1 if saved.changes else None
    return redirect(url_for("connection.show", done=done, saved=is_saved), 303)


def _decision(text: str) -> Waiting:
    """The posted decision; 400 for any other."""
    if text == "send":
        return "send"
    return "skip" if text == "skip" else abort(400)


def _newest() -> str | None:
    """The newest entry that the question counted; None if the form names none."""
    named = request.form.get("newest", "")
    return named if _ENTRY.fullmatch(named) else None


def _question(decision: Waiting, wrong: tuple[str, ...]) -> Question:
    """The question about the posted draft."""
    return question_about(
        *request_context.current(), decision, page_with(posted_draft()).tables, wrong
    )


def _ask_again(saved: SavedDraft, decision: Waiting) -> tuple[str, int]:
    """The question with the reason why the draft was not saved; nothing was changed."""
    if saved.outcome == "refused":
        return _render(_question(decision, saved.reasons)), 422
    last = last_save(*request_context.current())
    who = (last and last.by) or "Someone else"
    why = f"{who} saved the mapping in the meantime. Go back to compare it with your changes."
    return _render(_question(decision, (why,))), 409


def _render(question: Question) -> str:
    return render_template("sending/ask.html", question=question, carried=_shown_draft())


def _shown_draft() -> list[tuple[str, str]]:
    """The draft that the question is about, with the mapping that it was made from: the answer is
    refused if someone saves another one in between."""
    fields = carried()
    is_marked = any(name == "seen" for name, _ in fields)
    return fields if is_marked else [*fields, ("seen", page_with().seen)]


def _refuse(title: str, error: OutOfOrder) -> Response:
    """The answer to a decision out of order."""
    shown = render_template("error.html", framed=True, title=title, text=str(error))
    return make_response(shown, 409)
