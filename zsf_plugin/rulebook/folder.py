"""One folder of rule files: each is read again when it changes, and its last valid content stays in
force.

That content is stored for all processes (`LastValidRules`): a process that starts while a file is
invalid must not fall back to lower layers, which may allow what the file forbids. If no valid
content is known, the file may have forbidden anything, so message contents stay off. Not
thread-safe: the rulebook holds a lock.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING

from zsf_plugin.errors import Log, StoreUnavailable
from zsf_plugin.messages.rule_findings import UnreadCode, finding_text
from zsf_plugin.model import JsonObject, Layer, Rule
from zsf_plugin.rulebook.files import Finding, check_document, read_rule, rule_of
from zsf_plugin.rulebook.names import (
    is_hidden,
    kind_of_name,
    shown_name,
    suggested_name,
    why_unread,
)
from zsf_plugin.rulebook.seen import SeenFolder, Stamp, seen_folder, stamp_of, stamp_of_folder
from zsf_plugin.rulebook.strays import MAX_FILES, files_below, is_folder, may_set_a_switch, stat_of

if TYPE_CHECKING:
    from zsf_plugin.ports import LastValidRules

_log = Log("zsf_plugin.rulebook")

#: A file that changed this shortly before it was read may change again with the same timestamp,
#: since file system clocks tick slowly.
MIN_SETTLED_AGE_NS = 100_000_000

#: A folder of more files, of whatever kind, is looked at again only after `LOOK_EVERY_S` (seconds),
#: and for at most a hundredth of the time: asking for the state of a file costs about 10
#: microseconds, and every event asks.
MANY_FILES = 100
LOOK_EVERY_S = 1.0
_LOOKS_OF_THE_TIME = 100
#: How many rule files of a folder are read, and how many others are named. Reading one costs about
#: 0.2 ms, and asking whether it applies about 6 microseconds an event.
MAX_RULE_FILES = 500
MAX_UNREAD_FILES = 200
#: Stands for the files beyond that among the names of files.
_OTHERS = ""

#: The errors of a folder that is not there.
_MISSING = (FileNotFoundError, NotADirectoryError)

_BY_NAME = attrgetter("name")

#: The rule used for a file with no known valid content.
FALLBACK: JsonObject = {"switches": {"include_contents": False}}


@dataclass(frozen=True, slots=True)
class LoadedFile:
    """A rule file as last read. `rule` is its last valid content, or, if none is known
    (`is_fallback`), one that keeps message contents off; None if it is not read and cannot have
    forbidden them."""

    path: Path
    rule: Rule | None
    findings: tuple[Finding, ...]
    is_fallback: bool = False


class InMemoryRules:
    """Stores the last valid rules in memory, for one process."""

    def __init__(self) -> None:
        self._documents: dict[str, Mapping[str, JsonObject]] = {}

    def last_valid_rules(self, folder: str) -> Mapping[str, JsonObject]:
        """The last valid documents of a folder, by file name."""
        return self._documents.get(folder, {})

    def save_valid_rules(
        self,
        folder: str,
        documents: Mapping[str, JsonObject],
        at: float,  # noqa: ARG002 - knows the last ones only
    ) -> None:
        """Replace the stored documents of that folder."""
        self._documents[folder] = documents


@dataclass(eq=False)
class RuleFolder:
    """The rule files of one folder, by name. `display_name` is the folder's name for people."""

    path: Path
    display_name: str
    layer: Layer
    stored_rules: LastValidRules
    _stored_text: str | None = None
    _unsaved: Mapping[str, JsonObject] | None = None
    _stamps: dict[str, Stamp] | None = None
    _settled: bool = True
    _files: tuple[LoadedFile, ...] = ()
    _due: float = 0.0
    _seen: SeenFolder | None = None

    def files(self) -> tuple[LoadedFile, ...]:
        """The files as they are now; the same tuple as before if none changed. A missing folder is
        empty. Raises what `stored_rules` raises."""
        started = time.monotonic()
        if started < self._due or (self._seen is not None and self._seen.is_same(started)):
            return self._files
        self._seen = None
        stamp, found = stamp_of_folder(self.path), _Found()
        try:
            with os.scandir(self.path) as entries:
                for entry in sorted(entries, key=_BY_NAME):
                    found.take(entry)
        except OSError as error:
            if os.path.lexists(self.path) or not isinstance(error, _MISSING):
                return self._unreadable(error)
        if found.entries > MANY_FILES:
            now = time.monotonic()
            self._due = now + max(LOOK_EVERY_S, _LOOKS_OF_THE_TIME * (now - started))
        if found.stamps != self._stamps or not self._settled:
            self._read_changed(found.stamps)
        if found.is_plain and self._settled and (stamp is None or _are_settled({"": stamp})):
            self._seen = seen_folder(self.path, stamp, found.stamps.items(), started)
        return self._files

    def _read_changed(self, stamps: dict[str, Stamp]) -> None:
        self._files = self._read_all(stamps)
        self._settled = self._store() and _are_settled(stamps)
        self._stamps = stamps

    def _read_all(self, stamps: dict[str, Stamp]) -> tuple[LoadedFile, ...]:
        """The files, reading again those whose stamp changed or may have changed unnoticed."""
        known = self._stamps if self._settled and self._stamps else {}
        before = {_name_below(self.path, file.path): file for file in self._files}
        loaded = []
        for name, stamp in stamps.items():
            loaded.append(before[name] if known.get(name) == stamp else self._read(name))
        return tuple(loaded)

    def _read(self, name: str) -> LoadedFile:
        if name == _OTHERS:
            return self._others()
        path = self.path / name
        why = why_unread(name)
        if why is not None:
            return self._unread(name, why)
        rule, findings = read_rule(path, self._display_name(name), self.layer)
        if rule is not None:
            return LoadedFile(path, rule, findings)
        return self._last_valid(name, self._stored().get(name), findings)

    def _unread(self, name: str, why: UnreadCode) -> LoadedFile:
        data = {"folder": self.display_name, "suggested": suggested_name(name)}
        return unread_file(self.path / name, self._display_name(name), why, data, self.layer)

    def _others(self) -> LoadedFile:
        """The files beyond the limits, any of which may have forbidden message contents."""
        data = {"limit": str(MAX_RULE_FILES)}
        finding = _unread_finding(self.display_name, "RULE_FILES_TOO_MANY", data)
        rule = rule_of(self.display_name, FALLBACK, self.layer)
        return LoadedFile(self.path / _OTHERS, rule, (finding,), is_fallback=True)

    def _display_name(self, name: str) -> str:
        """The name of a file for people, without `./` in the current folder; that of the folder
        for ""."""
        return f"{self.display_name}/{shown_name(name)}".rstrip("/").removeprefix("./")

    def _stored(self) -> Mapping[str, JsonObject]:
        """The folder's last valid documents, as stored by any process, which may have read a file
        later than this one."""
        return (
            self.stored_rules.last_valid_rules(self.display_name)
            if self._unsaved is None
            else self._unsaved
        )

    def _last_valid(
        self, name: str, document: JsonObject | None, findings: tuple[Finding, ...]
    ) -> LoadedFile:
        """The document if it is still valid in this version, else the fallback."""
        shown = self._display_name(name)
        if document is None or check_document(shown, document):
            document = FALLBACK
        rule = rule_of(shown, document, self.layer)
        return LoadedFile(self.path / name, rule, findings, document is FALLBACK)

    def _unreadable(self, error: OSError) -> tuple[LoadedFile, ...]:
        """The files of a folder that cannot be read: as last read, else as stored."""
        if self._stamps is None and not self._files:
            words = f"the folder cannot be read ({error.strerror}); make it one this user can read"
            self._files = self._last_stored(words)
        return self._files

    def _last_stored(self, words: str) -> tuple[LoadedFile, ...]:
        valid: Mapping[str, JsonObject | None] = self._stored() or {"": None}
        loaded = []
        for name in sorted(valid):
            finding = Finding(self._display_name(name), None, "", words)
            loaded.append(self._last_valid(name, valid[name], (finding,)))
        return tuple(loaded)

    def _store(self) -> bool:
        """Store the valid documents if they changed; False if that failed and has to be retried."""
        valid = self._valid_documents()
        try:
            self._store_changed(valid)
        except StoreUnavailable as error:
            _log.warning(
                "the rules of %s are in force but could not be stored: %s", self.display_name, error
            )
            self._unsaved = valid
            return False
        self._unsaved = None
        return True

    def _valid_documents(self) -> dict[str, JsonObject]:
        return {
            file.path.name: file.rule.document
            for file in self._files
            if file.rule is not None and not file.is_fallback
        }

    def _store_changed(self, valid: Mapping[str, JsonObject]) -> None:
        text = _as_text(valid)
        if self._stored_text is None:
            self._stored_text = _as_text(self.stored_rules.last_valid_rules(self.display_name))
        if self._stored_text != text:
            self.stored_rules.save_valid_rules(self.display_name, valid, time.time())
            self._stored_text = text


@dataclass(slots=True)
class _Found:
    """What is in a folder: how many entries, and the stamp of each file that counts, by name."""

    entries: int = 0
    stamps: dict[str, Stamp] = field(default_factory=dict)
    #: What changes in it is seen by its own stamp, and by those of its files that count.
    is_plain: bool = True
    _rules: int = 0
    _unread: int = 0

    def take(self, entry: os.DirEntry[str]) -> None:
        """Count an entry; they come in the order of their names."""
        self.entries += 1
        kind = kind_of_name(entry.name)
        if kind == "nobody":
            return
        if kind == "rule" and self._rules < MAX_RULE_FILES:
            self._rules += 1
            self.stamps[entry.name] = stamp_of(stat_of(entry))
        elif kind == "unread" and self._unread < MAX_UNREAD_FILES:
            unread = _unread_stamps(entry)
            self._unread += len(unread)
            self.stamps |= unread
            self.is_plain &= not is_folder(entry)
        else:
            self.stamps[_OTHERS] = (0, 0, 0, 0)
            self.is_plain = False


def _name_below(folder: Path, path: Path) -> str:
    return _OTHERS if path == folder else path.relative_to(folder).as_posix()


def _as_text(documents: Mapping[str, JsonObject]) -> str:
    return json.dumps(sorted(documents.items(), key=lambda item: item[0]))


def _unread_stamps(entry: os.DirEntry[str]) -> dict[str, Stamp]:
    """The stamps of a file that is not read, or of all below a folder."""
    if not is_folder(entry):
        return {entry.name: stamp_of(stat_of(entry))}
    if is_hidden(entry.name):
        return {}
    below = islice(files_below(Path(entry.path)), MAX_FILES)
    return {f"{entry.name}/{name}": stamp_of(known) for name, known in below}


def _unread_finding(name: str, code: UnreadCode, data: Mapping[str, str]) -> Finding:
    return Finding(name, None, "", finding_text(code, data), code)


def unread_file(
    path: Path, name: str, code: UnreadCode, data: Mapping[str, str], layer: Layer
) -> LoadedFile:
    """A file that is not read. If it may set a switch, it counts as one that was never valid."""
    finding = _unread_finding(name, code, data)
    may_forbid = may_set_a_switch(path)
    rule = rule_of(name, FALLBACK, layer) if may_forbid else None
    return LoadedFile(path, rule, (finding,), is_fallback=may_forbid)


def _are_settled(stamps: dict[str, Stamp]) -> bool:
    now = time.time_ns()
    return all(_age_ns(stamp, now) > MIN_SETTLED_AGE_NS for stamp in stamps.values())


def _age_ns(stamp: Stamp, now: int) -> int:
    """The time since content or permissions changed; a time in the future counts by its
    distance."""
    content_ns, rights_ns, _, _ = stamp
    return min(abs(now - content_ns), abs(now - rights_ns))
