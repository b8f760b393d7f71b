"""By which rules a write was decided, in words. Reads only.

A journal line has the digest of its rules. Which files those were is found among what the console's
rules and the rule files are known to have said then; what is not found is named by its digest.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from zsf_plugin.console.activity.entry import WrittenRecord
from zsf_plugin.console.labels import listed
from zsf_plugin.console.presenters.deciders import origins_of
from zsf_plugin.ports import MAX_CLOCK_SKEW_S, Entry, JournalLine
from zsf_plugin.rulebook.former import SHARED_FOLDER, FormerSources, find_former, own_folder
from zsf_plugin.rulebook.rulebook import RulesInForce
from zsf_plugin.rulebook.same_rules import SameRules
from zsf_plugin.sync.entries import plan_for
from zsf_plugin.wiring.apps import ConsoleApp

#: What the layers of the rules are called here; a file has its own name.
_LAYERS = {"shipped": "the shipped rules", "console": "the console’s settings"}
#: How much of a digest is shown: enough to compare it with that of `zsf outbox show`.
_DIGEST_LENGTH = 12
#: How many versions are tried: processes learn of a change one after the other.
_MAX_VERSIONS = 3
#: Of the console's rules, those among which the ones of that time are looked for.
_MAX_SAVES = 200


@dataclass(frozen=True, slots=True)
class DecidedRules:
    """The rules of a workspace, those in force now and those of before."""

    app: ConsoleApp
    workspace: str
    _known: dict[str, RulesInForce | None] = field(default_factory=dict)

    def decided(self, record: WrittenRecord) -> str:
        """The rules by which a write was decided; "" if they are not known."""
        line = record.line
        if not line.rules:
            return ""
        digest = line.rules[:_DIGEST_LENGTH]
        found = self._rules_of(line)
        if found is None:
            return f"rules that have changed since ({digest})"
        files = listed(_files(found, record.head.entry, line))
        is_in_force = line.rules == self.app.rulebook.digest(self.workspace)
        state = "still in force" if is_in_force else "as they were then; they have changed since"
        return f"{files}, {state} ({digest})"

    def _rules_of(self, line: JournalLine) -> RulesInForce | None:
        if line.rules not in self._known:
            in_force = self.app.rulebook.in_force(self.workspace)
            is_current = in_force.digest == line.rules
            self._known[line.rules] = in_force if is_current else self._former(line)
        return self._known[line.rules]

    def _former(self, line: JournalLine) -> RulesInForce | None:
        store, until = self.app.store, line.at + MAX_CLOCK_SKEW_S
        saves = store.console_rule_versions(self.workspace, limit=_MAX_SAVES)
        consoles = [one.document for one in saves if one.at is None or one.at <= until]
        sources = FormerSources(
            self.workspace,
            consoles[:_MAX_VERSIONS],
            store.rule_file_versions(SHARED_FOLDER, until, _MAX_VERSIONS),
            store.rule_file_versions(own_folder(self.workspace), until, _MAX_VERSIONS),
        )
        return find_former(line.rules, sources)


def _files(rules: RulesInForce, entry: Entry, line: JournalLine) -> list[str]:
    """The rule files that the written fields come from."""
    target = plan_for(SameRules(rules), entry.event).targets.get(line.object)
    fields = target.fields if target else ()
    names = origins_of(rules.rules)
    origins = dict.fromkeys(one.origin for one in fields if one.field in line.after)
    shown = [names.get(origin, origin) for origin in origins]
    return list(dict.fromkeys(_LAYERS.get(name, name) for name in shown)) or ["the rules"]
