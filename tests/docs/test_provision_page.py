"""docs/provision.md agrees with the code: its commands, its steps in Setup, its JSON document and its
figures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import get_args

from tests.docs.test_documents import blocks
from tests.fakes.metadata import FakeSetup
from zsf_plugin.cli.commands import build_parser
from zsf_plugin.messages.provision import provision_text
from zsf_plugin.provision import Provisioner, click_path
from zsf_plugin.provision.applying import StepState
from zsf_plugin.provision.reasons import Kind

PAGE = Path(__file__).parents[2] / "docs" / "provision.md"
TEXT = PAGE.read_text(encoding="utf-8")
USER = "integration@acme.example"


def manual_steps() -> str:
    """What is printed for a user who may create nothing."""
    setup = FakeSetup(may_look=False)
    return "\n".join(click_path(Provisioner(setup.crm(), setup).inspect().plan, USER)) + "\n"


def test_its_commands_are_commands() -> None:
    (block,) = blocks(TEXT, "sh")
    for line in block.splitlines():
        build_parser().parse_args(line.split()[1:])


def test_its_manual_steps_are_those_that_are_printed() -> None:
    assert blocks(TEXT, "text") == [manual_steps()]


def test_its_document_is_the_commands_own() -> None:
    setup = FakeSetup()
    looked = Provisioner(setup.crm(), setup).inspect()
    document = json.loads(blocks(TEXT, "json")[0])
    first = looked.plan.lines[0]
    assert document["calls"] == {"looked": looked.calls, "to_apply": looked.plan.calls}
    assert document["plan"] == [
        {
            "kind": first.kind,
            "object": first.object,
            "field": first.field,
            "state": first.state,
            "reason": provision_text(first.reason),
        }
    ]


def test_every_kind_and_state_of_the_document_is_explained() -> None:
    assert all(
        f"`{word}`" in TEXT
        for word in (*get_args(Kind), *get_args(StepState), "add", "present", "cannot")
    )
