"""Values on the command line: numbers in their range, ports, names. Each type raises argparse's
error with what is accepted."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from functools import partial
from pathlib import Path

from zsf_plugin.settings import MAX_RETENTION_DAYS

MAX_COUNT = 1_000_000_000
_MAX_DIGITS = len(str(MAX_COUNT))
MAX_SECONDS = 31_536_000  # a year
MAX_PORT = 65_535
MAX_WORKSPACE_LENGTH = 255  # as in schemas/purchase.schema.json
STDIN = Path("-")


def whole_number(least: int, most: int) -> Callable[[str], int]:
    """The type of a whole number in that range."""
    return partial(_whole_number_in, least, most)


def _whole_number_in(least: int, most: int, text: str) -> int:
    if _is_in_range(text, least, most):
        return int(text)
    raise _not_accepted(text, f"give a whole number from {least} to {most}")


def _is_in_range(text: str, least: int, most: int) -> bool:
    return is_whole(text) and least <= int(text) <= most


def is_whole(text: str) -> bool:
    """Whether the text is a whole number in ASCII digits, of a length that is safe to convert."""
    digits = text.removeprefix("-")
    return digits.isascii() and digits.isdigit() and len(digits) <= _MAX_DIGITS


def seconds(text: str) -> float:
    """More than 0 seconds, at most a year."""
    number = _number(text)
    if 0 < number <= MAX_SECONDS:
        return number
    raise _not_accepted(text, f"give a number of seconds above 0, at most {MAX_SECONDS}")


def percent(text: str) -> float:
    """A number from 0 to 100, with or without a `%` behind it."""
    number = _number(text.removesuffix("%"))
    if 0 <= number <= 100:
        return number
    raise _not_accepted(text, "give a number from 0 to 100")


def days(text: str) -> int:
    """A number of days, with or without a `d` behind it."""
    number = int(text.removesuffix("d")) if is_whole(text.removesuffix("d")) else 0
    if 1 <= number <= MAX_RETENTION_DAYS:
        return number
    raise _not_accepted(text, f"give a number of days from 1 to {MAX_RETENTION_DAYS}, as 400d")


def port(text: str) -> int:
    """A port; 0 stands for any free one."""
    if _is_in_range(text, 0, MAX_PORT):
        return int(text)
    raise _not_accepted(text, f"a port is a number between 0 and {MAX_PORT}")


def workspace_name(text: str) -> str:
    """The name of a workspace, as events have it."""
    if text.strip() and len(text) <= MAX_WORKSPACE_LENGTH and _is_unicode(text):
        return text
    accepted = f"give 1 to {MAX_WORKSPACE_LENGTH} characters of UTF-8, not all blank"
    raise _not_accepted(text[:20], accepted)


def identifier(text: str) -> str:
    """An id or a cause."""
    return _filled(text, "give it as `zsf outbox list` does")


def name(text: str) -> str:
    """A name or an address that Salesforce knows."""
    return _filled(text, "give at least one character, in UTF-8")


def path(text: str) -> Path:
    """A file or folder."""
    return Path(place(text))


def place(text: str) -> str:
    """A path or a revision. An empty text, as a script's unset variable gives, is not the current
    folder."""
    if not text:
        raise _not_accepted(text, "give a path")
    return text


def _filled(text: str, accepted: str) -> str:
    if text and _is_unicode(text):
        return text
    raise _not_accepted(text, accepted)


def _not_accepted(text: str, accepted: str) -> argparse.ArgumentTypeError:
    return argparse.ArgumentTypeError(f"{text!r} is not accepted; {accepted}")


def _number(text: str) -> float:
    """The number; for any other text NaN, which is in no range."""
    try:
        return float(text)
    except ValueError:
        return math.nan


def _is_unicode(text: str) -> bool:
    """Whether the text is more than bytes that the shell passed on undecoded."""
    return all(not "\ud800" <= character <= "\udfff" for character in text)
