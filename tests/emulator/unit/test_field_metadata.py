"""What setup refuses to make of a CustomField's metadata."""

from __future__ import annotations

from typing import Any

import pytest

from zsf_plugin.emulator.errors import SalesforceError
from zsf_plugin.emulator.org.schema import Field, ObjectType
from zsf_plugin.emulator.resources.field_metadata import check_metadata, describe_metadata

LEAD = ObjectType("Lead", "00Q")
TEXT = {"label": "Key", "type": "Text", "length": 64}
NUMBER = {"label": "Score", "type": "Number", "precision": 5, "scale": 0}


@pytest.mark.parametrize(
    "metadata",
    [
        TEXT,
        NUMBER,
        {**TEXT, "externalId": True, "unique": True, "caseSensitive": True},
        {"label": "Flag", "type": "Checkbox", "defaultValue": False},
        {"label": "Long", "type": "LongTextArea", "length": 256, "visibleLines": 3},
        {"label": "Day", "type": "Date"},
    ],
)
def test_complete_metadata_is_accepted(metadata: dict[str, Any]) -> None:
    check_metadata(LEAD, metadata)


@pytest.mark.parametrize(
    ("metadata", "words"),
    [
        ({**TEXT, "label": ""}, "non-empty label"),
        ({**TEXT, "type": "Star"}, "not a valid value for the enum"),
        ({**TEXT, "length": 256}, "Length must be between 1 and 255"),
        ({**NUMBER, "scale": 5}, "Must specify 'precision' and 'scale'"),
        ({"label": "F", "type": "Checkbox"}, "Must specify 'defaultValue'"),
        ({"label": "L", "type": "LongTextArea", "length": 256}, "Must specify 'visibleLines'"),
        ({"label": "D", "type": "Date", "externalId": True}, "Can not specify 'externalId'"),
        ({**TEXT, "caseSensitive": True}, "Can not specify 'caseSensitive'"),
    ],
)
def test_invalid_metadata_is_refused_with_the_reason(metadata: dict[str, Any], words: str) -> None:
    with pytest.raises(SalesforceError) as caught:
        check_metadata(LEAD, metadata)
    assert caught.value.code == "FIELD_INTEGRITY_EXCEPTION"
    assert words in caught.value.message


def test_an_object_has_at_most_25_external_ids() -> None:
    keys = {f"K{n}__c": Field(f"K{n}__c", external_id=True) for n in range(25)}
    with pytest.raises(SalesforceError) as caught:
        check_metadata(ObjectType("Lead", "00Q", keys), {**TEXT, "externalId": True})
    assert caught.value.code == "CUSTOM_ENTITY_OR_FIELD_LIMIT"


def test_a_field_is_described_with_its_setup_type() -> None:
    assert describe_metadata(Field("Key__c", "string", 64))["type"] == "Text"
    assert describe_metadata(Field("Size__c", "currency"))["type"] == "currency"
