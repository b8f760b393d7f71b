"""The settings of `[match]` in words: what each decides, its answers, and what each answer costs. A
page shows the one in force and what sets it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from zsf_plugin.console.console_rules import locking_file
from zsf_plugin.console.labels import small
from zsf_plugin.console.presenters.deciders import origins_of, short
from zsf_plugin.decision.merge import merge_unconditional
from zsf_plugin.model import Rule

MatchName = Literal["shared_mailbox", "unasked", "many", "alerts"]
MATCH_NAMES: tuple[MatchName, ...] = get_args(MatchName)


@dataclass(frozen=True, slots=True)
class Answer:
    """One value of a setting. `cost`: what it leads to, in a sentence."""

    title: str
    cost: str


#: Value in the rules → answer.
Answers: TypeAlias = Mapping[str, Answer]


@dataclass(frozen=True, slots=True)
class MatchSetting:
    """One setting: its title, when it applies, and its answers, the default first."""

    name: MatchName
    title: str
    about: str
    answers: Answers

    @property
    def words(self) -> dict[bool | str, str]:
        """Each value as the end of a sentence: `hold the entry`."""
        return {value: small(answer.title) for value, answer in self.answers.items()}


_SETTINGS = (
    MatchSetting(
        "shared_mailbox",
        "Shared mailboxes",
        (
            "A record has the prospect’s e-mail address, phone number or website but another name, "
            "and several people may share it (info@, sales@, a switchboard)."
        ),
        {
            "next_key": Answer(
                "Treat them as two people",
                (
                    "Other match keys decide; if they find nothing, a new record is created. "
                    "Someone who was entered under another name then has two records."
                ),
            ),
            "hold": Answer(
                "Hold the entry",
                "Nothing is sent for that prospect until you choose a record on the page Held.",
            ),
            "connect": Answer(
                "Treat them as one person",
                (
                    "No second record is created. If they are two people, both are written to "
                    "the same record."
                ),
            ),
        },
    ),
    MatchSetting(
        "unasked",
        "Fields that cannot be searched",
        (
            "Salesforce cannot be searched by a hidden or encrypted field, or by a long text, so "
            "someone who seems new may be there already."
        ),
        {
            "hold": Answer(
                "Hold the entry",
                (
                    "There are no duplicates, but nothing is sent for those prospects until "
                    "Salesforce can be searched."
                ),
            ),
            "create": Answer(
                "Create the record",
                "Nothing waits, but someone who is there already gets a second record.",
            ),
        },
    ),
    MatchSetting(
        "many",
        "Several matching records",
        "Several records match one prospect by the same key.",
        {
            "hold": Answer(
                "Hold the entry",
                "Nothing is sent for that prospect until you choose a record on the page Held.",
            ),
            "oldest": Answer(
                "Take the oldest record", "It may be one that nobody keeps up to date."
            ),
            "newest_activity": Answer(
                "Take the record with the latest activity",
                "Entries are still held if none of the records has an activity.",
            ),
            "same_owner": Answer(
                "Take the record with the same owner",
                "Entries are still held if the seller owns none of the records, or several.",
            ),
        },
    ),
    MatchSetting(
        "alerts",
        "Duplicate alerts",
        (
            "A duplicate rule of the org alerts about similar records that the match keys did not "
            "find. A rule that blocks always holds the entry."
        ),
        {
            "hold": Answer(
                "Hold the entry",
                "The page Held names the similar records. Nothing is saved until you decide.",
            ),
            "save": Answer(
                "Save anyway",
                "As if a person clicked “Save anyway”: similar records stay side by side.",
            ),
        },
    ),
)
MATCH_SETTINGS: Mapping[MatchName, MatchSetting] = {one.name: one for one in _SETTINGS}


def answer_in_force(name: MatchName, rules: Sequence[Rule]) -> str:
    """The value for everyone whom no rule file singles out."""
    return str(getattr(merge_unconditional(rules), name))


def match_lock(name: MatchName, rules: Sequence[Rule]) -> str | None:
    """The rule file that sets it instead of the console."""
    return locking_file(rules, "match", name)


def set_by(name: MatchName, rules: Sequence[Rule]) -> str:
    """What sets the value in force: `shipped`, `console`, or a rule file."""
    file = merge_unconditional(rules).origins.get(f"/match/{name}", "")
    return origins_of(rules).get(file, short(file))
