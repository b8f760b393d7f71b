"""`zsf status`: counts, connection, allocation, and why it rests. Makes no call to Salesforce."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict

from zsf_plugin.cli.allocation import show_allocation
from zsf_plugin.cli.common import CommandApp, Report, add_report_arguments
from zsf_plugin.cli.outcomes import cause_cells
from zsf_plugin.cli.output import findings_in_words, kind_of_org, moment, pairs, table
from zsf_plugin.messages.availability import availability_text
from zsf_plugin.model import Availability, Connection
from zsf_plugin.ports import HeldGroup
from zsf_plugin.wiring.status import Status

#: What is shown of a workspace without a connection.
_NOT_CONNECTED = [("state", "not connected: run `zsf connect`, or connect in `zsf console`")]


def add_status(parser: argparse.ArgumentParser) -> None:
    """The arguments of `status`."""
    add_report_arguments(parser, Report(_gather, Status.as_json, _show))


def _gather(app: CommandApp, options: argparse.Namespace) -> Status:
    return app.status(options.workspace)


def _show(status: Status) -> None:
    _show_counts(status)
    _show_connection(status.connection)
    show_allocation(status)
    if status.connection is not None:
        _show_pause(status.paused)
    _show_findings(status)
    _show_held(status.held)


def _show_counts(status: Status) -> None:
    rows = [(state, str(count)) for state, count in asdict(status.counts).items()]
    pairs(rows, title=f"Workspace {status.workspace}")


def _show_connection(connection: Connection | None) -> None:
    rows = _NOT_CONNECTED if connection is None else _connection_rows(connection)
    pairs(rows, title="Connection")


def _connection_rows(connection: Connection) -> list[tuple[str, str]]:
    return [
        ("state", connection.state),
        (kind_of_org(connection), _org(connection)),
        ("address", connection.instance_url),
        ("user", connection.username),
        ("since", moment(connection.connected_at)),
    ]


def _org(connection: Connection) -> str:
    if not connection.org_name:
        return connection.org_id
    return f"{connection.org_name} ({connection.org_id})"


def _show_pause(paused: Availability | None) -> None:
    if paused is not None:
        pairs([("why", availability_text(paused)), ("until", moment(paused.until))], title="Paused")


def _show_findings(status: Status) -> None:
    if status.findings:
        files = ", ".join(dict.fromkeys(finding.file for finding in status.findings))
        words = findings_in_words(len(status.findings))
        pairs([("wrong", files), ("do", words)], title="Rules")


def _show_held(groups: Sequence[HeldGroup]) -> None:
    if groups:
        table(("#", "cause", "what to do"), map(_held_row, groups), title="Held")


def _held_row(group: HeldGroup) -> tuple[str, ...]:
    return (str(group.entries), *cause_cells(group.cause))
