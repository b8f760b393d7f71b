"""What a person confirms before syncing starts: what is saved first, what prospects become, and
what the waiting entries would do, with its cost. Pure; `gathering` gathers it."""

from __future__ import annotations

from dataclasses import dataclass

from zsf_plugin.connect import Waiting
from zsf_plugin.console import labels
from zsf_plugin.console.connection.estimates import EstimatePart
from zsf_plugin.explain import Estimate
from zsf_plugin.model import Mode

#: Comes before the id of every entry.
NO_ENTRY = "e0"


@dataclass(frozen=True, slots=True)
class Question:
    """The question about the `waiting` entries. `changes` are the unsaved changes that are saved
    first, in words; `wrong` says why they cannot be; `needs` is the step that comes first. Without
    an estimate, each entry takes at most `max_calls` API calls. `newest` is the id of the newest
    entry that it counts: later ones are not decided on."""

    decision: Waiting
    waiting: int
    mode: Mode
    changes: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()
    needs: str = ""
    estimate: EstimatePart | None = None
    max_calls: int = 0
    newest: str = NO_ENTRY

    @property
    def title(self) -> str:
        """`Save the mapping and send 1,515 entries?`"""
        saves = "Save the mapping and " if self.changes else ""
        return f"{labels.capital(saves + self._what)}?"

    @property
    def button(self) -> str:
        """`Save and send 1,515`"""
        return start_words(self.decision, self.waiting, saves=bool(self.changes))

    @property
    def is_open(self) -> bool:
        """Whether it can be confirmed."""
        return not (self.wrong or self.needs)

    @property
    def sends(self) -> bool:
        """Whether it is open, and entries would be sent."""
        return self.is_open and self.decision == "send" and self.waiting > 0

    @property
    def mode_words(self) -> str:
        """What prospects become."""
        return labels.MODES[self.mode]

    @property
    def counted(self) -> Estimate | None:
        """The estimate, if there is one."""
        return self.estimate.estimate if self.estimate is not None else None

    @property
    def most_calls(self) -> int:
        """The most API calls that sending takes."""
        return self.waiting * self.max_calls

    @property
    def _what(self) -> str:
        if not self.waiting:
            return "start syncing"
        entries = labels.plural(self.waiting, "entry", "entries")
        return f"skip {entries} permanently" if self.decision == "skip" else f"send {entries}"


def start_words(decision: Waiting, waiting: int, *, saves: bool) -> str:
    """The words of a button that starts syncing: `Save and send 1,515`, `Start syncing`."""
    verb = decision if waiting else "start syncing"
    what = f"{verb} {labels.count(waiting)}" if waiting else verb
    return f"Save and {what}" if saves else labels.capital(what)
