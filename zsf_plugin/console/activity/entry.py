"""One entry whole: what was found, what was written, what the mapping asks for, and when each thing
happened.

Found and written are told from what was kept of the entry, never from today's rules; the plan is by
today's rules, and says so. Asks Salesforce nothing. Nothing of a message's text is shown, whatever
the switch says and whatever was kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from zsf_plugin.console.activity.entry_head import EntryHead, entry_head
from zsf_plugin.console.activity.planned import PlannedObject, planned_objects
from zsf_plugin.console.activity.texts import Texts, texts_of
from zsf_plugin.console.activity.written import WrittenRecord
from zsf_plugin.console.presenters.findings import Finding, findings
from zsf_plugin.ports import Entry
from zsf_plugin.wiring.apps import ConsoleApp


@dataclass(frozen=True, slots=True)
class EntryView:
    """All that is shown of one entry. `plan`: None where too little of it was kept to have one."""

    head: EntryHead
    texts: Texts
    plan: Sequence[PlannedObject] | None

    @property
    def found(self) -> tuple[Finding, ...]:
        """What looking found."""
        history = self.head.history
        return findings(history.entry.steps, history.created, self.head.org.connection)

    @property
    def written(self) -> list[WrittenRecord]:
        """What was written."""
        journal = self.head.history.journal
        return [WrittenRecord(line, self.head, self.texts) for line in journal]


def entry_view(app: ConsoleApp, entry: Entry) -> EntryView:
    """The entry as the page shows it. Raises StoreUnavailable."""
    head, texts = entry_head(app, entry), texts_of(app.rulebook, entry)
    return EntryView(head, texts, planned_objects(app, head, texts))
