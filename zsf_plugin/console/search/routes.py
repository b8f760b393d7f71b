"""The requests of Search preview, where pasted prospects are looked up as a seller's search would
be, and the badges' style sheet. The answers are those of `presence`; nothing that is pasted is
kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from flask import Blueprint, Response, render_template, request
from flask.blueprints import BlueprintSetupState

from zsf_plugin.badges import Colour, fragment, stylesheet
from zsf_plugin.console import request_context
from zsf_plugin.console.presenters.records import record_url
from zsf_plugin.console.search.parsing import checked, decoded, parse_prospects
from zsf_plugin.console.search.reading import MAX_PROSPECTS, Parsed
from zsf_plugin.messages.availability import BADGE_UNKNOWN
from zsf_plugin.model import (
    COLOURS,
    Connection,
    JsonObject,
    ResultPresence,
    UnknownReason,
    prospect_name,
    text_at,
)
from zsf_plugin.rulebook.schema import first_violation
from zsf_plugin.sync.report import spent
from zsf_plugin.wiring.apps import ConsoleApp
from zsf_plugin.wiring.status import WorkspaceStatus

#: What a look-up may spend: the question itself, and the org's own facts where they have to be read
#: first.
_SPENDS = ("badges", "upkeep")
_NAMES = (("email",), ("linkedin_url",), ("phone",), ("id",))
_COMPANIES = (
    ("company", "name"),
    ("company", "domain"),
    ("company", "website"),
    ("company", "linkedin_url"),
)

blueprint = Blueprint("search", __name__)

#: Made-up people, for who wants to see the page before having a list at hand.
_EXAMPLE = """first_name,last_name,email,company,website
Ragnhildur,Þorsteinsdóttir,ragnhildur@nordurljos.example,Norðurljós Orka hf.,nordurljos.example
Wim,van der Steen,wim@duinwater.example,Duinwater Zuid-Holland N.V.,duinwater.example
Żaneta,Błaszczykowska,z.b@zuraw.example,Żuraw i Synowie sp. z o.o.,zuraw.example
"""


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """One prospect with what a search `found` of it."""

    prospect: JsonObject
    found: ResultPresence
    connection: Connection | None

    @property
    def name(self) -> str:
        """Who it is."""
        return prospect_name(self.prospect) or _first(self.prospect, _NAMES) or ""

    @property
    def detail(self) -> str:
        """A detail that distinguishes people: the job title, else the e-mail address."""
        title = text_at(self.prospect, "title") or ""
        if title or not prospect_name(self.prospect):
            return title
        return text_at(self.prospect, "email") or ""

    @property
    def company_name(self) -> str | None:
        """The company, where it names one."""
        return _first(self.prospect, _COMPANIES)

    @property
    def person_url(self) -> str | None:
        """Where the person's record opens in Salesforce, where it is known."""
        return record_url(self.connection, self.found.person.id)

    @property
    def company_url(self) -> str | None:
        """Where the company's record opens in Salesforce, where it is known."""
        return record_url(self.connection, self.found.company.id)

    @property
    def person_colour(self) -> Colour:
        """The person's badge."""
        return COLOURS[self.found.person.status]

    @property
    def company_colour(self) -> Colour:
        """The company's badge."""
        return COLOURS[self.found.company.status]

    def was_known_at(self, moment: float) -> bool:
        """Whether it had been found out by then (seconds since 1970)."""
        found = self.found
        return found.by is not None and (found.at is None or found.at < moment)


@dataclass(frozen=True, slots=True)
class SearchOutcome:
    """A look-up's outcome. `calls` are ours while it lasted, by purpose; `known` cost none of
    them. `status` is the workspace's after it."""

    rows: tuple[PreviewRow, ...]
    calls: Mapping[str, int]
    known: int
    status: WorkspaceStatus

    @property
    def throttled_until(self) -> float | None:
        """Until when badges are throttled (seconds since 1970), if they are."""
        return self.status.throttled_until.get("badges")

    @property
    def throttled_from(self) -> float | None:
        """The share of the org's calls from which badges are throttled."""
        return self.status.shares.get("badges")

    @property
    def people(self) -> Counter[Colour]:
        """How many people have each badge."""
        return Counter(row.person_colour for row in self.rows)

    @property
    def has(self) -> frozenset[UnknownReason]:
        """Every reason that a row has."""
        return frozenset(row.found.why for row in self.rows if row.found.why is not None)


def look_up(app: ConsoleApp, workspace: str, parsed: Parsed) -> SearchOutcome:
    """Look up the prospects within the deadline of a search. Writes nothing. Raises
    StoreUnavailable."""
    started, before = app.clock.now(), app.orgs.calls(workspace)
    rows = _look(app, workspace, [row.prospect for row in parsed.rows])
    calls = spent(before, app.orgs.calls(workspace))
    known = sum(row.was_known_at(started) for row in rows)
    return SearchOutcome(rows, _ours(calls), known, app.status(workspace))


def _ours(calls: Mapping[str, int]) -> dict[str, int]:
    """What the look-up itself may have spent: others may have spent meanwhile."""
    return {purpose: calls[purpose] for purpose in _SPENDS if purpose in calls}


def _look(
    app: ConsoleApp, workspace: str, prospects: Sequence[JsonObject]
) -> tuple[PreviewRow, ...]:
    found = app.badges.find(workspace, prospects, {}, app.settings.badges_deadline_s)
    connection = app.store.connection(workspace)
    return tuple(PreviewRow(one, found[str(one["id"])], connection) for one in prospects)


def _first(prospect: JsonObject, paths: Iterable[tuple[str, ...]]) -> str | None:
    """What the first path that leads to a text leads to."""
    texts = (text_at(prospect, *path) for path in paths)
    return next(filter(None, texts), None)


@blueprint.record_once
def _show_badges(state: BlueprintSetupState) -> None:
    """Templates of every page draw a badge by the fragment that hosts get, with the same words."""
    state.app.jinja_env.globals["badge_fragment"] = fragment
    state.app.jinja_env.globals["why_unknown"] = BADGE_UNKNOWN


@blueprint.get("/search")
def show() -> str:
    """The page, before anything was looked up."""
    pasted = _EXAMPLE if "example" in request.args else ""
    return render_template(
        "search/show.html", pasted=pasted, parsed=None, preview=None, most=MAX_PROSPECTS
    )


@blueprint.post("/search")
def look() -> tuple[str, int]:
    """What was pasted or uploaded, looked up: the page, or its `#results`."""
    text, uploaded = _given()
    parsed = checked(parse_prospects(text), partial(first_violation, "prospect"))
    if not parsed.rows:
        return _rendered(text, uploaded, parsed, None), 422
    preview = look_up(request_context.application(), request_context.workspace(), parsed)
    return _rendered(text, uploaded, parsed, preview), 200


@blueprint.get("/badge.css")
def badge_css() -> Response:
    """The style sheet of badges; it is the same for everybody."""
    return Response(stylesheet(), mimetype="text/css", headers={"Cache-Control": "max-age=3600"})


def _given() -> tuple[str, bool]:
    """(the text, whether it came as a file). A file goes before what stands in the box."""
    data = _uploaded()
    return (decoded(data), True) if data else (request.form.get("pasted", ""), False)


def _uploaded() -> bytes:
    file = request.files.get("file")
    return file.read() if file is not None and file.filename else b""


def _rendered(text: str, uploaded: bool, parsed: Parsed, preview: SearchOutcome | None) -> str:
    template = "search/answer.html" if request_context.is_htmx() else "search/show.html"
    return render_template(
        template, pasted=text, uploaded=uploaded, parsed=parsed, preview=preview, most=MAX_PROSPECTS
    )
