"""The guard around SQLite: threads inside delay a fork, and a fork keeps other threads out."""

from __future__ import annotations

import threading

from zsf_plugin.forking import ForkGuard


def test_before_a_fork_the_callbacks_run_with_no_thread_inside() -> None:
    guard = ForkGuard()
    called: list[str] = []
    guard.before_fork.append(lambda: called.append("closed"))
    with guard.inside(), guard.inside():
        pass
    guard.close()
    assert called == ["closed"]


def test_a_fork_waits_for_the_thread_that_is_inside() -> None:
    guard, events = ForkGuard(), list[str]()
    guard.before_fork.append(lambda: events.append("fork"))
    with guard.inside():
        forking = threading.Thread(target=guard.close)
        forking.start()
        events.append("work")
    forking.join(20)
    assert events == ["work", "fork"]


def test_no_thread_enters_while_the_guard_is_closed() -> None:
    guard, entered = ForkGuard(), threading.Event()

    def enter() -> None:
        with guard.inside():
            entered.set()

    guard.close()
    other = threading.Thread(target=enter)
    other.start()
    other.join(0.05)
    assert not entered.is_set()
    guard.open()
    assert entered.wait(20)
    other.join(20)


def test_the_forking_thread_may_enter_while_others_wait() -> None:
    guard = ForkGuard()
    guard.close()
    with guard.inside():
        pass
    guard.open()


def test_a_child_forked_inside_starts_counting_from_zero() -> None:
    guard = ForkGuard()
    with guard.inside():
        guard.reset()
    guard.close()
    guard.open()
    with guard.inside():
        pass
