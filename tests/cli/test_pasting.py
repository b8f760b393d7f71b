"""Pasting the callback URL: a terminal, a pipe, no stdin at all, and systems that wait otherwise."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from io import TextIOWrapper
from typing import TextIO

import pytest

from zsf_plugin.cli.failures import CommandError
from zsf_plugin.cli.pasting import wait_for_pasted
from zsf_plugin.connect import Callback
from zsf_plugin.errors import ReconnectRequired

STATE = "aB-_" * 10
URL = f"http://localhost:17717/oauth/callback?code=aPrx%3D%3D&state={STATE}"


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Iterator[TextIO]:
    """What is written here arrives on stdin."""
    source, end = os.pipe()
    with open(source, "rb") as reading:
        monkeypatch.setattr(sys, "stdin", TextIOWrapper(reading))
        with open(end, "w", encoding="utf-8") as writing:
            yield writing
        for thread in threading.enumerate():
            if thread.name == "zsf-stdin":  # else it might read from the next test's pipe
                thread.join(30)


@pytest.fixture(params=["waits for stdin", "cannot wait for stdin"])
def system(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A system like this one, and one where only sockets can be waited for (Windows)."""
    if request.param == "cannot wait for stdin":
        monkeypatch.delattr(os, "tcgetpgrp")
        monkeypatch.delattr("select.select")


def expecting() -> Callback:
    callback = Callback(17717)
    callback.expect(STATE)
    return callback


@pytest.mark.usefixtures("system")
def test_a_line_of_stdin_is_taken(typed: TextIO, capfd: pytest.CaptureFixture[str]) -> None:
    typed.write(f"hello\n{URL}\n")
    typed.flush()
    assert wait_for_pasted(expecting(), 30, only=True)["code"] == "aPrx=="
    assert capfd.readouterr().err.count("not the answer") == 1


@pytest.mark.usefixtures("system")
def test_an_address_that_was_wrapped_is_taken(typed: TextIO) -> None:
    typed.write(f"{URL[:60]}\n{URL[60:75]}\r\n{URL[75:]}\n")
    typed.flush()
    assert wait_for_pasted(expecting(), 30, only=True)["code"] == "aPrx=="


@pytest.mark.usefixtures("system")
def test_the_end_of_stdin_ends_the_wait(typed: TextIO) -> None:
    typed.write(URL[:-5])
    typed.close()
    with pytest.raises(CommandError, match="stdin ended"):
        wait_for_pasted(expecting(), 30, only=True)


@pytest.mark.usefixtures("system", "typed")
def test_nothing_in_time_says_so() -> None:
    with pytest.raises(ReconnectRequired, match="no answer in time"):
        wait_for_pasted(expecting(), 0.01, only=True)


def test_a_closed_stdin_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(CommandError, match="stdin ended"):
        wait_for_pasted(expecting(), 30, only=True)


def test_a_stdin_that_cannot_be_read_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    source, end = os.pipe()
    os.close(source)
    with open(end, "w", encoding="utf-8") as unreadable:
        monkeypatch.setattr(sys, "stdin", unreadable)
        with pytest.raises(CommandError, match="stdin ended"):
            wait_for_pasted(expecting(), 30, only=True)
