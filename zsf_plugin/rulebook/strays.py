"""Files that may have been meant as rules and are not read: below a folder of rules, and anywhere
else in the config folder.

One that may have set a switch keeps message contents off, as an invalid file does. Looks at names
first, and into files only where a name is not enough.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from zsf_plugin.messages.rule_findings import UnreadCode
from zsf_plugin.rulebook.names import (
    is_hidden,
    is_same_but_for_case,
    kind_of_name,
    shown_name,
    suggested_name,
)
from zsf_plugin.rulebook.regular_files import read_regular_file

#: How far below a folder files are looked for, and how many are named.
MAX_DEPTH = 4
MAX_FILES = 200
#: How much of a file is looked at; rules of people are smaller.
MAX_LOOK_BYTES = 64 * 1024

#: Of a file that is no rule by its name: whether it may have set a switch, spelled rightly or not.
_MAY_SWITCH = rb"conten|includ|swi[tc]|privacy"
#: The keys that make a document a rule: as a TOML table or key, in JSON, in YAML.
_RULE_KEY = (
    rb"(?m)^\s*\[+\s*[\"']?(?:switches|match|fields|owner|activity|limits)\b"
    rb"|^\s*[\"']?(?:mode|when)[\"']?\s*[=:]"
    rb"|^\s*(?:switches|match|fields|owner|activity|limits)\b[\w.]*\s*[=:]"
    rb"|\"(?:switches|match|fields|owner|activity|limits|mode|when)\"\s*:"
)


@dataclass(frozen=True, slots=True)
class Stray:
    """A file or folder that is not read: its path, its name for people, why, and what to do."""

    path: Path
    name: str
    code: UnreadCode
    data: dict[str, str]


def may_set_a_switch(path: Path) -> bool:
    """Whether the file may have set a switch: its text mentions one, or cannot be looked at."""
    content = _beginning(path)
    return content is None or re.search(_MAY_SWITCH, content, re.IGNORECASE) is not None


def files_below(folder: Path, depth: int = 1) -> Iterator[tuple[str, os.stat_result | None]]:
    """The path of each file below a folder that may have been meant as a rule, relative to it, with
    its stat. A folder that cannot be read counts as one file, `*`."""
    try:
        with os.scandir(folder) as entries:
            found = sorted(entries, key=_name)
    except OSError:
        yield "*", None
        return
    for entry in found:
        kind = kind_of_name(entry.name)
        if not is_folder(entry, follow_symlinks=False):
            if kind != "nobody":
                yield entry.name, stat_of(entry)
        elif depth < MAX_DEPTH and not is_hidden(entry.name) and kind != "nobody":
            for name, known in files_below(Path(entry.path), depth + 1):
                yield f"{entry.name}/{name}", known


def misplaced(config_dir: Path, workspace: str, *, is_safe: bool) -> list[Stray]:
    """What lies in the config folder, but where no rules of the workspace are read; or that folder
    itself, if it is none."""
    if os.path.lexists(config_dir) and not config_dir.is_dir():
        return [Stray(config_dir, shown_name(str(config_dir)), "CONFIG_NOT_A_FOLDER", {})]
    strays = [*_beside_rules(config_dir, config_dir, "rules")]
    if os.path.isdir(config_dir / "workspaces"):  # false where the user may not look
        strays += _of_workspaces(config_dir, workspace, is_safe=is_safe)
    return strays[:MAX_FILES]


def _beside_rules(config_dir: Path, folder: Path, target: str) -> Iterator[Stray]:
    """The rules in a folder that should be in `target` below the config folder."""
    for entry in _entries(folder):
        path = Path(entry.path)
        if not is_folder(entry):
            # a file in place of the folder is reported by whoever reads that
            is_in_place = _is_same(path, folder / "rules")
            if (
                not is_in_place
                and kind_of_name(entry.name) != "nobody"
                and _looks_like_a_rule(path)
            ):
                yield _misplaced(config_dir, path, target)
        elif not is_hidden(entry.name) and not _is_read(config_dir, folder, path):
            for name, _ in files_below(path, 2):
                if _looks_like_a_rule(path / name):
                    yield _misplaced(config_dir, path / name, target)


def _is_read(config_dir: Path, folder: Path, path: Path) -> bool:
    """Whether that is the folder of rules there, or that of the workspaces."""
    known = [folder / "rules"] + ([folder / "workspaces"] if folder == config_dir else [])
    return any(_is_same(path, other) for other in known)


def _is_same(path: Path, other: Path) -> bool:
    """Whether two paths are one folder, as `Rules` and `rules` are where case does not count."""
    try:
        return path.samefile(other)
    except OSError:
        return path == other


def _misplaced(config_dir: Path, path: Path, target: str) -> Stray:
    name = path.name
    suggested = name if kind_of_name(name) == "rule" else suggested_name(name)
    data = {"folder": target, "suggested": suggested}
    return Stray(path, _shown(config_dir, path), "RULE_FILE_MISPLACED", data)


def _shown(config_dir: Path, path: Path) -> str:
    return shown_name(path.relative_to(config_dir).as_posix())


def _of_workspaces(config_dir: Path, workspace: str, *, is_safe: bool) -> Iterator[Stray]:
    folder = config_dir / "workspaces"
    own = folder / workspace
    for entry in _entries(folder):
        path = Path(entry.path)
        if not is_folder(entry):
            if kind_of_name(entry.name) == "rule" and _looks_like_a_rule(path):
                yield _misplaced(config_dir, path, "workspaces/WORKSPACE/rules")
        elif entry.name == workspace and is_safe:
            target = f"workspaces/{workspace}/rules"
            yield from _beside_rules(config_dir, path, target)
        elif entry.name == workspace and any(files_below(path)):
            yield _folder(config_dir, path, "RULE_FOLDER_UNSAFE", workspace)
        elif _is_other_case(path, own) and any(files_below(path)):
            yield _folder(config_dir, path, "RULE_FOLDER_CASE", workspace)


def _is_other_case(path: Path, own: Path) -> bool:
    return is_same_but_for_case(path.name, own.name) and not _is_same(path, own)


def _folder(config_dir: Path, path: Path, code: UnreadCode, workspace: str) -> Stray:
    data = {"workspace": workspace, "folder": f"workspaces/{workspace}"}
    return Stray(path, _shown(config_dir, path), code, data)


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    """The entries of a folder by name; none if it cannot be read, which is reported elsewhere."""
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=_name)[:MAX_FILES]
    except OSError:
        return []


def _name(entry: os.DirEntry[str]) -> str:
    return entry.name


def is_folder(entry: os.DirEntry[str], *, follow_symlinks: bool = True) -> bool:
    """Whether the entry is a folder; a symbolic link in a circle is none."""
    try:
        return entry.is_dir(follow_symlinks=follow_symlinks)
    except OSError:
        return False


def stat_of(entry: os.DirEntry[str]) -> os.stat_result | None:
    """The file's stat; None for a symbolic link to nowhere."""
    try:
        return entry.stat()
    except OSError:
        return None


def _looks_like_a_rule(path: Path) -> bool:
    """Whether the file's text has a key of rules; of one that cannot be looked at, its name
    decides."""
    content = _beginning(path)
    if content is None:
        return kind_of_name(path.name) == "rule"
    return re.search(_RULE_KEY, content) is not None


def _beginning(path: Path) -> bytes | None:
    """The file's first bytes, without those of UTF-16; None if it is no file that can be read."""
    try:
        content = read_regular_file(path, MAX_LOOK_BYTES)
    except OSError:
        return None
    return None if content is None else content.replace(b"\0", b"")
