"""What the Connection page shows, gathered from the store without a call to Salesforce. The first
steps are `first_run`'s."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from zsf_plugin.console.connection.first_run import run_of
from zsf_plugin.console.connection.reading_rights import SIGNED_OUT, Checked, known_rights
from zsf_plugin.console.connection.steps import FirstRun
from zsf_plugin.console.connection.timeline import CODES, Happened, timeline
from zsf_plugin.errors import ConfigurationError
from zsf_plugin.model import Connection, Tokens
from zsf_plugin.wiring.console import ConsoleApp

_MAX_LINES = 20


@dataclass(frozen=True, slots=True)
class Page:
    """The whole page. `run` is None where a workspace was connected on the command line: it has no
    first steps. `by_key`: the connection signs in with a key; `last_signed_in`: when it did last
    (seconds since 1970), where that is known."""

    connection: Connection | None
    last_signed_in: float | None
    by_key: bool
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
        return self.connection is not None and self.connection.state == "reconnect"

    @property
    def estimates(self) -> bool:
        """Whether there is something to estimate, and an org to ask."""
        is_previewing = self.connection is not None and self.connection.state == "previewing"
        return is_previewing and self.waiting > 0


def page_of(app: ConsoleApp, workspace: str) -> Page:
    """The page of a workspace. Raises StoreUnavailable."""
    connection = app.store.connection(workspace)
    tokens = _tokens(app, workspace) if connection is not None else None
    return Page(
        connection=connection,
        last_signed_in=_last_signed_in(tokens),
        by_key=tokens is not None and tokens.refresh is None,
        run=run_of(app, workspace),
        waiting=app.store.counts(workspace).pending,
        checked=_checked(app, connection) if connection is not None else None,
        lines=timeline(app.store.history(workspace, codes=CODES, limit=_MAX_LINES)),
    )


def _checked(app: ConsoleApp, connection: Connection) -> Checked | None:
    """Nobody is asked while nobody is signed in."""
    known = known_rights(app, connection)
    return SIGNED_OUT if known is None and connection.state == "reconnect" else known


def _last_signed_in(tokens: Tokens | None) -> float | None:
    return (tokens.refreshed_at or None) if tokens is not None else None


def address_halves(url: str) -> tuple[str, str]:
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
