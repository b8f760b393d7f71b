"""What the Connection page shows, read from the store without a call to Salesforce. `first_run`
gathers the setup steps."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from zsf_plugin.connect import other_org_before
from zsf_plugin.console import labels
from zsf_plugin.console.connection.estimates import EstimatePart
from zsf_plugin.console.connection.first_run import setup_run
from zsf_plugin.console.connection.org_queries import SIGNED_OUT, CheckedRights, known_rights
from zsf_plugin.console.connection.rights import ID_FIELD_ACTIONS, Action
from zsf_plugin.console.connection.steps import FirstRun
from zsf_plugin.console.presenters.timeline import CONNECTION_CODES, TimelineLine, timeline
from zsf_plugin.errors import ConfigurationError
from zsf_plugin.messages.availability import HOLDER_ENDED, HOLDER_LIVES, holder_text
from zsf_plugin.messages.connection import ORG_BEFORE, RENEWAL_WORDS
from zsf_plugin.model import Connection, Tokens
from zsf_plugin.sync.leases import Holder
from zsf_plugin.wiring.apps import ConsoleApp

_MAX_LINES = 20


@dataclass(frozen=True, slots=True)
class ConnectionPage:
    """The whole page. `run` is None for a workspace that was connected on the command line: it has
    no setup steps. `holder` drains the org now. `by_key`: the connection signs in with a key;
    `last_signed_in` is when it last signed in (seconds since 1970), if known; `ends_with_session`:
    nothing renews it; `org_before`: which other org the workspace was connected to, as a
    sentence."""

    connection: Connection | None
    holder: Holder | None
    last_signed_in: float | None
    by_key: bool
    ends_with_session: bool
    run: FirstRun | None
    waiting: int
    checked: CheckedRights | None
    lines: tuple[TimelineLine, ...]
    estimate: EstimatePart | None = None
    org_before: str = ""

    @property
    def renewal_words(self) -> str:
        """Why nothing renews the connection, and what to do, as sentences."""
        words = RENEWAL_WORDS["unknown"]
        return " ".join(map(labels.sentence, words))

    @property
    def holder_words(self) -> tuple[str, str]:
        """Which process drains the org, and how that ends; "" if none."""
        holder = self.holder
        if holder is None:
            return "", ""
        ends = HOLDER_ENDED if holder.is_dead else HOLDER_LIVES
        return holder_text(holder.machine, holder.pid), ends

    @property
    def is_first_run(self) -> bool:
        """Whether the page shows the setup steps first."""
        return self.run is not None and not self.run.is_complete

    @property
    def is_signed_out(self) -> bool:
        """Whether a person has to sign in again."""
        return self.connection is not None and self.connection.state == "reconnect"

    @property
    def id_field_action(self) -> Action:
        """What mends the Zaplify ID field, as far as that was read: "" if nothing has to be done,
        or nobody has looked."""
        rights = self.checked.rights if self.checked else ()
        found = (right.action for right in rights if right.action in ID_FIELD_ACTIONS)
        return next(found, "")

    @property
    def can_estimate(self) -> bool:
        """Whether entries wait for the first preview of a connected org."""
        is_previewing = self.connection is not None and self.connection.state == "previewing"
        return is_previewing and self.waiting > 0


def connection_page(app: ConsoleApp, workspace: str) -> ConnectionPage:
    """The page of a workspace. Raises StoreUnavailable."""
    connection = app.store.connection(workspace)
    tokens = _tokens(app, workspace) if connection is not None else None
    renewal = app.store.renewal(workspace)
    return ConnectionPage(
        connection=connection,
        holder=app.org_holder(workspace),
        last_signed_in=_last_signed_in(tokens),
        by_key=renewal == "key",
        ends_with_session=connection is not None and renewal is None,
        run=setup_run(app, workspace),
        waiting=app.store.counts(workspace).pending,
        checked=_checked(app, connection) if connection is not None else None,
        lines=timeline(app.store.history(workspace, codes=CONNECTION_CODES, limit=_MAX_LINES)),
        org_before=_org_before(app, connection) if connection is not None else "",
    )


def _org_before(app: ConsoleApp, connection: Connection) -> str:
    """Which other org the workspace was connected to, as a sentence; "" if none."""
    former = other_org_before(app.store, connection.workspace, connection.org_id)
    return ORG_BEFORE.format(former=former) if former else ""


def _checked(app: ConsoleApp, connection: Connection) -> CheckedRights | None:
    """The known rights; while signed out, they cannot be read."""
    known = known_rights(app, connection)
    return SIGNED_OUT if known is None and connection.state == "reconnect" else known


def _last_signed_in(tokens: Tokens | None) -> float | None:
    return (tokens.refreshed_at or None) if tokens is not None else None


def address_halves(url: str) -> tuple[str, str]:
    """`hallstromvale--uat` and `.sandbox.my.salesforce.com`; an IP address stays whole."""
    parts = urlsplit(url)
    if not (parts.hostname or "1")[0].isalpha():
        return parts.netloc, ""
    host, dot, domain = parts.netloc.partition(".")
    return host, dot + domain


def _tokens(app: ConsoleApp, workspace: str) -> Tokens | None:
    """The tokens, if the key opens them: the page must open without it, to reconnect."""
    try:
        return app.store.tokens(workspace)
    except ConfigurationError:
        return None
