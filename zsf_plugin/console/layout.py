"""What stands around every page: whose org it is, how many entries are held, and what everybody has
to know now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from flask import request
from markupsafe import Markup

from zsf_plugin.console import labels, request_context
from zsf_plugin.messages.availability import PAUSED_ON_A_PAGE, availability_text
from zsf_plugin.model import Availability, Connection
from zsf_plugin.ports import Counts

#: The pages of the top bar: endpoint and name.
TABS = (
    ("connection.show", "Connection"),
    ("mapping.show", "Field mapping"),
    ("activity.show", "Activity"),
    ("held.show", "Held"),
    ("search.show", "Search preview"),
)
_OF_WHAT_IS_SENT = ("activity", "held")
#: So many findings of a rule file are shown.
_MAX_FINDINGS = 3
#: Whether a file never was right → what is so until it is.
_MEANWHILE = {
    False: "What it said before stays in force.",
    True: "It never was right: until it is, message contents are kept out.",
}


@dataclass(frozen=True, slots=True)
class Notice:
    """A message above the heading: `warn` waits for a person or for time, `bad` is refused while
    others go on."""

    kind: Literal["warn", "bad"]
    title: str
    text: str
    action: str | None = None
    endpoint: str | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """The frame of a page."""

    connection: Connection | None
    counts: Counts
    notices: tuple[Notice, ...]

    @property
    def org(self) -> str:
        """What people call the org; "" where there is none."""
        return self.connection.org if self.connection is not None else ""


def layout() -> Layout:
    """The frame of this request's page. Raises StoreUnavailable."""
    app, workspace = request_context.application(), request_context.workspace()
    connection, counts = app.store.connection(workspace), app.store.counts(workspace)
    people = [*_signed_out(connection, counts), *_first_steps(connection, counts)]
    notices = [*people, *_resting(app.availability.check(connection)), *_wrong_files()]
    return Layout(connection, counts, tuple(notices))


def _first_steps(connection: Connection | None, counts: Counts) -> list[Notice]:
    """Before the first preview, on the pages that would otherwise look as if nothing happened."""
    if (
        connection is None
        or connection.state != "previewing"
        or request.blueprint not in _OF_WHAT_IS_SENT
    ):
        return []
    waiting = (
        labels.plural(counts.pending, "entry waits", "entries wait")
        if counts.pending
        else "What comes in waits"
    )
    text = f"{waiting} until a preview was seen and somebody has decided."
    return [Notice("warn", "Nothing is sent yet.", text, "Go on", "connection.show")]


def _signed_out(connection: Connection | None, counts: Counts) -> list[Notice]:
    if connection is None or connection.state != "reconnect":
        return []
    waiting = labels.plural(counts.waiting, "entry waits", "entries wait")
    return [
        Notice(
            "warn",
            "Your Salesforce sign-in ended.",
            f"{waiting}; none is lost.",
            "Reconnect",
            "connection.choose",
        )
    ]


def _resting(found: Availability) -> list[Notice]:
    if found.may_ask or found.code in ("not_connected", "reconnect", "previewing"):
        return []
    title = PAUSED_ON_A_PAGE.get(found.code)
    if title is not None:
        return [Notice("warn", title, _goes_on(found.until))]
    return [
        Notice(
            "warn",
            "Nothing is sent for now:",
            Markup("{}. {}").format(availability_text(found), _goes_on(found.until)),
        )
    ]


def _goes_on(until: float | None) -> Markup:
    if until is None:
        return Markup("Goes on once a person has acted.")
    return Markup("Goes on by itself at about {}.").format(labels.moment(until))


def _wrong_files() -> list[Notice]:
    """Refused rule files: what they say is not in force."""
    app, workspace = request_context.current()
    by_file: dict[str, list[str]] = {}
    for finding in app.rulebook.findings(workspace):
        at = f"line {finding.line}: " if finding.line is not None else ""
        by_file.setdefault(finding.file, []).append(f"{at}{finding.message}")
    never_right = app.rulebook.never_right(workspace)
    return [_wrong_file(file, said, file in never_right) for file, said in by_file.items()]


def _wrong_file(file: str, said: Sequence[str], never_right: bool) -> Notice:
    findings = "; ".join(said[:_MAX_FINDINGS])
    return Notice("bad", f"{file} has a mistake.", f"{_MEANWHILE[never_right]} {findings}.")
