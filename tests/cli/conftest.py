"""The command line in an empty place."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.zsf import Zsf


@pytest.fixture
def zsf(tmp_path: Path) -> Zsf:
    return Zsf(tmp_path)
