"""One folder of rule files: each is re-read when it changed, and its last good content stays in
force.

That content is kept where every process finds it (`KeptRules`): one that starts over a wrong file
must not fall back to lower layers, which may allow what the file forbids. Where no good content was
ever seen, the file may have forbidden anything, so message contents stay out. Not locked: its
owner, the rulebook, is.
"""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path

from zsf_plugin.errors import StoreUnavailable
from zsf_plugin.model import JsonObject, Layer, Rule
from zsf_plugin.ports import LastValidRules
from zsf_plugin.rulebook.files import Finding, check_document, read_rule, rule_of

_log = logging.getLogger("zsf_plugin.rulebook")

_ENDINGS = (".toml", ".json")

#: A file that changed so shortly before it was looked at may change again unseen: clocks of file
#: systems tick slowly.
SETTLED_AFTER_NS = 100_000_000

_BY_NAME = attrgetter("name")

#: The rule in the place of a file of which nothing good is known.
_FALLBACK: JsonObject = {"switches": {"include_contents": False}}


#: When content and rights changed (ns), size and inode: what tells that a file was edited or
#: replaced.
_Stamp = tuple[int, int, int, int]
_STAMP_IN = attrgetter("st_mtime_ns", "st_ctime_ns", "st_size", "st_ino")


@dataclass(frozen=True, slots=True)
class LoadedFile:
    """A rule file as last read. `rule` is its last good content; where it never was good
    (`is_fallback`), one in its place keeps message contents out."""

    path: Path
    rule: Rule
    findings: tuple[Finding, ...]
    is_fallback: bool = False


class InMemoryRules:
    """Keeps for one process, where nothing else is at hand."""

    def __init__(self) -> None:
        self._documents: dict[str, Mapping[str, JsonObject]] = {}

    def last_valid_rules(self, folder: str) -> Mapping[str, JsonObject]:
        """The documents last kept of a folder, by file name."""
        return self._documents.get(folder, {})

    def save_valid_rules(self, folder: str, documents: Mapping[str, JsonObject]) -> None:
        """Keep these in the place of all that was kept of that folder."""
        self._documents[folder] = documents


@dataclass(eq=False)
class RuleFolder:
    """The rule files of one folder, in name order. `shown_as` is how people know the folder."""

    path: Path
    shown_as: str
    layer: Layer
    kept: LastValidRules
    _kept_text: str | None = None
    _unkept: Mapping[str, JsonObject] | None = None
    _stamps: dict[str, _Stamp] | None = None
    _settled: bool = True
    _files: tuple[LoadedFile, ...] = ()

    def files(self) -> tuple[LoadedFile, ...]:
        """The files as they are now; the same tuple as before where none changed. No folder is an
        empty one. Raises what `kept` raises."""
        stamps: dict[str, _Stamp] = {}
        try:
            with os.scandir(self.path) as entries:
                for entry in sorted(entries, key=_BY_NAME):
                    if entry.name.endswith(_ENDINGS) and not entry.name.startswith("."):
                        stamps[entry.name] = _stamp(entry)
        except (FileNotFoundError, NotADirectoryError):
            pass
        except OSError as error:
            return self._out_of_reach(error)
        if stamps != self._stamps or not self._settled:
            self._read_changed(stamps)
        return self._files

    def _read_changed(self, stamps: dict[str, _Stamp]) -> None:
        self._files = self._read_all(stamps)
        self._settled = self._keep() and _are_settled(stamps)
        self._stamps = stamps

    def _read_all(self, stamps: dict[str, _Stamp]) -> tuple[LoadedFile, ...]:
        """Each file, read again where its stamp moved, or might have moved unseen."""
        known = self._stamps if self._settled and self._stamps else {}
        before = {file.path.name: file for file in self._files}
        loaded = []
        for name, stamp in stamps.items():
            loaded.append(before[name] if known.get(name) == stamp else self._read(name))
        return tuple(loaded)

    def _read(self, name: str) -> LoadedFile:
        path = self.path / name
        rule, findings = read_rule(path, self._shown(name), self.layer)
        if rule is not None:
            return LoadedFile(path, rule, findings)
        return self._last_good(name, self._known().get(name), findings)

    def _shown(self, name: str) -> str:
        """How people know a file, or for "" the folder."""
        return f"{self.shown_as}/{name}".rstrip("/")

    def _known(self) -> Mapping[str, JsonObject]:
        """What is good of this folder by the last word of any process, which may have read a file
        after this one."""
        return self.kept.last_valid_rules(self.shown_as) if self._unkept is None else self._unkept

    def _last_good(
        self, name: str, document: JsonObject | None, findings: tuple[Finding, ...]
    ) -> LoadedFile:
        """The document, if it still is a rule in this version of the language; else what stands in
        for it."""
        shown = self._shown(name)
        if document is None or check_document(shown, document):
            document = _FALLBACK
        rule = rule_of(shown, document, self.layer)
        return LoadedFile(self.path / name, rule, findings, document is _FALLBACK)

    def _out_of_reach(self, error: OSError) -> tuple[LoadedFile, ...]:
        """The files of a folder that cannot be read: as they were, else all that is known."""
        if self._stamps is None and not self._files:
            words = f"the folder cannot be read ({error.strerror}); check its rights"
            self._files = self._last_known(words)
        return self._files

    def _last_known(self, words: str) -> tuple[LoadedFile, ...]:
        kept: Mapping[str, JsonObject | None] = self._known() or {"": None}
        loaded = []
        for name in sorted(kept):
            finding = Finding(self._shown(name), None, "", words)
            loaded.append(self._last_good(name, kept[name], (finding,)))
        return tuple(loaded)

    def _keep(self) -> bool:
        """Keep what is good, if that changed; False where it could not be kept, and has to be tried
        again."""
        good = self._good()
        try:
            self._keep_changed(good)
        except StoreUnavailable as error:
            _log.warning("the rules of %s are in force, but not kept: %s", self.shown_as, error)
            self._unkept = good
            return False
        self._unkept = None
        return True

    def _good(self) -> dict[str, JsonObject]:
        return {file.path.name: file.rule.document for file in self._files if not file.is_fallback}

    def _keep_changed(self, good: Mapping[str, JsonObject]) -> None:
        text = _as_text(good)
        if self._kept_text is None:
            self._kept_text = _as_text(self.kept.last_valid_rules(self.shown_as))
        if self._kept_text != text:
            self.kept.save_valid_rules(self.shown_as, good)
            self._kept_text = text


def _as_text(documents: Mapping[str, JsonObject]) -> str:
    return json.dumps(sorted(documents.items(), key=lambda item: item[0]))


def _stamp(entry: os.DirEntry[str]) -> _Stamp:
    try:
        stamp: _Stamp = _STAMP_IN(entry.stat())
    except OSError:
        return (0, 0, 0, 0)
    return stamp


def _are_settled(stamps: dict[str, _Stamp]) -> bool:
    now = time.time_ns()
    return all(_age_ns(stamp, now) > SETTLED_AFTER_NS for stamp in stamps.values())


def _age_ns(stamp: _Stamp, now: int) -> int:
    """Since content or rights changed; a moment to come is as near as one that was."""
    content_ns, rights_ns, _, _ = stamp
    return min(abs(now - content_ns), abs(now - rights_ns))
