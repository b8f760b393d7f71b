"""The requests of this page. What they show and do is decided in the modules beside it.

Every write answers a browser's script with the page's own part, and a plain form with a way back to
the page.
"""

from __future__ import annotations

from collections.abc import Sequence

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
from zsf_plugin.console.held.choosing import Choices, choices_of, choose
from zsf_plugin.console.held.entries import HeldEntry, entries_of
from zsf_plugin.console.held.fixes import (
    empty_source,
    save_fallback,
    save_translation,
    unknown_values,
)
from zsf_plugin.console.held.mapped_field import MappedField
from zsf_plugin.console.held.policy import POLICIES, policy_lock, save_policy
from zsf_plugin.console.held.view import (
    HeldPage,
    cause_with,
    causes_of,
    field_of,
    held_page,
    print_of,
)
from zsf_plugin.console.labels import plural
from zsf_plugin.console.presenters.causes import HeldCause
from zsf_plugin.model import State, Step
from zsf_plugin.ports import Entry, HistoryLine
from zsf_plugin.sync.availability import ORG_ERRORS

blueprint = Blueprint("held", __name__)

#: So many released entries are followed by the page, which names them each time it asks.
_MAX_FOLLOWED = 50
_LOCKED = "Nothing was changed: this is not the console’s to decide any more."


@blueprint.get("/held")
def show() -> str:
    """The page; `cause` unfolds one, `ask` asks before all are tried again."""
    return _page(
        request.args.get("cause", ""), said=" ".join(str(words) for words in get_flashed_messages())
    )


@blueprint.get("/held/news")
def news() -> str:
    """Whether other entries are held by now than those on the page; the page itself stays as it
    is."""
    causes = causes_of(*request_context.current())
    followed = request.args.getlist("released")[:_MAX_FOLLOWED]
    again = sum(_is(entry_id, "held") for entry_id in followed)
    released = f"{plural(len(followed), 'entry', 'entries')} released"
    return render_template(
        "held/news.html",
        changed=print_of(causes) != request.args.get("print", ""),
        told=f"{released}, {again} held again" if again else "",
        entries=sum(cause.entries for cause in causes),
    )


@blueprint.get("/held/<key>/entries")
def entries(key: str) -> str | Response:
    """A page of one cause's entries; without script, the page with that cause unfolded."""
    cause, before = _cause(key), request.args.get("before", "")
    if not request_context.is_htmx():
        return redirect(
            url_for("held.show", cause=key, before=before or None, _anchor=f"cause-{key}"), 303
        )
    shown, older = entries_of(*request_context.current(), cause.group, before)
    return render_template("held/entries.html", cause=cause, entries=shown, older=older)


@blueprint.post("/held/retry")
def retry() -> str | Response:
    """Put entries back: one, those of a cause, or all but those whose outcome a person has to look
    for."""
    form = request.form
    if form.get("entry"):
        count = _release_entry(form["entry"])
    elif form.get("cause"):
        count = _release([_cause(form["cause"])])
    elif form.get("all"):
        causes = causes_of(*request_context.current())
        count = _release([cause for cause in causes if cause.goes_with_all])
    else:
        abort(400)
    if count:
        _note("released", {"entries": count})
    return _answer(_released(count))


def _release(causes: Sequence[HeldCause]) -> int:
    """Put the entries of those causes back; how many there were."""
    app, workspace = request_context.current()
    now = request_context.now()
    return sum(app.store.release(workspace, cause=cause.group, now=now) for cause in causes)


def _release_entry(entry_id: str) -> int:
    app, workspace = request_context.current()
    return app.store.release(workspace, entry_ids=[entry_id], now=request_context.now())


@blueprint.post("/held/drop")
def drop() -> str | Response:
    """End held entries for good: one, or those of a cause that left nothing to try."""
    app, workspace = request_context.current()
    held = [entry_id for entry_id in _to_drop() if _is(entry_id, "held")]
    count = app.store.skip(workspace, Step("dropped"), request_context.now(), entry_ids=held)
    if not count:
        return _answer("It was not held any more.")
    _note("dropped", {"entries": count})
    return _answer(f"{plural(count, 'entry', 'entries')} dropped, for good.")


def _to_drop() -> list[str]:
    """The entries that the form asks to drop."""
    form = request.form
    cause = _cause(form["cause"]) if form.get("cause") else None
    if cause is not None and not cause.can_retry:
        return _entry_ids(cause, cause.entries)
    return [form["entry"]] if form.get("entry") else []


def _entry_ids(cause: HeldCause, limit: int) -> list[str]:
    app, workspace = request_context.current()
    entries = app.store.entries(workspace, state="held", cause=cause.group, limit=limit)
    return [entry.id for entry in entries]


@blueprint.post("/held/fix")
def fix() -> str | Response:
    """Translate values for a picklist, then release what waited for it."""
    app = request_context.application()
    cause = _cause(request.form.get("cause", ""))
    field = _open_field(cause)
    if field is None:
        return _answer(_LOCKED)
    values, _ = unknown_values(app, field, cause.group)
    if not values:
        return _answer(_LOCKED)
    chosen = _translations_chosen()
    if not chosen:
        return _answer("Nothing was changed: choose what to write first.")
    by = request_context.visitor().name
    return _saved(save_translation(app, field, values, chosen, by), cause)


def _translations_chosen() -> dict[str, str]:
    """What each value is to become; "-" leaves it out."""
    form = request.form
    chosen: dict[str, str] = {}
    for raw, value in zip(form.getlist("raw"), form.getlist("value"), strict=False):
        if value:
            chosen[raw] = "" if value == "-" else value
    return chosen


@blueprint.post("/held/fallback")
def fallback() -> str | Response:
    """Write a value where prospects have none, then release what waited for it."""
    cause = _cause(request.form.get("cause", ""))
    field = _open_field(cause)
    if field is None or not _lacks_source(cause, field):
        return _answer(_LOCKED)
    value = request.form.get("value", "").strip()
    if not value:
        return _answer("Nothing was changed: say what to write first.")
    by = request_context.visitor().name
    outcome = save_fallback(request_context.application(), field, value, by)
    if outcome is None:
        return _answer(f"Nothing was changed: {field.label} cannot hold that.")
    return _saved(outcome, cause)


def _open_field(cause: HeldCause) -> MappedField | None:
    """The field that the cause is about, where the console may decide on it."""
    field = field_of(*request_context.current(), cause)
    return field if field is not None and field.locked is None else None


def _lacks_source(cause: HeldCause, field: MappedField) -> bool:
    """Whether the newest prospect of the cause lacks what the field is mapped from."""
    app, workspace = request_context.current()
    newest = app.store.entries(workspace, state="held", cause=cause.group, limit=1)
    is_to_fill = cause.fix == "fill" and bool(newest)
    return is_to_fill and bool(empty_source(app, field, newest[0].event))


@blueprint.post("/held/policy")
def policy() -> str | Response:
    """Let a policy choose among several matches, then release what waited for it."""
    app, workspace = request_context.current()
    many, cause = request.form.get("many", ""), _cause(request.form.get("cause", ""))
    if policy_lock(app, workspace) is not None:
        return _answer(_LOCKED)
    if many not in POLICIES:
        return _answer("Nothing was changed: choose a policy first.")
    return _saved(save_policy(app, workspace, many, request_context.visitor().name), cause)


@blueprint.post("/held/candidates")
def candidates() -> str | Response:
    """Look up the records that match one entry, and show them to be chosen from. Writes nothing."""
    app, _ = request_context.current()
    entry, cause = _held(request.form.get("entry", "")), _cause(request.form.get("cause", ""))
    try:
        choices = choices_of(app, entry, cause.key, _entry_after(entry, cause))
    except ORG_ERRORS as error:
        return _answer(f"Salesforce could not be asked: {error}")
    return _page("", choosing=choices)


def _entry_after(entry: Entry, cause: HeldCause) -> str | None:
    """The cause's entry to go on with; None where it was the last."""
    app, workspace = request_context.current()
    after = app.store.entries(workspace, state="held", cause=cause.group, before=entry.id, limit=1)
    return after[0].id if after else None


@blueprint.post("/held/connect")
def connect() -> str | Response:
    """Connect an entry's prospect to the record that was chosen, and release what waited for it."""
    entry = _held(request.form.get("entry", ""))
    try:
        count = choose(request_context.application(), entry, request.form.get("record", ""))
    except ORG_ERRORS as error:
        return _answer(f"Nothing was changed: Salesforce could not be asked: {error}")
    if not count:
        return _answer("Nothing was changed: choose one of the records first.")
    _note("released", {"entries": count})
    return _answer(f"Connected. {_released(count)}")


def _cause(key: str) -> HeldCause:
    """The cause of that key; one that has gone away by now is not found."""
    cause = cause_with(request_context.application(), request_context.workspace(), key)
    if cause is None:
        abort(404)
    return cause


def _held(entry_id: str) -> Entry:
    entry = request_context.application().store.entry(request_context.workspace(), entry_id)
    if entry is None or entry.state != "held":
        abort(404)
    return entry


def _is(entry_id: str, state: State) -> bool:
    entry = request_context.application().store.entry(request_context.workspace(), entry_id)
    return entry is not None and entry.state == state


def _note(code: str, detail: dict[str, int]) -> None:
    """A line of history with the person's name."""
    line = HistoryLine(request_context.now(), code, request_context.visitor().name, {**detail})
    request_context.application().store.note(request_context.workspace(), line)


def _saved(outcome: SaveOutcome, cause: HeldCause) -> str | Response:
    if outcome == "stale":
        return _answer(
            "Nothing was changed: somebody else saved the mapping a moment ago. Try again."
        )
    if outcome == "refused":
        return _answer("Nothing was changed: choose one of the values that are offered.")
    ids = _entry_ids(cause, _MAX_FOLLOWED + 1)
    count = _release([cause])
    return _answer(f"Saved. {_released(count)}", ids if len(ids) <= _MAX_FOLLOWED else [])


def _released(count: int) -> str:
    """What is known of them now; they are on their way, and whether any is held again shows on this
    page."""
    if not count:
        return "There was nothing left to release."
    is_background = request_context.application().settings.drain == "background"
    when = "now" if is_background else "next"
    verb = "it goes" if count == 1 else "they go"
    return f"{plural(count, 'entry', 'entries')} released; {verb} out {when}."


def _answer(said: str, released: Sequence[str] = ()) -> str | Response:
    """After a write: the sync is woken, and the page shows how things stand; what was `released` is
    followed."""
    request_context.application().wake(request_context.workspace())
    unfold = request.form.get("unfold", "")
    if request_context.is_htmx():
        return _page(unfold, said=said, released=released)
    flash(said)
    return redirect(url_for("held.show", cause=unfold or None), 303)


def _unfolded_entries(page: HeldPage, unfold: str) -> tuple[list[HeldEntry], str | None]:
    """The entries of the cause that is unfolded, and what older ones begin with; none where it has
    gone away."""
    for one in page.causes:
        if one.cause.key == unfold:
            before = request.args.get("before", "")
            return entries_of(*request_context.current(), one.cause.group, before)
    return [], None


def _page(
    unfold: str, *, said: str = "", choosing: Choices | None = None, released: Sequence[str] = ()
) -> str:
    app, workspace = request_context.current()
    page = held_page(app, workspace)
    entries, older = _unfolded_entries(page, unfold)
    is_part = request_context.is_htmx() and request.headers.get("HX-Target") == "held"
    return render_template(
        "held/part.html" if is_part else "held/show.html",
        page=page,
        unfold=unfold,
        entries=entries,
        older=older,
        saying=said,
        choosing=choosing,
        asks=request.args.get("ask") == "all",
        policies=POLICIES,
        released=released,
    )
