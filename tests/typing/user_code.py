"""A user's code, read by type checkers and never run. `assert_type` states the type that an editor
would show."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, assert_type

from zsf_plugin import hookimpl, hookspecs
from zsf_plugin.api import (
    ApiUsage,
    Badge,
    ConfigurationError,
    ConnectionInfo,
    DrainResult,
    Explanation,
    Health,
    InvalidEvent,
    Pause,
    Receipt,
    ReconnectRequired,
    SearchAnswer,
    Session,
    Settings,
    Status,
    StoreUnavailable,
    ZsfError,
    drain,
    explain,
    from_environment,
    health,
    status,
)
from zsf_plugin.badges import fragment
from zsf_plugin.console import Visitor


def overview(workspace: str) -> str:
    found = status(workspace)
    assert_type(found, Status)
    assert_type(found.pending, int)
    assert_type(found.paused, Pause | None)
    assert_type(found.api, ApiUsage)
    assert_type(found.api.limit, int | None)
    assert_type(found.held_by, Mapping[str, int])
    assert_type(found.connection, ConnectionInfo)
    if found.paused is not None and found.paused.until is not None:
        return f"paused until {found.paused.until:.0f}: {found.paused.reason}"
    return f"{found.done} done, {sum(found.held_by.values())} held"


def probe() -> bool:
    found = health()
    assert_type(found, Health)
    assert_type(found.oldest_due_s, float | None)
    return found.alive and found.ready and found.reason is None


def work(workspaces: list[str], settings: Settings) -> int:
    done = 0
    with Session(settings) as session:
        assert_type(session, Session)
        for workspace in workspaces:
            result = session.drain(workspace, max_entries=200, stopping=lambda: False)
            assert_type(result, DrainResult)
            assert_type(result.next_at, float | None)
            done += result.done
    return done


def once(workspace: str) -> bool:
    settings = from_environment(os.environ, config_dir="/etc/zsf", data_dir=Path("/var/lib/zsf"))
    assert_type(settings, Settings)
    return not drain(workspace, seconds=30.0, settings=settings).busy


def reviewed(event: dict[str, object]) -> list[str]:
    try:
        found = explain(event, live=True)
    except InvalidEvent as error:
        return [assert_type(error.pointer, str)]
    except ReconnectRequired as error:
        return [assert_type(error.code, str)]
    except (ConfigurationError, StoreUnavailable):
        raise
    except ZsfError as error:
        return [str(error)]
    assert_type(found, Explanation)
    assert_type(found.mode, Literal["lead", "contact"] | None)
    for record in found.records:
        assert_type(record.match_keys, tuple[tuple[str, ...], ...])
    return [f"{write.action} {write.object}" for write in found.writes or ()]


def shown(receipt: Receipt, answer: SearchAnswer) -> str:
    assert_type(receipt["accepted"], bool)
    assert_type(receipt["entry"], str | None)
    badges: dict[str, Badge] = answer["results"]
    html = [fragment(badge["badge"]) for badge in badges.values()]
    urls = [badge["person"]["url"] for badge in badges.values()]
    return "".join(html) + " ".join(url for url in urls if url is not None)


class Neighbour:
    """Another plugin of the same host."""

    @hookimpl
    def on_host_stopping(self) -> None:
        print(hookspecs.PROJECT)


def visitor_of(environ: dict[str, object]) -> Visitor | None:
    name = environ.get("REMOTE_USER")
    return Visitor("acme", name) if isinstance(name, str) else None
