"""Whether a record with a person's e-mail address is that person: two people may share a mailbox.

Names are compared loosely, since a wrong difference costs a second record: without case, accents
and order, and a part of a name (an initial, one of several first names) is no difference.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence

from zsf_plugin.decision.targets import first_real
from zsf_plugin.model import Plan, Record, RecordSearch, Step
from zsf_plugin.model.mailboxes import mailbox_kind

_NAME_FIELDS = ("FirstName", "LastName")
_NOT_LETTERS = re.compile(r"[\W_]+")
#: Letters that have no mark to leave out: `Søren` is also written `Soren`, `Łukasz` `Lukasz`.
_LETTERS = str.maketrans(
    {"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ħ": "h", "ı": "i"}
)
#: `Müller` is also written `Mueller`, `Åkesson` `Aakesson`; without marks `muller`, `akesson`.
_UMLAUTS = re.compile(r"([aou])e|(a)a")


def names_that_differ(plan: Plan, record: Record) -> tuple[str, ...]:
    """The name fields in which the record is another person than the plan's. A name that either
    side lacks is no difference."""
    target = plan.targets[record.object]
    ours, theirs = [], []
    for name in _NAME_FIELDS:
        planned = target.planned(name)
        ours.append(_words(first_real(planned) if planned is not None else None))
        theirs.append(_words(record.values.get(name)))
    if _is_part({*ours[0], *ours[1]}, {*theirs[0], *theirs[1]}):
        return ()
    pairs = zip(_NAME_FIELDS, ours, theirs, strict=True)
    return tuple([name for name, mine, other in pairs if not _is_part(mine, other)])


def without_other_people(plan: Plan, search: RecordSearch, found: Sequence[Record]) -> list[Record]:
    """The found records without those of another person who uses the same mailbox."""
    # of the address that was searched for: a converted Lead's Contact may have another
    kinds = {mailbox_kind(str(part.value)) for part in search.key if part.compare == "email"}
    if not kinds or plan.shared_mailbox == "connect":
        return list(found)
    return [record for record in found if not _is_other(kinds, names_that_differ(plan, record))]


def _is_other(kinds: Collection[str], differing: Sequence[str]) -> bool:
    """Whether a record in which these names differ is another person's: in a role's mailbox one
    name is enough, at a free-mail host both must differ."""
    if "personal" in kinds:
        return False
    return bool(differing) if "role" in kinds else len(differing) == len(_NAME_FIELDS)


def is_anothers(plan: Plan, record: Record, written: Collection[str]) -> bool:
    """Whether the record is another person's who shares a mailbox with the plan's, as its names
    show. `written` are the fields that we wrote last: a record that we named is the plan's."""
    if any(name in written for name in _NAME_FIELDS):
        return False
    kinds = set()
    for key in plan.targets[record.object].keys:
        for part in key:
            held = record.value_of(part.field)
            if part.compare == "email" and isinstance(held, str):
                kinds.add(mailbox_kind(held))
    return bool(kinds) and _is_other(kinds, names_that_differ(plan, record))


def difference_step(plan: Plan, search: RecordSearch, record: Record) -> tuple[Step, ...]:
    """The step for a record that is connected by its e-mail address although its name differs;
    empty if it does not, or if it was found otherwise."""
    if not any(part.compare == "email" for part in search.key):
        return ()
    differing = names_that_differ(plan, record)
    data = {"names": list(differing), "fields": list(search.fields)}
    return (Step("names_differ", record.object, data=data),) if differing else ()


def _words(name: object) -> frozenset[str]:
    """The words of a name, as they are compared."""
    if not isinstance(name, str):
        return frozenset()
    letters = unicodedata.normalize("NFKD", name.casefold().translate(_LETTERS))
    plain = "".join([letter for letter in letters if not unicodedata.combining(letter)])
    return frozenset(filter(None, _NOT_LETTERS.split(_UMLAUTS.sub(r"\1\2", plain))))


def _is_part(mine: Collection[str], other: Collection[str]) -> bool:
    """Whether the words of one name are among those of the other; an initial stands for its
    word."""
    few, many = sorted((mine, other), key=len)
    return all(any(_is_same_word(word, known) for known in many) for word in few)


def _is_same_word(one: str, other: str) -> bool:
    return one == other or (
        min(len(one), len(other)) == 1 and (one.startswith(other) or other.startswith(one))
    )
