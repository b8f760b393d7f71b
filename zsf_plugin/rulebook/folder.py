"""One folder of rule files: each is re-read when it changed, and its last good content stays in force.

Not locked: its owner, the rulebook, is.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

from zsf_plugin.model.rules import Layer, Rule
from zsf_plugin.rulebook.files import read_rule
from zsf_plugin.rulebook.findings import Finding

_ENDINGS = (".toml", ".json")

#: A file that changed so shortly before it was looked at may change again unseen: clocks of file systems tick slowly.
_SETTLED_NS = 100_000_000

#: When content and rights changed (ns), size and inode: what tells that a file was edited or replaced.
_Stamp = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A rule file as last read. `rule` is its last good content; None where it never was good."""

    path: Path
    rule: Rule | None
    findings: tuple[Finding, ...]


class RuleFolder:
    """The rule files of one folder, in name order. `shown_as` is how people know the folder."""

    def __init__(self, path: Path, shown_as: str, layer: Layer) -> None:
        self._path = path
        self._shown_as = shown_as
        self._layer: Layer = layer
        self._stamps: dict[str, _Stamp] = {}
        self._settled = True
        self._files: tuple[KeptFile, ...] = ()

    def files(self) -> tuple[KeptFile, ...]:
        """The files as they are now; the same tuple as before where none changed."""
        stamps = self._look()
        if stamps != self._stamps or not self._settled:
            unchanged = self._stamps.items() & stamps.items() if self._settled else set()
            before = {file.path.name: file for file in self._files}
            self._files = tuple(
                before[name] if (name, stamp) in unchanged else self._read(name, before.get(name))
                for name, stamp in stamps.items()
            )
            self._stamps, self._settled = stamps, _are_settled(stamps)
        return self._files

    def _look(self) -> dict[str, _Stamp]:
        """The stamp of each rule file by name. No folder is an empty one; one that cannot be read is as it was."""
        try:
            with os.scandir(self._path) as entries:
                found = {entry.name: _stamp(entry) for entry in entries if _is_rule_file(entry.name)}
        except (FileNotFoundError, NotADirectoryError):
            return {}
        except OSError:
            return self._stamps
        return dict(sorted(found.items()))

    def _read(self, name: str, before: KeptFile | None) -> KeptFile:
        path = self._path / name
        rule, findings = read_rule(path, f"{self._shown_as}/{name}", self._layer)
        if rule is None and before is not None:
            rule = before.rule
        return KeptFile(path, rule, findings)


def _is_rule_file(name: str) -> bool:
    return name.endswith(_ENDINGS) and not name.startswith(".")


def _stamp(entry: os.DirEntry[str]) -> _Stamp:
    try:
        found = entry.stat()
    except OSError:
        return (0, 0, 0, 0)
    return (found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino)


def _are_settled(stamps: dict[str, _Stamp]) -> bool:
    now = time.time_ns()
    return all(abs(now - changed) > _SETTLED_NS for stamp in stamps.values() for changed in stamp[:2])
