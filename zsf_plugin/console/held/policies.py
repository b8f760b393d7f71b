"""The setting of matching that holds a cause's entries: its answer in force, and the other answers,
which may release them. `console.saving` saves one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from zsf_plugin.console.presenters.match_settings import (
    MATCH_SETTINGS,
    Answer,
    MatchName,
    answer_in_force,
    match_lock,
    set_by,
)
from zsf_plugin.wiring.apps import ConsoleApp


@dataclass(frozen=True, slots=True)
class Policy:
    """One setting for a cause: its value for everyone, what sets that, and the rule file that locks
    it, if any."""

    name: MatchName
    value: str
    set_by: str
    lock: str | None = None

    @property
    def title(self) -> str:
        """The setting's title."""
        return MATCH_SETTINGS[self.name].title

    @property
    def in_force(self) -> str:
        """`hold the entry (shipped)`: the answer in force, and what sets it."""
        return f"{MATCH_SETTINGS[self.name].words[self.value]} ({self.set_by})"

    @property
    def others(self) -> Mapping[str, Answer]:
        """The answers that may release the entries: all but `hold` and the one in force."""
        answers = MATCH_SETTINGS[self.name].answers
        return {key: one for key, one in answers.items() if key not in ("hold", self.value)}


def policy_of(app: ConsoleApp, workspace: str, name: MatchName) -> Policy:
    """The setting as it is for everyone. Raises StoreUnavailable."""
    rules = app.rulebook.rules(workspace)
    return Policy(name, answer_in_force(name, rules), set_by(name, rules), match_lock(name, rules))
