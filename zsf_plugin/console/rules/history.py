"""The routes of the history of settings: who saved what and when, what a return to a version would
change, and that return. `versions` compares; `restoring` saves."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial

from flask import abort, flash, get_flashed_messages, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from zsf_plugin.console import labels, request_context
from zsf_plugin.console.presenters.records import KnownOrg, known_org
from zsf_plugin.console.rules.restoring import Restored, refusals_of, restore, saved_version
from zsf_plugin.console.rules.versions import (
    Comparison,
    FieldTrouble,
    SettingChange,
    VersionRow,
)
from zsf_plugin.ports import SavedRules

#: Saves on one page.
PAGE_SIZE = 20
_MAX_VERSION = 2**53
_NUMBER = re.compile(r"[0-9]{1,15}", re.ASCII)


@dataclass(frozen=True, slots=True)
class RestorePage:
    """What a return to `saved` would change. `newest` is the version in force; `notes` say why
    nothing was changed, or nothing can be (`is_valid` is False)."""

    saved: SavedRules
    newest: int
    changes: tuple[SettingChange, ...]
    waiting: int
    notes: tuple[str, ...] = ()
    is_valid: bool = True

    @property
    def is_newest(self) -> bool:
        """Whether it is the version in force."""
        return self.saved.version == self.newest


def history() -> str:
    """The saves, newest first; those before the version `before`."""
    app, workspace = request_context.current()
    before = request.args.get("before", type=int)
    found = app.store.console_rule_versions(workspace, before=_bounded(before), limit=PAGE_SIZE + 1)
    rows = _comparison().rows(found, PAGE_SIZE)
    return render_template(
        "rules/history.html",
        rows=rows,
        newest=app.store.console_rule(workspace)[1],
        older=_older(rows, len(found)),
        is_first_page=before is None,
        announcement=" ".join(map(str, get_flashed_messages())),
    )


def _bounded(before: int | None) -> int | None:
    return None if before is None else max(0, min(before, _MAX_VERSION))


def _older(rows: tuple[VersionRow, ...], found: int) -> int | None:
    """The version before which the next page begins; None if there is none."""
    return rows[-1].saved.version if found > len(rows) else None


def version(number: str) -> str:
    """What a return to that version would change now."""
    return _render(_page(_version(number)))


def restore_version(number: str) -> Response | tuple[str, int]:
    """Return to that version, if nobody saved since the visitor saw what it changes."""
    to, seen = _version(number), request.form.get("seen", type=int)
    page = _page(to)
    if seen is None:
        abort(400)
    app, visitor = request_context.application(), request_context.visitor()
    is_seen = seen == page.newest
    restored = restore(app, visitor, to, seen, page.changes) if is_seen else Restored("stale")
    if restored.outcome == "saved":
        flash(_restored_text(page))
        return redirect(url_for("rules.history"), 303)
    return _render(_page(to, _why_not())), 422 if restored.reasons else 409


def _restored_text(page: RestorePage) -> str:
    text = f"Version {page.saved.version} was restored."
    if not page.waiting:
        return text
    entries = labels.plural(page.waiting, "waiting or held entry", "waiting or held entries")
    return f"{text} Also applies to {entries}."


def _why_not() -> tuple[str, ...]:
    """Why nothing was restored."""
    app, workspace = request_context.current()
    newest = next(iter(app.store.console_rule_versions(workspace, limit=1)), None)
    by = (newest and newest.by) or "Someone"
    return (f"Nothing was restored: {by} saved in the meantime. This is what would change now.",)


def _version(number: str) -> SavedRules:
    if not _NUMBER.fullmatch(number):
        abort(404)
    found = saved_version(*request_context.current(), int(number))
    return abort(404) if found is None else found


def _page(saved: SavedRules, notes: tuple[str, ...] = ()) -> RestorePage:
    app, workspace = request_context.current()
    document, newest = app.store.console_rule(workspace)
    counts = request_context.counts()
    changes = _comparison().changes(document, saved.document)
    reasons = refusals_of(saved)
    if reasons:
        notes = ("This version is no longer valid, so it cannot be restored.", *reasons)
    waiting = counts.pending + counts.held
    return RestorePage(saved, newest, changes, waiting, notes, is_valid=not reasons)


def _render(page: RestorePage) -> str:
    return render_template("rules/version.html", page=page)


def _comparison() -> Comparison:
    app, workspace = request_context.current()
    org = known_org(app, workspace)

    return Comparison(app.rulebook.rules(workspace), org.label, partial(_trouble_of, org))


def _trouble_of(org: KnownOrg, object_: str, name: str) -> FieldTrouble:
    """Why the field cannot be filled; "" if it can, or if the org was never read."""
    describe = org.describe(object_)
    if describe is None:
        return ""
    field = describe.field(name)
    if field is None:
        return "gone"
    return "" if field.createable or field.updateable else "read_only"
