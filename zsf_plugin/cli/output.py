"""Tables, steps, causes and numbers as text on stdout, and steps and causes as JSON. The words of
steps and causes come from `messages`."""

from __future__ import annotations

import io
import os
import sys
import textwrap
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice, repeat
from typing import TYPE_CHECKING

from zsf_plugin import model
from zsf_plugin.cli.arguments import is_whole
from zsf_plugin.cli.plain_tables import is_plain, plain_table
from zsf_plugin.cli.streams import note, printable, say, write
from zsf_plugin.messages.keys import unreadable_text
from zsf_plugin.messages.text import cause_advice, cause_text, reason_text, step_text

if TYPE_CHECKING:
    from rich.console import JustifyMethod, RenderableType
    from rich.table import Table

    from zsf_plugin.model import Cause, Connection, JsonObject, SkipCode, Step
    from zsf_plugin.ports import Entry, StoreSize

#: The width of what is piped, unless COLUMNS says otherwise: wide, as programs read it.
PIPE_COLUMNS = 200
MIN_COLUMNS = 20
#: Where a line has fewer columns, cells that do not fit beside each other are below each other.
MIN_TABLE_COLUMNS = 60
#: More names than these are counted.
MAX_NAMES = 10


def calls_in_words(by_purpose: Mapping[str, int]) -> str:
    """How many API calls, and for what: `3 (purchases 2, upkeep 1)`."""
    purposes = purposes_in_words(by_purpose)
    return f"{sum(by_purpose.values())} ({purposes})" if purposes else "0"


def purposes_in_words(by_purpose: Mapping[str, object]) -> str:
    """API calls by purpose: `purchases 2, upkeep 1`; empty if there are none."""
    return ", ".join(f"{purpose} {calls}" for purpose, calls in sorted(by_purpose.items()))


def counted(number: int, one: str, many: str) -> str:
    """A number with its noun: `1 entry`, `2 entries`."""
    return f"{number} {one if number == 1 else many}"


def size_in_words(size: StoreSize) -> str:
    """The size of the store, and what of it is free: `12.5 MB, of which 3.1 MB are free`."""
    free = "" if size.free is None else f", of which {megabytes(size.free)} are free"
    return f"{megabytes(size.total)}{free}"


def megabytes(size: int) -> str:
    """A number of bytes: `12.5 MB`."""
    return f"{size / 1e6:.1f} MB"


def in_part(names: Collection[str]) -> str:
    """The first names, and how many more there are: `a, b, and 200 more`."""
    more = len(names) - MAX_NAMES
    shown = list(islice(names, MAX_NAMES)) + ([f"and {more} more"] if more > 0 else [])
    return ", ".join(shown)


def kind_of_org(connection: Connection) -> str:
    """`sandbox`, or `org` for any other."""
    return "sandbox" if connection.is_sandbox else "org"


def findings_in_words(findings: int) -> str:
    """How many findings the rules have, and what to do."""
    what = counted(findings, "finding", "findings")
    return f"{what} in the rules: run `zsf rules check`; the last valid versions stay in force"


def note_unreadable(workspaces: Sequence[str]) -> None:
    """Note the workspaces whose tokens cannot be read, and what to do; nothing without any."""
    if workspaces:
        note(unreadable_text(workspaces))


def note_not_kept(count: int) -> None:
    """Note how many events nothing but ids is kept of; nothing without any."""
    if count:
        note(f"not kept: {count} (only ids are kept of what was skipped or invalid)")


def show_unreadable(workspaces: Sequence[str]) -> None:
    """Print the workspaces whose tokens cannot be read, and what to do; nothing without any."""
    if workspaces:
        pairs([("do", unreadable_text(workspaces))], title="Secret key")


def table(
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    title: str = "",
    styles: Sequence[str] = (),
) -> None:
    """An aligned table on stdout, below its title; in a pipe nothing is cut. `styles`: a colour for
    each row, or none."""
    if title:
        heading(title)
    cells = [tuple(map(printable, row)) for row in rows]
    if line_width() < MIN_TABLE_COLUMNS and not _fits(columns, cells):
        _stack(columns, cells, styles)
        return
    plain = None if sys.stdout.isatty() else plain_table(columns, cells, line_width())
    if plain is not None:
        write(plain)
        return
    aligned = _table_of(columns)
    for row, style in zip(cells, styles or repeat(""), strict=False):
        aligned.add_row(*map(_escaped, row), style=style)
    _print(aligned)


def _fits(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Whether the cells of each row fit beside each other."""
    widths = [max(map(len, column)) for column in zip(columns, *rows, strict=True)]
    return sum(widths) + 3 * len(widths) <= line_width()


def _stack(
    columns: Sequence[str], rows: Sequence[Sequence[str]], styles: Sequence[str] = ()
) -> None:
    """Each row as lines of its own: the first cell, and below it the others with their names."""
    names = [name.removeprefix("#") for name in columns[1:]]
    width = max(map(len, names), default=0)
    for row, style in zip(rows, styles or repeat(""), strict=False):
        say_styled(row[0], style)
        for name, cell in zip(names, row[1:], strict=True):
            if cell:
                _say_below(f"  {name:{width}}  ", cell)


def say_styled(text: str, style: str) -> None:
    """One line of data on stdout, on a terminal in that colour; nothing in it is wrapped."""
    if not sys.stdout.isatty():
        say(text)
        return
    from rich.text import Text

    _print(Text(printable(text), style=style), wraps=False)


def list_in_line(items: Iterable[str]) -> None:
    """Short items on as few lines of stdout as possible, none of them broken."""
    glued = [item.replace(" ", "\N{NO-BREAK SPACE}") for item in items]
    lines = textwrap.wrap("   ".join(glued), line_width(), break_on_hyphens=False)
    for line in lines:
        say(line.replace("\N{NO-BREAK SPACE}", " "))


def _table_of(columns: Sequence[str]) -> Table:
    """A table without rows; a column named `#…` is aligned to the right."""
    from rich import box
    from rich.table import Table

    aligned = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 2, 0, 0))
    for name in columns:
        justify: JustifyMethod = "right" if name.startswith("#") else "left"
        aligned.add_column(name, overflow="fold", justify=justify)
    return aligned


def heading(text: str) -> None:
    """A heading on stdout."""
    if not sys.stdout.isatty() and is_plain(text) and len(text) <= line_width():
        write(f"\n{text.rstrip()}\n")
        return
    _print(f"\n[bold]{_escaped(text)}[/bold]")


def pairs(rows: Sequence[tuple[str, str]], *, title: str = "") -> None:
    """Names and values, aligned, below their title."""
    if title:
        heading(title)
    width = max((len(name) for name, _ in rows), default=0)
    for name, value in rows:
        _say_below(f"  {name:{width}}  ", value)


def utc_time(seconds: float | None) -> str:
    """A time for people, in UTC."""
    if seconds is None:
        return "-"
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def line_width() -> int:
    """How many columns a line of stdout may have: the terminal's, or `COLUMNS`; wide in a pipe."""
    columns = os.environ.get("COLUMNS", "")
    if is_whole(columns) and int(columns) >= MIN_COLUMNS:
        return int(columns)
    if not sys.stdout.isatty():
        return PIPE_COLUMNS
    import shutil

    return shutil.get_terminal_size().columns


def _print(renderable: RenderableType, *, wraps: bool = True) -> None:
    """Print in one piece; in a pipe, or with NO_COLOR, without styles, and in a pipe without the
    blanks that fill lines up."""
    from rich.console import Console

    is_terminal = sys.stdout.isatty()
    printed = io.StringIO()
    Console(
        file=printed,
        force_terminal=is_terminal,
        width=line_width(),
        highlight=False,
        color_system="auto" if is_terminal and not os.environ.get("NO_COLOR") else None,
    ).print(renderable, soft_wrap=not wraps)
    lines = printed.getvalue().splitlines()
    write("".join(f"{line if is_terminal else line.rstrip()}\n" for line in lines))


def _escaped(text: str) -> str:
    from rich.markup import escape

    return escape(printable(text))


def say_steps(steps: Sequence[Step]) -> None:
    """A line for each step, its object in front."""
    for step in steps:
        _say_below(f"  {(step.object or '').ljust(8)} ", step_text(step))


def _say_below(start: str, text: str) -> None:
    """A line on stdout. What is too long for a terminal, or for `COLUMNS`, goes on below the text;
    in a pipe it stays one line."""
    width = line_width() - len(start)
    lines = [text]
    if width > len(start) and (sys.stdout.isatty() or "COLUMNS" in os.environ):
        lines = textwrap.wrap(printable(text), width, break_on_hyphens=False) or [""]
    for line, before in zip(lines, [start, *repeat(" " * len(start), len(lines))], strict=False):
        say(f"{before}{line}")


def cause_cells(cause: Cause) -> tuple[str, str]:
    """The cells of a cause in a table: why, and what to do."""
    return cause_text(cause), cause_advice(cause)


def cause_in_words(cause: Cause) -> str:
    """Why an entry is held, and what to do."""
    return f"{cause_text(cause)}; {cause_advice(cause)}"


def show_values(title: str, before: Mapping[str, str], after: Mapping[str, str]) -> None:
    """A table of the fields before a write, and after it."""
    rows = [(field, before.get(field, "-"), value) for field, value in after.items()]
    table(("field", "before", "after"), rows, title=title)


def end_reason(entry: Entry) -> str | None:
    """Why the entry ended as it did, in a line; None if there is nothing to say."""
    return reason_text(entry.reason, entry.cause)


def skip_in_words(code: SkipCode) -> str:
    """Why an event is skipped."""
    return step_text(model.Step(code))


def step_document(step: Step) -> JsonObject:
    """A step for JSON: its data, and the same in words."""
    return {
        "code": step.code,
        "text": step_text(step),
        "object": step.object,
        "field": step.field,
        "data": step.data,
    }


def cause_document(cause: Cause) -> JsonObject:
    """A cause for JSON: its data, and the same in words."""
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
