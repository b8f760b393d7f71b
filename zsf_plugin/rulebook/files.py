"""One rule file: read, parsed and checked. All findings are reported at once, each with its place.

`rulebook` decides which files are read and how their rules are combined.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, cast

from zsf_plugin.errors import place_of
from zsf_plugin.model import Json, JsonObject, Layer, Rule
from zsf_plugin.rulebook import schema
from zsf_plugin.rulebook.bounds import MAX_FINDINGS
from zsf_plugin.rulebook.document_violations import violations_in
from zsf_plugin.rulebook.language import in_current_spelling
from zsf_plugin.rulebook.lines import Lines, line_of
from zsf_plugin.rulebook.lines import Path as KeyPath
from zsf_plugin.rulebook.texts import TextError, parsed_text, read_content

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
    violations = violations_in(document)[:MAX_FINDINGS]
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

    def finding(
        self, rule: Rule, path: KeyPath, words: str, code: str, severity: Severity = "error"
    ) -> Finding:
        """What these words say of the place at that path of a rule, as a finding."""
        violation = schema.SchemaViolation(path, words)
        return finding_at(rule.file, self.of(rule), violation, code, severity)


def _lines_in(path: Path) -> Lines:
    try:
        return parsed_text(path.name, read_content(path)).lines()
    except TextError:
        return {}
