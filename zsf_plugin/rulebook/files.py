"""One rule file: read, parsed and checked, with its expressions. All findings are reported at once,
each with its place.

`rulebook` decides which files are read and how their rules are combined.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from itertools import islice, starmap
from pathlib import Path
from typing import Literal, cast

from zsf_plugin.decision import expressions
from zsf_plugin.errors import place_of
from zsf_plugin.model import Json, JsonObject, Layer, Rule, field_entries, table_in
from zsf_plugin.rulebook import schema
from zsf_plugin.rulebook.bounds import MAX_FINDINGS, document_error
from zsf_plugin.rulebook.language import (
    LANGUAGE,
    LANGUAGE_KEY,
    in_current_spelling,
    newer_version,
)
from zsf_plugin.rulebook.lines import Lines, line_of
from zsf_plugin.rulebook.lines import Path as KeyPath
from zsf_plugin.rulebook.misplaced_keys import misplaced_keys
from zsf_plugin.rulebook.repeated_keys import repeated_keys
from zsf_plugin.rulebook.texts import TextError, parsed_text, read_content

#: Nothing else is said of such a file: it may be right.
_NEWER = (
    "written for version {} of the rule language, and this version of zsf-plugin reads up to "
    f"{LANGUAGE}; upgrade zsf-plugin"
)
#: As in events (`decision.copying`): of a longer one, Python refuses to write the digits.
_MAX_BITS = 1024
#: A longer pointer or message is cut: keys have no limit of their own.
_MAX_SHOWN = 500


Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem in a rule file. `line` and `column` are 1-based, None if unknown; `pointer` is a
    JSON pointer into the rule. `code` says what kind of problem it is; a `warning` may be none."""

    file: str
    line: int | None
    pointer: str
    message: str
    code: str = "INVALID"
    severity: Severity = "error"
    column: int | None = None

    @property
    def place(self) -> str:
        """The file, with line and column as far as they are known."""
        known = (self.file, self.line, self.column)
        return ":".join([str(part) for part in known if part is not None])

    def __str__(self) -> str:
        pointer = f"{self.pointer}: " if self.pointer else ""
        return f"{self.place}: {pointer}{self.message}"


Parsed = tuple[Rule | None, tuple[Finding, ...]]


def read_rule(path: Path, name: str, layer: Layer) -> Parsed:
    """The rule in a file, or None with all findings. `name` is the file's name for people."""
    try:
        content = read_content(path)
    except TextError as error:
        return _refused(name, error)
    try:
        return parse_rule(name, content, layer)
    except Exception as error:  # noqa: BLE001 - whatever is in a file, the workspace goes on
        words = f"cannot be checked (an unexpected {type(error).__name__} at {place_of(error)})"
        return _refused(name, TextError(words))


def parse_rule(name: str, content: bytes, layer: Layer) -> Parsed:
    """The rule in a file's content, or None with all findings."""
    try:
        parsed = parsed_text(name, content)
    except TextError as error:
        return _refused(name, error)
    if findings := check_document(name, parsed.document, parsed.lines):
        return None, findings
    return rule_of(name, cast(JsonObject, parsed.document), layer), ()


def lines_by_pointer(name: str, content: bytes) -> dict[str, int]:
    """The line of each key in a file's content, by its JSON pointer; none if it is no rule."""
    try:
        parsed = parsed_text(name, content)
    except TextError:
        return {}
    lines = parsed.lines()
    return {schema.SchemaViolation(path, "").pointer: line for path, line in lines.items()}


def _refused(name: str, error: TextError) -> Parsed:
    return None, (text_finding(name, error),)


def text_finding(name: str, error: TextError) -> Finding:
    """That a file's text cannot be read or parsed."""
    return Finding(name, error.line, "", error.message, column=error.column)


def rule_of(name: str, document: JsonObject, layer: Layer) -> Rule:
    """The rule of a checked document."""
    document = in_current_spelling(document)
    when = document.get("when")
    return Rule(name, layer, document, when if isinstance(when, str) else None)


def check_document(
    name: str, document: Json, lines_of: Callable[[], Lines] = dict
) -> tuple[Finding, ...]:
    """All findings in a rule document: unsupported values, then schema violations, then expression
    errors. `lines_of` is asked for its lines only if there are any."""
    violations = _violations_in(document)[:MAX_FINDINGS]
    if not violations:
        return ()
    lines = lines_of()
    return tuple([finding_at(name, lines, violation) for violation in violations])


def finding_at(
    file: str,
    lines: Lines,
    violation: schema.SchemaViolation,
    code: str = "INVALID",
    severity: Severity = "error",
) -> Finding:
    """The finding for a violation in a rule whose keys are on those lines."""
    line, pointer = line_of(lines, violation.path), _cut(violation.pointer)
    return Finding(file, line, pointer, _cut(violation.message), code, severity)


def _cut(text: str) -> str:
    return text if len(text) <= _MAX_SHOWN else text[: _MAX_SHOWN - 1] + "…"


def _violations_in(document: Json) -> list[schema.SchemaViolation]:
    if words := document_error(document):
        return [schema.SchemaViolation((), words)]
    if (version := newer_version(document)) is not None:
        words = _NEWER.format(version)
        return [schema.SchemaViolation((LANGUAGE_KEY,), words)]
    try:
        if isinstance(document, dict):
            document = in_current_spelling(document)
        return (
            unsupported_values(document)
            or _schema_violations(document)
            or _misused_keys(cast(JsonObject, document))
            or _found_by(expression_violations, cast(JsonObject, document))
        )
    except RecursionError:
        return [schema.SchemaViolation((), "nested too deeply")]


def _schema_violations(document: Json) -> list[schema.SchemaViolation]:
    if isinstance(document, dict):
        return schema.rule_violations(document)
    return schema.schema_violations("rule", document)


def _misused_keys(document: JsonObject) -> list[schema.SchemaViolation]:
    return [*_found_by(misplaced_keys, document), *_found_by(repeated_keys, document)]


def _found_by(
    find: Callable[[JsonObject], Iterator[tuple[KeyPath, str]]], document: JsonObject
) -> list[schema.SchemaViolation]:
    return list(islice(starmap(schema.SchemaViolation, find(document)), MAX_FINDINGS))


@dataclass(slots=True, eq=False)
class RuleLines:
    """The lines of the keys of rules. Events wait for them, so each file is read once, and only if
    a finding is in it; `paths` holds the path of each, by its rule's name."""

    paths: Mapping[str, Path]
    _known: dict[str, Lines] = field(default_factory=dict)

    def of(self, rule: Rule) -> Lines:
        """Its lines; none if it is in no file that can still be read as a rule."""
        if rule.file not in self._known:
            path = self.paths.get(rule.file)
            self._known[rule.file] = {} if path is None else _lines_in(path)
        return self._known[rule.file]


def _lines_in(path: Path) -> Lines:
    try:
        return parsed_text(path.name, read_content(path)).lines()
    except TextError:
        return {}


def unsupported_values(document: Json) -> list[schema.SchemaViolation]:
    """Values that TOML and Python's JSON allow and a rule does not: dates, and numbers that are not
    finite or have too many digits."""
    violations = []
    for path, value in _values_in(document, ()):
        if words := _why_unsupported(value):
            violations.append(schema.SchemaViolation(path, words))
    return violations


def _values_in(value: object, path: KeyPath) -> Iterator[tuple[KeyPath, object]]:
    """The value and all values inside it, each with its path."""
    yield path, value
    for key, inner in _entries(value):
        yield from _values_in(inner, (*path, key))


def _entries(value: object) -> Iterable[tuple[str | int, object]]:
    """The entries of a table or list, by key or index; none for any other value."""
    if isinstance(value, dict):
        return value.items()
    return enumerate(value) if isinstance(value, list) else ()


def _why_unsupported(value: object) -> str:
    if isinstance(value, float) and not math.isfinite(value):
        return "must be a finite number"
    if isinstance(value, int) and value.bit_length() > _MAX_BITS:
        return "must be a number of at most 308 digits"
    if isinstance(value, date | time):
        return "must not be a date or time; write it as a text in quotes"
    return ""


def expression_violations(document: JsonObject) -> Iterator[tuple[KeyPath, str]]:
    """The path and message of each error in each expression of a rule that is valid by the
    schema."""
    for path, text in expressions_in(document):
        for words in expressions.expression_errors(text):
            yield path, words


def expressions_in(document: JsonObject) -> Iterator[tuple[KeyPath, str]]:
    """The path and text of each expression of a rule that is valid by the schema."""
    yield from _texts(("when",), document.get("when"))
    yield from _texts(("owner", "from"), table_in(document, "owner").get("from"))
    for path, entry in field_entries(document):
        yield from _field_texts(path, entry)


def _field_texts(path: KeyPath, entry: Json) -> Iterator[tuple[KeyPath, str]]:
    if isinstance(entry, dict):
        return _texts((*path, "from"), entry.get("from"))
    return _texts(path, entry)


def _texts(path: KeyPath, value: Json) -> Iterator[tuple[KeyPath, str]]:
    """An expression, or each of a list of them."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, list):
        for position, text in enumerate(value):
            yield (*path, position), str(text)
