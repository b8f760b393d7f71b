"""Waits for the answer to a sign-in while a person may paste it: the browser runs on another
machine, as with a container or a remote shell, and ends on an address that leads nowhere."""

from __future__ import annotations

import os
import select
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from queue import Empty, Queue
from threading import Thread

from zsf_plugin.cli.failures import CommandError
from zsf_plugin.cli.streams import note, warn
from zsf_plugin.connect import Callback

_POLL_S = 0.2
_MAX_LINE = 65536


def reads_terminal() -> bool:
    """Whether a person can paste on this command's stdin."""
    return bool(sys.stdin and sys.stdin.isatty())


def wait_for_pasted(callback: Callback, seconds: float, *, only: bool) -> dict[str, str]:
    """The callback's query, from the browser or from a line of stdin. With `only`, nothing else can
    bring it. Raises ReconnectRequired if none comes in time, CommandError if stdin ends first."""
    deadline = time.monotonic() + seconds
    note(
        "If the browser cannot reach this machine, it ends on an address that begins with "
        f"{callback.redirect_uri}: paste that address here."
    )
    unread = ""
    for line in map(str.strip, _lines(callback, deadline)):
        unread = (unread + line)[-_MAX_LINE:]  # a mail program may have wrapped the address
        if line and not callback.offer_text(line) and not callback.offer_text(unread):
            warn(
                "zsf: that is not the answer to this sign-in: paste the whole address, with code= "
                "and state=, of the sign-in that was started above"
            )
    if only and not callback.has_come and time.monotonic() < deadline:
        hint = f"paste the address that begins with {callback.redirect_uri}"
        raise CommandError("no_callback", "stdin ended without the callback URL", hint)
    return callback.wait(max(0.0, deadline - time.monotonic()))


def _lines(callback: Callback, deadline: float) -> Iterator[str]:
    """The lines of stdin, until the answer has come, the time is over, or stdin ends."""
    rest = b""
    for content in _contents(callback, deadline):
        *lines, rest = (rest + content).split(b"\n")
        for line in [*lines, rest] if not content else lines:
            yield line.decode("utf-8", "replace")
        rest = rest[-_MAX_LINE:]


def _contents(callback: Callback, deadline: float) -> Iterator[bytes]:
    """What comes from stdin, and b"" at its end; nothing if it is closed.

    Read without Python's buffer: a thread that waits in it would keep the process from ending.
    """
    if sys.stdin is None:
        return
    read = _read_now if hasattr(os, "tcgetpgrp") else _read_in_thread(sys.stdin.fileno())
    while not callback.has_come and time.monotonic() < deadline:
        content = read(callback)
        if content is not None:
            yield content
        if content == b"":
            return


def _read_now(callback: Callback) -> bytes | None:
    """What stdin has now or soon; None if it has nothing."""
    source = sys.stdin.fileno()
    if _is_in_background(source):
        callback.wait_a_moment(_POLL_S)
        return None
    if not select.select([source], [], [], _POLL_S)[0]:
        return None
    return _read(source)


def _read_in_thread(source: int) -> Callable[[Callback], bytes | None]:
    """The same where only sockets can be waited for, as on Windows."""
    contents = Queue[bytes]()

    def read_all() -> None:
        content = _read(source)
        while content:
            contents.put(content)
            content = _read(source)
        contents.put(content)

    def read(_: Callback) -> bytes | None:
        with suppress(Empty):
            return contents.get(timeout=_POLL_S)
        return None

    Thread(target=read_all, name="zsf-stdin", daemon=True).start()
    return read


def _read(source: int) -> bytes:
    """What stdin has; b"" at its end, and if it cannot be read."""
    try:
        return os.read(source, _MAX_LINE)
    except OSError:
        return b""


def _is_in_background(source: int) -> bool:
    """Whether another job has the terminal: reading would stop this one (SIGTTIN)."""
    try:
        return os.tcgetpgrp(source) != os.getpgrp()
    except OSError:
        return False
