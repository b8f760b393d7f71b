"""The misplaced files of each workspace, looked for when a person asks for findings, and else
every few seconds, if the folders they could be in changed: every event asks.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from zsf_plugin.rulebook.folder import MIN_SETTLED_AGE_NS, LoadedFile, unread_file
from zsf_plugin.rulebook.strays import Stray, misplaced

#: How long nothing is looked at, in seconds: three stats for each event would cost more than the
#: rest of its rules.
LOOK_EVERY_S = 5.0

#: In nanoseconds; empty for those that are not to be believed.
_Times = list[int]


def _unread(stray: Stray) -> LoadedFile:
    return unread_file(stray.path, stray.name, stray.code, stray.data, "config")


class MisplacedFiles:
    """What lies outside the folders of rules. Not thread-safe: the rulebook holds a lock.

    `due` has the (monotonic) time from which on each workspace's must be looked for again, in
    seconds; until then `known` are they.
    """

    def __init__(self, config_dir: Path) -> None:
        self.due: dict[str, float] = {}
        self.known: dict[str, tuple[LoadedFile, ...]] = {}
        self._config_dir = config_dir
        self._times: dict[str, _Times] = {}

    def look_again(self, workspace: str) -> None:
        """Look again for that workspace at the next event, whatever the folders' times say."""
        self.due.pop(workspace, None)
        self._times.pop(workspace, None)

    def files(self, workspace: str, now_s: float, *, is_safe: bool) -> tuple[LoadedFile, ...]:
        """The files that are not read, looked for if that is due; see `look`."""
        if self.due.get(workspace, 0.0) <= now_s:
            self.look(workspace, now_s, is_safe=is_safe)
        return self.known[workspace]

    def look(self, workspace: str, now_s: float, *, is_safe: bool) -> None:
        """Find the files that are not read, if the folders changed. `now_s` is the (monotonic)
        time; `is_safe`: the workspace may have a folder of its own."""
        self.due[workspace] = now_s + LOOK_EVERY_S
        times = [*map(_changed_ns, self._folders_of(workspace))]
        if self._times.get(workspace) == times:
            return
        files = self._look(workspace, is_safe=is_safe)
        if self.known.get(workspace) != files:
            self.known[workspace] = files
        is_settled = all(abs(time.time_ns() - at) > MIN_SETTLED_AGE_NS for at in times)
        self._times[workspace] = times if is_settled else []

    def _look(self, workspace: str, *, is_safe: bool) -> tuple[LoadedFile, ...]:
        return tuple(map(_unread, misplaced(self._config_dir, workspace, is_safe=is_safe)))

    def _folders_of(self, workspace: str) -> tuple[str, ...]:
        """The folders whose entries may change what is misplaced."""
        shared = os.path.join(self._config_dir, "workspaces")
        return (str(self._config_dir), shared, os.path.join(shared, workspace))


def _changed_ns(folder: str) -> int:
    """When the folder's entries changed last; 0 if it is not there."""
    try:
        return os.stat(folder).st_mtime_ns
    except (OSError, ValueError):  # a workspace's name may hold what no path may
        return 0
