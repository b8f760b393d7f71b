"""Files that commands read, `-` being stdin: UTF-8 with or without a byte order mark, and nothing
else."""

from __future__ import annotations

import codecs
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from zsf_plugin.cli.arguments import STDIN
from zsf_plugin.cli.failures import CommandError
from zsf_plugin.cli.streams import note

#: How text in UTF-16 begins.
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_IS_UTF_16 = "UTF-16, not UTF-8"
_SAVE_AS_UTF_8 = "save the file as UTF-8"


def is_stdin(path: Path) -> bool:
    """Whether the path stands for standard input."""
    return path == STDIN


def name_of(path: Path) -> str:
    """What messages call the file."""
    return "stdin" if is_stdin(path) else str(path)


def read_text(path: Path, wanted: str) -> str:
    """The text of a file. Raises CommandError, which asks for what is `wanted`."""
    with _open(path, wanted) as file:
        content = file.read()
    try:
        return decoded(content, is_first=True)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise unusable(path, f"{line}: {not_utf8(error)}", _SAVE_AS_UTF_8) from error


def numbered_lines(path: Path, wanted: str) -> Iterator[tuple[int, bytes]]:
    """The lines of a file, from 1, not decoded. Raises CommandError, which asks for what is
    `wanted`; also for UTF-16, whose lines mean nothing one by one."""
    with _open(path, wanted) as file:
        for number, line in enumerate(file, 1):
            if number == 1 and line.startswith(_UTF_16):
                raise unusable(path, f" {_IS_UTF_16}", _SAVE_AS_UTF_8)
            yield number, line


def decoded(content: bytes, *, is_first: bool) -> str:
    """UTF-8 as text; at the beginning of a file without the byte order mark. Raises
    UnicodeDecodeError."""
    return (content.removeprefix(codecs.BOM_UTF8) if is_first else content).decode("utf-8")


def not_utf8(error: UnicodeDecodeError) -> str:
    """What is wrong with text that is not UTF-8; quotes nothing but the first wrong byte."""
    if error.object.startswith(_UTF_16):
        return _IS_UTF_16
    return f"not UTF-8 (byte 0x{error.object[error.start]:02X})"


def unusable(path: Path, what: str, hint: str) -> CommandError:
    """The error of a file that cannot be used."""
    return CommandError("unusable_file", f"{name_of(path)}:{what}", hint)


@contextmanager
def _open(path: Path, wanted: str) -> Iterator[BinaryIO]:
    """The file, open for reading. Raises CommandError also for what fails while it is read."""
    try:
        if is_stdin(path):
            yield _stdin()
        else:
            with path.open("rb") as file:
                yield file
    except OSError as error:
        raise unusable(path, f" {error.strerror}", wanted) from error


def _stdin() -> BinaryIO:
    if sys.stdin is None:
        raise OSError(None, "it is closed")
    if sys.stdin.isatty():
        note("Reading from the terminal; end with Ctrl-D")
    return sys.stdin.buffer
