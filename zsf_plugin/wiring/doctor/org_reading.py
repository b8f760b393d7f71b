"""Reads what the checks need of an org: the describes again, and in Setup the ID field and its
permissions. Writes nothing there; takes 3 API calls, and one for each ID field that is hidden."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zsf_plugin.errors import ReconnectRequired
from zsf_plugin.messages.availability import availability_text
from zsf_plugin.messages.connection import connection_advice, connection_why
from zsf_plugin.sync.availability import ORG_ERRORS, OrgError
from zsf_plugin.wiring.doctor.found import DoctorFinding, finding

if TYPE_CHECKING:
    from zsf_plugin.model import Connection, OrgFacts, ReconnectReason
    from zsf_plugin.provision import Inspection
    from zsf_plugin.wiring.apps import App


@dataclass(frozen=True, slots=True)
class OrgReading:
    """The org as its connected user sees it, and how far this machine's clock is ahead of its
    (seconds; None: the org did not say)."""

    connection: Connection
    facts: OrgFacts
    inspection: Inspection
    ahead_s: float | None


def read_org(app: App, connection: Connection) -> OrgReading | DoctorFinding:
    """The org, or why it cannot be read. An ended sign-in is recorded, as in any other call.
    Raises StoreUnavailable."""
    try:
        return _read(app, connection)
    except ORG_ERRORS as error:
        return _unread(app, connection, error)


def _read(app: App, connection: Connection) -> OrgReading:
    workspace = connection.workspace
    inspection = app.orgs.provisioner(workspace).inspect()
    crm = app.orgs.crm(workspace)
    org_time = crm.org_time()
    ahead_s = None if org_time is None else app.clock.now() - org_time
    return OrgReading(connection, crm.facts(), inspection, ahead_s)


def _unread(app: App, connection: Connection, error: OrgError) -> DoctorFinding:
    recorded = app.availability.record(connection, error, "upkeep")
    if isinstance(error, ReconnectRequired):
        return sign_in_ended(error)
    return finding("NO_ANSWER", why=availability_text(recorded))


def sign_in_ended(reason: ReconnectReason | ReconnectRequired | None) -> DoctorFinding:
    """That a person has to sign in again, or to give this user a right, and why."""
    known = reason or ReconnectRequired("session")
    advice = connection_advice(known) or "then sign in again with `zsf connect`"
    return finding("SIGN_IN_ENDED", why=connection_why(known), advice=advice)
