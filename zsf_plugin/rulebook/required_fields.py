"""Required fields of the org that rules leave empty, for every event or for those that rules with
a `when` apply to. Pure.

Rules that no event meets together count for nothing: what is found was seen on an example event,
under all rules that apply to it. Nothing is said that is not so; where no example is found for a
condition, what its rule leaves empty is not seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice, product
from typing import NamedTuple

from zsf_plugin.decision.expressions import places_read
from zsf_plugin.decision.merge import applies
from zsf_plugin.model import Json, JsonObject, OrgFacts, Rule, field_entries
from zsf_plugin.rulebook.effect import SettingPath, path_of_field, paths_left
from zsf_plugin.rulebook.example_events import ExampleEvents
from zsf_plugin.rulebook.lines import Path
from zsf_plugin.rulebook.pointless_expressions import event_of_schemas

#: Sets of rules for which examples are tried; each takes about 10 ms with 500 conditions.
MAX_TRIED = 50
#: Pairs of rules of which one decides what is created, and the other unmaps a field of it.
MAX_PAIRS = 500
#: Filled by the sync itself, on the objects that have them.
_FILLED_BY_THE_SYNC = frozenset({"OwnerId", "AccountId", "WhoId", "WhatId", "Status"})
_PURCHASE: JsonObject = {
    "event_id": "1",
    "occurred_at": "2026-01-01T00:00:00Z",
    "prospect": {"id": "1"},
    "user": {"id": "1"},
}
_TOUCHPOINT: JsonObject = {**_PURCHASE, "touchpoint": {"id": "1", "channel": "other"}}
_MODE = ("mode",)
_SYNC_PROSPECTS = ("switches", "sync_prospects")
_SYNC_ACTIVITIES = ("switches", "sync_activities")
#: The length of the path of a field's setting.
_FIELD_DEPTH = 3
#: What decides which objects are created.
_DECIDING: tuple[SettingPath, ...] = (_MODE, _SYNC_PROSPECTS, _SYNC_ACTIVITIES)


class Setting(NamedTuple):
    """What a rule says at a path of its own."""

    rule: Rule
    path: Path
    value: Json


class Gap(NamedTuple):
    """A required field, by its object, that is empty for some event."""

    object: str
    field: str


class Unfilled(NamedTuple):
    """A gap, and what leaves it: a setting of a rule, or None if none mentions the field. `files`
    are the rules for whose events it is so; with `is_elsewhere`, for those of all others."""

    gap: Gap
    by: Setting | None
    files: tuple[str, ...] = ()
    is_elsewhere: bool = False


_Settings = Mapping[SettingPath, Setting]
#: Stands for a setting that no rule sets.
_UNSET = Setting(Rule("", "shipped", {}), (), None)


def unfilled_fields(rules: Sequence[Rule], facts: OrgFacts, workspace: str) -> Iterator[Unfilled]:
    """The required fields that those rules of a workspace, low to high, leave empty, each with
    each place that does."""
    always = [replace(rule, when=None) if _is_of_workspace(rule) else rule for rule in rules]
    for event in (_PURCHASE, _TOUCHPOINT):
        objects = ("Task",) if event is _TOUCHPOINT else ("Lead", "Contact", "Account")
        needed = {name: needs for name in objects if (needs := _needed(facts, name))}
        if needed:
            yield from _Search(always, needed, {**event, "workspace": workspace}).found()


def _is_of_workspace(rule: Rule) -> bool:
    """Whether the condition reads nothing else, so that it is the same for every event."""
    return rule.when is not None and places_read(rule.when) <= {("workspace",)}


def _needed(facts: OrgFacts, object_: str) -> dict[str, str]:
    """The required fields of the object that rules have to fill, by their name in lower case."""
    describe = facts.describes.get(object_)
    fields = () if describe is None else describe.required_fields
    names = [field.name for field in fields if field.name not in _FILLED_BY_THE_SYNC]
    return {name.lower(): name for name in names}


class _Search:
    """The search for gaps among the events that are like one. Of each rule only those settings are
    known that matter, and that no later rule sets for every event."""

    def __init__(
        self, rules: Sequence[Rule], needed: Mapping[str, Mapping[str, str]], event: JsonObject
    ) -> None:
        left = zip(rules, paths_left(rules), strict=True)
        known = [(rule, _settings_of(rule, needed, paths)) for rule, paths in left]
        self._needed = needed
        self._event = event
        self._examples = ExampleEvents(event, event_of_schemas())
        self._base: dict[SettingPath, Setting] = {}
        for rule, own in known:
            if rule.when is None:
                self._base |= own
        self._some = [(rule, own) for rule, own in known if rule.when is not None and own]

    def found(self) -> Iterator[Unfilled]:
        """Each gap that an example event shows, with what leaves it."""
        seen: set[tuple[Gap, Path, str]] = set()
        for chosen in islice(self._suspect_sets(), MAX_TRIED):
            for event in self._events_for(chosen):
                for unfilled in self._unfilled_for(event):
                    by = unfilled.by
                    place = (unfilled.gap, by.path if by else (), by.rule.file if by else "")
                    if place not in seen:
                        seen.add(place)
                        yield unfilled

    def _suspect_sets(self) -> Iterator[tuple[int, ...]]:
        """The sets of rules with a `when` that may leave a gap, by their place among those: none,
        each, pairs of which one decides what is created, and all."""
        known = {*self._gaps(self._base)}
        if known:
            yield ()
        every = tuple(range(len(self._some)))
        singles = ((at,) for at in every)
        for chosen in (*singles, *islice(self._pairs(), MAX_PAIRS), every):
            if not known.issuperset(self._gaps(self._with(chosen))):
                yield chosen

    def _pairs(self) -> Iterator[tuple[int, ...]]:
        """Each rule that decides what is created, with each that unmaps a field."""
        numbered = [*enumerate(own for _, own in self._some)]
        deciding = [at for at, own in numbered if not own.keys().isdisjoint(_DECIDING)]
        unmapping = [at for at, own in numbered if not all(map(_fills, own.values()))]
        for pair in product(deciding, unmapping):
            if pair[0] != pair[1]:
                yield tuple(sorted(pair))

    def _events_for(self, chosen: Sequence[int]) -> Iterator[JsonObject]:
        """Examples of events that those rules apply to: with next to nothing in them, and such as
        the other conditions are false for."""
        wanted = [str(self._some[at][0].when) for at in chosen]
        others = [str(rule.when) for at, (rule, _) in enumerate(self._some) if at not in chosen]
        for unwanted in ([], others):
            event = self._examples.for_conditions(unwanted, self._event, wanted=False)
            yield self._examples.for_conditions(wanted, event, wanted=True)

    def _unfilled_for(self, event: JsonObject) -> Iterator[Unfilled]:
        """The gaps of an event, under all rules that apply to it."""
        numbered = enumerate(self._some)
        settings = self._with([at for at, (rule, _) in numbered if applies(rule, event)])
        for gap in self._gaps(settings):
            yield self._explained(gap, settings)

    def _explained(self, gap: Gap, settings: _Settings) -> Unfilled:
        """The gap with what leaves it under those settings."""
        unmapping = [one for one in _entries_for(gap, settings) if one.rule.layer != "shipped"]
        deciding = [settings[path] for path in _DECIDING if self._is_changed(path, settings)]
        parts = [one for one in (*unmapping, *deciding) if one.rule.when is not None]
        if parts:
            return Unfilled(gap, parts[0], _files_of([one.rule for one in parts]))
        filling = [rule for rule, own in self._some if any(map(_fills, _entries_for(gap, own)))]
        if not filling:
            return Unfilled(gap, unmapping[0] if unmapping else None)
        condition = Setting(filling[0], ("when",), filling[0].when)
        by = unmapping[0] if unmapping else condition
        return Unfilled(gap, by, _files_of(filling), is_elsewhere=True)

    def _is_changed(self, path: SettingPath, settings: _Settings) -> bool:
        return settings.get(path, _UNSET).value != self._base.get(path, _UNSET).value

    def _with(self, chosen: Sequence[int]) -> _Settings:
        """The settings where those rules apply too."""
        settings = dict(self._base)
        for at in chosen:
            settings |= self._some[at][1]
        return settings

    def _gaps(self, settings: _Settings) -> list[Gap]:
        """The required fields of what is created that are empty."""
        filled = {_field_at(path) for path, one in settings.items() if _fills(one)}
        gaps = []
        for object_ in _created(settings):
            for lowered, name in self._needed.get(object_, {}).items():
                if (object_, lowered) not in filled:
                    gaps.append(Gap(object_, name))
        return gaps


def _settings_of(
    rule: Rule, needed: Mapping[str, Mapping[str, str]], paths: frozenset[SettingPath]
) -> _Settings:
    """The rule's settings at those of the paths that matter."""
    found: dict[SettingPath, Setting] = {}
    for path in _DECIDING:
        if path in paths:
            found[path] = Setting(rule, path, _value_at(rule.document, path))
    for own, entry in field_entries(rule.document):
        path = path_of_field(*own)
        object_, name = _field_at(path)
        if path in paths and name in needed.get(object_, {}):
            found[path] = Setting(rule, own, entry)
    return found


def _value_at(document: Json, path: SettingPath) -> Json:
    for name in path:
        document = document.get(name) if isinstance(document, dict) else None
    return document


def _field_at(path: SettingPath) -> tuple[str, str]:
    """The object and field of a field's setting; neither for any other."""
    if len(path) != _FIELD_DEPTH:
        return "", ""
    return ("Task" if path[0] == "activity" else path[1]), path[2]


def _fills(setting: Setting) -> bool:
    return setting.value is not False


def _entries_for(gap: Gap, settings: _Settings) -> list[Setting]:
    """What the settings say of the field."""
    wanted = (gap.object, gap.field.lower())
    return [one for path, one in settings.items() if _field_at(path) == wanted]


def _created(settings: _Settings) -> list[str]:
    """The objects that are created under those settings, in the order of the sync."""
    objects: list[str] = []
    if settings.get(_SYNC_PROSPECTS, _UNSET).value is not False:
        mode = settings.get(_MODE, _UNSET).value
        objects += ["Contact", "Account"] if mode == "contact" else ["Lead"]
    if settings.get(_SYNC_ACTIVITIES, _UNSET).value is not False:
        objects.append("Task")
    return objects


def _files_of(rules: Sequence[Rule]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(rule.file for rule in rules))
