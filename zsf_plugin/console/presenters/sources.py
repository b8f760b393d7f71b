"""Zaplify's prospect fields: label, path and kind; and labels for a rule's sources.

Pure. `fitting` decides which Salesforce fields take which kind.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Literal

from zsf_plugin.console.labels import capital
from zsf_plugin.console.presenters.combining import (
    Choice,
    Combination,
    combination_of,
    is_plain,
    is_text,
    path_step,
    text_in,
)
from zsf_plugin.model import FieldRule, Json, JsonObject, table_in

#: The kind of a value, which decides the fields that can take it. None: unknown.
Kind = Literal["text", "email", "phone", "url", "number", "date", "yes_no"]

_PLAIN_PATH = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*")
#: `a && b` of plain paths: b, if a has a value.
_GUARDED = re.compile(rf"\s*({_PLAIN_PATH.pattern})\s*&&\s*({_PLAIN_PATH.pattern})\s*")
#: A shipped function of one field.
_CALLED = re.compile(rf"\s*([a-z_]+)\(\s*({_PLAIN_PATH.pattern})\s*\)\s*")
#: What a shipped function makes of a field, in words.
_FUNCTIONS = {"html_text": "{}", "lower": "{} in lower case", "domain": "{}, its domain"}
#: An expression that reads one key of a prospect's `custom` and nothing else.
_CUSTOM_PATH = re.compile(
    r'prospect\.custom\.(?:[A-Za-z_][A-Za-z0-9_]{0,199}|"(?:[^"\\]|\\.){1,400}")'
)
_NO_WORD = re.compile(r"[_\W]+")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ].*)?")
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[A-Za-z]{2,}")
_ADDRESS = re.compile(r"https?://\S+", re.IGNORECASE)
CUSTOM = "prospect.custom."
FIXED_VALUE = "Fixed value"
#: Between a field's sources: the first with a value fills it.
_ELSE = ", else "
#: Between the fields that are joined.
_AND = " + "


@dataclass(frozen=True, slots=True)
class Source:
    """A Zaplify field: its label, the expression that reads it, and the kind of its values."""

    label: str
    path: str
    kind: Kind | None


#: All fields of a purchase in the schemas, in the order of the page.
CATALOGUE = (
    Source("First name", "prospect.first_name", "text"),
    Source("Last name", "prospect.last_name", "text"),
    Source("E-mail", "prospect.email", "email"),
    Source("Phone", "prospect.phone", "phone"),
    Source("Job title", "prospect.title", "text"),
    Source("LinkedIn profile", "prospect.linkedin_url", "url"),
    Source("City", "prospect.location.city", "text"),
    Source("Region", "prospect.location.region", "text"),
    Source("Country", "prospect.location.country", "text"),
    Source("Country code", "prospect.location.country_code", "text"),
    Source("Company name", "prospect.company.name", "text"),
    Source("Web domain", "prospect.company.domain", "url"),
    Source("Website", "prospect.company.website", "url"),
    Source("Company LinkedIn page", "prospect.company.linkedin_url", "url"),
    Source("Industry", "prospect.company.industry", "text"),
    Source("Employees", "prospect.company.employees", "number"),
    Source("Company phone", "prospect.company.phone", "phone"),
    Source("Company street", "prospect.company.address.street", "text"),
    Source("Company city", "prospect.company.address.city", "text"),
    Source("Company region", "prospect.company.address.region", "text"),
    Source("Company postal code", "prospect.company.address.postal_code", "text"),
    Source("Company country", "prospect.company.address.country", "text"),
    Source("Company ID in Zaplify", "prospect.company.id", "text"),
    Source("Prospect ID in Zaplify", "prospect.id", "text"),
    Source("Purchased on", "occurred_at", "date"),
    Source("Purchased by: name", "user.name", "text"),
    Source("Purchased by: e-mail", "user.email", "email"),
    Source("Purchased by: ID in Zaplify", "user.id", "text"),
)
#: The fields of a touchpoint in the schemas, which only activities can be filled with.
TOUCHPOINT_FIELDS = (
    Source("Subject", "touchpoint.subject", "text"),
    Source("Message text", "touchpoint.content.text", "text"),
    Source("Message as HTML", "touchpoint.content.html", "text"),
    Source("Step", "touchpoint.step", "text"),
    Source("Campaign name", "touchpoint.campaign.name", "text"),
    Source("Campaign ID in Zaplify", "touchpoint.campaign.id", "text"),
    Source("Sent on", "touchpoint.sent_at", "date"),
    Source("Link to the touchpoint", "touchpoint.url", "url"),
    Source("Channel", "touchpoint.channel", "text"),
    Source("Touchpoint ID in Zaplify", "touchpoint.id", "text"),
)
_BY_PATH = {source.path: source for source in (*CATALOGUE, *TOUCHPOINT_FIELDS)}


@dataclass(frozen=True, slots=True)
class Words:
    """What fills a field: a label, the rule's own text, and the kind of its values. `is_value`: the
    text is a fixed value; `is_combined`: it names texts and fields that are combined; `is_code`: it
    is an expression that the label does not cover."""

    label: str
    detail: str
    kind: Kind | None
    is_value: bool = False
    is_combined: bool = False
    is_code: bool = False

    @property
    def says_more(self) -> bool:
        """Whether the detail says in words what the label leaves out."""
        return self.is_value or (self.is_combined and self.detail != self.label)

    @property
    def name(self) -> str:
        """Its name beside other rows: a fixed value itself, else the label."""
        return self.detail if self.is_value and self.detail else self.label


def catalogue(scopes: Iterable[JsonObject] = ()) -> tuple[Source, ...]:
    """All fields that can be mapped: those of the schemas, then those under `custom` in recent
    prospects."""
    found: dict[str, Source] = {}
    for source in chain.from_iterable(map(_custom, scopes)):
        if source.path not in found or found[source.path].kind is None:
            found[source.path] = source
    return (*CATALOGUE, *sorted(found.values(), key=lambda source: source.label.casefold()))


def source_at(path: str) -> Source | None:
    """The field that a plain path reads; one under `custom` is named by its key."""
    known = _BY_PATH.get(path)
    if known or not (path.startswith(CUSTOM) and _PLAIN_PATH.fullmatch(path)):
        return known
    return Source(_label(path.removeprefix(CUSTOM)), path, None)


def place_in_words(pointer: str) -> str:
    """The place of a value in an event: `/prospect/email` → `E-mail`, `/touchpoint/sent_at` → `Sent
    at`."""
    source = source_at(pointer.removeprefix("/").replace("/", "."))
    if source is not None:
        return source.label
    keys = [part for part in pointer.split("/") if part and not part.isdigit()]
    return (keys or ["the call"])[-1].replace("_", " ").capitalize()


def is_field(path: str) -> bool:
    """Whether a path reads one field of a prospect or a touchpoint. A form accepts nothing else:
    other expressions are for rule files, whose authors run the sync."""
    return path in _BY_PATH or _CUSTOM_PATH.fullmatch(path) is not None


def path_read(expression: str) -> str:
    """The path that an expression reads: b of `a && b`, else the whole expression."""
    guarded = _GUARDED.fullmatch(expression)
    return guarded[2] if guarded else expression


def words_for(rule: FieldRule, known: Mapping[str, Source] | None = None) -> Words:
    """The label of a rule's sources: a field, several ("Last name, else First name"), a fixed
    value, or an expression.

    `known` are fields by path, with kinds seen in data.
    """
    if rule.value is None and rule.sources:
        return _reading(rule, known or {})
    value = rule.default if rule.value is None else rule.value
    return Words(FIXED_VALUE, quoted(value), kind_of(value), is_value=True)


def _reading(rule: FieldRule, known: Mapping[str, Source]) -> Words:
    """The label of the fields that a rule reads."""
    combination = combination_of(rule)
    if combination is not None and not is_plain(combination):
        return _combined(combination, known)
    guarded = _GUARDED.fullmatch(rule.sources[0]) if len(rule.sources) == 1 else None
    if guarded and is_field(guarded[1]) and is_field(guarded[2]) and rule.default is None:
        condition, source = _source(guarded[1], known), _source(guarded[2], known)
        detail = f"{source.label}, if {condition.label} has a value"
        return Words(source.label, detail, source.kind, is_combined=True)
    sources = [_source(text, known) for text in rule.sources]
    labels = dict.fromkeys(source.label for source in sources)
    default = [] if rule.default is None else [quoted(rule.default)]
    detail = _ELSE.join([*rule.sources, *default])
    is_code = bool(default) or not all(map(is_field, rule.sources))
    return Words(_ELSE.join(labels), detail, _common_kind(sources), is_code=is_code)


def _common_kind(sources: Iterable[Source]) -> Kind | None:
    kinds = {source.kind for source in sources}
    return kinds.pop() if len(kinds) == 1 else None


def _combined(combination: Combination, known: Mapping[str, Source]) -> Words:
    """The label of a combination: its fields. Its detail has the texts too."""
    choices = [choice for choice in combination if not is_text(choice)]
    labels = dict.fromkeys(_fields_in(choice, known) for choice in choices)
    detail = _ELSE.join(_choice_words(choice, known) for choice in combination)
    sources = [_source(part.path, known) for choice in choices for part in choice if part.path]
    is_joined = any(len(choice) > 1 or choice[0].text for choice in choices)
    kind: Kind | None = "text" if is_joined else _common_kind(sources)
    return Words(_ELSE.join(labels) or FIXED_VALUE, detail, kind, is_combined=True)


def _fields_in(choice: Choice, known: Mapping[str, Source]) -> str:
    """`First name + Last name`."""
    return _AND.join(_source(part.path, known).label for part in choice if part.path)


def _choice_words(choice: Choice, known: Mapping[str, Source]) -> str:
    """`“E-mail: ” + Subject`; blanks between fields go unsaid."""
    if is_text(choice):
        return quoted(text_in(choice))
    words: list[str] = []
    for part in choice:
        words += [quoted(part.text)] if part.text.strip() else []
        words += [_source(part.path, known).label] if part.path else []
    return _AND.join(words)


def _source(text: str, known: Mapping[str, Source]) -> Source:
    """The source that an expression reads."""
    path = path_read(text)
    return known.get(path) or source_at(path) or _called(text) or Source("Expression", text, None)


def _called(text: str) -> Source | None:
    """The field that a shipped function is called with; None for another expression."""
    called = _CALLED.fullmatch(text)
    source = source_at(called[2]) if called else None
    if called is None or source is None or called[1] not in _FUNCTIONS:
        return None
    return Source(_FUNCTIONS[called[1]].format(source.label), text, None)


def kind_of(value: Json) -> Kind | None:
    """The kind of a value; None for no value, a list or a table."""
    if isinstance(value, bool):
        return "yes_no"
    if isinstance(value, (int, float)):
        return "number"
    return _kind_of_text(value.strip()) if isinstance(value, str) else None


def _kind_of_text(text: str) -> Kind | None:
    kinds = (kind for kind, pattern in _SHAPES if pattern.fullmatch(text))
    return next(kinds, None)


_SHAPES: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("email", _EMAIL),
    ("url", _ADDRESS),
    ("date", _DATE),
    ("text", re.compile(".+", re.DOTALL)),
)


def quoted(value: Json) -> str:
    """A value between typographic quotes; booleans as Yes and No."""
    return f"“{'Yes' if value is True else 'No' if value is False else value}”"


def _custom(scope: JsonObject) -> Iterator[Source]:
    """The fields under `custom` with a single value."""
    for key, value in table_in(table_in(scope, "prospect"), "custom").items():
        path = CUSTOM + path_step(key)
        if is_field(path) and not isinstance(value, (Mapping, list)):
            yield Source(_label(key), path, kind_of(value))


def _label(key: str) -> str:
    """`lead_score` → `Lead score`."""
    return capital(_NO_WORD.sub(" ", key).strip() or key)
