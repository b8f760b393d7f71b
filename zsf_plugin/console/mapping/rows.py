"""The rows of the mapping's tables: what fills each field, with a sample, its policy, who decides,
and what is wrong.

Pure: everything is handed in. What a draft makes of the rules is `drafts`'s; what may be chosen is
`picker`'s.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from zsf_plugin.console.console_rules import decided_for_some, lock_of
from zsf_plugin.console.mapping.drafts import (
    NEED,
    NEW,
    OBJECTS,
    OVERWRITES,
    Draft,
    PostedRow,
    drafted,
    with_console,
)
from zsf_plugin.console.mapping.fitting import is_ours, unfit
from zsf_plugin.console.mapping.samples import Sample, sample, shown
from zsf_plugin.console.telling.deciders import decides, short
from zsf_plugin.console.telling.sources import (
    CATALOGUE,
    FIXED_VALUE,
    Kind,
    Source,
    Words,
    words_for,
)
from zsf_plugin.decision.decide import decide
from zsf_plugin.decision.expressions import evaluate
from zsf_plugin.decision.merge import applies, for_everyone, merge
from zsf_plugin.model.describe import FieldDescribe, ObjectDescribe, OrgFacts
from zsf_plugin.model.event import Event
from zsf_plugin.model.plan import Plan
from zsf_plugin.model.rules import FieldRule, Mode, Overwrite, Rule, Rules

_ORDER = {source.path: place for place, source in enumerate(CATALOGUE)}


@dataclass(frozen=True, slots=True)
class MapRow:
    """One row. `key` is its name in the form; `field` the Salesforce field of now ("": none); `was`
    the saved policy.

    `locked` names the rule file that sets it; `some` tells files that decide for some; `problem`
    says what is wrong. `held` counts entries that wait for this field to be filled.
    """

    object: str
    key: str
    words: Words
    field: str
    describe: FieldDescribe | None
    overwrite: Overwrite
    was: Overwrite
    sample: Sample
    layer: str = ""
    problem: str = ""
    locked: str | None = None
    some: tuple[str, ...] = ()
    changed: bool = False
    held: int = 0
    posted: PostedRow | None = None
    rule: FieldRule | None = None

    @property
    def takes_values(self) -> bool:
        """Whether what Zaplify says can be translated for the field: a picklist that an expression
        fills."""
        return bool(
            self.rule
            and self.rule.sources
            and self.describe
            and self.describe.picklist
            and not self.locked
        )

    @property
    def is_need(self) -> bool:
        """Whether nothing fills the field, though Salesforce demands it."""
        return self.key.startswith(NEED)

    @property
    def is_new(self) -> bool:
        """Whether a person added the row, and no rule stands behind it yet."""
        return self.key.startswith(NEW)

    @property
    def name(self) -> str:
        """What the row's names in the form begin with."""
        return f"{self.object}.{self.key}"


@dataclass(frozen=True, slots=True)
class Table:
    """One object. `described` is False where the org was not read, or hides the object from the
    connected user."""

    object: str
    rows: tuple[MapRow, ...]
    fields: int
    described: bool

    @property
    def mapped(self) -> int:
        """How many fields are filled."""
        return sum(bool(row.field) and not row.is_need for row in self.rows)

    @property
    def empty(self) -> int:
        """How many fields Salesforce demands and nothing fills."""
        return sum(row.is_need and not row.changed for row in self.rows)


@dataclass(frozen=True, slots=True)
class Ground:
    """What the tables are made from: all rules, the org as read (None: not read), a prospect,
    entries held by field."""

    rules: Sequence[Rule]
    facts: OrgFacts | None = None
    event: Event | None = None
    held: Mapping[tuple[str, str], int] = field(default_factory=dict)
    known: Mapping[str, Source] = field(default_factory=dict)

    def describe(self, object_: str) -> ObjectDescribe | None:
        """The object's describe, where there is one."""
        return self.facts.describe(object_) if self.facts is not None else None


@dataclass(frozen=True, slots=True)
class Tables:
    """All tables, the mode with who decides on it, and what the draft changes."""

    mode: Mode
    mode_was: Mode
    mode_locked: str | None
    mode_some: tuple[str, ...]
    tables: tuple[Table, ...]
    changed: tuple[str, ...] = ()

    def table(self, object_: str) -> Table:
        """That object's table."""
        return next(table for table in self.tables if table.object == object_)

    @property
    def shown(self) -> tuple[Table, ...]:
        """The tables that the mode needs."""
        names = ("Lead",) if self.mode == "lead" else ("Contact", "Account")
        return tuple(self.table(name) for name in names)


def tables(ground: Ground, draft: Draft | None = None) -> Tables:
    """Everything the page shows, with a draft laid over what is saved."""
    draft = draft or Draft()
    taken = drafted(ground.rules, draft)
    saved = for_everyone(ground.rules)
    plan = _plan(ground, with_console(ground.rules, taken.document))
    lock = lock_of(ground.rules, "mode")
    mode = draft.mode if draft.mode is not None and lock is None else saved.mode
    made = tuple(_Maker(ground, saved, plan, draft, name).table() for name in OBJECTS)
    changed = [row.words.label for table in made for row in table.rows if row.changed]
    if mode != saved.mode:
        changed.insert(0, "Prospects become")
    some = tuple(decides(file, when) for file, when in decided_for_some(ground.rules, "mode"))
    return Tables(mode, saved.mode, lock, some, made, tuple(changed))


def _plan(ground: Ground, rules: Sequence[Rule]) -> Plan | None:
    """What the draft would ask for the prospect at hand."""
    if ground.event is None:
        return None
    scope = ground.event.scope
    return decide(ground.event, merge([rule for rule in rules if applies(rule, scope)]))


@dataclass(frozen=True, slots=True)
class _Maker:
    """Makes one object's table."""

    ground: Ground
    saved: Rules
    plan: Plan | None
    draft: Draft
    object: str

    def table(self) -> Table:
        describe = self.ground.describe(self.object)
        rows = [*self._mapped(), *self._only_some(), *self._needed(), *self._added()]
        ordered = sorted(rows, key=_place)
        return Table(
            self.object,
            tuple(ordered),
            len(describe.fields) if describe else 0,
            describe is not None,
        )

    def _mapped(self) -> Iterator[MapRow]:
        """What every prospect gets, and what was unmapped in the draft."""
        layers = {rule.file: rule.layer for rule in self.ground.rules}
        for rule in self.saved.fields.get(self.object, {}).values():
            locked = lock_of(self.ground.rules, "fields", self.object, rule.field)
            posted = None if locked else self._posted(rule.field)
            yield self._row(rule, posted, locked, layers.get(rule.origin, ""))

    def _row(
        self, rule: FieldRule, posted: PostedRow | None, locked: str | None, layer: str
    ) -> MapRow:
        words = words_for(rule, self.ground.known)
        to = posted.to if posted is not None else rule.field
        overwrite = (
            _policy(posted.overwrite, rule.overwrite) if posted is not None else rule.overwrite
        )
        changed = to.lower() != rule.field.lower() or overwrite != rule.overwrite
        translated = posted.translations if posted is not None else None
        if translated is not None:
            changed, rule = True, replace(rule, values=translated)
        return MapRow(
            object=self.object,
            key=rule.field,
            words=words,
            field=to,
            describe=self._field(to),
            overwrite=overwrite,
            was=rule.overwrite,
            sample=self._sample(to or rule.field),
            layer=layer,
            problem=self._problem(to, words.kind, is_default=layer == "shipped" and not changed)
            or self._missed(to, rule.field),
            locked=locked,
            some=self._deciders(rule.field),
            changed=changed,
            posted=posted,
            rule=rule,
        )

    def _only_some(self) -> Iterator[MapRow]:
        """Fields that a file fills for some prospects alone: told, and not to be changed here."""
        mapped = {name.lower() for name in self.saved.fields.get(self.object, {})}
        for rule in self.ground.rules:
            if rule.when is None or rule.layer in ("shipped", "console"):
                continue
            for one in merge([rule]).fields.get(self.object, {}).values():
                if one.field.lower() not in mapped:
                    mapped.add(one.field.lower())
                    yield self._row(one, None, rule.file, rule.layer)

    def _needed(self) -> Iterator[MapRow]:
        """What Salesforce demands on create and nothing fills. A default of the org's own fills
        it."""
        describe = self.ground.describe(self.object)
        filled = {name.lower() for name in self.saved.fields.get(self.object, {})}
        for one in describe.fields.values() if describe is not None else ():
            if one.required and one.name.lower() not in filled and not is_ours(one.name):
                yield self._need(one)

    def _need(self, one: FieldDescribe) -> MapRow:
        posted = self._posted(NEED + one.name)
        changed = posted is not None and posted.is_touched
        words = (
            _words_of(posted, self.ground.known)
            if changed and posted is not None
            else Words(one.label, "", None)
        )
        return MapRow(
            object=self.object,
            key=NEED + one.name,
            words=words,
            field=one.name,
            describe=one,
            overwrite=_policy(posted.overwrite if posted is not None else "", "if_blank"),
            was="if_blank",
            sample=self._sample(one.name) if changed else Sample(),
            problem=f"New {self.object}s would be refused",
            locked=lock_of(self.ground.rules, "fields", self.object, one.name),
            some=self._deciders(one.name),
            changed=changed,
            held=self.ground.held.get((self.object, one.name), 0),
            posted=posted,
        )

    def _added(self) -> Iterator[MapRow]:
        """Rows that a person added and did not save yet."""
        mine = (
            row for row in self.draft.rows if row.object == self.object and row.key.startswith(NEW)
        )
        yield from (self._new(posted) for posted in mine)

    def _new(self, posted: PostedRow) -> MapRow:
        words = _words_of(posted, self.ground.known)
        by_expression = posted.source and posted.fixed is None
        rule = (
            FieldRule(posted.to, (posted.source,), values=posted.translations)
            if by_expression
            else None
        )
        return MapRow(
            object=self.object,
            key=posted.key,
            words=words,
            field=posted.to,
            describe=self._field(posted.to),
            overwrite=_policy(posted.overwrite, "if_blank"),
            was="if_blank",
            sample=self._sample(posted.to) if posted.to else self._unfitted(posted),
            problem=self._problem(posted.to, words.kind),
            changed=posted.is_touched,
            posted=posted,
            rule=rule,
        )

    def _posted(self, key: str) -> PostedRow | None:
        mine = (row for row in self.draft.rows if row.object == self.object)
        return next((row for row in mine if row.key.lower() == key.lower()), None)

    def _field(self, name: str) -> FieldDescribe | None:
        describe = self.ground.describe(self.object)
        return describe.field(name) if describe is not None and name else None

    def _problem(self, name: str, kind: Kind | None, *, is_default: bool = False) -> str:
        """What is wrong with filling that field. That an org never had a field which we ship is
        nobody's fault."""
        describe = self.ground.describe(self.object)
        if describe is None or not name:
            return ""
        one = describe.field(name)
        if one is None:
            gone = describe.gone_since(name) is not None
            return "" if is_default and not gone else "Gone from Salesforce: choose another field"
        return unfit(kind, one) or ""

    def _missed(self, to: str, was: str) -> str:
        """What an unmapped field means where Salesforce demands it and no other row fills it."""
        one = self._field(was)
        others = {row.to.lower() for row in self.draft.rows if row.object == self.object}
        left = (
            one is not None
            and one.required
            and to.lower() != was.lower()
            and was.lower() not in others
        )
        return (
            f"{one.label} would be empty: new {self.object}s would be refused"
            if one is not None and left
            else ""
        )

    def _unfitted(self, posted: PostedRow) -> Sample:
        """The sample of a row that has no field yet."""
        if posted.fixed is not None or not posted.source or self.ground.event is None:
            return Sample(posted.fixed or "")
        value = evaluate(posted.source, self.ground.event.scope)
        return Sample("" if value is None else shown(value))

    def _deciders(self, name: str) -> tuple[str, ...]:
        found = decided_for_some(self.ground.rules, "fields", self.object, name)
        return tuple(decides(file, when) for file, when in found)

    def _sample(self, name: str) -> Sample:
        target = self.plan.targets.get(self.object) if self.plan is not None else None
        return (
            sample(target, self.ground.describe(self.object), name)
            if target is not None
            else Sample()
        )


def _place(row: MapRow) -> tuple[int, int, str]:
    """Empty required fields first, then what else is wrong; the others as people know them; new
    ones last."""
    if row.is_new:
        return (3, 0, row.key)
    first = 0 if row.is_need else 1 if row.problem and not row.locked else 2
    path = row.words.detail.split(", else ")[0].split("&&")[-1].strip()
    return (first, _ORDER.get(path, len(_ORDER)), "" if first == 2 else row.field)


def _policy(text: str, otherwise: Overwrite) -> Overwrite:
    return next((policy for policy in OVERWRITES if policy == text), otherwise)


def _words_of(posted: PostedRow, known: Mapping[str, Source]) -> Words:
    """What fills a row that has no rule yet."""
    if posted.fixed is not None:
        return (
            words_for(FieldRule("", value=posted.fixed))
            if posted.fixed
            else Words(FIXED_VALUE, "", None)
        )
    if not posted.source:
        return Words("New row", "", None)
    return words_for(FieldRule("", (posted.source,)), known)


def fields_filled(made: Table, but: str = "") -> Mapping[str, str]:
    """Why a field is not free for another row, by its API name in lower case. `but` is the row that
    asks."""
    refused: dict[str, str] = {}
    for row in made.rows:
        if row.key != but and row.field and not (row.is_need and not row.changed):
            why = (
                f"Set by {short(row.locked)}"
                if row.locked
                else f"Already filled by {row.words.label}"
            )
            refused[row.field.lower()] = why
    return refused
