"""Duplicate rules: alert is overridden by a header, block never, report passes (salesforce-api.md
§7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from zsf_plugin.emulator.errors import Json, SalesforceError
from zsf_plugin.emulator.org.records import Row, attributes
from zsf_plugin.emulator.org.schema import ObjectType
from zsf_plugin.emulator.writes.save import Save

_WORDS = "Use one of these records?"


@dataclass(frozen=True, slots=True)
class _Twin:
    """A record that a duplicate rule finds."""

    object: ObjectType
    row: Row


def check_duplicates(save: Save) -> None:
    """Raises DUPLICATES_DETECTED where a rule finds records like the one that is saved."""
    for rule in save.org.spec.duplicate_rules:
        name, action = str(rule["field"]), str(rule["action"])
        if rule["object"] != save.object.name or action == "report" or not save.changed.get(name):
            continue
        twins = _twins(save, name)
        if twins and not (action == "alert" and save.options.allow_duplicates):
            result = _result(save, twins, allow_save=action == "alert")
            extra = {save.org.conditions.duplicate_key: result}
            raise SalesforceError(400, "DUPLICATES_DETECTED", _WORDS, extra=extra)


def _twins(save: Save, field: str) -> list[_Twin]:
    """Records with the same text in a field; among Leads and Contacts alike for a person."""
    name = save.object.name
    wanted = str(save.row[field]).lower()
    twins = []
    for other_name in ("Lead", "Contact") if name in ("Lead", "Contact") else (name,):
        for other in save.others(other_name):
            if str(other.get(field) or "").lower() == wanted:
                twins.append(_Twin(save.org.objects[other_name], other))
    return twins


def _result(save: Save, twins: list[_Twin], *, allow_save: bool) -> Mapping[str, Json]:
    """The match list, which stands under Salesforce's real, misspelt key, or the corrected one
    where so set (§7)."""
    match: Json = {
        "entityType": twins[0].object.name,
        "errors": [],
        "matchEngine": "ExactMatchEngine",
        "rule": "Rule_v1",
        "size": len(twins),
        "success": True,
        "matchRecords": [_match_record(twin) for twin in twins],
    }
    return {
        "allowSave": allow_save,
        "duplicateRule": f"Standard_{save.object.name}_Duplicate_Rule",
        "duplicateRuleEntityType": save.object.name,
        "errorMessage": _WORDS,
        "matchResults": [match],
    }


def _match_record(twin: _Twin) -> Json:
    return {
        "additionalInformation": [],
        "fieldDiffs": [],
        "matchConfidence": 95.0,
        "record": {"attributes": attributes(twin.object, twin.row), "Id": twin.row["Id"]},
    }
