"""Files of cases: found below folders, read, and checked by their schema. What is wrong is a
finding with file, line and pointer; then no case of the file counts."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar, cast

from zsf_plugin.authoring.case_documents import ParsedFile, Place, read_table
from zsf_plugin.authoring.case_tables import Case, WrongCase, case_in, plain_path
from zsf_plugin.model import JsonObject
from zsf_plugin.rulebook import Finding
from zsf_plugin.rulebook.lines import line_of
from zsf_plugin.rulebook.schema import SchemaViolation, first_violation, schema_violations

SCHEMA = "rule_cases"
ENDINGS = (".test.toml", ".test.json")
#: What a person reads before the next run.
_MAX_FINDINGS = 100

#: All that is wrong with something, in its place.
Findings = tuple[Finding, ...]
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A valid file of cases. `folders` are the folders and files of rules that it names; none: the
    folder that it lies in."""

    path: Path
    parsed: ParsedFile
    cases: tuple[Case, ...]
    folders: tuple[Path, ...]

    @property
    def name(self) -> str:
        """The file's name for people."""
        return self.parsed.name

    @property
    def event_files(self) -> list[Path]:
        """The files of its cases' events."""
        return [case.event_file for case in self.cases if case.event_file is not None]

    def line(self, case: Case) -> int | None:
        """The line on which a case begins."""
        headers = self.parsed.headers
        if len(headers) == len(self.cases):
            return headers[case.index]
        return line_of(self.parsed.lines(), case.place)

    def finding(self, place: Place, message: str) -> Finding:
        """What is wrong at that place of the file."""
        return self.parsed.finding(SchemaViolation(place, message))


def is_case_file(name: str) -> bool:
    """Whether a file of that name holds cases."""
    return name.casefold().endswith(ENDINGS)


def case_files_below(paths: Sequence[Path]) -> list[Path]:
    """The files of cases among these files, and in these folders and below; each once, in order.
    Raises OSError for a folder that cannot be read."""
    found: dict[str, Path] = {}
    for path in paths:
        for file in _below(path) if os.path.isdir(path) else [path]:
            found.setdefault(os.path.realpath(file), file)
    return list(found.values())


def _below(folder: Path) -> Iterator[Path]:
    for at, folders, names in os.walk(folder, onerror=_fail):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from [Path(at, name) for name in sorted(names) if is_case_file(name)]


def _fail(error: OSError) -> None:
    raise error


def read_case_file(path: Path) -> CaseFile | Findings:
    """The cases of a file, or all that is wrong with it."""
    parsed = read_table(path)
    if isinstance(parsed, Finding):
        return (parsed,)
    return _violations(parsed) or _case_file(path, parsed)


def _violations(parsed: ParsedFile) -> Findings:
    if first_violation(SCHEMA, parsed.document) is None:
        return ()
    violations = schema_violations(SCHEMA, parsed.document)[:_MAX_FINDINGS]
    return tuple(map(parsed.finding, violations))


def _case_file(path: Path, parsed: ParsedFile) -> CaseFile | Findings:
    """Those of a file that is valid by the schema."""
    folder = path.parent
    cases, wrong = without_findings(_cases(folder, parsed))
    if wrong:
        return wrong
    return CaseFile(path, parsed, tuple(cases), _rule_paths(folder, parsed.document))


def _cases(folder: Path, parsed: ParsedFile) -> Iterator[Case | Findings]:
    tables = cast(list[JsonObject], parsed.document["case"])
    for index, table in enumerate(tables):
        try:
            yield case_in(table, index, folder)
        except WrongCase as error:
            yield (parsed.finding(error.violation(index)),)


def _rule_paths(folder: Path, document: JsonObject) -> tuple[Path, ...]:
    names = cast(list[str], document.get("rules", []))
    return tuple([plain_path(folder / name) for name in names])


def without_findings(read: Iterable[_T | Findings]) -> tuple[list[_T], Findings]:
    """(what is valid, what is wrong with the others)."""
    valid: list[_T] = []
    wrong: list[Finding] = []
    for one in read:
        if isinstance(one, tuple):
            wrong += one
        else:
            valid.append(one)
    return valid, tuple(wrong)


def rule_folders(file: CaseFile, config_dir: Path) -> tuple[Path, ...]:
    """Those that the file names; else the folder that it lies in, over CONFIG/rules if that is the
    folder of a workspace's own rules."""
    return file.folders or _folders_for(file.path.parent, config_dir)


def _folders_for(own: Path, config_dir: Path) -> tuple[Path, ...]:
    if _is_of_workspace(own, config_dir):
        return (config_dir / "rules", own)
    return (own,)


def _is_of_workspace(folder: Path, config_dir: Path) -> bool:
    """Whether it is CONFIG/workspaces/WORKSPACE/rules."""
    place = Path(os.path.realpath(folder))
    workspaces = Path(os.path.realpath(config_dir / "workspaces"))
    return place.name == "rules" and place.parent.parent == workspaces
