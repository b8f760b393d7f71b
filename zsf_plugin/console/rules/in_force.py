"""The rules in force, key by key: the value, what set it, what it overrode, and what is wrong with
it; and the rules that apply to some events only. Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from zsf_plugin.console.labels import Labels, plural
from zsf_plugin.console.presenters.deciders import Decider, decider, short
from zsf_plugin.console.rules.setters import Setter, Setters, setters_of
from zsf_plugin.console.rules.setting_words import (
    EVERY_CHANNEL,
    SettingWords,
    group_of,
    title_of,
    words_of,
)
from zsf_plugin.decision.merge import Setting, SettingPath, settings_by_layer
from zsf_plugin.model import Rule
from zsf_plugin.ports import HistoryLine
from zsf_plugin.rulebook import Finding

#: Groups that are short, and show what most people look for.
_UNFOLDED = ("What is synced", "Matching")
_FIRST = ("What is synced", "Matching", "Lead", "Contact", "Account", EVERY_CHANNEL)
_LAST = ("Owner", "API limits")
_PLACES = {title: place for place, title in enumerate((*_FIRST, "", *_LAST))}
#: The sections with a table for each object or channel, which is the group.
_TABLES = ("fields", "activity")
_INHERITED = "Filled for every channel that does not set them itself."
#: Findings shown of a rule for some events.
_MAX_FINDINGS = 20
#: Keys shown of a rule for some events, and of all such rules together, as far as each shows its
#: first ones: a rule may fill every field of an org.
_MAX_KEYS, _MAX_KEYS_OF_ALL, _MIN_KEYS = 30, 300, 3
#: Rules named at a key that they decide for some.
_MAX_DECIDERS = 5
#: The number of keys in a setting's path, by section; 2 in any other.
_DEPTHS = {"mode": 1, "fields": 3, "activity": 3}


@dataclass(frozen=True, slots=True)
class SetValue:
    """A value that one rule gives a key, and what set it."""

    value: SettingWords
    by: Setter

    @property
    def searched(self) -> str:
        """What a filter looks in."""
        return f"{self.value.text}\n{self.value.code}\n{self.by.words}"


@dataclass(frozen=True, slots=True)
class KeyRow:
    """One key: the value in force, those that it overrode, the last one first, the rules that
    decide for some, and the findings about it."""

    path: SettingPath
    title: str
    now: SetValue
    was: tuple[SetValue, ...] = ()
    some: tuple[Decider, ...] = ()
    findings: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The key as rule files have it, without its table if the group names that."""
        return self.path[-1] if self.path[0] in _TABLES else ".".join(self.path)

    @property
    def searched(self) -> str:
        """What a filter looks in."""
        values = (one.searched for one in (self.now, *self.was))
        some = (one.text for one in self.some)
        return "\n".join([self.title, ".".join(self.path), *values, *some, *self.findings])


@dataclass(frozen=True, slots=True)
class KeyGroup:
    """The keys of a section or an object."""

    title: str
    rows: tuple[KeyRow, ...]

    @property
    def summary(self) -> str:
        """`14 keys, 3 not as shipped`."""
        keys, own = plural(len(self.rows), "key", "keys"), self.not_as_shipped
        return f"{keys}, {own} not as shipped" if own else keys

    @property
    def not_as_shipped(self) -> int:
        """How many of its keys a file or a person set."""
        return sum(not row.now.by.is_default for row in self.rows)

    def filtered(self, wanted: Iterable[str]) -> KeyGroup:
        """Only the keys in which each of the words occurs."""
        return KeyGroup(self.title, tuple(row for row in self.rows if _has(row.searched, wanted)))

    @property
    def hint(self) -> str:
        """What its title leaves open."""
        return _INHERITED if self.title == EVERY_CHANNEL else ""

    @property
    def findings(self) -> int:
        """How many findings are about its keys."""
        return sum(len(row.findings) for row in self.rows)

    @property
    def is_open(self) -> bool:
        """Whether it is shown unfolded."""
        return self.title in _UNFOLDED or self.findings > 0


@dataclass(frozen=True, slots=True)
class ConditionalRule:
    """A rule that applies to some events only, with what it sets for them; of many keys, the first
    `max_shown` are put into words. `label` names the fields of the org."""

    name: str
    file: str
    applies: Decider
    settings: tuple[tuple[SettingPath, Setting], ...]
    label: Labels
    max_shown: int
    findings: tuple[str, ...] = ()

    @property
    def sets(self) -> list[tuple[str, SettingWords]]:
        """The shown keys, each with its value."""
        return [self._words_of(*one) for one in self.settings[: self.max_shown]]

    @property
    def is_cut(self) -> bool:
        """Whether it has more keys than are shown."""
        return len(self.settings) > self.max_shown

    def _words_of(self, path: SettingPath, setting: Setting) -> tuple[str, SettingWords]:
        title = f"{group_of(path)}: {title_of(path, self.label)}"
        return title, words_of(path, setting, self.label)

    def filtered(self, wanted: Sequence[str]) -> ConditionalRule | None:
        """It with those of its keys in which each of the words occurs, with all if they occur in
        it only together; None if they do not."""
        texts = [_searched_of(*self._words_of(*one)) for one in self.settings]
        about = (self.name, self.file, self.applies.text, self.applies.expression)
        if not _has("\n".join([*about, *self.findings, *texts]), wanted):
            return None
        pairs = zip(self.settings, texts, strict=True)
        found = tuple(one for one, text in pairs if _has(text, wanted))
        return replace(self, settings=found or self.settings)


def _searched_of(title: str, value: SettingWords) -> str:
    """What a filter looks in, of a key that a rule sets."""
    return f"{title} {value.text} {value.code}"


@dataclass(frozen=True, slots=True)
class RulesView:
    """The rules in force as the page shows them. `beside` are the findings that stand beside the
    keys; `warnings` those that are about no key, and that no notice shows."""

    groups: tuple[KeyGroup, ...]
    conditional: tuple[ConditionalRule, ...]
    beside: frozenset[Finding]
    warnings: tuple[str, ...]

    def filtered(self, words: str) -> RulesView:
        """Only the keys and rules in which each of the words occurs."""
        wanted = words.casefold().split()
        if not wanted:
            return self
        groups = (group.filtered(wanted) for group in self.groups)
        found = (one.filtered(wanted) for one in self.conditional)
        shown = tuple(group for group in groups if group.rows)
        return replace(self, groups=shown, conditional=tuple(filter(None, found)))

    def only(self, file: str) -> RulesView:
        """Only the rule of that file, if it is one for some events, with all its keys."""
        of_file = (one for one in self.conditional if one.file == file)
        found = (replace(one, max_shown=len(one.settings)) for one in of_file)
        return replace(self, groups=(), conditional=tuple(found))

    @property
    def keys(self) -> int:
        """The number of keys."""
        return sum(len(group.rows) for group in self.groups)


def _has(text: str, wanted: Iterable[str]) -> bool:
    folded = text.casefold()
    return all(word in folded for word in wanted)


def rules_view(
    rules: Sequence[Rule],
    history: Sequence[HistoryLine],
    findings: Sequence[Finding],
    label: Labels,
) -> RulesView:
    """Those rules, low to high. `history` is newest first, `label` names the fields of the org."""
    every = settings_by_layer([rule for rule in rules if rule.when is None])
    conditional = [rule for rule in rules if rule.when is not None]
    about = sort_findings(findings, every, {rule.file for rule in conditional})
    known = _Known(setters_of(rules, history), _deciders(conditional), about, label)
    rows = [known.row(path, layers) for path, layers in every.items()]
    most = max(_MIN_KEYS, min(_MAX_KEYS, _MAX_KEYS_OF_ALL // max(len(conditional), 1)))
    shown = tuple(_conditional(rule, about, label, most) for rule in conditional)
    return RulesView(tuple(_grouped(rows)), shown, about.beside, about.warnings)


@dataclass(frozen=True, slots=True)
class _Known:
    """What the row of a key is made of, besides its values."""

    setters: Setters
    deciders: Mapping[SettingPath, Sequence[Decider]]
    findings: SortedFindings
    label: Labels

    def row(self, path: SettingPath, layers: Sequence[Setting]) -> KeyRow:
        now, *was = [self._value(path, one) for one in reversed(layers)]
        some, beside = self._some(path), self._beside(path)
        return KeyRow(path, title_of(path, self.label), now, tuple(was), some, beside)

    def _value(self, path: SettingPath, one: Setting) -> SetValue:
        return SetValue(words_of(path, one, self.label), self.setters.of(path, one.file))

    def _some(self, path: SettingPath) -> tuple[Decider, ...]:
        """The first rules that decide for some, and how many more there are."""
        found = self.deciders.get(_folded(path), ())
        more = len(found) - _MAX_DECIDERS
        also = (Decider(f"{plural(more, 'more rule decides', 'more rules decide')} for some."),)
        return (*found[:_MAX_DECIDERS], *(also if more > 0 else ()))

    def _beside(self, path: SettingPath) -> tuple[str, ...]:
        return tuple(map(_finding_text, self.findings.by_key.get(_folded(path), ())))


@dataclass(frozen=True, slots=True)
class SortedFindings:
    """Findings by what they are about: a key in force, a rule with a condition, neither."""

    by_key: Mapping[SettingPath, Sequence[Finding]]
    by_file: Mapping[str, Sequence[Finding]]
    others: Sequence[Finding]

    @property
    def beside(self) -> frozenset[Finding]:
        """Those about a key or a rule with a condition."""
        return frozenset(chain(*self.by_key.values(), *self.by_file.values()))

    @property
    def warnings(self) -> tuple[str, ...]:
        """The warnings among the others, which no notice shows."""
        return tuple(_finding_text(one) for one in self.others if one.severity == "warning")


def sort_findings(
    findings: Iterable[Finding], paths: Iterable[SettingPath], conditional: Collection[str]
) -> SortedFindings:
    """The findings, sorted by the keys in force and the files of rules with a condition."""
    known = {_folded(path) for path in paths}
    by_key: dict[SettingPath, list[Finding]] = {}
    by_file: dict[str, list[Finding]] = {}
    others = []
    for one in findings:
        key = key_at(one.pointer)
        if one.file in conditional:
            by_file.setdefault(one.file, []).append(one)
        elif key in known:
            by_key.setdefault(key, []).append(one)
        else:
            others.append(one)
    return SortedFindings(by_key, by_file, others)


def key_at(pointer: str) -> SettingPath:
    """The path of the key that a JSON pointer is in, without a difference between spellings."""
    parts = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]
    depth = _DEPTHS.get(parts[0], 2) if parts else 0
    return _folded(parts[:depth])


def _folded(path: Iterable[str]) -> SettingPath:
    return tuple(part.casefold() for part in path)


def _finding_text(finding: Finding) -> str:
    """`10-eu.toml, line 3: nothing fills Lead.Level__c`."""
    line = f", line {finding.line}" if finding.line else ""
    return f"{short(finding.file)}{line}: {finding.message}"


def _deciders(rules: Iterable[Rule]) -> dict[SettingPath, list[Decider]]:
    """By key, the rules that decide it for some."""
    found: dict[SettingPath, list[Decider]] = {}
    for rule in rules:
        decides = decider(rule.file, "decides", rule.when or "")
        for path in settings_by_layer([rule]):
            found.setdefault(_folded(path), []).append(decides)
    return found


def _conditional(
    rule: Rule, findings: SortedFindings, label: Labels, max_shown: int
) -> ConditionalRule:
    layers = settings_by_layer([rule])
    settings = tuple((path, values[-1]) for path, values in layers.items())
    about = _first_findings(findings.by_file.get(rule.file, ()))
    applies = decider(rule.file, "applies", rule.when or "")
    return ConditionalRule(rule.name, rule.file, applies, settings, label, max_shown, about)


def _first_findings(findings: Sequence[Finding]) -> tuple[str, ...]:
    """The first of them, and how many more there are."""
    found = [*map(_finding_text, findings[:_MAX_FINDINGS])]
    more = len(findings) - _MAX_FINDINGS
    return (*found, f"{more} more: see `zsf rules check`") if more > 0 else tuple(found)


def _grouped(rows: Sequence[KeyRow]) -> Iterator[KeyGroup]:
    groups: dict[str, list[KeyRow]] = {}
    for row in rows:
        groups.setdefault(group_of(row.path), []).append(row)
    for title in sorted(groups, key=_place_of):
        yield KeyGroup(title, tuple(groups[title]))


def _place_of(title: str) -> int:
    """Where a group is shown; those in between stay in their order."""
    return _PLACES.get(title, len(_FIRST))
