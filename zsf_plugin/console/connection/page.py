"""What the Connection page shows, gathered from the store without a call to Salesforce. What stands
in the way of a step is `steps`'s."""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from zsf_plugin.connect.resting import has_seen_preview
from zsf_plugin.console.connection.org_queries import SIGNED_OUT, Checked, known_rights
from zsf_plugin.console.connection.steps import FirstRun, IdField, Known, first_run, sandbox_words
from zsf_plugin.console.connection.timeline import CODES, Happened, timeline
from zsf_plugin.console.mapping.mapping_context import MappingContext
from zsf_plugin.console.mapping.page import Tables, tables
from zsf_plugin.decision.identity import external_id_field
from zsf_plugin.errors import ConfigurationError
from zsf_plugin.explain.fields import OBJECTS
from zsf_plugin.model.describe import OrgFacts
from zsf_plugin.model.link import Connection, Tokens
from zsf_plugin.ports.store import HistoryLine
from zsf_plugin.wiring.console import ConsoleApp

_MAX_LINES = 20
_DECIDED = ("waiting_sent", "waiting_skipped")


@dataclass(frozen=True, slots=True)
class Org:
    """The connection as people know it: the address in two halves, `sandbox` with the sandbox's
    name."""

    connection: Connection
    host: str
    domain: str
    sandbox: str
    last_signed_in: float | None
    by_key: bool

    @property
    def name(self) -> str:
        """What people call it."""
        return self.connection.org

    @property
    def ended(self) -> bool:
        """Whether a person has to sign in again."""
        return self.connection.state == "reconnect"


@dataclass(frozen=True, slots=True)
class Page:
    """The whole page. `run` is None where a workspace was connected on the command line: it has no
    first steps."""

    org: Org | None
    run: FirstRun | None
    waiting: int
    checked: Checked | None
    lines: tuple[Happened, ...]

    @property
    def is_first_run(self) -> bool:
        """Whether the first steps are what this page is about."""
        return self.run is not None and not self.run.is_over

    @property
    def is_signed_out(self) -> bool:
        """Whether a person has to sign in again."""
        return self.org is not None and self.org.ended

    @property
    def estimates(self) -> bool:
        """Whether there is something to estimate, and an org to ask."""
        is_previewing = self.org is not None and self.org.connection.state == "previewing"
        return is_previewing and self.waiting > 0


def page_of(app: ConsoleApp, workspace: str) -> Page:
    """The page of a workspace. Raises StoreUnavailable."""
    connection = app.store.connection(workspace)
    history = app.store.history(workspace, codes=CODES, limit=_MAX_LINES)
    return Page(
        org=_org(app, connection) if connection is not None else None,
        run=run_of(app, workspace),
        waiting=app.store.counts(workspace).pending,
        checked=_checked(app, connection) if connection is not None else None,
        lines=timeline(history),
    )


def _checked(app: ConsoleApp, connection: Connection) -> Checked | None:
    """Nobody is asked while nobody is signed in."""
    known = known_rights(app, connection)
    return SIGNED_OUT if known is None and connection.state == "reconnect" else known


def run_of(app: ConsoleApp, workspace: str) -> FirstRun | None:
    """The first steps; None for a workspace that takes none. Raises StoreUnavailable."""
    connection = app.store.connection(workspace)
    begun = _newest(app, workspace, "connected")
    if connection is None:
        return first_run(_known(app, workspace, None, begun.at if begun is not None else 0.0))
    if begun is None or not begun.detail.get("rests"):
        return None
    org = app.orgs.known_facts(workspace)
    known = _known(app, workspace, org.facts if org is not None else None, begun.at)
    return first_run(_with_connection(app, known, connection))


def _with_connection(app: ConsoleApp, known: Known, connection: Connection) -> Known:
    is_previewing = connection.state == "previewing"
    return replace(
        known,
        connection=connection,
        previewed=has_seen_preview(app.store, connection),
        oldest=_oldest(app, connection.workspace) if is_previewing else None,
    )


def _known(app: ConsoleApp, workspace: str, facts: OrgFacts | None, since: float) -> Known:
    """What the steps are judged by, but for the connection."""
    made = tables(MappingContext(app.rulebook.rules(workspace), facts))
    counts = app.store.counts(workspace)
    checked = _newest(app, workspace, "switches_checked", since=since)
    return Known(
        id_field=_id_field(app, workspace, facts, since),
        mode=made.mode,
        mapped=sum(table.mapped for table in made.shown),
        unfilled=_unfilled(made) if facts is not None else None,
        waiting=counts.pending,
        wrote=counts.done > 0,
        decided=_newest(app, workspace, *_DECIDED, since=since),
        switches=app.rulebook.rules_for(workspace, {"workspace": workspace}).switches,
        switches_checked=checked is not None,
    )


def _unfilled(made: Tables) -> tuple[str, ...]:
    """Required fields that nothing fills."""
    found: list[str] = []
    for table in made.shown:
        found += [f"{table.object}.{row.field}" for row in table.rows if row.is_need]
    return tuple(found)


def _id_field(app: ConsoleApp, workspace: str, facts: OrgFacts | None, since: float) -> IdField:
    if facts is not None and _has_id_field(facts):
        return "there"
    if _newest(app, workspace, "id_field_left_out", since=since) is not None:
        return "left_out"
    return "unknown" if facts is None else "missing"


def _has_id_field(facts: OrgFacts) -> bool:
    return all(external_id_field(facts.describe(name)) is not None for name in OBJECTS)


def _oldest(app: ConsoleApp, workspace: str) -> float | None:
    """Since when entries wait."""
    now = app.clock.now()
    purchases = app.store.due(workspace, "purchase", 1, now)
    touchpoints = app.store.due(workspace, "touchpoint", 1, now)
    first = [entry.received_at for entry in (*purchases, *touchpoints)]
    return min(first, default=None)


def _newest(app: ConsoleApp, workspace: str, *codes: str, since: float = 0.0) -> HistoryLine | None:
    for line in app.store.history(workspace, codes=codes, limit=1):
        if line.at >= since:
            return line
    return None


def _org(app: ConsoleApp, connection: Connection) -> Org:
    tokens = _tokens(app, connection.workspace)
    host, domain = _halves(connection.instance_url)
    return Org(
        connection=connection,
        host=host,
        domain=domain,
        sandbox=sandbox_words(connection),
        last_signed_in=(tokens.refreshed_at or None) if tokens is not None else None,
        by_key=tokens is not None and tokens.refresh is None,
    )


def _halves(url: str) -> tuple[str, str]:
    """`hallstromvale--uat` and `.sandbox.my.salesforce.com`; an address of numbers stays whole."""
    parts = urlsplit(url)
    if not (parts.hostname or "1")[0].isalpha():
        return parts.netloc, ""
    host, dot, domain = parts.netloc.partition(".")
    return host, dot + domain


def _tokens(app: ConsoleApp, workspace: str) -> Tokens | None:
    """The page must open without a key that fits, so that a person can connect anew."""
    try:
        return app.store.tokens(workspace)
    except ConfigurationError:
        return None
