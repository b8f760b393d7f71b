"""Rule files that no event can reach: later files that always apply set all that they set, or no
event can meet their condition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from zsf_plugin.decision.expressions import tree_of
from zsf_plugin.decision.merge import merge
from zsf_plugin.decision.possible import Analysis
from zsf_plugin.model import Rule
from zsf_plugin.rulebook.conditions import event_of_schemas
from zsf_plugin.rulebook.files import RuleLines
from zsf_plugin.rulebook.lines import line_of


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
    is_one = all(sum(map(_is_of_a_file, rules)) == 1 for rules in (before, after))
    name_of = _one_name if is_one else _name_in_folder
    reached = {name_of(rule) for rule, why in _with_reasons(before) if why is None}
    lines = RuleLines(files)
    found = []
    for rule, why in _with_reasons(after):
        if why is None or name_of(rule) not in reached:
            continue
        line = line_of(lines.of(rule), ("when",)) or min(lines.of(rule).values(), default=None)
        found.append(Unreachable(rule.file, line, why))
    return found


def _is_of_a_file(rule: Rule) -> bool:
    return rule.layer in ("config", "workspace")


def _one_name(_: Rule) -> str:
    return ""


def _name_in_folder(rule: Rule) -> str:
    """What a rule's file is called in each of two folders."""
    path = PurePath(rule.file)
    return "/".join(path.parts[-4:] if path.parts[-4:-3] == ("workspaces",) else path.parts[-1:])


def _with_reasons(rules: Sequence[Rule]) -> list[tuple[Rule, str | None]]:
    """Each rule of files with why no event can reach it, None if one can."""
    overridden: dict[str, str] = {}
    found: list[tuple[Rule, str | None]] = []
    for rule in reversed(rules):
        keys = _keys(rule)
        if rule.layer != "shipped":
            found.append((rule, _why(rule, keys, overridden)))
        if rule.when is None:
            for key in keys:
                overridden.setdefault(key, rule.file)
    return found[::-1]


def _why(rule: Rule, keys: set[str], overridden: Mapping[str, str]) -> str | None:
    tree = None if rule.when is None else tree_of(rule.when)
    if tree is not None and not Analysis().of(tree, event_of_schemas()).can_be_true():
        return "no event can meet its condition"
    if keys and keys <= overridden.keys():
        by = sorted({overridden[key] for key in keys})
        return f"all that it sets is set again by {', '.join(by)}"
    return None


def _keys(rule: Rule) -> set[str]:
    """What the rule sets, as pointers; names of fields are compared without case."""
    return {pointer.lower() for pointer in merge([rule]).origins}
