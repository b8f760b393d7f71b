"""`zsf doctor` as a person or a script meets it: text and document, exit codes, and what it says of a
workspace that cannot be checked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.test_provision import connected, control, permit
from tests.cli.zsf import Zsf
from tests.fakes.id_fields import FIELDS
from zsf_plugin.emulator import Emulator, OrgSpec


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator(OrgSpec(fields=FIELDS)) as running:
        yield running


@pytest.fixture
def zsf(tmp_path: Path, emulator: Emulator) -> Zsf:
    """The command in a place that is connected to the emulator, and lacks nothing."""
    (tmp_path / "config" / "rules").mkdir(parents=True)
    return connected(tmp_path, emulator)


def test_a_workspace_that_lacks_nothing_ends_with_0(zsf: Zsf) -> None:
    done = zsf("doctor")
    assert (done.returncode, done.stderr) == (0, "")
    assert "0 findings; 3 API calls, and nothing was written to Salesforce" in done.stdout
    assert "\x1b" not in done.stdout
    document = json.loads(zsf("doctor", "--json").stdout)
    assert set(document) == {"workspace", "findings", "checked", "calls"}
    assert (document["findings"], document["calls"]) == ([], 3)
    assert {one["state"] for one in document["checked"]} == {"ok"}


def test_a_finding_ends_with_1_and_says_what_mends_it(zsf: Zsf, emulator: Emulator) -> None:
    permit(emulator, hidden_fields=["Lead.Zaplify_Id__c"])  # type: ignore[arg-type]
    done = zsf("doctor")
    assert (done.returncode, done.stderr) == (1, "")
    assert "1 finding; 4 API calls" in done.stdout
    document = json.loads(zsf("doctor", "--json").stdout)
    (one,) = document["findings"]
    assert set(one) == {"code", "severity", "message", "hint"}
    assert (one["code"], one["severity"]) == ("ID_FIELD_HIDDEN", "warning")
    assert (
        "exists on Lead, but the connected user admin@acme.example cannot see it"
        in (one["message"])
    )
    assert "zsf provision --apply" in one["hint"]


def test_without_a_connection_nothing_is_made_up_about_the_org(tmp_path: Path) -> None:
    (tmp_path / "config" / "rules").mkdir(parents=True)
    done = Zsf(tmp_path)("doctor")
    assert done.returncode == 1
    assert "an unknown number of the org's calls used in 24 hours" in " ".join(done.stdout.split())
    assert "0 API calls, and nothing was written to Salesforce" in done.stdout


def test_what_the_rules_lack_in_the_org_is_said_once_and_not_logged(zsf: Zsf) -> None:
    zsf.write("config/rules/10.toml", '[fields.Lead]\nNowhere__c = "prospect.title"\n')
    done = zsf("doctor", "--json")
    codes = [one["code"] for one in json.loads(done.stdout)["findings"]]
    assert (done.stderr, codes) == ("", ["FIELDS_CLOSED"])


def test_a_connection_that_breaks_is_a_finding_and_what_needs_no_answer_is_checked(
    zsf: Zsf, emulator: Emulator
) -> None:
    control(emulator, "POST", "faults", {"kind": "drop_before", "times": 20})
    done = zsf("doctor", "--json")
    document = json.loads(done.stdout)
    states = {one["name"]: one["state"] for one in document["checked"]}
    assert (done.returncode, document["findings"][0]["code"]) == (1, "NO_ANSWER")
    assert (states["id_field"], states["rules"]) == ("skipped", "ok")


def test_a_token_that_ended_is_a_finding_and_asked_once(zsf: Zsf, emulator: Emulator) -> None:
    control(emulator, "POST", "grants/revoke")
    for _ in range(2):
        document = json.loads(zsf("doctor", "--json").stdout)
        codes = [one["code"] for one in document["findings"]]
        assert codes == ["SIGN_IN_ENDED"]
        assert "zsf connect" in document["findings"][0]["hint"]
    assert json.loads(zsf("status", "--json").stdout)["connection"]["state"] == "reconnect"


def test_a_user_without_the_api_is_said_to_lack_that_right(zsf: Zsf, emulator: Emulator) -> None:
    permit(emulator, api_enabled=False)
    document = json.loads(zsf("doctor", "--json").stdout)
    (one,) = document["findings"]
    assert one["code"] == "SIGN_IN_ENDED"
    assert "no permission to use the API" in one["message"]
    assert "API Enabled" in one["hint"]


def test_a_database_that_is_none_is_a_finding(zsf: Zsf) -> None:
    zsf.write("data/zsf.sqlite3", "this is a text, and no database at all " * 50)
    done = zsf("doctor")
    assert done.returncode == 1
    assert "the database cannot be used" in done.stdout
    assert "not checked: the database cannot be used" in done.stdout


def test_it_cannot_run_for_a_workspace_that_is_not_there(zsf: Zsf) -> None:
    done = zsf("doctor", "--workspace", "nowhere", "--json")
    assert done.returncode == 2
    assert json.loads(done.stdout)["error"]["code"] == "unknown_workspace"
