"""A folder to write rule files into."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

#: Writes a file, given its name and text.
Write = Callable[[str, str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def put(name: str, text: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return put
