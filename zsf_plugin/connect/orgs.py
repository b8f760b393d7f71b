"""Which org an entry was settled in, and which ones a workspace was connected to before, for people
to read. Reads the store alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from zsf_plugin.model import is_same_org
from zsf_plugin.ports import Entry, HistoryLine, Store

#: History codes that name an org.
_NAMING = ("connected", "reconnected", "disconnected")
_MAX_LINES = 200


@dataclass(frozen=True, slots=True)
class FormerOrg:
    """The org that a workspace was connected to last, where that is another than now: its id, and
    its name and id for people. `returns`: it was connected to the present one earlier still."""

    id: str
    name: str
    returns: bool


def former_org(store: Store, workspace: str, org_id: str) -> FormerOrg | None:
    """The org that the workspace was connected to last; None if that is the org `org_id`, or there
    was none."""
    lines = _naming_lines(store, workspace)
    known = _orgs_in(lines)
    if not known or is_same_org(known[0], org_id):
        return None
    returns = any(is_same_org(one, org_id) for one in known)
    return FormerOrg(known[0], _named_in(lines, known[0]), returns)


def other_org_before(store: Store, workspace: str, org_id: str) -> str:
    """The other org that the workspace was connected to last, by name and id; "" if none."""
    lines = _naming_lines(store, workspace)
    for one in _orgs_in(lines):
        if not is_same_org(one, org_id):
            return _named_in(lines, one)
    return ""


def _naming_lines(store: Store, workspace: str) -> Sequence[HistoryLine]:
    """The workspace's lines of history that name an org, the last first."""
    return store.history(workspace, codes=_NAMING, limit=_MAX_LINES)


def _orgs_in(lines: Sequence[HistoryLine]) -> list[str]:
    """The ids of the orgs in those lines, in order."""
    return [str(line.detail["org_id"]) for line in lines if line.detail.get("org_id")]


def settled_elsewhere(store: Store, entry: Entry) -> str:
    """The org in which the entry was settled, by name and id, if the workspace is not connected to
    it now; else ""."""
    org_id = entry.org_id
    if not org_id or entry.state not in ("done", "held", "skipped"):
        return ""
    connection = store.connection(entry.event.workspace)
    if connection is not None and is_same_org(connection.org_id, org_id):
        return ""
    return org_named(store, entry.event.workspace, org_id)


def org_named(store: Store, workspace: str, org_id: str) -> str:
    """`Acme (00D…)`, by the workspace's history; the id alone if no name is known."""
    return _named_in(_naming_lines(store, workspace), org_id)


def _named_in(lines: Sequence[HistoryLine], org_id: str) -> str:
    for line in lines:
        name = _name_in(line, org_id)
        if name:
            return f"{name} ({org_id})"
    return org_id


def _name_in(line: HistoryLine, org_id: str) -> str:
    """The org's name in a line of history; "" if the line is about another org."""
    named = _text_in(line, "org_id")
    return _text_in(line, "org_name") if named and is_same_org(named, org_id) else ""


def _text_in(line: HistoryLine, name: str) -> str:
    value = line.detail.get(name)
    return value if isinstance(value, str) else ""
