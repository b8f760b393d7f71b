"""`zsf status`: counts, connection, allocation, and why it rests. Makes no call to Salesforce."""

from __future__ import annotations

import argparse

from zsf_plugin.cli.allocation import show_allocation
from zsf_plugin.cli.common import add_report_arguments, application
from zsf_plugin.cli.output import findings_in_words, heading, moment, pairs, say_json, table
from zsf_plugin.messages.availability import availability_in_words
from zsf_plugin.messages.text import cause_advice, cause_text
from zsf_plugin.wiring.status import Status


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
    counts, connection = status.counts, status.connection
    heading(f"Workspace {status.workspace}")
    names = ("pending", "writing", "held", "done", "skipped")
    pairs([(name, str(getattr(counts, name))) for name in names])
    heading("Connection")
    if connection is None:
        pairs([("state", "not connected: run `zsf connect`, or connect in `zsf console`")])
    else:
        kind = "sandbox" if connection.is_sandbox else "org"
        org = (
            f"{connection.org_name} ({connection.org_id})"
            if connection.org_name
            else connection.org_id
        )
        rows = [("state", connection.state), (kind, org), ("address", connection.instance_url)]
        pairs([*rows, ("user", connection.username), ("since", moment(connection.connected_at))])
    show_allocation(status)
    paused = status.paused
    if paused is not None and connection is not None:
        heading("Paused")
        why = availability_in_words(paused.code, paused.detail)
        pairs([("why", why), ("until", moment(paused.until))])
    if status.findings:
        heading("Rules")
        files = ", ".join(dict.fromkeys(finding.file for finding in status.findings))
        pairs([("wrong", files), ("do", findings_in_words(len(status.findings)))])
    if status.held:
        heading("Held")
        table(
            ("#", "cause", "what to do"),
            [(str(g.entries), cause_text(g.cause), cause_advice(g.cause)) for g in status.held],
        )
