"""Gathers the question before syncing starts, about a draft. Reads Salesforce for the estimate, if
the entries can be sent; changes nothing."""

from __future__ import annotations

from zsf_plugin.connect import Waiting, previewing_connection
from zsf_plugin.console.connection.estimates import EstimatePart, estimate_part
from zsf_plugin.console.connection.first_run import setup_run
from zsf_plugin.console.mapping.page import Tables
from zsf_plugin.console.sending.question import NO_ENTRY, Question
from zsf_plugin.errors import OutOfOrder
from zsf_plugin.model import JsonObject
from zsf_plugin.wiring.apps import ConsoleApp


def question_about(
    app: ConsoleApp, workspace: str, decision: Waiting, tables: Tables, wrong: tuple[str, ...] = ()
) -> Question:
    """The question about a draft, whose `tables` these are; `wrong` says why it cannot be saved.
    Raises StoreUnavailable."""
    newest = app.store.entries(workspace, limit=1)
    return Question(
        decision,
        app.store.counts(workspace).pending,
        tables.mode,
        changes=tables.changed,
        wrong=wrong,
        max_calls=app.explainer.max_calls("touchpoint"),
        newest=newest[0].id if newest else NO_ENTRY,
    )


def step_before(app: ConsoleApp, workspace: str, document: JsonObject) -> str:
    """The setup step that comes first with that console document; "" if none does."""
    try:
        check_setup(app, workspace, document)
    except OutOfOrder as error:
        return str(error)
    return ""


def check_setup(app: ConsoleApp, workspace: str, document: JsonObject) -> None:
    """Raises OutOfOrder if a setup step comes first with that console document. A workspace without
    setup steps has completed them."""
    run = setup_run(app, workspace, document)
    if run is not None:
        run.check("waiting")


def sending_estimate(
    app: ConsoleApp, question: Question, workspace: str, document: JsonObject, *, again: bool
) -> EstimatePart | None:
    """What sending would do with that console document; None if nothing can be sent. `again`
    ignores a stored estimate."""
    connection = previewing_connection(app.store, workspace)
    if connection is None or not question.sends:
        return None
    return estimate_part(app, connection, again=again, document=document)
