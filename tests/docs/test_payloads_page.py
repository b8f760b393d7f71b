"""docs/payloads.md lists each field of the schemas with its type, and its examples are what the
plugin takes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.docs.test_documents import ROOT, blocks
from zsf_plugin import api

PAGE = (ROOT / "docs" / "payloads.md").read_text(encoding="utf-8")
ROWS = {
    cells[0].strip("`"): cells[1:]
    for cells in (
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in PAGE.splitlines()
        if line.startswith("| `")
    )
}
TYPES = {"string": "text", "integer": "whole number", "object": "object", "null": ""}
(EVENT,) = (json.loads(block) for block in blocks(PAGE, "json"))


def schema(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((ROOT / "schemas" / f"{name}.schema.json").read_text())
    return document


def fields(prefix: str, document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each field by its path, with its type as the page writes it."""
    for name, about in document.get("properties", {}).items():
        types = about["type"] if isinstance(about["type"], list) else [about["type"]]
        words = " or ".join(filter(None, (TYPES[one] for one in types)))
        required = ", required" if name in document.get("required", ()) else ""
        yield f"{prefix}.{name}", words + required
        yield from fields(f"{prefix}.{name}", about)


SCHEMA_FIELDS = {
    path: type_
    for name in ("prospect", "user", "touchpoint")
    for path, type_ in fields(name, schema(name))
}


def test_each_field_has_a_row_with_its_type() -> None:
    listed = {path: cells[0] for path, cells in ROWS.items() if "." in path}
    assert listed == SCHEMA_FIELDS


def test_each_argument_of_a_hook_has_a_row() -> None:
    named = {
        name for hook in ("purchase", "touchpoint_sent") for name in schema(hook)["properties"]
    }
    assert named <= ROWS.keys()


def test_each_example_is_the_value_in_the_whole_event() -> None:
    for path, cells in ROWS.items():
        if path in SCHEMA_FIELDS and cells[2]:
            value: Any = EVENT
            for name in path.split("."):
                value = value[name]
            assert json.loads(cells[2].strip("`")) == value, path


def subject(channel: str, folder: Path) -> str:
    """The subject of the example's Task, sent through that channel."""
    settings = api.from_environment({}, config_dir=folder, data_dir=folder / "data")
    event = {**EVENT, "touchpoint": {**EVENT["touchpoint"], "channel": channel}}
    (task,) = (
        record
        for record in api.explain(event, settings=settings).records
        if record.object == "Task"
    )
    return next(str(value.value) for value in task.values if value.field == "Subject")


@pytest.mark.parametrize("contents", [False, True])
def test_each_channel_has_the_subject_that_the_shipped_rules_give_it(
    contents: bool, tmp_path: Path
) -> None:
    (tmp_path / "rules").mkdir()
    text = f"[switches]\ninclude_contents = {str(contents).lower()}\n"
    (tmp_path / "rules" / "10.toml").write_text(text)
    table = PAGE.partition("### Channels")[2].partition("## A whole")[0]
    rows = re.findall(r"^\| .*`(\w+)` \| (.+) \| (.+) \|$", table, re.MULTILINE)
    shipped = re.findall(
        r"^\[activity\.(\w+)\]", (ROOT / "rules/40-activities.toml").read_text(), re.M
    )
    assert {channel for channel, *_ in rows} - {"letter"} == set(shipped)
    shown = {channel: subjects[contents] for channel, *subjects in rows}
    assert {channel: subject(channel, tmp_path) for channel in shown} == shown
