"""Org files as people save them."""

from __future__ import annotations

from pathlib import Path

import pytest

from zsf_plugin.emulator import OrgSpec


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_file_may_begin_with_a_byte_order_mark(tmp_path: Path, mark: str) -> None:
    file = tmp_path / "org.json"
    file.write_text(mark + '{"name": "Acme"}\r\n', encoding="utf-8")
    assert OrgSpec.load(file).name == "Acme"


def test_another_encoding_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "org.json"
    file.write_text('{"name": "Acme"}', encoding="utf-16")
    with pytest.raises(ValueError, match="not JSON in UTF-8"):
        OrgSpec.load(file)
