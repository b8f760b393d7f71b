"""`zsf provision` as a person or a script meets it: the plan first, one document, exit codes,
errors in one line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.zsf import Zsf
from tests.fakes.id_fields import KEY
from zsf_plugin.cli.scripted_browser import allow
from zsf_plugin.connect import Connector
from zsf_plugin.emulator import Emulator, OrgSpec
from zsf_plugin.settings import from_environment
from zsf_plugin.wiring.apps import CommandApp
from zsf_plugin.wiring.parts import Parts

ADMIN = "admin@acme.example"
OBJECTS = ("Lead", "Contact", "Account", "Activity")


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator(OrgSpec.stock()) as running:
        yield running


@pytest.fixture
def zsf(tmp_path: Path, emulator: Emulator) -> Zsf:
    """The command in a place that is connected to the emulator."""
    return connected(tmp_path, emulator)


def connected(folder: Path, emulator: Emulator) -> Zsf:
    made = Zsf(folder)
    app = CommandApp(Parts(from_environment(made.environment, host_settings={"drain": "external"})))
    sign_in = app.login.begin(emulator.url, "provision", "http://localhost:1/oauth/callback")
    grant = app.login.finish(sign_in, allow(sign_in.authorize_url))
    Connector(app.store, app.login, app.clock).finish("default", grant, sign_in, "custom", "send")
    app.close()
    return made


def control(emulator: Emulator, method: str, path: str, body: Any = None) -> Any:
    return emulator.control.answer(method, path.split("/"), body)[1]


def permit(emulator: Emulator, **rights: bool) -> None:
    control(emulator, "POST", "permissions", {"user": ADMIN, **rights})


def test_without_apply_the_plan_is_shown_and_nothing_written(zsf: Zsf, emulator: Emulator) -> None:
    done = zsf("provision")
    assert done.returncode == 1
    for name in OBJECTS:
        assert f"{name}.Zaplify_Id__c" in done.stdout
    assert "Text(64), unique, external ID, case-sensitive" in done.stdout
    assert "The check took 3 API calls; --apply takes 12 more" in done.stdout
    assert "zsf provision --apply" in done.stdout
    assert control(emulator, "GET", "calls")["writes"] == 0


def test_apply_makes_it_and_a_second_time_writes_nothing(zsf: Zsf, emulator: Emulator) -> None:
    done = zsf("provision", "--apply")
    assert done.returncode == 0, done.stderr
    assert done.stdout.index("--apply takes 12 more") < done.stdout.index(
        "created          field Lead.Zaplify_Id__c"
    )
    assert "Created, and visible to the connected user" in done.stdout
    control(emulator, "POST", "calls/reset")
    again = zsf("provision", "--apply")
    assert again.returncode == 0
    assert "nothing to create" in again.stdout
    assert control(emulator, "GET", "calls")["writes"] == 0
    assert zsf("provision").returncode == 0


def test_json_is_the_one_document_that_scripts_rely_on(zsf: Zsf) -> None:
    planned = zsf("provision", "--json")
    document = json.loads(planned.stdout)
    assert planned.returncode == 1
    assert set(document) == {"workspace", "plan", "calls", "applied", "steps", "manual"}
    assert document["calls"] == {"looked": 3, "to_apply": 12}
    assert {line["state"] for line in document["plan"]} == {"add"}
    assert all(
        set(line) == {"kind", "object", "field", "state", "reason"} for line in document["plan"]
    )
    assert (document["applied"], document["steps"], document["manual"]) == (False, [], None)
    applied = zsf("provision", "--apply", "--json")
    document = json.loads(applied.stdout)
    assert applied.returncode == 0
    assert (applied.stderr, document["applied"]) == ("", True)
    assert [step["state"] for step in document["steps"]] == ["made"] * 11 + ["visible"] * 4
    document = json.loads(zsf("provision", "--apply", "--json").stdout)
    assert (document["applied"], document["steps"]) == (True, [])
    assert document["calls"] == {"looked": 3, "to_apply": 0}


@pytest.mark.parametrize("right", ["customize_application", "view_setup"])
def test_without_the_right_the_way_through_setup_is_shown(
    zsf: Zsf, emulator: Emulator, right: str
) -> None:
    permit(emulator, **{right: False})
    done = zsf("provision", "--apply")
    assert done.returncode == 1
    for name in OBJECTS:
        assert f"Object Manager → {name} → Fields & Relationships → New" in done.stdout
    assert f"Add Assignment → {ADMIN}" in done.stdout
    assert "zsf fields --refresh" in done.stdout
    document = json.loads(zsf("provision", "--apply", "--json").stdout)
    assert (document["applied"], document["manual"][-1]) == (
        False,
        "Then run: zsf fields --refresh",
    )
    assert control(emulator, "GET", "calls")["writes"] == 0


def test_a_field_that_is_defined_otherwise_is_shown_with_what_to_do(tmp_path: Path) -> None:
    wrong = {**KEY, "object": "Lead", "unique": False, "caseSensitive": False}
    with Emulator(OrgSpec(fields=[wrong])) as emulator:
        done = connected(tmp_path, emulator)("provision", "--json")
    (line,) = [
        x for x in json.loads(done.stdout)["plan"] if (x["kind"], x["object"]) == ("field", "Lead")
    ]
    assert done.returncode == 1
    assert line["state"] == "cannot"
    assert "it is not Unique" in line["reason"]
    assert (
        "Setup → Object Manager → Lead → Fields & Relationships → Zaplify_Id__c" in line["reason"]
    )


def assert_one_line(zsf: Zsf, *words: str) -> None:
    done = zsf("provision", "--apply", "--json")
    assert done.returncode == 2
    assert set(json.loads(done.stdout)) == {"error"}
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("zsf: ")]
    assert all(word in line for word in words), line


def test_without_a_connection_it_is_one_line(tmp_path: Path) -> None:
    assert_one_line(Zsf(tmp_path), "zsf connect")


def test_a_sign_in_that_ended_is_one_line(zsf: Zsf, emulator: Emulator) -> None:
    control(emulator, "POST", "grants/revoke")
    control(emulator, "POST", "sessions/expire")
    assert_one_line(zsf, "zsf connect")


def test_a_reached_limit_is_reported_in_one_line_and_the_next_run_continues(
    zsf: Zsf, emulator: Emulator
) -> None:
    control(emulator, "POST", "settings", {"daily_limit": emulator.org.used + 5})
    assert_one_line(zsf, "daily API limit", "run it again")
    control(emulator, "POST", "settings", {"daily_limit": 115_000})
    assert json.loads(zsf("provision", "--apply", "--json").stdout)["applied"] is True


def test_a_connection_that_breaks_is_one_line(zsf: Zsf, emulator: Emulator) -> None:
    control(emulator, "POST", "faults", {"kind": "html_503", "match": {"path_contains": "tooling"}})
    assert_one_line(zsf, "not available", "run it again to continue from there")


def test_piped_output_has_no_control_codes(zsf: Zsf) -> None:
    assert "\x1b" not in zsf("provision").stdout
