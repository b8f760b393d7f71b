"""The streams of a command: data on stdout; notes, errors and progress on stderr. Tables and
wording are in `output`.

`zsf --help` loads this: what only other commands need is imported where it is used.
"""

from __future__ import annotations

import io
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress

#: What ends sooner shows no progress.
PROGRESS_DELAY_S = 2.0
#: JSON as `json.dumps` takes it.
Document = object

#: Characters that a terminal obeys instead of showing; ids and Salesforce's messages may hold them.
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
#: What `json.dumps` leaves as it is, and a stream or a terminal may not take.
_UNSAFE_IN_JSON = r"[\ud800-\udfff\x7f-\x9f]"

#: What hands out work to a worker, and reaches its database.
_LIBRARIES = ("procrastinate", "psycopg", "asyncio")


class _Verbosity:
    """How much of the work goes to stderr: `--quiet`, `--verbose`, or neither."""

    is_quiet = False
    is_verbose = False


def set_verbosity(*, quiet: bool = False, verbose: bool = False) -> None:
    """Follow `--quiet` (no notes, no progress) and `--verbose` (details and the log)."""
    _Verbosity.is_quiet = quiet
    _Verbosity.is_verbose = verbose and not quiet
    if quiet or verbose:
        _configure_log("DEBUG" if _Verbosity.is_verbose else "ERROR")


def _configure_log(level: str) -> None:
    import logging

    logging.basicConfig(stream=sys.stderr, format="%(name)s: %(message)s")
    logging.getLogger("zsf_plugin").setLevel(level)


def hide_logs_of_libraries() -> None:
    """Hide what the libraries below a worker log, with tracebacks, of what its own log says in one
    line; `--verbose` shows it."""
    if _Verbosity.is_verbose:
        return
    import logging

    for name in _LIBRARIES:
        logging.getLogger(name).setLevel(logging.CRITICAL)


def is_quiet() -> bool:
    """Whether `--quiet` was given."""
    return _Verbosity.is_quiet


def is_verbose() -> bool:
    """Whether `--verbose` was given, without `--quiet`."""
    return _Verbosity.is_verbose


class _Stdout:
    """What stdout got so far."""

    has_document = False


def has_said_json() -> bool:
    """Whether stdout got its JSON document, or the beginning of it."""
    return _Stdout.has_document


def prepare_streams() -> None:
    """Make stdout and stderr take any text: a closed one discards it, and characters outside its
    encoding are escaped."""
    _Stdout.has_document = False
    sys.stdout = sys.stdout or _devnull()
    sys.stderr = sys.stderr or _devnull()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _devnull() -> io.TextIOWrapper:
    return open(os.devnull, "w", encoding="utf-8")


class StdoutUnread(Exception):
    """Who read stdout has gone: only a command whose whole work is to write there stops for it."""


def discard_stdout() -> None:
    """Send what is left in stdout's buffer, and what follows, nowhere: the interpreter ends
    quietly."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextmanager
def _writing_stdout() -> Iterator[None]:
    """Raises OutputError for what the system refuses, StdoutUnread if nobody reads any more."""
    try:
        yield
    except BrokenPipeError as error:
        discard_stdout()
        raise StdoutUnread from error
    except OSError as error:
        from zsf_plugin.cli.failures import OutputError

        raise OutputError(error.strerror or type(error).__name__) from error


def write(text: str) -> None:
    """Write text to stdout as it is, at once. If nobody reads any more, the command still ends as
    its work did, with that exit code. Raises OutputError."""
    with suppress(StdoutUnread):
        write_while_read(text)


def write_while_read(text: str) -> None:
    """Write text to stdout as it is, at once. Raises OutputError, StdoutUnread: for a command that
    does nothing but write, there is no work to finish."""
    with _writing_stdout():
        sys.stdout.write(text)
        sys.stdout.flush()


def flush() -> None:
    """Flush what others wrote to stdout. Raises OutputError."""
    with suppress(StdoutUnread), _writing_stdout():
        sys.stdout.flush()


def say(text: str = "") -> None:
    """One line of data on stdout."""
    write(f"{printable(text)}\n")


def say_json(document: Document) -> None:
    """The one JSON document of stdout."""
    text = _json_text(document)
    _Stdout.has_document = True
    write(f"{text}\n")


def note(text: str) -> None:
    """One line about the work on stderr; nothing with `--quiet`."""
    if not is_quiet():
        warn(text)


def detail(text: str) -> None:
    """One line on stderr for who wants to know more: only with `--verbose`."""
    if is_verbose():
        warn(text)


def warn(text: str) -> None:
    """One line on stderr that a person has to see, also with `--quiet`."""
    with suppress(OSError, ValueError):
        sys.stderr.write(f"{printable(text)}\n")
        sys.stderr.flush()


def printable(text: str) -> str:
    """The text without characters that a terminal obeys."""
    return _CONTROLS.sub("\ufffd", text)


def _json_text(document: Document) -> str:
    import json

    text = json.dumps(document, ensure_ascii=not _takes_unicode(), indent=2, default=str)
    return re.sub(_UNSAFE_IN_JSON, _json_escape, text)


def _takes_unicode() -> bool:
    return (sys.stdout.encoding or "").lower().startswith("utf")


def _json_escape(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"


@contextmanager
def progress(text: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """Show a bar after two seconds, until the block ends; call the value with the count so far.
    Nothing without a terminal, or with `--quiet`."""
    if is_quiet() or not sys.stderr.isatty():
        yield _ignore
        return
    import threading

    bar = _Bar(text, total)
    timer = threading.Timer(PROGRESS_DELAY_S, bar.start)
    timer.daemon = True
    timer.start()
    try:
        yield bar.update
    finally:
        timer.cancel()
        bar.stop()


def _ignore(_: int) -> None:
    """Nobody is watching."""


class _Bar:
    """A bar that appears once it is started. Its thread and the command's may call at once."""

    def __init__(self, text: str, total: int | None) -> None:
        import threading

        self._text = text
        self._total = total
        self._done = 0
        self._has_ended = False
        self._lock = threading.Lock()
        self._shown: Progress | None = None

    def start(self) -> None:
        """Show the bar, unless the work has ended."""
        with self._lock:
            if not self._has_ended:
                self._shown = self._new_progress()
                self._shown.start()

    def _new_progress(self) -> Progress:
        progress = _rich_progress()
        progress.add_task(self._text, total=self._total, completed=self._done)
        return progress

    def update(self, done: int) -> None:
        """Show the count so far."""
        self._done = done
        if self._shown is not None:
            for task in self._shown.task_ids:
                self._shown.update(task, completed=done)

    def stop(self) -> None:
        """Remove the bar."""
        with self._lock:
            self._has_ended = True
            if self._shown is not None:
                self._shown.stop()


def _rich_progress() -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    )
