"""A preview as its panel shows it: notices, how the prospect was found, the objects, what it costs.
Pure."""

from __future__ import annotations

from dataclasses import dataclass

from zsf_plugin.console.labels import plural, sentence
from zsf_plugin.console.mapping.prospects import Prospect
from zsf_plugin.console.preview.found import Found, found
from zsf_plugin.console.preview.notices import Notice, notices
from zsf_plugin.console.preview.parts import Part, parts
from zsf_plugin.explain.preview import Preview
from zsf_plugin.messages.text import step_text
from zsf_plugin.model import Connection, KnownFacts

#: Steps that explain a choice; the others are shown as fields.
_CHOICES = ("chosen", "unlinked", "unmatched")


@dataclass(frozen=True, slots=True)
class Shown:
    """All that the panel shows of one preview."""

    preview: Preview
    prospect: Prospect
    found: Found
    parts: tuple[Part, ...]

    @property
    def live(self) -> bool:
        """Whether the org was looked at."""
        return self.preview.changes is not None

    @property
    def summary(self) -> str:
        """The outcome in one line, for those who cannot see it."""
        return "; ".join(f"{part.title}: {part.summary}" for part in self.parts)

    @property
    def notices(self) -> tuple[Notice, ...]:
        """What is to be known before the rest."""
        return tuple(notices(self.preview, self.prospect))

    @property
    def remarks(self) -> tuple[str, ...]:
        """Why somebody was chosen, left unlinked, or gets no owner (nobody made up has one)."""
        codes = _CHOICES if self.prospect.made_up else (*_CHOICES, "no_owner")
        steps = self.preview.explanation.steps
        return tuple(sentence(step_text(step)) for step in steps if step.code in codes)

    @property
    def cost(self) -> str:
        """What sending it costs, in calls."""
        cost = self.preview.explanation.cost
        if cost.looked is None or cost.to_write is None:
            return f"Cost when it runs: at most {_calls(cost.at_most)}."
        return f"Cost when it runs: {_counted(cost.looked, cost.to_write)}."


def _counted(looked: int, to_write: int) -> str:
    """“1 call to look, none to write”."""
    if not looked + to_write:
        return "no call"
    return f"{_calls(looked)} to look, {to_write or 'none'} to write"


def _calls(number: int) -> str:
    return plural(number, "call", "calls")


def shown(
    preview: Preview,
    prospect: Prospect,
    connection: Connection | None,
    known: KnownFacts | None = None,
) -> Shown:
    """The panel's content. `known` are the org's facts as last read: they name fields where it was
    not looked at."""
    objects = preview.differences()
    return Shown(
        preview,
        prospect,
        found(preview, objects, connection),
        parts(preview, objects, connection, known),
    )
