"""Threads that run in the test's own thread, when the test says so. They replace `threading` in the
scheduler, so that a test can play through one order of events."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace


@dataclass(eq=False)
class ManualThread:
    """A thread that was created; `run` runs it."""

    threads: ManualThreads
    target: Callable[[], None]
    name: str
    daemon: bool

    def start(self) -> None:
        self.threads.started.append(self)

    def run(self) -> None:
        self.threads.running.append(self)
        try:
            self.target()
        finally:
            self.threads.running.pop()

    def join(self, timeout: float) -> None:
        self.threads.joins.append(timeout)
        self.threads.on_join()


@dataclass(eq=False)
class ManualCondition:
    """A condition that is always free, and its lock; its waits return at once."""

    threads: ManualThreads

    def __enter__(self) -> None:
        """Always free: no other thread runs."""

    def __exit__(self, *_: object) -> None:
        if self.threads.on_release:
            self.threads.on_release.pop(0)()

    def wait(self, seconds: float) -> None:
        self.threads.waits.append(seconds)
        self.threads.meanwhile.pop(0)()

    def notify(self) -> None:
        self.threads.notified += 1

    def notify_all(self) -> None:
        """No thread waits: the caller is the only one."""


@dataclass(eq=False)
class ManualThreads:
    """The threads in the order of their starts, and the seconds of each wait and join. What happens
    during each wait is `meanwhile`, in turn, and what right after each release of the lock is
    `on_release`."""

    started: list[ManualThread] = field(default_factory=list)
    running: list[ManualThread] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    joins: list[float] = field(default_factory=list)
    notified: int = 0
    meanwhile: list[Callable[[], object]] = field(default_factory=list)
    on_release: list[Callable[[], object]] = field(default_factory=list)
    on_join: Callable[[], object] = lambda: None

    def module(self) -> SimpleNamespace:
        """The replacement for the module `threading`."""
        return SimpleNamespace(
            Thread=lambda target, name, daemon: ManualThread(self, target, name, daemon),
            RLock=lambda: ManualCondition(self),
            Condition=lambda lock: lock,
            Event=threading.Event,
            current_thread=lambda: self.running[-1] if self.running else None,
        )
