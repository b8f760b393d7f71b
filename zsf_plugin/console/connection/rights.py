"""What a connection may do: rows of rights, judged from what was read. Pure; reading is
`reading_rights`'s.

What cannot be known from here is said to be unknown; no right is ever guessed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from zsf_plugin.console import labels
from zsf_plugin.explain.fields import OBJECTS, object_fields
from zsf_plugin.messages.provision import provision_text
from zsf_plugin.model import Json, JsonObject, OrgFacts, Rule, Rules
from zsf_plugin.provision import Looked

Can = Literal["yes", "no", "unknown"]
#: What is offered beside a right: `id_field` leads to its plan; the others unfold `more`.
Action = Literal["", "id_field", "who", "how"]
_PLURALS = {"Lead": "Leads", "Contact": "Contacts", "Account": "Accounts", "Task": "Tasks"}
_MAX_NAMED = 5


@dataclass(frozen=True, slots=True)
class Right:
    """One right: whether the connection has it, in a title and a sentence; `more` unfolds."""

    can: Can
    title: str
    text: str
    action: Action = ""
    more: tuple[str, ...] = ()

    def as_json(self) -> JsonObject:
        """For keeping."""
        return {**asdict(self), "more": [*self.more]}


def right_of(document: Mapping[str, Json]) -> Right:
    """A right as it was kept."""
    more = document["more"]
    texts = tuple(str(line) for line in more) if isinstance(more, list) else ()
    return Right(document["can"], document["title"], document["text"], document["action"], texts)  # type: ignore[arg-type]


def rights(
    facts: OrgFacts,
    looked: Looked,
    sellers: Sequence[tuple[str, bool]],
    merged: Rules,
    rules: Sequence[Rule],
    *,
    has_made_fields: bool,
) -> tuple[Right, ...]:
    """Every right that is known when it was read: the org's facts, the plan of our fields, recent
    sellers by name and whether each has a user."""
    return (
        _writes(facts, merged, rules),
        _single(facts),
        _owners(sellers),
        _makes_fields(looked, has_made_fields=has_made_fields),
        _sees_all(),
    )


def _writes(facts: OrgFacts, merged: Rules, rules: Sequence[Rule]) -> Right:
    """Objects first: a hidden one hides its fields as well."""
    title = "Read and write Leads, Contacts, Accounts and Tasks"
    shut = [words for name in OBJECTS if (words := _shut(facts, name))]
    if shut:
        return Right("no", title, f"This user {', '.join(shut)}.")
    hidden = _hidden_fields(facts, merged, rules)
    if not hidden:
        return Right("yes", title, "All the fields in the mapping are visible to this user.")
    names = ", ".join(dict.fromkeys(hidden[:_MAX_NAMED]))
    more = f" and {len(hidden) - _MAX_NAMED} more" if len(hidden) > _MAX_NAMED else ""
    what = "Fields in the mapping that this user does not see or may not write"
    return Right("no", title, f"{what}: {names}{more}.")


def _hidden_fields(facts: OrgFacts, merged: Rules, rules: Sequence[Rule]) -> list[str]:
    """Mapped fields that the user does not see or may not write."""
    hidden: list[str] = []
    for name in OBJECTS:
        fields = object_fields(facts, name, merged, rules)
        if fields is not None:
            lines = (*fields.lacking, *fields.read_only)
            hidden += [f"{fields.describe.name}.{line.field}" for line in lines]
    return hidden


def _shut(facts: OrgFacts, name: str) -> str:
    """What the user may not do with an object; "" where nothing is amiss."""
    describe = facts.describes.get(name)
    if describe is None:
        return f"does not see {_PLURALS[name]}"
    lacks = [] if describe.createable else ["create"]
    if not describe.updateable and name != "Task":
        lacks.append("change")
    return f"may not {' or '.join(lacks)} {_PLURALS[name]}" if lacks else ""


def _single(facts: OrgFacts) -> Right:
    title = "Keep every record single"
    places = [name for name in OBJECTS if facts.id_fields.get(name) is None]
    if not places:
        return Right("yes", title, "Zaplify ID is in place on Lead, Contact, Account and Activity.")
    named = labels.listed(["Activity" if name == "Task" else name for name in places])
    text = (
        f"Zaplify ID is not in place on {named}: then the same takes a second look, and "
        f"up to ten minutes more."
    )
    return Right("no", title, text, "id_field")


def _owners(sellers: Sequence[tuple[str, bool]]) -> Right:
    title = "Give records to the right owner"
    if not sellers:
        text = "No seller has purchased or sent anything yet, so there is nobody to look for."
        return Right("unknown", title, text)
    without = tuple(sorted(name for name, has_user in sellers if not has_user))
    if len(without) == len(sellers):
        return Right("no", title, _no_owner(len(sellers)), "who", without)
    text = _some_owners(len(sellers), len(without))
    return Right("yes", title, text, "who" if without else "", without)


def _no_owner(sellers: int) -> str:
    return (
        f"Of {_sellers(sellers)}, none has an active Salesforce user with the same e-mail: "
        f"Salesforce’s own default decides."
    )


def _some_owners(sellers: int, without: int) -> str:
    there = sellers - without
    text = (
        f"{labels.count(there)} of {_sellers(sellers)} {'has' if there == 1 else 'have'} an active "
        f"Salesforce user with the same e-mail."
    )
    if not without:
        return text
    others = "the other one" if without == 1 else f"the other {labels.count(without)}"
    return f"{text} For {others}, Salesforce’s own default decides."


def _sellers(number: int) -> str:
    return labels.plural(number, "seller", "sellers")


def _makes_fields(looked: Looked, *, has_made_fields: bool) -> Right:
    title = "Create missing fields"
    if has_made_fields:
        text = (
            "This user has added fields to the org. Each one is shown to you before it is created."
        )
        return Right("yes", title, text)
    for line in looked.plan.lines:
        if line.kind == "field" and line.state == "cannot" and not line.unfit:
            return Right("no", title, labels.sentence(provision_text(line.reason)))
    text = "Whether this user may add fields can’t be seen from here: it shows when you create one."
    return Right("unknown", title, text)


def _sees_all() -> Right:
    text = (
        "This can’t be seen from here. Someone visible only to another team looks as if "
        "they did not exist."
    )
    how = (
        "In Salesforce, as an administrator: Setup → Permission Sets → New, License: --None--.",
        "Object Settings → Leads, Contacts and Accounts → Edit: tick View All.",
        "Manage Assignments → Add Assignment: the user this connection is signed in as.",
    )
    return Right("unknown", "See every record", text, "how", how)
