"""Files of cases: found below folders, read, and checked by their schema. What is wrong is a
finding with file, line and pointer; then no case of the file counts."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from zsf_plugin.authoring.case_documents import ParsedFile, finding_in, read_table
from zsf_plugin.model import JsonObject
from zsf_plugin.rulebook import Finding
from zsf_plugin.rulebook.files import finding_at
from zsf_plugin.rulebook.lines import line_of
from zsf_plugin.rulebook.names import shown_name
from zsf_plugin.rulebook.schema import first_violation, schema_violations

SCHEMA = "rule_cases"
ENDINGS = (".test.toml", ".test.json")
_DEFAULT_HOOK = "on_prospect_purchased"
#: What a person reads before the next run.
_MAX_FINDINGS = 100


@dataclass(frozen=True, slots=True)
class Case:
    """One case: `event` holds the arguments of `hook`, read from `event_file` if there is one;
    `place` is the case's path in its file."""

    name: str
    place: tuple[str | int, ...]
    hook: str
    event: JsonObject
    expect: JsonObject
    org: JsonObject | None
    event_file: Path | None = None


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

    def line(self, case: Case) -> int | None:
        """The line on which a case begins."""
        headers = self.parsed.headers
        if len(headers) == len(self.cases):
            return headers[int(case.place[-1])]
        return line_of(self.parsed.lines(), case.place)

    def finding(self, place: tuple[str | int, ...], message: str) -> Finding:
        """What is wrong at that place of the file."""
        return finding_in(self.parsed, place, message)


def is_case_file(name: str) -> bool:
    """Whether a file of that name holds cases."""
    return name.casefold().endswith(ENDINGS)


def case_files_below(paths: Sequence[Path]) -> list[Path]:
    """The files of cases among these files, and in these folders and below; each once, in order."""
    found: dict[str, Path] = {}
    for path in paths:
        for file in _below(path) if path.is_dir() else [path]:
            found.setdefault(os.path.realpath(file), file)
    return list(found.values())


def _below(folder: Path) -> Iterator[Path]:
    for at, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(at, name) for name in sorted(names) if is_case_file(name))


def read_case_file(path: Path) -> CaseFile | tuple[Finding, ...]:
    """The cases of a file, or all that is wrong with it."""
    name = shown_name(str(path))
    parsed = read_table(path, name)
    if isinstance(parsed, Finding):
        return (parsed,)
    found = _violations(parsed)
    if found:
        return found
    document = parsed.document
    folders = cast(list[str], document.get("rules", []))
    cases: list[Case] = []
    for index, table in enumerate(cast(list[JsonObject], document["case"])):
        case = _case(path, parsed, ("case", index), table)
        if isinstance(case, Finding):
            found += (case,)
        else:
            cases.append(case)
    if found:
        return found
    rules = tuple(plain_path(path.parent / one) for one in folders)
    return CaseFile(path, parsed, tuple(cases), rules)


def _violations(parsed: ParsedFile) -> tuple[Finding, ...]:
    if first_violation(SCHEMA, parsed.document) is None:
        return ()
    violations = schema_violations(SCHEMA, parsed.document)[:_MAX_FINDINGS]
    return tuple(finding_at(parsed.name, parsed.lines(), one) for one in violations)


def _case(
    path: Path, parsed: ParsedFile, place: tuple[str | int, ...], table: JsonObject
) -> Case | Finding:
    event_file: Path | None = None
    if "event_file" in table:
        event_file = plain_path(path.parent / str(table["event_file"]))
        read = read_table(event_file, shown_name(str(event_file)))
        if isinstance(read, Finding):
            return finding_in(parsed, (*place, "event_file"), str(read))
        event = dict(read.document)
    else:
        event = dict(cast(JsonObject, table["event"]))
    named = table.get("hook") or event.pop("hook", None)
    if named is None and "touchpoint" in event:
        return finding_in(
            parsed, place, 'the event has a touchpoint; add hook = "on_touchpoint_sent"'
        )
    expect = cast(JsonObject, table["expect"])
    org = cast("JsonObject | None", table.get("org"))
    for key in ("changes", "held"):
        if org is None and key in expect:
            words = f"`{key}` needs the org: add [case.org], which may be empty"
            return finding_in(parsed, (*place, "expect", key), words)
    hook = str(named or _DEFAULT_HOOK)
    return Case(str(table["name"]), place, hook, event, expect, org, event_file)


def plain_path(path: Path) -> Path:
    """The path without `..` where it leads to the same place: one file has one name."""
    plain = os.path.normpath(path)
    return Path(plain) if os.path.realpath(plain) == os.path.realpath(path) else path


def rule_folders(file: CaseFile, config_dir: Path) -> tuple[Path, ...]:
    """Those that the file names; else the folder that it lies in, over CONFIG/rules if that is the
    folder of a workspace's own rules."""
    if file.folders:
        return file.folders
    own = file.path.parent
    place = Path(os.path.realpath(own))
    workspaces = Path(os.path.realpath(config_dir / "workspaces"))
    if place.name == "rules" and place.parent.parent == workspaces:
        return (config_dir / "rules", own)
    return (own,)
