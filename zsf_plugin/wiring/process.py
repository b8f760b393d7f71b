"""This process and its machine: real time, names for lease owners, and whether another owner is
still alive."""

from __future__ import annotations

import os
import secrets
import socket
import sys
import time
from functools import lru_cache
from pathlib import Path


class SystemClock:
    """The machine's clock."""

    def now(self) -> float:
        """Seconds since 1970."""
        return time.time()

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
    """Owners named `machine/boot/pid/started/nonce`, since another process may get the same
    pid."""

    def new_owner(self) -> str:
        """A unique name."""
        return f"{_process_name(os.getpid())}/{secrets.token_hex(4)}"

    def is_dead(self, owner: str) -> bool:
        """Whether that owner ran on this machine and is gone; False if that cannot be known."""
        parts = owner.split("/")
        if len(parts) != 5 or parts[0] != socket.gethostname():
            return False
        _, boot, pid, started, _ = parts
        if boot != _boot_id():
            return True
        if started == "-" or not Path("/proc/self/stat").exists():
            return not _exists(int(pid))
        return _started(int(pid)) != started


@lru_cache(maxsize=1)
def _process_name(pid: int) -> str:
    """`machine/boot/pid/started` of this process, cached by pid: a fork has another."""
    return f"{socket.gethostname()}/{_boot_id()}/{pid}/{_started(pid) or '-'}"


@lru_cache(maxsize=1)
def _boot_id() -> str:
    """Identifies this boot of the machine; "-" if the system does not say."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return "-"


def _started(pid: int) -> str | None:
    """When the process started, in kernel ticks; None if there is none, or it is a zombie."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] == "Z" else fields[19]


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
