"""How many downloads of a workspace run at a time, so that its pages have threads too: some servers
go on with one that the browser has cancelled, until it ends."""

from __future__ import annotations

import threading
from functools import partial
from weakref import WeakKeyDictionary, ref

from flask import Response
from werkzeug.exceptions import TooManyRequests

MAX_DOWNLOADS = 2
#: The workspaces of the responses that are not closed yet.
_running: WeakKeyDictionary[Response, str] = WeakKeyDictionary()
_lock = threading.Lock()


def limit_downloads(response: Response, workspace: str) -> None:
    """Count the response as a download until it is closed. Raises TooManyRequests if the workspace
    has the most of them already."""
    with _lock:
        if list(_running.values()).count(workspace) >= MAX_DOWNLOADS:
            raise TooManyRequests
        _running[response] = workspace
    response.call_on_close(partial(_end, ref(response)))


def _end(response: ref[Response]) -> None:
    found = response()
    if found is not None:
        _running.pop(found, None)
