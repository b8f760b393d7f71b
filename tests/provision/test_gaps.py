"""What is wrong with the ID field, object by object."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.fakes.org import facts
from zsf_plugin.model import CustomField, MetadataFound, OrgFacts
from zsf_plugin.provision.gaps import id_field_gaps, without_id_field
from zsf_plugin.provision.plan import ID_FIELDS, PERMISSION_SET, plan

PLACES = ("Lead", "Contact", "Account", "Activity")
MADE = tuple(
    CustomField(f"00N{place}", place, "Zaplify_Id__c", "Zaplify_Id", None) for place in PLACES
)


def found_gaps(org: OrgFacts, found: MetadataFound) -> dict[str, tuple[str, ...]]:
    planned = plan(ID_FIELDS, PERMISSION_SET, replace(found, describes=org.describes))
    return dict(id_field_gaps(org, planned))


@pytest.mark.parametrize(
    ("found", "gap"),
    [
        (MetadataFound((), {}, calls=2), "missing"),
        (MetadataFound(MADE, {}, calls=2), "hidden"),
        (MetadataFound(None, {}, calls=2), "unknown"),
        (MetadataFound(None, {}, calls=2, setup_refusal="MALFORMED_QUERY"), "refused"),
    ],
)
def test_a_field_that_is_not_seen_is_missing_hidden_unknown_or_refused(
    found: MetadataFound, gap: str
) -> None:
    org = facts(external_id=False)
    assert found_gaps(org, found) == {gap: PLACES}
    assert without_id_field(org) == ["Lead", "Contact", "Account", "Task"]


def test_a_field_that_can_be_seen_and_filled_has_no_gap() -> None:
    org = facts(external_id=True)
    assert found_gaps(org, MetadataFound((), {}, calls=2)) == {}
    assert without_id_field(org) == []


def test_a_field_that_can_be_seen_and_not_filled_is_read_only() -> None:
    org = facts(external_id=True)
    lead = org.describes["Lead"]
    field = replace(lead.fields["Zaplify_Id__c"], createable=False, updateable=False)
    closed = replace(lead, fields={**lead.fields, "Zaplify_Id__c": field})
    shut = replace(org, describes={**org.describes, "Lead": closed})
    assert found_gaps(shut, MetadataFound((), {}, calls=2)) == {"read_only": ("Lead",)}


def test_on_an_object_that_is_hidden_nothing_is_said_of_the_field() -> None:
    org = facts(external_id=True)
    left = {name: one for name, one in org.describes.items() if name != "Contact"}
    shut = replace(org, describes=left)
    assert found_gaps(shut, MetadataFound(None, {}, calls=2)) == {"unseen": ("Contact",)}
