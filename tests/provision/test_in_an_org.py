"""Provisioning against the emulator, over real HTTP: what it finds, makes, and costs, and broken
connections at any call."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.bad_input.place import Place
from tests.fakes.id_fields import FIELDS, KEY
from zsf_plugin.emulator import Emulator, OrgSpec
from zsf_plugin.errors import QuotaReached, ReconnectRequired, ZsfError
from zsf_plugin.messages.provision import provision_text
from zsf_plugin.provision import ApplyResult, ItemOutcome

ADMIN = "admin@acme.example"
NAME = "Zaplify_Id__c"
OBJECTS = ("Lead", "Contact", "Account", "Task", "Event")
#: A session of a complete run: facts, two looks, eleven makings, facts.
REQUESTS = 15
BROKEN = ("drop_before", "drop_after_commit", "reset_mid_body", "html_503")


@contextmanager
def org(folder: Path, **spec: Any) -> Iterator[Place]:
    """A workspace connected to an emulator of that spec."""
    with Emulator(OrgSpec(**spec)) as emulator:
        made = Place(folder, emulator)
        made.connect()
        yield made
        made.app.close()


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with org(tmp_path) as made:
        yield made


def apply(place: Place) -> ApplyResult:
    made = place.app.orgs.provisioner("default")
    return made.apply(made.inspect())


def rows(place: Place, object_: str) -> list[dict[str, Any]]:
    return [dict(row) for row in place.emulator.org.rows[object_].values() if not row["IsDeleted"]]


def provisioned(place: Place) -> dict[str, Any]:
    """All that provisioning is about, without ids and times."""
    objects = place.emulator.org.objects
    return {
        "fields": {name: objects[name].fields.get(NAME) for name in OBJECTS},
        "sets": [row["Name"] for row in rows(place, "PermissionSet")],
        "grants": sorted(
            (row["Field"], row["PermissionsEdit"]) for row in rows(place, "FieldPermissions")
        ),
        "assigned": [row["AssigneeId"] for row in rows(place, "PermissionSetAssignment")],
    }


def assert_provisioned(place: Place) -> None:
    found = provisioned(place)
    shapes = [found["fields"][name] for name in OBJECTS]
    assert all(
        (f.type, f.length, f.unique, f.external_id, f.case_sensitive) == ("string", 64, 1, 1, 1)
        for f in shapes
    )
    assert found["sets"] == ["Zaplify_Sync"]
    assert found["grants"] == sorted((f"{name}.{NAME}", True) for name in OBJECTS)
    assert found["assigned"] == [place.emulator.org.admin_id]


def requests(place: Place) -> list[dict[str, Any]]:
    return [one for one in place.control("GET", "requests") if "/services/data/v" in one["path"]]


def permit(place: Place, **rights: bool) -> None:
    place.control("POST", "permissions", {"user": ADMIN, **rights})


def test_an_empty_org_gets_all_and_a_second_time_nothing(place: Place) -> None:
    assert apply(place).complete
    assert_provisioned(place)
    place.control("POST", "calls/reset")
    again = apply(place)
    assert again.complete
    assert again.steps == ()
    assert place.control("GET", "calls")["writes"] == 0
    assert place.control("GET", "calls")["api_calls"] == 3


def test_an_inspection_writes_nothing_and_reports_its_cost(place: Place) -> None:
    provisioner = place.app.orgs.provisioner("default")
    place.control("POST", "calls/reset")
    inspection = provisioner.inspect()
    calls = place.control("GET", "calls")
    assert (calls["api_calls"], calls["writes"]) == (inspection.calls, 0)
    provisioner.apply(inspection)
    assert (
        place.control("GET", "calls")["api_calls"]
        == inspection.calls + inspection.plan.calls
        == REQUESTS
    )


def test_looking_at_a_hidden_field_costs_a_call_more(tmp_path: Path) -> None:
    with org(tmp_path, fields=[{**field, "hidden": True} for field in FIELDS]) as place:
        place.control("POST", "calls/reset")
        inspection = place.app.orgs.provisioner("default").inspect()
        assert place.control("GET", "calls")["api_calls"] == inspection.calls == 7
        assert [line.kind for line in inspection.plan.todo] == [
            "permission_set",
            *["permission"] * 5,
            "assignment",
        ]


def test_no_request_writes_setup_and_data_together(place: Place) -> None:
    apply(place)
    written = [
        one["path"].partition("/v68.0/")[2] for one in requests(place) if one["method"] != "GET"
    ]
    assert {path for path in written if path != "composite"} == {
        "tooling/sobjects/CustomField",
        "sobjects/PermissionSet",
        "sobjects/FieldPermissions",
        "sobjects/PermissionSetAssignment",
    }
    assert all(
        '"POST"' not in one["body"] for one in requests(place) if one["path"].endswith("/composite")
    )


def test_nothing_is_ever_deleted(place: Place) -> None:
    apply(place)
    assert not any(one["method"] == "DELETE" for one in requests(place))


@pytest.mark.parametrize("kind", BROKEN)
def test_a_connection_that_breaks_at_any_request_costs_nothing_but_another_run(
    tmp_path: Path, kind: str
) -> None:
    """The requests take turns with the kinds: each breaks in two ways, each kind at half of them."""
    for after in range(BROKEN.index(kind) % 2, REQUESTS, 2):
        with org(tmp_path / str(after)) as place:
            fault = {
                "kind": kind,
                "match": {"path_contains": "/services/data/v"},
                "after": after,
                "times": 1,
            }
            place.control("POST", "faults", fault)
            with suppress(ZsfError):
                apply(place)
            assert apply(place).complete, after
            assert_provisioned(place)
            assert apply(place).steps == ()


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    faults=st.lists(
        st.tuples(st.sampled_from(BROKEN), st.integers(0, 2 * REQUESTS)), min_size=2, max_size=5
    )
)
def test_several_breaks_end_in_the_same_org(
    tmp_path_factory: Any, faults: list[tuple[str, int]]
) -> None:
    with org(tmp_path_factory.mktemp("org")) as place:
        for kind, after in faults:
            fault = {
                "kind": kind,
                "match": {"path_contains": "/services/data/v"},
                "after": after,
                "times": 1,
            }
            place.control("POST", "faults", fault)
            with suppress(ZsfError):
                apply(place)
        place.control("DELETE", "faults")
        assert apply(place).complete
        assert_provisioned(place)


def test_a_process_that_ends_after_any_step_is_taken_up_by_the_next(tmp_path: Path) -> None:
    class Killed(Exception):
        """The process ended."""

    def dies(after: int) -> Callable[[ItemOutcome], None]:
        left = iter(range(after))

        def reported(_: ItemOutcome) -> None:
            if next(left, None) is None:
                raise Killed

        return reported

    for after in range(11):
        with org(tmp_path / str(after)) as place:
            provisioner = place.app.orgs.provisioner("default")
            with pytest.raises(Killed):
                provisioner.apply(provisioner.inspect(), dies(after))
            assert len(provisioner.inspect().plan.todo) == 10 - after
            assert apply(place).complete
            assert_provisioned(place)


def test_a_permission_set_of_our_name_is_used_and_one_of_a_package_is_not(place: Place) -> None:
    seed = place.emulator.org.seed
    seed("PermissionSet", {"Name": "Zaplify_Sync", "Label": "Packaged", "NamespacePrefix": "acme"})
    ours = seed("PermissionSet", {"Name": "Zaplify_Sync", "Label": "Made before"})
    apply(place)
    assert {row["ParentId"] for row in rows(place, "FieldPermissions")} == {ours}
    assert len(rows(place, "PermissionSet")) == 2


def test_a_packaged_field_is_granted_and_not_created_again(tmp_path: Path) -> None:
    packaged = [{**field, "name": f"acme__{NAME}", "hidden": True} for field in FIELDS]
    with org(tmp_path, fields=packaged) as place:
        assert apply(place).complete
        assert all(NAME not in place.emulator.org.objects[name].fields for name in OBJECTS)
        assert {row["Field"] for row in rows(place, "FieldPermissions")} == {
            f"{o}.acme__{NAME}" for o in OBJECTS
        }
        assert apply(place).steps == ()


@pytest.mark.parametrize("hidden", [False, True])
@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"unique": False, "caseSensitive": False}, "it is not Unique"),
        ({"externalId": False}, "it is not an External ID"),
        ({"type": "phone", "unique": False, "externalId": False}, "of type phone, not Text"),
    ],
)
def test_an_existing_field_that_is_not_as_wanted_is_reported_and_left_alone(
    tmp_path: Path, wrong: dict[str, Any], words: str, hidden: bool
) -> None:
    field = {**KEY, **wrong, "object": "Lead", "hidden": hidden}
    with org(tmp_path, fields=[field]) as place:
        before = place.emulator.org.objects["Lead"].fields[NAME]
        done = apply(place)
        assert not done.complete
        (line,) = [
            line for line in done.plan.lines if (line.kind, line.object) == ("field", "Lead")
        ]
        assert line.state == "cannot"
        assert words in provision_text(line.reason)
        assert place.emulator.org.objects["Lead"].fields[NAME] == before
        assert f"Lead.{NAME}" not in {row["Field"] for row in rows(place, "FieldPermissions")}
        assert place.emulator.org.objects["Contact"].fields[NAME].unique, "the others are made"


@pytest.mark.parametrize("right", ["customize_application", "manage_users", "view_setup"])
def test_a_missing_permission_is_reported_and_the_next_run_continues(
    place: Place, right: str
) -> None:
    permit(place, **{right: False})
    done = apply(place)
    assert not done.complete
    assert any(line.state == "cannot" for line in done.plan.lines)
    permit(place, **{right: True})
    assert apply(place).complete
    assert_provisioned(place)


def test_setup_that_may_not_be_read_says_so(place: Place) -> None:
    permit(place, view_setup=False)
    lines = place.app.orgs.provisioner("default").inspect().plan.lines
    assert {line.state for line in lines if line.kind == "field"} == {"cannot"}


def test_unreadable_permission_sets_do_not_matter_if_all_fields_are_visible(
    tmp_path: Path,
) -> None:
    with org(tmp_path, fields=list(FIELDS)) as place:
        place.control(
            "POST",
            "permissions",
            {"user": ADMIN, "hidden_objects": ["PermissionSet", "FieldPermissions"]},
        )
        permit(place, view_setup=False)
        assert place.app.orgs.provisioner("default").inspect().plan.complete


@pytest.mark.parametrize("hidden", ["PermissionSet", "FieldPermissions", "PermissionSetAssignment"])
def test_permission_sets_are_read_whole_or_not_at_all(place: Place, hidden: str) -> None:
    place.control("POST", "permissions", {"user": ADMIN, "hidden_objects": [hidden]})
    lines = place.app.orgs.provisioner("default").inspect().plan.lines
    assert {line.state for line in lines if line.kind == "field"} == {"add"}
    others = [line for line in lines if line.kind != "field"]
    assert {line.state for line in others} == {"cannot"}
    assert "cannot view permission sets" in provision_text(others[0].reason)


def test_a_read_only_permission_of_ours_is_widened(place: Place) -> None:
    apply(place)
    org = place.emulator.org
    for row_id in list(org.rows["FieldPermissions"]):
        org.edit("FieldPermissions", row_id, {"PermissionsEdit": False})
    assert apply(place).complete
    assert_provisioned(place)


def test_the_facts_include_the_field_as_soon_as_it_is_created(place: Place) -> None:
    place.app.orgs.crm("default").facts()
    apply(place)
    describe = place.app.orgs.crm("default").facts().describes.get("Task")
    assert describe is not None
    assert describe.fields[NAME].unique


def test_a_reached_limit_stops_the_run_and_created_items_stay(place: Place) -> None:
    provisioner = place.app.orgs.provisioner("default")
    inspection = provisioner.inspect()
    place.control("POST", "settings", {"daily_limit": place.emulator.org.used + 3})
    with pytest.raises(QuotaReached):
        provisioner.apply(inspection)
    place.control("POST", "settings", {"daily_limit": 115_000})
    assert [line.object for line in provisioner.inspect().plan.todo if line.kind == "field"] == [
        "Activity"
    ]
    assert apply(place).complete
    assert_provisioned(place)


def test_without_a_connection_it_says_what_to_do(tmp_path: Path) -> None:
    with Emulator(OrgSpec.stock()) as emulator:
        place = Place(tmp_path, emulator)
        with pytest.raises(ReconnectRequired, match="zsf connect"):
            place.app.orgs.provisioner("default")
        place.app.close()


def test_a_drain_after_it_gives_every_record_its_id(place: Place) -> None:
    apply(place)
    place.rule('mode = "contact"\n')
    company = {"id": "c1", "name": "Acme", "domain": "acme.example"}
    place.purchase(company=company)
    prospect = {
        "id": "p1",
        "first_name": "Ada",
        "last_name": "Byron",
        "email": "ada@acme.example",
        "company": company,
    }
    call = {
        "workspace": "default",
        "event_id": "t1",
        "occurred_at": "2026-11-01T10:00:00Z",
        "user": {},
    }
    place.app.intake.receive(
        "on_touchpoint_sent",
        dict(**call, prospect=prospect, touchpoint={"id": "t1", "channel": "call", "step": 1}),
    )
    place.drain()
    place.rule('mode = "lead"\n')
    place.purchase(
        "e2", id="p2", email="bo@other.example", last_name="Reyes", company={"name": "Other"}
    )
    report = place.drain()
    assert (report.held, report.paused) == (0, None)
    ids = [
        row[NAME] for name in ("Lead", "Contact", "Account", "Task") for row in rows(place, name)
    ]
    assert len(ids) == 4
    assert all(str(value).startswith("z") for value in ids)
