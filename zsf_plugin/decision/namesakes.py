"""Whether a record with a person's e-mail address, phone number or website is that person: two
people may share a mailbox, and coworkers share a switchboard and the company's website.

Names are compared loosely, since a wrong difference costs a second record: without case, accents
and order, and a part of a name (an initial, one of several first names) is no difference.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence

from zsf_plugin.decision.search import PEOPLE
from zsf_plugin.decision.targets import first_real
from zsf_plugin.model import Compare, KeyPart, Plan, Record, RecordSearch, Step
from zsf_plugin.model.mailboxes import MailboxKind, mailbox_kind

_NAME_FIELDS = ("FirstName", "LastName")
#: What others than the person may have in a field that is compared so.
_SHARED: Mapping[Compare, MailboxKind] = {"domain": "role", "phone": "free_mail"}
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
    """The found records without those of another person who shares what was searched for."""
    # of the address that was searched for: a converted Lead's Contact may have another
    kinds = {_shared_by(part, part.value) for part in search.key}
    if plan.shared_mailbox == "connect" or search.object not in PEOPLE or kinds == {None}:
        return list(found)
    return [record for record in found if not _is_other(kinds, names_that_differ(plan, record))]


def _shared_by(part: KeyPart, value: object) -> MailboxKind | None:
    """Who may share that value of a person's match key, as for a mailbox: coworkers the website,
    and perhaps the number of a switchboard. None if it says nothing of it."""
    if not isinstance(value, str):
        return None
    return mailbox_kind(value) if part.compare == "email" else _SHARED.get(part.compare)


def _is_other(kinds: Collection[MailboxKind | None], differing: Sequence[str]) -> bool:
    """Whether a record in which these names differ is another person's: in a role's mailbox one
    name is enough, at a free-mail host both must differ."""
    if "personal" in kinds:
        return False
    if "role" in kinds:
        return bool(differing)
    return "free_mail" in kinds and len(differing) == len(_NAME_FIELDS)


def is_anothers(plan: Plan, record: Record, written: Collection[str]) -> bool:
    """Whether the record is another person's who shares a mailbox, number or website with the
    plan's, as its names show. `written` are the fields that we wrote last: a record that we named
    is the plan's."""
    if any(name in written for name in _NAME_FIELDS):
        return False
    kinds = set()
    for key in plan.targets[record.object].keys:
        for part in key:
            kinds.add(_shared_by(part, record.value_of(part.field)))
    return _is_other(kinds, names_that_differ(plan, record))


def difference_step(plan: Plan, search: RecordSearch, record: Record) -> tuple[Step, ...]:
    """The step for a record that is connected by an address, number or profile although its name
    differs; empty if it does not, or if it was found otherwise."""
    if search.object not in PEOPLE or all(part.compare == "text" for part in search.key):
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
