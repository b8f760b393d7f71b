"""Starts workspaces on orgs of a given spec."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.field.trial import Trial, org
from zsf_plugin.emulator import Emulator

Open = Callable[..., Trial]


@pytest.fixture
def start_trial(tmp_path: Path) -> Iterator[Open]:
    """Starts an emulator of the given spec and connects a workspace to it."""
    with ExitStack() as stack:

        def start(mode: str = "lead", rules: str = "", **spec: Any) -> Trial:
            emulator = stack.enter_context(Emulator(org(**spec)))
            trial = Trial(tmp_path, emulator, mode, rules)
            stack.callback(trial.place.app.close)
            return trial

        yield start
