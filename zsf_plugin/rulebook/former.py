"""The rules that were in force at some time before, found again by their digest among what the
console and the folders said. Reads and stores nothing.

A file that was never valid, and shipped rules of another version of this package, are not known: by
them no digest is found.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product

from zsf_plugin.model import JsonObject, Layer, Rule
from zsf_plugin.rulebook.files import rule_of
from zsf_plugin.rulebook.names import shown_name
from zsf_plugin.rulebook.rulebook import (
    CONSOLE,
    RulesInForce,
    as_if_in_force,
    digest_of_texts,
    shipped_rules,
    text_of,
)

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
    shipped = _Part(shipped_rules())
    for chosen in product(*_choices(sources)):
        parts = (shipped, *chosen)
        if digest_of_texts(text for part in parts for text in part.texts) == digest:
            return as_if_in_force(tuple(rule for part in parts for rule in part.rules))
    return None


@dataclass(frozen=True)
class _Part:
    """Rules of one source, as it may have been, and what of them counts for a digest."""

    rules: tuple[Rule, ...]

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """The text of each, made once for all combinations."""
        return tuple(map(text_of, self.rules))


def _choices(sources: FormerSources) -> Iterator[Sequence[_Part]]:
    """What each source may have said: nothing, if it said nothing else."""
    own = own_folder(sources.workspace)
    yield [_of_console(document) for document in (*sources.consoles, {})]
    yield [_of_files(SHARED_FOLDER, documents, "config") for documents in (*sources.shared, {})]
    yield [_of_files(own, documents, "workspace") for documents in (*sources.own, {})]


def _of_console(document: JsonObject) -> _Part:
    return _Part((rule_of(CONSOLE, document, "console"),) if document else ())


def _of_files(folder: str, documents: Mapping[str, JsonObject], layer: Layer) -> _Part:
    names = sorted(documents)
    return _Part(
        tuple(rule_of(f"{folder}/{shown_name(name)}", documents[name], layer) for name in names)
    )
