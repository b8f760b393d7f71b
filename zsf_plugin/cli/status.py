"""`zsf status`: counts, connection, why the workspace is paused, and the org's API calls as a bar
with a mark at each purpose's share. Makes no call to Salesforce."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from zsf_plugin.cli.common import CommandApp, Report, add_flag, add_report_arguments
from zsf_plugin.cli.output import (
    MIN_TABLE_COLUMNS,
    cause_cells,
    counted,
    findings_in_words,
    in_part,
    kind_of_org,
    line_width,
    pairs,
    purposes_in_words,
    show_unreadable,
    size_in_words,
    table,
    utc_time,
)
from zsf_plugin.messages.availability import (
    HOLDER_ENDED,
    HOLDER_LIVES,
    NOT_DRAINED_TEXT,
    REFRESHER_ENDED,
    REFRESHER_LIVES,
    availability_text,
    holder_text,
)
from zsf_plugin.messages.connection import renewal_text
from zsf_plugin.wiring.status import WorkspaceStatus

if TYPE_CHECKING:
    from zsf_plugin.model import Availability, Connection
    from zsf_plugin.ports import Allocation, HeldGroup

BAR_WIDTH = 40
NARROW_BAR_WIDTH = 20
#: What of the rules that do not fit is shown.
MAX_UNFIT = 5
#: How much of the digest of rules a person compares.
SHOWN_DIGITS = 12
#: The rows of a workspace without a connection.
_NOT_CONNECTED = [("state", "not connected: run `zsf connect`, or connect in `zsf console`")]


def add_status(parser: argparse.ArgumentParser) -> None:
    """The arguments of `status`."""
    add_report_arguments(parser, _run)
    add_flag(parser, "--all", "Show all workspaces in one table, whatever --workspace says")


def _run(options: argparse.Namespace) -> int:
    if options.all:
        from zsf_plugin.cli import status_all

        return status_all.run(options)
    return _one(options)


def _gather(app: CommandApp, options: argparse.Namespace) -> WorkspaceStatus:
    return app.status(options.workspace)


def _needs_a_person(status: WorkspaceStatus) -> bool:
    """Whether nothing can be sent until someone restores a key, or corrects the proxy or the
    certificates."""
    return bool(status.unreadable) or status.network_fault is not None


def _show(status: WorkspaceStatus) -> None:
    """Print the status of one workspace."""
    _show_counts(status)
    show_unreadable(status.unreadable)
    if status.short_key is not None:
        pairs([("do", status.short_key)], title="Secret key")
    if status.network_fault is not None:
        pairs([("why", str(status.network_fault))], title="Network")
    _show_connection(status.connection)
    if status.connection is not None and status.renewal is None:
        pairs([("renewal", renewal_text(None))])
    show_allocation(status)
    if status.connection is not None:
        _show_pause(status.paused)
    _show_holders(status)
    if status.is_undrained:
        pairs([("why", NOT_DRAINED_TEXT)], title="Not being sent")
    _show_rules(status)
    _show_unfit(status)
    _show_held(status.held)
    if status.size is not None:
        pairs([("size", size_in_words(status.size))], title="Database")


_one = Report(_gather, WorkspaceStatus.as_json, _show, _needs_a_person)


def _show_counts(status: WorkspaceStatus) -> None:
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
        ("since", utc_time(connection.connected_at)),
    ]


def _org(connection: Connection) -> str:
    if not connection.org_name:
        return connection.org_id
    return f"{connection.org_name} ({connection.org_id})"


def _show_pause(paused: Availability | None) -> None:
    if paused is not None:
        pairs(
            [("why", availability_text(paused)), ("until", utc_time(paused.until))], title="Paused"
        )


def _show_holders(status: WorkspaceStatus) -> None:
    """Who drains the org and who refreshes the sign-in, since when, and until when others wait."""
    for title, holder, if_ended, if_lives in (
        ("A drain holds this org", status.holder, HOLDER_ENDED, HOLDER_LIVES),
        ("The sign-in is being refreshed", status.refresh_holder, REFRESHER_ENDED, REFRESHER_LIVES),
    ):
        if holder is not None:
            rows = [
                ("by", holder_text(holder.machine, holder.pid)),
                ("since", utc_time(holder.since)),
                ("renewed", utc_time(holder.renewed_at)),
                ("", if_ended if holder.is_dead else if_lives),
            ]
            pairs(rows, title=title)


def _show_rules(status: WorkspaceStatus) -> None:
    """Print which rules are in force, so that machines can be compared, and what is wrong."""
    files = counted(len(status.rule_files), "file", "files")
    rows = [("in force", f"{status.rules_digest[:SHOWN_DIGITS]} ({files})")]
    if status.findings:
        wrong = in_part(dict.fromkeys(finding.file for finding in status.findings))
        rows += [("errors in", wrong), ("do", findings_in_words(len(status.findings)))]
    pairs(rows, title="Rules")


def _show_unfit(status: WorkspaceStatus) -> None:
    """What does not fit the org: the rules are in force all the same."""
    if status.unfit:
        rows = [("unfit", str(finding)) for finding in status.unfit[:MAX_UNFIT]]
        more = len(status.unfit) - MAX_UNFIT
        rows += [("", f"and {more} more")] if more > 0 else []
        title = "Rules that do not fit the org"
        pairs([*rows, ("do", "`zsf rules check` lists them with their lines")], title=title)


def _show_held(groups: Sequence[HeldGroup]) -> None:
    if groups:
        table(("#", "cause", "what to do"), map(_held_row, groups), title="Held")


def _held_row(group: HeldGroup) -> tuple[str, ...]:
    return (str(group.entries), *cause_cells(group.cause))


def show_allocation(status: WorkspaceStatus) -> None:
    """Print the calls used and the limit of the org, ours by purpose, which purposes are throttled
    until when, and which one is next."""
    connection = status.connection
    to_org = f" to {connection.org}" if connection is not None else ""
    pairs(
        [*_used_rows(status), ("ours", _ours(status.allocation)), *_throttled(status)],
        title=f"Salesforce calls{to_org}, last 24 hours",
    )


def _ours(allocation: Allocation) -> str:
    return purposes_in_words(allocation.by_purpose) or "none"


def _used_rows(status: WorkspaceStatus) -> Iterator[tuple[str, str]]:
    """How much of the limit is used, in words and as a bar."""
    used, limit = status.allocation.used, status.allocation.limit
    if used is None or not limit:
        yield "used", "API limit not known yet"
        return
    yield "used", _used(used, limit, utc_time(status.allocation.seen_at))
    is_narrow = line_width() < MIN_TABLE_COLUMNS
    draw = narrow_bar if is_narrow else bar
    for line in draw(used / limit, status.shares):
        yield "", line


def _used(used: int, limit: int, seen: str) -> str:
    return f"{used} of {limit} in the whole org, by everyone ({100 * used / limit:.0f} %), {seen}"


def _throttled(status: WorkspaceStatus) -> Iterator[tuple[str, str]]:
    """A row for each throttled purpose, and one for the next."""
    for purpose, until in status.throttled_until.items():
        yield purpose, f"throttled; checked again at {_clock(until)}"
    upcoming = status.next_throttled
    if upcoming is not None:
        calls = counted(upcoming.calls_left, "more call", "more calls")
        yield "next", f"{upcoming.purpose} pause at {upcoming.at_used}, after {calls} by anyone"


def bar(used: float, shares: dict[str, float]) -> tuple[str, str]:
    """The used share as a bar, and below it a mark at each purpose's share: b(adges), a(ctivities),
    p(urchases)."""
    marks = _marks(shares, BAR_WIDTH)
    return f"[{_filled(used, BAR_WIDTH)}]", f" {marks}  pause at: {_legend(shares)}"


def narrow_bar(used: float, shares: dict[str, float]) -> tuple[str, str, str]:
    """The same for a narrow terminal: shorter, and the shares in words are a line of their own."""
    marks = _marks(shares, NARROW_BAR_WIDTH).rstrip()
    return f"[{_filled(used, NARROW_BAR_WIDTH)}]", f" {marks}", f"pause at: {_legend(shares)}"


def _legend(shares: dict[str, float]) -> str:
    return ", ".join(f"{purpose} {share:.0%}" for purpose, share in reversed(shares.items()))


def _filled(used: float, width: int) -> str:
    full, empty = ("\u2588", "\u2591") if sys.stdout.isatty() else ("#", ".")
    filled = min(round(used * width), width)
    return full * filled + empty * (width - filled)


def _marks(shares: Mapping[str, float], width: int) -> str:
    """The first letter of each purpose at its share; a star if several have the same."""
    marks = [" "] * (width + 1)
    for purpose, share in shares.items():
        at = round(share * width)
        marks[at] = purpose[0] if marks[at] == " " else "*"
    return "".join(marks)


def _clock(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%H:%M UTC")
