"""The fixture of a complete workspace: see `place`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bad_input.place import Place
from zsf_plugin.emulator import Emulator, OrgSpec


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with Emulator(OrgSpec.stock()) as emulator:
        made = Place(tmp_path, emulator)
        yield made
        made.app.close()
