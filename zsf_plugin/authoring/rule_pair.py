"""Two sets of rules, and what they do differently with an event. Pure.

Most fields are filled alike by both, and nothing else depends on what fills them: those are left
out before the event is decided, so that many events can be compared.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from itertools import islice

from zsf_plugin.authoring.differences import Difference, differences
from zsf_plugin.decision.admission import Admission, admit
from zsf_plugin.decision.decide import Decided, decide
from zsf_plugin.decision.expressions import is_plain_path
from zsf_plugin.model import ANY_CHANNEL, Event, FieldRule, MatchKey, Rules, SkipCode
from zsf_plugin.ports import RulesInForce

#: Merged rules that are remembered; with more, all are forgotten.
MAX_REMEMBERED = 1_000
#: What `decide` reads besides the fields of match keys: the names of a person, and of a company.
_COMPANY = "Account"
_READ: Mapping[str, set[str]] = {
    "Lead": {"firstname", "lastname"},
    "Contact": {"firstname", "lastname"},
    _COMPANY: {"name"},  # the last one, since it depends on the others
}

_OwnTable = dict[str, FieldRule]
_OwnTables = dict[str, _OwnTable]
_Table = Mapping[str, FieldRule]
_Tables = Mapping[str, _Table]
#: Names of fields in lower case, by object.
_Kept = Mapping[str, set[str]]


@dataclass(frozen=True, slots=True)
class Compared:
    """What two sets of rules do with an event: why each skips it, if it does, and all that they do
    differently."""

    skipped_by_a: SkipCode | None
    skipped_by_b: SkipCode | None
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class _Reduced:
    """Merged rules of both sides, without what both fill alike; `are_alike`: nothing is left.
    `originals` are kept, or others might get their identity."""

    a: Rules
    b: Rules
    are_alike: bool
    originals: tuple[Rules, Rules]


_Known = dict[tuple[int, int], _Reduced]


class RulePair:
    """Two sets of rules. For one thread."""

    def __init__(self, a: RulesInForce, b: RulesInForce) -> None:
        self.a = a
        self.b = b
        self._reduced: _Known = {}

    def compare(self, event: Event) -> Compared:
        """What they do with that event, if it arrived and were drained under each."""
        scope = event.scope
        reduced = self._reduce(self.a.rules_for(scope), self.b.rules_for(scope))
        by_a = admit(event, self.a.switches_for(scope))
        by_b = admit(event, self.b.switches_for(scope))
        if reduced.are_alike and by_a.skipped == by_b.skipped:
            return Compared(by_a.skipped, by_b.skipped, ())
        found = differences(_decided(reduced.a, by_a), _decided(reduced.b, by_b))
        return Compared(by_a.skipped, by_b.skipped, tuple(found))

    def _reduce(self, a: Rules, b: Rules) -> _Reduced:
        key = (id(a), id(b))
        if key not in self._reduced:
            self._remember(key, _reduced(a, b))
        return self._reduced[key]

    def _remember(self, key: tuple[int, int], reduced: _Reduced) -> None:
        if len(self._reduced) >= MAX_REMEMBERED:
            self._reduced.clear()
        self._reduced[key] = reduced


def _decided(rules: Rules, admitted: Admission) -> Decided:
    return Decided(rules, decide(admitted.event, rules), admitted.skipped)


def _reduced(a: Rules, b: Rules) -> _Reduced:
    kept = _needed_fields(a, b)
    are_alike = _content(a) == _content(b)
    return _Reduced(_left(a, b, kept), _left(b, a, kept), are_alike, (a, b))


def _left(rules: Rules, others: Rules, kept: _Kept) -> Rules:
    """The rules without the fields that the others fill alike, and with the match keys of objects
    of which fields are kept."""
    return replace(
        rules,
        fields=_fields_left(rules, others, kept),
        activities=_activities_left(rules, others),
        match=_match_of(rules, kept),
        shares_people=False,
    )


def _fields_left(rules: Rules, others: Rules, kept: _Kept) -> _OwnTables:
    return _without_equal(rules.fields, others.fields, kept)


def _activities_left(rules: Rules, others: Rules) -> _OwnTables:
    channels = {ANY_CHANNEL, *rules.activities, *others.activities}
    ours, theirs = (_every_channel(one, channels) for one in (rules, others))
    return _without_equal(ours, theirs, {})


def _match_of(rules: Rules, kept: Collection[str]) -> Mapping[str, tuple[MatchKey, ...]]:
    return {name: keys for name, keys in rules.match.items() if name in kept}


def _needed_fields(a: Rules, b: Rules) -> _Kept:
    """The fields that are kept though both fill them alike, in lower case, by object: if one of
    them differs, all that match keys and names are made of. The keys of a person may need to know
    whether there is a company."""
    found: dict[str, set[str]] = {}
    for object_, names in _READ.items():
        read = names | _in_match_keys(a, object_) | _in_match_keys(b, object_)
        if object_ == _COMPANY:
            is_changed = bool(found) or _fill(a, object_) != _fill(b, object_)
        else:
            is_changed = _fill(a, object_, read) != _fill(b, object_, read)
        if is_changed or a.match.get(object_) != b.match.get(object_):
            found[object_] = read
    return found


def _in_match_keys(rules: Rules, object_: str) -> set[str]:
    """The fields of the match keys of an object, in lower case."""
    return {part.field.lower() for key in rules.match.get(object_, ()) for part in key}


def _fill(rules: Rules, object_: str, names: Collection[str] | None = None) -> dict[str, str]:
    """What fills the fields of an object, or those of these names."""
    filled = _contents(rules.fields.get(object_, {}))
    return {name: filled[name] for name in filled if names is None or name in names}


def _every_channel(rules: Rules, channels: Collection[str]) -> dict[str, Mapping[str, FieldRule]]:
    """The fields of an activity by each of the channels, also of those without a table."""
    of_any = rules.activities.get(ANY_CHANNEL, {})
    return {channel: rules.activities.get(channel) or of_any for channel in channels}


def _without_equal(tables: _Tables, others: _Tables, kept: _Kept) -> _OwnTables:
    """The tables without the fields that the others fill alike, but for those in `kept`, and those
    whose expressions may cost so much that others give nothing."""
    return {
        name: _table_without_equal(table, others.get(name, {}), kept.get(name, ()))
        for name, table in tables.items()
    }


def _table_without_equal(table: _Table, others: _Table, kept: Collection[str]) -> _OwnTable:
    contents = _contents(others)
    left = {
        key: rule
        for key, rule in table.items()
        if key.lower() in kept or not _is_alike(rule, contents.get(key.lower()))
    }
    # an empty table of a channel would give way to that of every channel
    return left or dict(islice(table.items(), 1))


def _is_alike(rule: FieldRule, content: str | None) -> bool:
    return content == _field_content(rule) and all(map(is_plain_path, rule.sources))


def _content(rules: Rules) -> str:
    """The rules as text, without the files that they come from: 1 is not true there."""
    tables = [_contents_by_table(section) for section in (rules.fields, rules.activities)]
    return repr((tables, _without_tables(rules)))


def _without_tables(rules: Rules) -> Rules:
    """The settings alone, without where they come from."""
    return replace(rules, fields={}, activities={}, origins={}, undecided=())


def _contents_by_table(tables: _Tables) -> dict[str, list[tuple[str, str]]]:
    return {name: _in_order(table) for name, table in tables.items()}


def _in_order(table: _Table) -> list[tuple[str, str]]:
    return [(key, _field_content(table[key])) for key in sorted(table)]


def _contents(table: Mapping[str, FieldRule]) -> dict[str, str]:
    return {key.lower(): _field_content(rule) for key, rule in table.items()}


def _field_content(rule: FieldRule) -> str:
    return repr(replace(rule, origin=""))
