"""The rules that were in force at some time before, found again by their digest among what the
console and the folders said. Reads and stores nothing.

A file that was never valid, and shipped rules of another version of this package, are not known: by
them no digest is found.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from zsf_plugin.model import JsonObject, Layer, Rule
from zsf_plugin.rulebook.files import rule_of
from zsf_plugin.rulebook.names import shown_name
from zsf_plugin.rulebook.rulebook import CONSOLE, RulesInForce, as_if_in_force, shipped_rules

SHARED_FOLDER = "rules"
#: The folder of a workspace's own rule files.
own_folder = "workspaces/{}/rules".format


@dataclass(frozen=True, slots=True)
class FormerSources:
    """What the console's rules, the shared files and the workspace's own may have said then."""

    workspace: str
    consoles: Sequence[JsonObject]
    shared: Sequence[Mapping[str, JsonObject]]
    own: Sequence[Mapping[str, JsonObject]]


def find_former(digest: str, sources: FormerSources) -> RulesInForce | None:
    """The rules with that digest, or None if these sources make none."""
    for rules in _combinations(sources):
        found = as_if_in_force(rules)
        if found.digest == digest:
            return found
    return None


def _combinations(sources: FormerSources) -> Iterator[tuple[Rule, ...]]:
    """Every way to put one of each together, with nothing as the last choice of each."""
    folder = own_folder(sources.workspace)
    for console, shared, own in product(
        [*sources.consoles, {}], [*sources.shared, {}], [*sources.own, {}]
    ):
        consoles = [rule_of(CONSOLE, console, "console")] if console else []
        files = (*_rules_of(SHARED_FOLDER, shared, "config"), *_rules_of(folder, own, "workspace"))
        yield (*shipped_rules(), *consoles, *files)


def _rules_of(folder: str, documents: Mapping[str, JsonObject], layer: Layer) -> Iterable[Rule]:
    for name in sorted(documents):
        yield rule_of(f"{folder}/{shown_name(name)}", documents[name], layer)
