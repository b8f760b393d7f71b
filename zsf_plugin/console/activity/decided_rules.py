"""By which rules a write was decided, in words. Reads only.

A journal line has the digest of its rules. The files behind a field are known for the rules in
force now only: former rules are not stored.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from zsf_plugin.console.activity.entry import WrittenRecord
from zsf_plugin.console.labels import listed
from zsf_plugin.console.presenters.deciders import origins_of
from zsf_plugin.ports import Entry, JournalLine, RuleSource
from zsf_plugin.sync.entries import plan_for
from zsf_plugin.wiring.apps import ConsoleApp

#: What the layers of the rules are called here; a file has its own name.
_LAYERS = {"shipped": "the shipped rules", "console": "the console’s settings"}
#: How much of a digest is shown: enough to compare it with that of `zsf outbox show`.
_DIGEST_LENGTH = 12


@dataclass(frozen=True, slots=True)
class RulesInUse:
    """The rules in force now: their digest, and the name of each file."""

    source: RuleSource
    digest: str
    origins: Mapping[str, str]

    def decided(self, record: WrittenRecord) -> str:
        """The rules by which a write was decided; "" if they are not known."""
        line = record.line
        if not line.rules:
            return ""
        digest = line.rules[:_DIGEST_LENGTH]
        if line.rules != self.digest:
            return f"rules that have changed since ({digest})"
        return f"{listed(self._files(record.head.entry, line))}, still in force ({digest})"

    def _files(self, entry: Entry, line: JournalLine) -> list[str]:
        """The rule files that the written fields come from."""
        target = plan_for(self.source, entry.event).targets.get(line.object)
        fields = target.fields if target else ()
        origins = dict.fromkeys(one.origin for one in fields if one.field in line.after)
        names = [self.origins.get(origin, origin) for origin in origins]
        return list(dict.fromkeys(_LAYERS.get(name, name) for name in names)) or ["the rules"]


def rules_in_use(app: ConsoleApp, workspace: str) -> RulesInUse:
    """The rules of the workspace. Raises StoreUnavailable."""
    rulebook = app.rulebook
    return RulesInUse(rulebook, rulebook.digest(workspace), origins_of(rulebook.rules(workspace)))
