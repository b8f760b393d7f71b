"""Waits for the answer to a sign-in while a person may paste it: the browser runs on another
machine, as with a container or a remote shell, and ends on an address that leads nowhere."""

from __future__ import annotations

import os
import select
import sys
import time
from collections.abc import Iterator

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
    for line in _lines(callback, deadline):
        if line.strip() and not callback.offer_text(line):
            warn(
                "zsf: that is not the answer to this sign-in: paste the whole address, with code= "
                "and state=, of the sign-in that was started above"
            )
    if only and not callback.has_come and time.monotonic() < deadline:
        hint = f"paste the address that begins with {callback.redirect_uri}"
        raise CommandError("no_callback", "stdin ended without the callback URL", hint)
    return callback.wait(max(0.0, deadline - time.monotonic()))


def _lines(callback: Callback, deadline: float) -> Iterator[str]:
    """The lines of stdin, until the answer has come, the time is over, or stdin ends.

    Read without Python's buffer: a thread that waits in it would keep the process from ending.
    """
    source, rest = sys.stdin.fileno(), b""
    while not callback.has_come and time.monotonic() < deadline:
        if _is_in_background(source):
            callback.wait_a_moment(_POLL_S)
            continue
        if not select.select([source], [], [], _POLL_S)[0]:
            continue
        content = os.read(source, _MAX_LINE)
        rest += content
        *lines, rest = rest.split(b"\n")
        for line in [*lines, rest] if not content else lines:
            yield line.decode("utf-8", "replace")
        if not content:
            return
        rest = rest[-_MAX_LINE:]


def _is_in_background(source: int) -> bool:
    """Whether another job has the terminal: reading would stop this one (SIGTTIN)."""
    try:
        return os.tcgetpgrp(source) != os.getpgrp()
    except OSError:
        return False
