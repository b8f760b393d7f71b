"""Rule files that no event can reach: later files that always apply set all that they set, or no
event can meet their condition."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from zsf_plugin.decision.expressions import tree_of
from zsf_plugin.decision.merge import merge
from zsf_plugin.decision.possible import Analysis
from zsf_plugin.model import Rule
from zsf_plugin.rulebook.files import RuleLines
from zsf_plugin.rulebook.lines import line_of
from zsf_plugin.rulebook.pointless_expressions import event_of_schemas


@dataclass(frozen=True, slots=True)
class Unreachable:
    """A rule file that does nothing, the line where that is seen, and why."""

    file: str
    line: int | None
    why: str


def made_unreachable(
    before: Sequence[Rule], after: Sequence[Rule], files: Mapping[str, Path]
) -> list[Unreachable]:
    """The rules of `after` that no event can reach, and that some event could reach before.
    `files` are those of `after`. Two sets of one file each have the same file; of folders, those
    have that have the same name."""
    name_of = _one_name if _is_one_file(before) and _is_one_file(after) else _name_in_folder
    reached = {name_of(rule) for rule, why in _with_reasons(before) if why is None}
    lines = RuleLines(files)
    return [
        Unreachable(rule.file, _line(rule, lines), why)
        for rule, why in _with_reasons(after)
        if why is not None and name_of(rule) in reached
    ]


def _line(rule: Rule, lines: RuleLines) -> int | None:
    """The line of its condition; without one, the first."""
    known = lines.of(rule)
    return line_of(known, ("when",)) or min(known.values(), default=None)


def _is_one_file(rules: Sequence[Rule]) -> bool:
    of_files = [rule for rule in rules if rule.layer in ("config", "workspace")]
    return len(of_files) == 1


def _one_name(_: Rule) -> str:
    return ""


def _name_in_folder(rule: Rule) -> str:
    """What a rule's file is called in each of two folders."""
    path = PurePath(rule.file)
    is_of_workspace = path.parts[-4:-3] == ("workspaces",)
    return "/".join(path.parts[-4:]) if is_of_workspace else path.name


def _with_reasons(rules: Sequence[Rule]) -> list[tuple[Rule, str | None]]:
    """Each rule of files with why no event can reach it, None if one can."""
    overridden: dict[str, str] = {}
    found: list[tuple[Rule, str | None]] = []
    for rule in reversed(rules):
        keys = _keys(rule)
        if rule.layer != "shipped":
            found.append((rule, _why(rule, keys, overridden)))
        if rule.when is None:
            # of several later rules, the last one is named
            overridden = {**dict.fromkeys(keys, rule.file), **overridden}
    return found[::-1]


def _why(rule: Rule, keys: set[str], overridden: Mapping[str, str]) -> str | None:
    if rule.when is not None and not _can_hold(rule.when):
        return "no event can meet its condition"
    if keys and keys <= overridden.keys():
        return _set_again_by({overridden[key] for key in keys})
    return None


def _set_again_by(files: Iterable[str]) -> str:
    return f"all that it sets is set again by {', '.join(sorted(files))}"


def _can_hold(condition: str) -> bool:
    tree = tree_of(condition)
    return tree is None or Analysis().of(tree, event_of_schemas()).can_be_true()


def _keys(rule: Rule) -> set[str]:
    """What the rule sets, as pointers; names of fields are compared without case."""
    return {pointer.lower() for pointer in merge([rule]).origins}
