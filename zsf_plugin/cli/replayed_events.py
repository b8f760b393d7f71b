"""The events of a replay, one at a time: the lines of a file, or what the outbox keeps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from zsf_plugin.cli.feeding import read_call
from zsf_plugin.cli.inputs import decoded, not_utf8, numbered_lines
from zsf_plugin.errors import InvalidEvent

if TYPE_CHECKING:
    from zsf_plugin.cli.common import CommandApp
    from zsf_plugin.model import Event, JsonObject

_GIVE_EVENTS = "give a file of events, or - for stdin"
#: What makes a line blank: white space, and the byte order mark of an empty file.
_BLANK = b" \t\r\n\xef\xbb\xbf"


class Source(NamedTuple):
    """An event and where it comes from; without one, why it was refused. Neither: the outbox keeps
    only its ids."""

    where: JsonObject
    event: Event | None
    refused: str | None = None


def lines_of(app: CommandApp, path: Path) -> Iterator[Source]:
    """The events of a file. Raises CommandError for one that cannot be read."""
    for number, line in numbered_lines(path, _GIVE_EVENTS):
        if not line.strip(_BLANK):
            continue
        where: JsonObject = {"line": number}
        try:
            call = read_call(decoded(line, is_first=number == 1))
            yield Source(where, app.explainer.read_event(call.hook, call.arguments))
        except UnicodeDecodeError as error:
            yield Source(where, None, f"{not_utf8(error)}; save the file as UTF-8")
        except InvalidEvent as fault:
            yield Source(where, None, f"{fault.pointer or '/'}: {fault.reason}")
        except ValueError as error:
            yield Source(where, None, str(error))


def kept_since(app: CommandApp, workspaces: Sequence[str], since: float) -> Iterator[Source]:
    """The events of entries that arrived since then, workspace by workspace, oldest first."""
    from zsf_plugin.wiring.kept_events import entries_oldest_first, has_event

    for workspace in workspaces:
        for entry in entries_oldest_first(app.store, workspace, since):
            yield Source({"entry": entry.id}, entry.event if has_event(entry) else None)
