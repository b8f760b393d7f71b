"""The rules that cases are for: each set of folders and files is read once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from zsf_plugin.authoring.case_files import CaseFile, rule_folders
from zsf_plugin.rulebook import Finding
from zsf_plugin.rulebook.drafts import DraftRules, read_drafts
from zsf_plugin.rulebook.names import kind_of_name, shown_name

EVENT_AMONG_RULES = (
    "an event of a case lies among the rules, and would be read as one of them; name it "
    "{name}.event.json"
)


@dataclass(frozen=True, slots=True)
class CaseRules:
    """The rules read so far. `events` are files of events, which are read as rules nowhere."""

    config_dir: Path
    events: frozenset[Path]
    _drafts: dict[tuple[Path, ...], DraftRules] = field(default_factory=dict)

    def of(self, file: CaseFile) -> DraftRules:
        """The rules that a file's cases are for."""
        folders = rule_folders(file, self.config_dir)
        if folders not in self._drafts:
            self._drafts[folders] = read_drafts(folders, self.events)
        return self._drafts[folders]

    def read(self) -> list[DraftRules]:
        """All that were read."""
        return list(self._drafts.values())

    def findings(self) -> tuple[Finding, ...]:
        """What is wrong with the rules, each once; and the events that lie among them."""
        found: list[Finding] = []
        for drafts in self.read():
            found += drafts.findings
        for drafts in self.read():
            found += self._events_among(drafts)
        return tuple(dict.fromkeys(found))

    def _events_among(self, drafts: DraftRules) -> Iterator[Finding]:
        folders = {path.parent for path in drafts.files.values()}
        for event in sorted(self.events):
            if event.parent in folders and kind_of_name(event.name) == "rule":
                yield _event_among_rules(event)


def _event_among_rules(event: Path) -> Finding:
    words = EVENT_AMONG_RULES.format(name=event.stem)
    return Finding(shown_name(str(event)), None, "", words, "EVENT_AMONG_RULES", "warning")
