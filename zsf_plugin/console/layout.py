"""What stands around every page: whose org it is, how many entries are held, and what everybody has
to know now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from flask import request
from markupsafe import Markup

from zsf_plugin.console import labels, request_context
from zsf_plugin.messages.availability import PAUSED_ON_A_PAGE, availability_text
from zsf_plugin.model import Availability, Connection
from zsf_plugin.ports import EntryCounts
from zsf_plugin.rulebook import Finding

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
    counts: EntryCounts
    notices: tuple[Notice, ...]

    @property
    def org(self) -> str:
        """What people call the org; "" where there is none."""
        return self.connection.org if self.connection is not None else ""


def layout() -> Layout:
    """The frame of this request's page. Raises StoreUnavailable."""
    app, workspace = request_context.current()
    connection, counts = app.store.connection(workspace), app.store.counts(workspace)
    found = app.availability.check(connection)
    return Layout(connection, counts, (*_pauses(found, counts), *_wrong_files()))


def _pauses(found: Availability, counts: EntryCounts) -> Iterator[Notice]:
    """Why nothing is sent now, where everybody has to know."""
    match found.code:
        case "available" | "not_connected":
            return
        case "reconnect":
            yield _signed_out(counts.waiting)
        case "previewing":
            # Other pages show by themselves that nothing happens yet.
            if request.blueprint in _OF_WHAT_IS_SENT:
                yield _first_steps(counts.pending)
        case _:
            yield _paused(found)


def _first_steps(pending: int) -> Notice:
    entries = labels.plural(pending, "entry waits", "entries wait")
    text = "until a preview was seen and somebody has decided."
    return Notice(
        "warn",
        "Nothing is sent yet.",
        f"{entries if pending else 'What comes in waits'} {text}",
        "Go on",
        "connection.show",
    )


def _signed_out(waiting: int) -> Notice:
    entries = labels.plural(waiting, "entry waits", "entries wait")
    return Notice(
        "warn",
        "Your Salesforce sign-in ended.",
        f"{entries}; none is lost.",
        "Reconnect",
        "connection.choose",
    )


def _paused(found: Availability) -> Notice:
    title = PAUSED_ON_A_PAGE.get(found.code)
    if title is not None:
        return Notice("warn", title, _goes_on(found.until))
    text = Markup("{}. {}").format(availability_text(found), _goes_on(found.until))
    return Notice("warn", "Nothing is sent for now:", text)


def _goes_on(until: float | None) -> Markup:
    if until is None:
        return Markup("Goes on once a person has acted.")
    return Markup("Goes on by itself at about {}.").format(labels.time_element(until))


def _wrong_files() -> Iterator[Notice]:
    """Refused rule files: what they say is not in force."""
    app, workspace = request_context.current()
    by_file: dict[str, list[Finding]] = {}
    for finding in app.rulebook.findings(workspace):
        by_file.setdefault(finding.file, []).append(finding)
    never_right = app.rulebook.never_right(workspace)
    for file, findings in by_file.items():
        yield _wrong_file(file, findings, file in never_right)


def _wrong_file(file: str, findings: Sequence[Finding], never_right: bool) -> Notice:
    said = "; ".join(_with_line(finding) for finding in findings[:_MAX_FINDINGS])
    return Notice("bad", f"{file} has a mistake.", f"{_MEANWHILE[never_right]} {said}.")


def _with_line(finding: Finding) -> str:
    return finding.message if finding.line is None else f"line {finding.line}: {finding.message}"
