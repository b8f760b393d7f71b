"""This process and its machine: real time, names for lease owners, and whether another owner is
dead.

An owner counts as dead only if it certainly was one of the processes that this one can see: on the
same machine, under the same running kernel, with process ids of the same namespace (each container
has its own). Whether any other lives, only its lease shows.
"""

from __future__ import annotations

import os
import sys
import time
from functools import lru_cache
from pathlib import Path

#: In an owner's name: what this system does not say.
UNKNOWN = "-"

#: Linux counts what it slept by this clock only; macOS by the one that Linux stops meanwhile.
_BOOT_CLOCK: int | None = getattr(
    time, "CLOCK_MONOTONIC" if sys.platform == "darwin" else "CLOCK_BOOTTIME", None
)


class SystemClock:
    """The machine's clock."""

    def now(self) -> float:
        """Seconds since 1970."""
        return time.time()

    def monotonic(self) -> float:
        """Seconds since some moment, never set."""
        return time.monotonic()

    def since_boot(self) -> float | None:
        """Seconds since the start, with those that the machine slept; None without such a clock."""
        return None if _BOOT_CLOCK is None else time.clock_gettime(_BOOT_CLOCK)

    def sleep(self, seconds: float) -> None:
        """Sleep for this many seconds."""
        time.sleep(seconds)


def is_before_fork() -> bool:
    """Whether uWSGI is still loading the application into the process that it forks.

    Python does not learn of that fork: a thread that runs at that moment may leave a worker waiting
    for the interpreter's lock for ever. So threads start in its workers only, which have a number.
    """
    server = sys.modules.get("uwsgi")
    if server is None:
        return False
    numbers = [getattr(server, name, None) for name in ("worker_id", "mule_id")]
    is_spooler = getattr(server, "i_am_the_spooler", None)
    if not all(map(callable, numbers)) or (callable(is_spooler) and is_spooler()):
        return False
    return not any(number() for number in numbers if callable(number))


def runs_threads() -> bool:
    """Whether threads run here beside requests: a uWSGI without `enable-threads` runs none."""
    return bool(getattr(sys.modules.get("uwsgi"), "has_threads", True))


class ProcessIdentity:
    """Names the owners of this process (`OwnerName`), and checks those of others."""

    def new_owner(self) -> str:
        """A unique name."""
        return _process_name(os.getpid()) + os.urandom(4).hex()

    def is_dead(self, owner: str) -> bool:
        """Whether that owner is certainly gone; False if that cannot be known."""
        from zsf_plugin.sync.leases import read_owner  # whoever takes a lease has loaded it

        name = read_owner(owner)
        if name is None or UNKNOWN in (name.boot, name.namespace):
            return False
        if (name.machine, name.boot, name.namespace) != _place():
            return False
        return not _is_running(name.pid, name.started)


@lru_cache(maxsize=1)
def _process_name(pid: int) -> str:
    """The name of this process without its token; by its id, since a server may fork unknown to
    Python."""
    return "/".join((*_place(), str(pid), _started(pid) or UNKNOWN, ""))


if hasattr(os, "register_at_fork"):
    # A fork is another process, and may even have the same id in a namespace of its own.
    os.register_at_fork(after_in_child=_process_name.cache_clear)


def _place() -> tuple[str, str, str]:
    """The machine, the running kernel (all containers on it have the same), and the process ids
    that this process sees; `UNKNOWN` for what the system does not say."""
    import socket  # by `late_modules` in a thread of ours

    machine = socket.gethostname().replace("/", "_")
    if sys.platform == "darwin":
        return machine, _darwin_boot_session(), "all"  # there is one set of process ids
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        namespace = os.readlink("/proc/self/ns/pid")
    except (OSError, UnicodeError):
        return machine, UNKNOWN, UNKNOWN
    return machine, boot.replace("/", "_") or UNKNOWN, namespace.replace("/", "_")


def _is_running(pid: int, started: str) -> bool:
    """Whether that process of ours exists. One that we may not look at does."""
    now_started = _started(pid)
    if now_started is not None and started != UNKNOWN:
        return now_started == started
    if now_started == _ENDED:
        return False
    return _exists(pid)


#: In place of its start: a process that has ended, and that its parent has not noticed.
_ENDED = "ended"


def _started(pid: int) -> str | None:
    """When the process started, in kernel ticks, or `_ENDED`; None if /proc does not say."""
    try:
        if os.readlink("/proc/self") != str(os.getpid()):
            return None  # /proc is of another namespace: its numbers are not ours
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()
    return _ENDED if fields[0] in "ZX" else fields[19]


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _darwin_boot_session() -> str:
    import ctypes

    text, size = ctypes.create_string_buffer(64), ctypes.c_size_t(64)
    found = ctypes.CDLL(None).sysctlbyname(
        b"kern.bootsessionuuid", text, ctypes.byref(size), None, ctypes.c_size_t(0)
    )
    return text.value.decode("ascii", "replace") if found == 0 and text.value else UNKNOWN
