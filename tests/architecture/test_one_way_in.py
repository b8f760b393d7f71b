"""One way in: the number of functions and frames that one drained purchase takes. A reader who
follows a purchase from `drain` to the socket passes each of them once, so comprehensions and
generator expressions count too. Speed is measured in `benchmarks/`."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import zsf_plugin
from tests.bad_input.place import Place
from tests.fakes.id_fields import FIELDS
from zsf_plugin.emulator import Emulator, OrgSpec

PACKAGE = Path(zsf_plugin.__file__).parent

#: Only ever lowered.
MAX_FUNCTIONS = 248
MAX_FRAMES = 10


@dataclass
class Trace:
    """What one thread ran: functions as `file:name`, and the frames of the deepest path to the
    socket, outermost first."""

    functions: set[str] = field(default_factory=set)
    path: list[str] = field(default_factory=list)

    def __call__(self, frame: FrameType, event: str, called: Any) -> None:
        """The callback for `sys.setprofile`."""
        if event == "call":
            name = name_of(frame)
            if name is not None:
                self.functions.add(name)
        elif event == "c_call" and getattr(called, "__name__", "") == "sendall":
            path = path_to(frame)
            if len(path) > len(self.path):
                self.path = path


def name_of(frame: FrameType) -> str | None:
    """`sync/drain.py:drain` for a frame of the product's own; None for any other."""
    file = Path(frame.f_code.co_filename)
    if not file.is_relative_to(PACKAGE):
        return None
    inner = file.relative_to(PACKAGE)
    return None if inner.parts[0] == "emulator" else f"{inner}:{frame.f_code.co_qualname}"


def path_to(frame: FrameType | None) -> list[str]:
    """The product's own frames from `drain` to this one."""
    path: list[str] = []
    while frame is not None:
        name = name_of(frame)
        if name is not None:
            path.append(name)
        if name == "sync/drain.py:drain":
            return path[::-1]
        frame = frame.f_back
    return []


@pytest.fixture(scope="module")
def trace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trace]:
    """The drain of one purchase of an unknown person, in a process that has drained another."""
    with Emulator(OrgSpec(fields=FIELDS)) as emulator:
        place = Place(tmp_path_factory.mktemp("one-way"), emulator)
        place.connect()
        other = {"id": "c0", "name": "Other", "domain": "other.example"}
        place.purchase("warm", id="p0", first_name="Bob", email="bob@other.example", company=other)
        place.drain()
        # Misplaced rule files are looked for every few seconds, so not in each drain.
        place.app.rulebook._misplaced.due["default"] = math.inf
        traces = [_traced_purchase(place, number) for number in range(3)]
        # what is done now and then, as files are looked at again, is not in each either
        yield min(traces, key=lambda found: len(found.functions))
        place.app.close()


def _traced_purchase(place: Place, number: int) -> Trace:
    """The drain of one purchase of an unknown person."""
    company = {"id": f"c{number + 1}", "name": f"Acme {number}", "domain": f"acme{number}.example"}
    person = {"id": f"p{number + 1}", "email": f"ada@acme{number}.example", "title": "Engineer"}
    place.purchase(f"e{number + 1}", company=company, **person)
    found, before = Trace(), sys.getprofile()
    sys.setprofile(found)
    try:
        report = place.drain()
    finally:
        sys.setprofile(before)
    assert report.done == 1
    return found


def test_a_drained_purchase_passes_through_few_functions(trace: Trace) -> None:
    passed = sorted(trace.functions)
    assert len(passed) <= MAX_FUNCTIONS, f"{len(passed)} functions:\n" + "\n".join(passed)


def test_the_socket_is_few_frames_below_the_drain(trace: Trace) -> None:
    assert trace.path, "no frame of a drain reached the socket"
    assert len(trace.path) <= MAX_FRAMES, f"{len(trace.path)} frames:\n" + "\n".join(trace.path)
