"""`zsf status`: counts, connection, allocation, and why it rests. Makes no call to Salesforce."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from zsf_plugin.cli.allocation import show_allocation
from zsf_plugin.cli.common import add_report_arguments, application
from zsf_plugin.cli.output import findings_in_words, heading, moment, pairs, say_json, table
from zsf_plugin.messages.availability import availability_text
from zsf_plugin.messages.text import cause_advice, cause_text
from zsf_plugin.model import Availability, Connection
from zsf_plugin.ports import HeldGroup
from zsf_plugin.rulebook import Finding
from zsf_plugin.wiring.status import Status

_STATES = ("pending", "writing", "held", "done", "skipped")


def add_status(parser: argparse.ArgumentParser) -> None:
    """The arguments of `status`."""
    add_report_arguments(parser, _status)


def _status(options: argparse.Namespace) -> int:
    with application() as app:
        status = app.status(options.workspace)
    if options.json:
        say_json(status.as_json())
    else:
        _show(status)
    return 0


def _show(status: Status) -> None:
    heading(f"Workspace {status.workspace}")
    pairs([(state, str(getattr(status.counts, state))) for state in _STATES])
    _show_connection(status.connection)
    show_allocation(status)
    if status.paused is not None and status.connection is not None:
        _show_pause(status.paused)
    if status.findings:
        _show_findings(status.findings)
    if status.held:
        _show_held(status.held)


def _show_connection(connection: Connection | None) -> None:
    heading("Connection")
    if connection is None:
        pairs([("state", "not connected: run `zsf connect`, or connect in `zsf console`")])
        return
    rows = [
        ("state", connection.state),
        ("sandbox" if connection.is_sandbox else "org", _org(connection)),
        ("address", connection.instance_url),
        ("user", connection.username),
        ("since", moment(connection.connected_at)),
    ]
    pairs(rows)


def _org(connection: Connection) -> str:
    if not connection.org_name:
        return connection.org_id
    return f"{connection.org_name} ({connection.org_id})"


def _show_pause(paused: Availability) -> None:
    heading("Paused")
    why = availability_text(paused)
    pairs([("why", why), ("until", moment(paused.until))])


def _show_findings(findings: Sequence[Finding]) -> None:
    heading("Rules")
    files = dict.fromkeys(finding.file for finding in findings)
    pairs([("wrong", ", ".join(files)), ("do", findings_in_words(len(findings)))])


def _show_held(groups: Sequence[HeldGroup]) -> None:
    heading("Held")
    rows = []
    for group in groups:
        cause = group.cause
        rows.append((str(group.entries), cause_text(cause), cause_advice(cause)))
    table(("#", "cause", "what to do"), rows)
