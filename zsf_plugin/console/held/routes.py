"""The routes of the Held page. The modules beside it decide what it shows and does.

A write answers a script with the `#held` part, and a plain form with a redirect to the page.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from flask import (
    Blueprint,
    abort,
    flash,
    get_flashed_messages,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.wrappers import Response

from zsf_plugin.console import request_context
from zsf_plugin.console.console_rules import SaveOutcome
from zsf_plugin.console.csv_files import csv_file
from zsf_plugin.console.held.choosing import Choices, choices_of, choose_record
from zsf_plugin.console.held.entries import HeldEntry, entries_of
from zsf_plugin.console.held.fixes import (
    MappedField,
    empty_source,
    save_fallback,
    save_translation,
    unknown_values,
)
from zsf_plugin.console.held.policies import policy_of
from zsf_plugin.console.held.view import (
    HeldPage,
    cause_with,
    causes_of,
    fingerprint_of,
    held_page,
    label_of_field,
)
from zsf_plugin.console.labels import plural
from zsf_plugin.console.presenters.causes import HeldCause
from zsf_plugin.console.presenters.entry_rows import HEADING, entry_rows
from zsf_plugin.console.saving import match_setting, set_value
from zsf_plugin.model import Step
from zsf_plugin.ports import Entry, EntryFilter, HistoryLine
from zsf_plugin.sync.availability import ORG_ERRORS

blueprint = Blueprint("held", __name__)

_ALL_HELD = EntryFilter(state="held")
#: Released entries that the page follows; it sends their ids with each poll.
_MAX_FOLLOWED = 50
_LOCKED = "Nothing was changed: a rule file now sets this."
_NOT_SAVED: Mapping[SaveOutcome, str] = {
    "stale": "Nothing was changed: someone else just saved the mapping. Try again.",
    "refused": "Nothing was changed: choose one of the listed values.",
}


@blueprint.get("/held")
def show() -> str:
    """The page. `cause` unfolds that cause; `ask=all` asks before all are retried."""
    message = " ".join(map(str, get_flashed_messages()))
    is_error = bool(get_flashed_messages(category_filter=["error"]))
    return _page(request.args.get("cause", ""), message=message, is_error=is_error)


@blueprint.get("/held.csv")
def export() -> Response:
    """All held entries with their causes, as a file."""
    return csv_file("held", HEADING, entry_rows(*request_context.current(), _ALL_HELD))


@blueprint.get("/held/news")
def news() -> str:
    """Whether the held entries have changed since the page was rendered."""
    causes = causes_of(*request_context.current())
    return render_template(
        "held/news.html",
        changed=fingerprint_of(causes) != request.args.get("print", ""),
        held_again=_held_again_text(),
        entries=sum(cause.entries for cause in causes),
    )


def _held_again_text() -> str:
    """`2 entries released, 1 held again`, for the entries that the page follows; "" if none is."""
    followed = request.args.getlist("released")[:_MAX_FOLLOWED]
    again = sum(_find_held(entry_id) is not None for entry_id in followed)
    released = plural(len(followed), "entry", "entries")
    return f"{released} released, {again} held again" if again else ""


@blueprint.get("/held/<key>/entries")
def entries(key: str) -> str | Response:
    """A page of one cause's entries; without script, the Held page with that cause unfolded."""
    cause, before = _cause(key), request.args.get("before", "")
    if not request_context.is_htmx():
        return redirect(
            url_for("held.show", cause=key, before=before or None, _anchor=f"cause-{key}"), 303
        )
    shown, older = entries_of(*request_context.current(), cause.group, before)
    return render_template("held/entries.html", cause=cause, entries=shown, older=older)


@blueprint.post("/held/retry")
def retry() -> str | Response:
    """Release entries: one, those of a cause, or all except in-doubt ones, which a person must
    check."""
    count = _release_requested()
    if count:
        _record_history("released", count)
    return _respond(_released_text(count))


def _release_requested() -> int:
    """Release what the form names; returns the number of entries."""
    form = request.form
    if form.get("entry"):
        return _release_entry(form["entry"])
    if form.get("cause"):
        return _release([_cause(form["cause"])])
    if not form.get("all"):
        abort(400)
    causes = causes_of(*request_context.current())
    return _release(cause for cause in causes if cause.can_retry_with_all)


def _release(causes: Iterable[HeldCause]) -> int:
    """Release the entries of those causes; returns their number."""
    app, workspace = request_context.current()
    now = request_context.now()
    return sum(app.store.release(workspace, cause=cause.group, now=now) for cause in causes)


def _release_entry(entry_id: str) -> int:
    app, workspace = request_context.current()
    return app.store.release(workspace, entry_ids=[entry_id], now=request_context.now())


@blueprint.post("/held/drop")
def drop() -> str | Response:
    """Skip held entries permanently: one, or those of a cause that cannot be retried."""
    app, workspace = request_context.current()
    held = [entry_id for entry_id in _to_drop() if _find_held(entry_id)]
    count = app.store.skip(workspace, Step("dropped"), request_context.now(), entry_ids=held)
    if not count:
        return _refuse("Nothing was changed: the entry is no longer held.")
    _record_history("dropped", count)
    return _respond(f"{plural(count, 'entry', 'entries')} dropped.")


def _to_drop() -> list[str]:
    """The entries that the form asks to drop."""
    form = request.form
    cause = _cause(form["cause"]) if form.get("cause") else None
    if cause and not cause.can_retry:
        return _entry_ids(cause, cause.entries)
    return [form["entry"]] if form.get("entry") else []


@blueprint.post("/held/fix")
def fix() -> str | Response:
    """Save translations of picklist values, then release the entries of the cause."""
    app, cause = request_context.application(), _posted_cause()
    field, chosen = _open_field(cause), _translations_chosen()
    values, _ = unknown_values(app, field, cause.group) if field else ((), 0)
    if field is None or not values:
        return _refuse(_LOCKED)
    if not chosen:
        return _refuse("Nothing was changed: choose what to write first.")
    by = request_context.visitor().name
    return _respond_to_save(save_translation(app, field, values, chosen, by), cause)


def _translations_chosen() -> dict[str, str]:
    """The chosen value for each raw value; "-" leaves it out."""
    form = request.form
    pairs = zip(form.getlist("raw"), form.getlist("value"), strict=False)
    return {raw: "" if value == "-" else value for raw, value in pairs if value}


@blueprint.post("/held/fallback")
def fallback() -> str | Response:
    """Save a default value, then release the entries of the cause."""
    cause, value = _posted_cause(), request.form.get("value", "").strip()
    field = _open_field(cause)
    if field is None or not _lacks_source(cause, field):
        return _refuse(_LOCKED)
    if not value:
        return _refuse("Nothing was changed: enter a value first.")
    by = request_context.visitor().name
    outcome = save_fallback(request_context.application(), field, value, by)
    if outcome is None:
        return _refuse(f"Nothing was changed: {field.label} cannot hold that.")
    return _respond_to_save(outcome, cause)


def _open_field(cause: HeldCause) -> MappedField | None:
    """The field of the cause, if no rule file locks it."""
    field = label_of_field(*request_context.current(), cause)
    return field if field and not field.locked else None


def _lacks_source(cause: HeldCause, field: MappedField) -> bool:
    """Whether the newest prospect of the cause has no value for the field."""
    app = request_context.application()
    newest = _newest(cause, 1) if cause.fix == "fill" else ()
    return any(empty_source(app, field, entry.event) for entry in newest)


@blueprint.post("/held/policy")
def policy() -> str | Response:
    """Save another answer to the setting that holds the cause's entries, then release them."""
    app, workspace = request_context.current()
    value, cause = request.form.get("policy", ""), _posted_cause()
    if cause.setting is None or value not in policy_of(app, workspace, cause.setting).others:
        return _refuse("Nothing was changed: choose a policy first.")
    saved = set_value(app, request_context.visitor(), match_setting(cause.setting), value)
    return _refuse(_LOCKED) if saved.refused else _respond_to_save("saved", cause)


@blueprint.post("/held/candidates")
def candidates() -> str | Response:
    """Look up the records that match one entry and show them as choices. Writes nothing."""
    app, entry, cause = request_context.application(), _posted_entry(), _posted_cause()
    after = _newest(cause, 1, before=entry.id)
    try:
        choices = choices_of(app, entry, cause.key, after[0].id if after else None)
    except ORG_ERRORS as error:
        return _refuse(f"Salesforce could not be reached: {error}")
    return _page("", choosing=choices)


@blueprint.post("/held/connect")
def connect() -> str | Response:
    """Link an entry's prospect to the chosen record, and release the entries held for it."""
    entry, record = _posted_entry(), request.form.get("record", "")
    try:
        count = choose_record(request_context.application(), entry, record)
    except ORG_ERRORS as error:
        return _refuse(f"Nothing was changed: Salesforce could not be reached: {error}")
    if not count:
        return _refuse("Nothing was changed: choose one of the records first.")
    _record_history("released", count)
    return _respond(f"Linked. {_released_text(count)}")


def _cause(key: str) -> HeldCause:
    """The cause with that key; 404 if it no longer holds entries."""
    return cause_with(*request_context.current(), key) or abort(404)


def _posted_cause() -> HeldCause:
    """The cause that the form names."""
    return _cause(request.form.get("cause", ""))


def _posted_entry() -> Entry:
    """The entry that the form names; 404 if it is no longer held."""
    return _find_held(request.form.get("entry", "")) or abort(404)


def _find_held(entry_id: str) -> Entry | None:
    """The entry, if it is held."""
    app, workspace = request_context.current()
    entry = app.store.entry(workspace, entry_id)
    return entry if entry and entry.state == "held" else None


def _newest(cause: HeldCause, limit: int, *, before: str | None = None) -> Sequence[Entry]:
    """The cause's newest entries, or the next ones after the entry `before`."""
    app, workspace = request_context.current()
    return app.store.entries(workspace, state="held", cause=cause.group, before=before, limit=limit)


def _entry_ids(cause: HeldCause, limit: int) -> list[str]:
    return [entry.id for entry in _newest(cause, limit)]


def _record_history(code: str, entries: int) -> None:
    """Add a line of history with the visitor's name."""
    app, workspace = request_context.current()
    by = request_context.visitor().name
    app.store.add_history(
        workspace, HistoryLine(request_context.now(), code, by, {"entries": entries})
    )


def _respond_to_save(outcome: SaveOutcome, cause: HeldCause) -> str | Response:
    """After a save: release the entries of the cause and follow them, or say why it failed."""
    if outcome != "saved":
        return _refuse(_NOT_SAVED[outcome])
    ids = _entry_ids(cause, _MAX_FOLLOWED + 1)
    count = _release([cause])
    return _respond(f"Saved. {_released_text(count)}", ids if len(ids) <= _MAX_FOLLOWED else [])


def _released_text(count: int) -> str:
    """`2 entries released, to be sent now.`"""
    if not count:
        return "No entries were left to release."
    is_background = request_context.application().settings.drain == "background"
    when = "now" if is_background else "with the next drain"
    return f"{plural(count, 'entry', 'entries')} released, to be sent {when}."


def _refuse(message: str) -> str | Response:
    """Answer a form that changed nothing, or a failed lookup, with that message."""
    return _respond(message, is_error=True)


def _respond(
    message: str, released: Sequence[str] = (), *, is_error: bool = False
) -> str | Response:
    """Wake the sync, and answer a write with the page; it follows the `released` entries."""
    app, workspace = request_context.current()
    app.wake(workspace)
    unfold = request.form.get("unfold", "")
    if request_context.is_htmx():
        return _page(unfold, message=message, released=released, is_error=is_error)
    flash(message, "error" if is_error else "message")
    return redirect(url_for("held.show", cause=unfold or None), 303)


def _unfolded_entries(page: HeldPage, unfold: str) -> tuple[list[HeldEntry], str | None]:
    """The entries of the unfolded cause, and where older ones begin; none if the cause is gone."""
    for shown in page.causes:
        if shown.cause.key == unfold:
            before = request.args.get("before", "")
            return entries_of(*request_context.current(), shown.cause.group, before)
    return [], None


def _page(
    unfold: str,
    *,
    message: str = "",
    is_error: bool = False,
    choosing: Choices | None = None,
    released: Sequence[str] = (),
) -> str:
    page = held_page(*request_context.current())
    entries, older = _unfolded_entries(page, unfold)
    is_part = request_context.is_htmx() and request.headers.get("HX-Target") == "held"
    return render_template(
        "held/part.html" if is_part else "held/show.html",
        page=page,
        unfold=unfold,
        entries=entries,
        older=older,
        announcement=message,
        announcement_is_error=is_error,
        choosing=choosing,
        asks=request.args.get("ask") == "all",
        released=released,
    )
