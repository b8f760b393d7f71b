"""The layout of every page: the org, the number of held entries, and current notices."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from flask import request
from markupsafe import Markup

from zsf_plugin.console import labels, request_context
from zsf_plugin.documentation import Page
from zsf_plugin.messages.availability import PAUSED_ON_A_PAGE, availability_text
from zsf_plugin.messages.keys import unreadable_text
from zsf_plugin.messages.rule_findings import IN_FORCE, ORG, POINTLESS, UNREAD
from zsf_plugin.model import Availability, Connection, KnownFacts
from zsf_plugin.ports import EntryCounts
from zsf_plugin.rulebook import Finding

#: The pages of the top bar: endpoint and name.
TABS = (
    ("overview.show", "Overview"),
    ("connection.show", "Connection"),
    ("mapping.show", "Field mapping"),
    ("rules.show", "Rules"),
    ("activity.show", "Activity"),
    ("held.show", "Held"),
    ("search.show", "Search preview"),
)
#: Pages without a tab of their own, by blueprint: the blueprint whose tab is marked.
_TAB_OF = {"configuration": "mapping", "preview": "mapping", "sending": "connection"}
_SENDING_PAGES = ("activity", "held")
_UNFIT = "{} does not fit the fields in Salesforce."
#: Findings shown for each rule file.
_MAX_FINDINGS = 3
#: By whether an invalid file was never valid: what applies until it is.
_MEANWHILE = {
    False: "Its last valid version stays in force.",
    True: "It is ignored, and message contents stay off until it is fixed.",
}
_CONTENTS_OFF = "It may have forbidden something, so message contents stay off meanwhile."
_RULES: tuple[Page, str] = ("rules", "Rule reference")
_TROUBLESHOOTING: tuple[Page, str] = ("troubleshooting", "Troubleshooting")


@dataclass(frozen=True, slots=True)
class Notice:
    """A message above the heading: `warn` needs a person or time, `bad` is a refused rule file.
    `action` is the text of a link to the `endpoint`, `doc` a page of the documentation and the text
    of its link."""

    kind: Literal["warn", "bad"]
    title: str
    text: str
    action: str | None = None
    endpoint: str | None = None
    anchor: str | None = None
    doc: tuple[Page, str] | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """The layout of a page."""

    connection: Connection | None
    counts: EntryCounts
    notices: tuple[Notice, ...]

    @property
    def org(self) -> str:
        """The org's name; "" without a connection."""
        return self.connection.org if self.connection is not None else ""


def layout(beside: Collection[Finding] = ()) -> Layout:
    """The layout of this request's page, which itself shows the findings `beside`. Raises
    StoreUnavailable."""
    app, workspace = request_context.current()
    connection, counts = app.store.connection(workspace), request_context.counts()
    found = app.availability.check(connection)
    unreadable = [name for name in app.store.unreadable_tokens() if name == workspace]
    faulty = (*_faulty_files(beside), *_unfit_rules(beside))
    notices = (*_unreadable(unreadable), *_pauses(found, counts), *faulty)
    return Layout(connection, counts, notices)


def current_tab() -> tuple[str, str] | None:
    """The tab of this request's page, as in `TABS`; None for a page of none."""
    part = _TAB_OF.get(request.blueprint or "", request.blueprint)
    return next((tab for tab in TABS if tab[0].split(".")[0] == part), None)


def _unreadable(workspaces: Sequence[str]) -> Iterator[Notice]:
    """That the secret key does not fit these workspaces' tokens."""
    if workspaces:
        text = labels.sentence(unreadable_text(workspaces))
        yield Notice("bad", "The stored sign-in cannot be read.", text, doc=_TROUBLESHOOTING)


def _pauses(found: Availability, counts: EntryCounts) -> Iterator[Notice]:
    """Why nothing is sent now, unless the page itself says so."""
    match found.code:
        case "available" | "not_connected":
            return
        case "reconnect":
            yield _signed_out(counts.waiting)
        case "previewing":
            # Other pages say so themselves.
            if request.blueprint in _SENDING_PAGES:
                yield _first_steps(counts.pending)
        case _:
            yield _paused(found, counts.waiting)


def _first_steps(pending: int) -> Notice:
    entries = labels.plural(pending, "entry waits", "entries wait")
    text = "until someone has seen a preview and started syncing."
    return Notice(
        "warn",
        "Nothing is sent yet.",
        f"{entries if pending else 'New entries wait'} {text}",
        "Continue setup",
        "connection.show",
    )


def _signed_out(waiting: int) -> Notice:
    entries = labels.plural(waiting, "entry waits", "entries wait")
    return Notice(
        "warn",
        "Your Salesforce sign-in ended.",
        f"{entries}; nothing is lost.",
        *(("Reconnect", "connection.choose") if request_context.may_edit() else ()),
    )


def _paused(found: Availability, waiting: int) -> Notice:
    title = PAUSED_ON_A_PAGE.get(found.code)
    how_long = Markup("{} {}").format(labels.waiting(waiting), _continues(found.until))
    if title is not None:
        return Notice("warn", title, how_long, doc=_TROUBLESHOOTING)
    text = Markup("{} {}").format(labels.sentence(availability_text(found)), how_long)
    return Notice("warn", "Sending is paused.", text, doc=_TROUBLESHOOTING)


def _continues(until: float | None) -> Markup:
    if until is None:
        return Markup("Sending continues when someone fixes this.")
    return Markup("Sending continues at about {}.").format(labels.time_element(until))


def _faulty_files(beside: Collection[Finding]) -> Iterator[Notice]:
    """Rule files with errors: most are invalid, and not in force."""
    app, workspace = request_context.current()
    by_file: dict[str, list[Finding]] = {}
    for finding in app.rulebook.findings(workspace):
        by_file.setdefault(finding.file, []).append(finding)
    never_valid = app.rulebook.never_valid(workspace)
    for file, findings in by_file.items():
        notice = _faulty_file(file, findings, file in never_valid, beside)
        if notice is not None:
            yield notice


def _faulty_file(
    file: str, findings: Sequence[Finding], never_valid: bool, beside: Collection[Finding]
) -> Notice | None:
    """The notice, without the problems `beside`; None if there is nothing else to say."""
    others = [finding for finding in findings if finding not in beside]
    problems = "; ".join(_with_line(finding) for finding in others[:_MAX_FINDINGS])
    if findings[0].code in UNREAD:
        text = f"It {problems}. {_CONTENTS_OFF}" if never_valid else f"It {problems}."
        return Notice("bad", f"{file} has no effect.", text, doc=_RULES)
    if all(finding.code in IN_FORCE for finding in findings):
        title = _title_in_force(file, others)
        return Notice("bad", title, f"It is in force. {problems}.", doc=_RULES) if others else None
    why = f" {problems}." if others else ""
    text = f"{_MEANWHILE[never_valid]}{why}"
    return Notice("bad", f"{file} is invalid.", text, doc=_RULES)


def _title_in_force(file: str, findings: Sequence[Finding]) -> str:
    """What such findings have in common."""
    pointless = [finding.code in POINTLESS for finding in findings]
    if all(pointless):
        return f"{file} says something that is the same for every event."
    return f"{file} has {'an expression or ' if any(pointless) else ''}a match key without effect."


def _unfit_rules(beside: Collection[Finding]) -> Iterator[Notice]:
    """Rules that do not fit the org any more. They are in force."""
    app, workspace = request_context.current()
    by_file: dict[str, list[Finding]] = {}
    for finding in app.unfit_rules(workspace):
        if finding in beside:
            continue
        by_file.setdefault(finding.file, []).append(finding)
    if ORG in by_file:
        yield _unfilled(by_file.pop(ORG), app.orgs.known_facts(workspace))
    for file, findings in by_file.items():
        problems = "; ".join(_with_line(finding) for finding in findings[:_MAX_FINDINGS])
        more = len(findings) - _MAX_FINDINGS
        also = f"; and {more} more" if more > 0 else ""
        yield Notice("warn", _UNFIT.format(file), f"{problems}{also}.", doc=_RULES)


def _unfilled(findings: Sequence[Finding], known: KnownFacts | None) -> Notice:
    """Required fields that nothing fills, with the way to the first one's row in the mapping."""
    fields = [_field_at(finding.pointer) for finding in findings]
    object_, name = fields[0]
    if len(fields) == 1:
        title = f"{object_} needs {_label(known, object_, name)}, and nothing fills it."
        text = f"Salesforce refuses every new {object_} without it."
    else:
        names = [f"{of} {_label(known, of, field)}" for of, field in fields]
        title = f"Nothing fills {len(fields)} required fields."
        text = f"Salesforce refuses new records without {labels.listed(names)}."
    anchor = f"row-{object_}-need-{name}"
    endpoint = "mapping.activities" if object_ == "Task" else "mapping.show"
    return Notice("warn", title, text, "Fill it", endpoint, anchor)


def _label(known: KnownFacts | None, object_: str, name: str) -> str:
    """The field's label in the org as last read, else its API name."""
    field = known.facts.field(object_, name) if known is not None else None
    return labels.clipped(field.label) if field is not None and field.label else name


def _field_at(pointer: str) -> tuple[str, str]:
    """(object, field) of the place of a field in a rule."""
    _, section, table, field = pointer.split("/")
    return ("Task" if section == "activity" else table), field


def _with_line(finding: Finding) -> str:
    return finding.message if finding.line is None else f"Line {finding.line}: {finding.message}"
