"""What the terminal shows: one JSON document, or calm tables, steps and causes; progress on stderr.
Colour only where it is wanted. The words of steps and causes come from `messages`."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import sys
import textwrap
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime
from itertools import repeat
from typing import TYPE_CHECKING

from zsf_plugin.messages.text import cause_advice, cause_text, reason_text, step_text
from zsf_plugin.model import Cause, Connection, Json, JsonObject, Step

if TYPE_CHECKING:
    from rich.console import Console, JustifyMethod
    from rich.table import Table

    from zsf_plugin.ports import Entry

PROGRESS_EVERY_S = 2.0
#: The width of what is piped, unless COLUMNS says otherwise: wide, as programs read it.
PIPE_COLUMNS = 200
MIN_COLUMNS = 20
#: What a terminal obeys instead of showing; a host's ids and Salesforce's words may hold it.
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
#: What `json.dumps` leaves as it is, and a stream or a terminal may not take.
_UNSAFE_IN_JSON = re.compile(r"[\ud800-\udfff\x7f-\x9f]")


def take_any_text() -> None:
    """Make stdout and stderr show what their encoding lacks as an escape: half a surrogate pair
    ends no command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def say(text: str = "") -> None:
    """One line of data on stdout."""
    sys.stdout.write(f"{_shown(text)}\n")
    sys.stdout.flush()


def tell(text: str) -> None:
    """One line about the work on stderr."""
    sys.stderr.write(f"{_shown(text)}\n")
    sys.stderr.flush()


def fail(text: str) -> int:
    """One error line on stderr; the exit code of what could not run."""
    tell(f"zsf: {' '.join(text.split())}")
    return 2


def say_json(document: Json) -> None:
    """The one JSON document of stdout."""
    sys.stdout.write(f"{_json_text(document)}\n")
    sys.stdout.flush()


def _json_text(document: Json) -> str:
    text = json.dumps(document, ensure_ascii=not _speaks_unicode(), indent=2, default=str)
    return _UNSAFE_IN_JSON.sub(_json_escape, text)


def _speaks_unicode() -> bool:
    return (sys.stdout.encoding or "").lower().startswith("utf")


def _json_escape(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"


def calls_in_words(by_purpose: Mapping[str, int]) -> str:
    """How many API calls, and for what: `3 (purchases 2, upkeep 1)`."""
    purposes = purposes_in_words(by_purpose)
    return f"{sum(by_purpose.values())} ({purposes})" if purposes else "0"


def purposes_in_words(by_purpose: Mapping[str, object]) -> str:
    """API calls by purpose: `purchases 2, upkeep 1`; empty where there are none."""
    return ", ".join(f"{purpose} {calls}" for purpose, calls in sorted(by_purpose.items()))


def kind_of_org(connection: Connection) -> str:
    """What the org is called: a sandbox, or just an org."""
    return "sandbox" if connection.is_sandbox else "org"


def findings_in_words(findings: int) -> str:
    """How much is wrong with the rules, and what to do."""
    what = "1 finding" if findings == 1 else f"{findings} findings"
    return f"{what} in the rules: run `zsf rules check`; what was good before stays in force"


def table(
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    title: str = "",
    styles: Sequence[str] = (),
) -> None:
    """An aligned table on stdout, below its title; nothing is cut when it goes into a pipe.
    `styles`: a colour for each row, or none."""
    if title:
        heading(title)
    aligned = _table_of(columns)
    for row, style in zip(rows, styles or repeat(""), strict=False):
        aligned.add_row(*map(_escaped, row), style=style)
    _print(aligned)


def list_in_line(items: Iterable[str]) -> None:
    """Short items on as few lines of stdout as they fit, none broken in two."""
    glued = [item.replace(" ", "\N{NO-BREAK SPACE}") for item in items]
    lines = textwrap.wrap("   ".join(glued), line_width(), break_on_hyphens=False)
    for line in lines:
        say(line.replace("\N{NO-BREAK SPACE}", " "))


def _table_of(columns: Sequence[str]) -> Table:
    """A table without rows; what is counted (`#…`) stands at the right of its column."""
    from rich import box
    from rich.table import Table

    aligned = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 2, 0, 0))
    for name in columns:
        justify: JustifyMethod = "right" if name.startswith("#") else "left"
        aligned.add_column(name, overflow="fold", justify=justify)
    return aligned


def heading(text: str) -> None:
    """A heading on stdout."""
    _console().print(f"\n[bold]{_escaped(text)}[/bold]")


def pairs(rows: Sequence[tuple[str, str]], *, title: str = "") -> None:
    """Names and values, aligned, below their title."""
    if title:
        heading(title)
    width = max((len(name) for name, _ in rows), default=0)
    for name, value in rows:
        say(f"  {name:{width}}  {value}")


def utc_time(seconds: float | None) -> str:
    """A time for people, in UTC."""
    if seconds is None:
        return "-"
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def progress(words: str, total: int | None) -> AbstractContextManager[Callable[[int], None]]:
    """A bar on a terminal once something takes long, else a line every two seconds; call with the
    count so far."""
    if sys.stderr.isatty():
        return _progress_bar(words, total)
    return nullcontext(_ProgressLines(words, total))


@contextmanager
def _progress_bar(words: str, total: int | None) -> Iterator[Callable[[int], None]]:
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(words, total=total)
        yield lambda done: bar.update(task, completed=done)


class _ProgressLines:
    """Where there is no terminal: the count so far, a line every two seconds."""

    def __init__(self, words: str, total: int | None) -> None:
        self._words = words
        self._of_total = "" if total is None else f" of {total}"
        self._last_at = time.monotonic()

    def __call__(self, done: int) -> None:
        now = time.monotonic()
        if now - self._last_at >= PROGRESS_EVERY_S:
            self._last_at = now
            tell(f"{self._words}: {done}{self._of_total}")


def line_width() -> int:
    """How many columns a line of stdout may have: the terminal's, or `COLUMNS`; wide in a pipe."""
    columns = os.environ.get("COLUMNS", "")
    if columns.isascii() and columns.isdecimal() and int(columns) >= MIN_COLUMNS:
        return int(columns)
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else PIPE_COLUMNS


def _console() -> Console:
    from rich.console import Console

    if sys.stdout.isatty():
        return Console(highlight=False)
    return Console(file=sys.stdout, width=line_width(), highlight=False, no_color=True)


def _print(table: Table) -> None:
    """Print a table; into a pipe without the blanks that fill its lines up."""
    console = _console()
    if sys.stdout.isatty():
        console.print(table)
        return
    with console.capture() as printed:
        console.print(table)
    for line in printed.get().splitlines():
        sys.stdout.write(f"{line.rstrip()}\n")
    sys.stdout.flush()


def _shown(text: str) -> str:
    return _CONTROLS.sub("\ufffd", text)


def _escaped(text: str) -> str:
    from rich.markup import escape

    return escape(_shown(text))


def say_steps(steps: Sequence[Step]) -> None:
    """A line for each step, its object in front."""
    for step in steps:
        say(f"  {(step.object or '').ljust(8)} {step_text(step)}")


def cause_cells(cause: Cause) -> tuple[str, str]:
    """The cells of a table for a cause: why, and what to do."""
    return cause_text(cause), cause_advice(cause)


def cause_in_words(cause: Cause) -> str:
    """Why an entry is held, and what to do."""
    return f"{cause_text(cause)}; {cause_advice(cause)}"


def show_values(title: str, before: Mapping[str, str], after: Mapping[str, str]) -> None:
    """A table of what fields held before a write, and after it."""
    rows = [(field, before.get(field, "-"), value) for field, value in after.items()]
    table(("field", "before", "after"), rows, title=title)


def end_reason(entry: Entry) -> str | None:
    """Why the entry ended as it did, in a line; None where there is nothing to say."""
    return reason_text(entry.reason, entry.cause)


def step_document(step: Step) -> JsonObject:
    """A step as JSON has it: its data, and the same in words."""
    return {
        "code": step.code,
        "text": step_text(step),
        "object": step.object,
        "field": step.field,
        "data": step.data,
    }


def cause_document(cause: Cause) -> JsonObject:
    """A cause as JSON has it: its data, and the same in words."""
    return {
        "group": cause.group,
        "code": cause.code,
        "text": cause_text(cause),
        "advice": cause_advice(cause),
        "object": cause.object,
        "field": cause.field,
        "data": cause.data,
        "fingerprint": cause.fingerprint,
        "detail": cause.detail,
    }
