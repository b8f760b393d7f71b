"""How a command that could not run says so: one line on stderr, with `--json` one document on
stdout too, and the exit code."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterable
from contextlib import suppress
from typing import NamedTuple

from zsf_plugin.cli.main import EXIT_FAILED, EXIT_INTERRUPTED
from zsf_plugin.cli.streams import has_said_json, say_json, warn
from zsf_plugin.errors import (
    ConfigurationError,
    ReconnectRequired,
    Unavailable,
    ZsfError,
    missing_module,
)
from zsf_plugin.messages.connection import connection_advice, connection_why
from zsf_plugin.messages.unanswered import unserved_text

INTERRUPTED = "Interrupted. Progress is saved; run it again to continue."
#: How many names a hint lists.
MAX_LISTED = 10
#: How like two names are, from 0 to 1, for one to be a mistyped other.
MIN_LIKENESS = 0.7

_WORD_START = re.compile(r"(?<=[a-z])(?=[A-Z])")
_RUN_AGAIN = "run it again later; progress is saved"
#: What to do about an error whose message does not say it, by its code.
_HINTS = {
    "quota_reached": "run it again when calls are left; `zsf status` shows how many are used",
    "fenced": "run it again: it looks first, and finishes",
    "output": "free some space, or write to another place",
}


#: The same of what the system refuses, by its number.
_SYSTEM_HINTS = {
    errno.EACCES: "let this user read and write it, and the folders above it",
    errno.EPERM: "let this user read and write it, and the folders above it",
    errno.ENOENT: "create it, or name another",
    errno.ENOTDIR: "a file is where a folder should be; name another path",
    errno.EISDIR: "a folder is where a file should be; name another path",
    errno.ELOOP: "a symbolic link leads to itself; correct it, or name another path",
    errno.ENOSPC: _HINTS["output"],
    errno.EROFS: "name a path on a disk that can be written to",
}
_SYSTEM_HINT = "see that it can be read and written, and run it again"


class CommandError(ZsfError):
    """A command refuses what it was given. `code` is stable, `what` is wrong, `hint` says what to
    do."""

    def __init__(self, code: str, what: str, hint: str) -> None:
        super().__init__(f"{what}; {hint}")
        self.code = code
        self.what = what
        self.hint = hint


class UsageError(CommandError):
    """The command line itself cannot be understood."""

    def __init__(self, what: str, hint: str) -> None:
        super().__init__("usage", what, hint)


class OutputError(ZsfError):
    """Stdout cannot be written to: the disk is full, or the device is gone."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"cannot write to stdout ({reason})")


#: What a command may end with. Anything else is a defect.
EXPECTED = (ZsfError, OSError, ImportError, KeyboardInterrupt)


class Failure(NamedTuple):
    """Why a command could not run: the lines for stderr, and the same for scripts."""

    lines: tuple[str, ...]
    code: str
    message: str
    hint: str | None
    exit_code: int = EXIT_FAILED

    def as_json(self) -> dict[str, object]:
        """The document on stdout with `--json`."""
        return {"error": {"code": self.code, "message": self.message, "hint": self.hint}}


def report_failure(error: BaseException, *, as_json: bool) -> int:
    """Report the error; return the exit code. With `as_json`, stdout gets a document, unless it has
    one already."""
    failure = failure_of(error)
    if as_json and not has_said_json():
        with suppress(OutputError):
            say_json(failure.as_json())
    for line in failure.lines:
        warn(line)
    return failure.exit_code


def failure_of(error: BaseException) -> Failure:
    """What to report of an error that a command may end with."""
    match error:
        case KeyboardInterrupt():
            return Failure((INTERRUPTED,), "interrupted", INTERRUPTED, None, EXIT_INTERRUPTED)
        case CommandError():
            return _failure(error.code, error.what, error.hint, str(error))
        case ConfigurationError():
            return _failure("configuration", str(error), None, *error.findings)
        case ReconnectRequired():
            hint = connection_advice(error) or None
            return _failure("reconnect_required", connection_why(error), hint, str(error))
        case Unavailable():
            message = unanswered_in_words(error)
            return _failure(_code_of(error), message, _RUN_AGAIN, f"{message}; {_RUN_AGAIN}")
        case ImportError():
            message = missing_module(error)
            return _failure("missing_module", message, None, message)
        case OSError():
            message, hint = _system_error(error), system_hint(error)
            return _failure("system", message, hint, f"{message}; {hint}" if hint else message)
        case _:
            message, code = str(error) or type(error).__name__, _code_of(error)
            hint = _HINTS.get(code)
            return _failure(code, message, hint, f"{message}; {hint}" if hint else message)


def unanswered_in_words(error: Unavailable) -> str:
    """Why Salesforce gave no usable answer."""
    return unserved_text(error.code, str(error))


def _failure(code: str, message: str, hint: str | None, *texts: str) -> Failure:
    lines = tuple(f"zsf: {' '.join(text.split())}" for text in texts)
    return Failure(lines, code, " ".join(message.split()), hint)


def _code_of(error: BaseException) -> str:
    """`StoreUnavailable` → `store_unavailable`, `OutputError` → `output`."""
    name = type(error).__name__.removesuffix("Error")
    return _WORD_START.sub("_", name).lower()


def _system_error(error: OSError) -> str:
    reason = error.strerror or type(error).__name__
    return f"{error.filename}: {reason}" if error.filename else reason


def system_hint(error: OSError) -> str | None:
    """What to do about what the system refuses; what is raised without a number says so itself."""
    return None if error.errno is None else _SYSTEM_HINTS.get(error.errno, _SYSTEM_HINT)


def closest(name: str, known: Iterable[str]) -> str:
    """`did you mean 'status'? ` for a name that is nearly one of the known ones, else nothing."""
    from difflib import get_close_matches

    near = get_close_matches(name, list(known), 1, MIN_LIKENESS)
    return f"did you mean {near[0]!r}? " if near else ""


def listed(names: Iterable[str]) -> str:
    """The first names, and how many more there are."""
    every = list(names)
    more = f", … {len(every) - MAX_LISTED} more" if len(every) > MAX_LISTED else ""
    return ", ".join(every[:MAX_LISTED]) + more
