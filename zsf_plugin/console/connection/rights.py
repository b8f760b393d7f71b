"""What a connection may do: rights, derived from what `org_queries` reads. Pure.

A right that cannot be determined is shown as unknown.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from zsf_plugin.console import labels
from zsf_plugin.explain.access import ObjectGap, closed_fields, object_gaps
from zsf_plugin.messages.provision import provision_text
from zsf_plugin.model import Json, JsonObject, OrgFacts, Rule, Rules
from zsf_plugin.provision import Inspection, ProvisionItem
from zsf_plugin.provision.gaps import IdFieldGap, id_field_gaps

Can = Literal["yes", "no", "unknown"]
#: The action beside a right: `id_field` leads to the field's plan, `id_access` to the same for a
#: field that only has to be granted, and `id_look` for one that a person has to look at; the others
#: unfold `more`.
Action = Literal["", "id_field", "id_access", "id_look", "who", "how"]
ID_FIELD_ACTIONS: tuple[Action, ...] = ("id_field", "id_access", "id_look")
_PLURALS = {"Lead": "Leads", "Contact": "Contacts", "Account": "Accounts", "Task": "Tasks"}
_MAX_NAMED = 5


@dataclass(frozen=True, slots=True)
class Right:
    """One right: whether the connection has it, a title and a sentence; `more` unfolds."""

    can: Can
    title: str
    text: str
    action: Action = ""
    more: tuple[str, ...] = ()

    def as_json(self) -> JsonObject:
        """The right for the store."""
        return {**asdict(self), "more": [*self.more]}


_WRITES = "Read and write Leads, Contacts, Accounts and Tasks"
_NO_DUPLICATES = "Prevent duplicates"
_HAS_NO_DUPLICATES = Right(
    "yes", _NO_DUPLICATES, "The Zaplify ID field exists on Lead, Contact, Account and Activity."
)
_OWNERS = "Give records to the right owner"
_MAKES_FIELDS = "Create missing fields"
_HAS_MADE_FIELDS = Right(
    "yes",
    _MAKES_FIELDS,
    "This user has added fields to the org. Each one is shown to you before it is created.",
)
_MAY_MAKE_FIELDS = Right(
    "unknown",
    _MAKES_FIELDS,
    "Zaplify can’t check whether this user may add fields. You will see when you create one.",
)
_SEES_ALL = Right(
    "unknown",
    "See every record",
    "Zaplify can’t check this. A record that only another team can see looks as if it did not "
    "exist.",
    "how",
    (
        "In Salesforce, as an administrator: Setup → Permission Sets → New, License: --None--.",
        "Object Settings → Leads, Contacts and Accounts → Edit: tick View All.",
        "Manage Assignments → Add Assignment: the user this connection is signed in as.",
    ),
)


def rights_of(documents: Sequence[Json]) -> tuple[Right, ...]:
    """The rights from stored documents."""
    return tuple(right_of(document) for document in documents if isinstance(document, dict))


def right_of(document: Mapping[str, Json]) -> Right:
    """The right from a stored document."""
    return Right(**{**document, "more": _texts(document["more"])})  # type: ignore[arg-type]


def _texts(value: Json) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else ()


def list_rights(
    facts: OrgFacts,
    looked: Inspection,
    sellers: Sequence[tuple[str, bool]],
    merged: Rules,
    rules: Sequence[Rule],
    *,
    has_made_fields: bool,
) -> tuple[Right, ...]:
    """All rights, from the org's facts, the plan of our fields, and recent sellers (name, whether
    they have a user)."""
    return (
        _writes(facts, merged, rules),
        _no_duplicates(facts, looked),
        _owners(sellers),
        _makes_fields(looked, has_made_fields=has_made_fields),
        _SEES_ALL,
    )


def _writes(facts: OrgFacts, merged: Rules, rules: Sequence[Rule]) -> Right:
    """Check objects first: a hidden object hides its fields too."""
    shut = object_gaps(facts, merged, rules)
    if shut:
        return Right("no", _WRITES, f"This user {', '.join(map(_missing_access, shut))}.")
    hidden = closed_fields(facts, merged, rules)
    if hidden:
        return Right("no", _WRITES, _hidden_text(hidden))
    return Right("yes", _WRITES, "All the fields in the mapping are visible to this user.")


def _hidden_text(hidden: Sequence[str]) -> str:
    names = ", ".join(hidden[:_MAX_NAMED])
    more = _and_more(len(hidden) - _MAX_NAMED)
    return f"This user can’t see or write these mapped fields: {names}{more}."


def _and_more(number: int) -> str:
    return f" and {number} more" if number > 0 else ""


def _missing_access(gap: ObjectGap) -> str:
    """What the user may not do with an object."""
    return f"can’t {' or '.join(gap.lacks)} {_PLURALS[gap.object]}"


#: How the Zaplify ID field lacks on some objects, and what follows.
_GAPS: Mapping[IdFieldGap, str] = {
    "missing": "The Zaplify ID field is missing on {objects}.",
    "hidden": (
        "The Zaplify ID field exists on {objects}, but this user can’t see it: they need "
        "permission to read and edit it."
    ),
    "unknown": (
        "This user can’t see the Zaplify ID field on {objects}, and Salesforce doesn’t say "
        "whether it exists: ask an admin to look in Setup."
    ),
    "refused": (
        "This user can’t see the Zaplify ID field on {objects}, and Salesforce refused to say "
        "whether it exists: check again later."
    ),
    "unseen": (
        "This user can’t see {objects} records, so the Zaplify ID field there can’t be checked."
    ),
    "unfit": "The Zaplify ID field on {objects} is not as it should be.",
    "read_only": (
        "This user can see the Zaplify ID field on {objects}, but can’t fill it: they need "
        "permission to edit it."
    ),
}
_WITHOUT_ID_FIELD = "Without it, Zaplify checks twice and waits up to ten minutes."


def _no_duplicates(facts: OrgFacts, looked: Inspection) -> Right:
    gaps = id_field_gaps(facts, looked.plan)
    if not gaps:
        return _HAS_NO_DUPLICATES
    texts = [_GAPS[gap].format(objects=labels.listed(names)) for gap, names in gaps.items()]
    return Right("no", _NO_DUPLICATES, " ".join([*texts, _WITHOUT_ID_FIELD]), _action(gaps))


def _action(gaps: Collection[IdFieldGap]) -> Action:
    """What mends the most of it: a missing field is created, and access given, by one plan."""
    if "missing" in gaps:
        return "id_field"
    return "id_access" if "hidden" in gaps or "read_only" in gaps else "id_look"


def _owners(sellers: Sequence[tuple[str, bool]]) -> Right:
    if not sellers:
        text = "No seller has purchased or sent anything yet, so there is no owner to check."
        return Right("unknown", _OWNERS, text)
    without = tuple(sorted(name for name, has_user in sellers if not has_user))
    return _owners_of(len(sellers), without)


def _owners_of(sellers: int, without: tuple[str, ...]) -> Right:
    """`without`: the names of sellers without a Salesforce user."""
    if len(without) == sellers:
        return Right("no", _OWNERS, _no_owner(sellers), "who", without)
    text = _some_owners(sellers, len(without))
    return Right("yes", _OWNERS, text, "who" if without else "", without)


def _no_owner(sellers: int) -> str:
    who = "The only seller has no" if sellers == 1 else f"None of {_sellers(sellers)} has an"
    return (
        f"{who} active Salesforce user with the same e-mail. Salesforce assigns its default owner."
    )


def _some_owners(sellers: int, without: int) -> str:
    have = "has" if sellers - without == 1 else "have"
    of = f"{labels.count(sellers - without)} of {_sellers(sellers)}"
    text = f"{of} {have} an active Salesforce user with the same e-mail."
    return (
        f"{text} For {_others(without)}, Salesforce assigns its default owner." if without else text
    )


def _others(number: int) -> str:
    return "the other one" if number == 1 else f"the other {labels.count(number)}"


def _sellers(number: int) -> str:
    return labels.plural(number, "seller", "sellers")


def _makes_fields(looked: Inspection, *, has_made_fields: bool) -> Right:
    if has_made_fields:
        return _HAS_MADE_FIELDS
    for line in filter(_is_forbidden, looked.plan.lines):
        return Right("no", _MAKES_FIELDS, labels.sentence(provision_text(line.reason)))
    return _MAY_MAKE_FIELDS


def _is_forbidden(line: ProvisionItem) -> bool:
    """Whether the user may not create that field. A conflicting field is no missing right."""
    return line.kind == "field" and line.state == "cannot" and not line.unfit
