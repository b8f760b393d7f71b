"""The orgs of cases: what a new org of Salesforce's describes, with the fields that a case adds or
changes. Nothing is called: the emulator builds the describes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from zsf_plugin.authoring.case_org import WrongOrg
from zsf_plugin.emulator import OrgSpec
from zsf_plugin.emulator.org.populate import new_org
from zsf_plugin.emulator.org.spec import STATUSES
from zsf_plugin.emulator.org.stock import stock_objects
from zsf_plugin.emulator.resources.describe import object_describe
from zsf_plugin.model import EXTERNAL_ID_FIELD, JsonObject, OrgFacts, is_external_id
from zsf_plugin.wiring.described import facts_of_describes

_OBJECTS = ("Lead", "Contact", "Account", "Task", "User")
#: As `zsf provision` creates it.
_ID_FIELD: JsonObject = {
    "name": EXTERNAL_ID_FIELD,
    "type": "string",
    "length": 64,
    "externalId": True,
    "unique": True,
    "caseSensitive": True,
}
#: What the emulator changes of a field only once it exists.
_RIGHTS = ("createable", "updateable")


def facts_of_case(fields: Mapping[str, Sequence[JsonObject]]) -> OrgFacts:
    """The facts of a new org with `Zaplify_Id__c` and those fields, by object. Raises WrongOrg
    for what no org has."""
    added: list[JsonObject] = [
        {"object": name, **_ID_FIELD} for name in ("Lead", "Contact", "Account", "Activity")
    ]
    changes: list[JsonObject] = []
    stock = stock_objects()
    for object_, given in fields.items():
        known = {name.lower(): field for name, field in stock[object_].fields.items()}
        for index, document in enumerate(given):
            name = str(document["name"])
            if is_external_id(name):
                continue  # it is there
            field = known.get(name.lower())
            if field is None:
                added.append({"object": object_, **_without_rights(document)})
                kept = {key: document[key] for key in _RIGHTS if key in document}
            else:
                kept = {key: value for key, value in document.items() if key != "type"}
                if document.get("type", field.type) != field.type:
                    words = f"{object_}.{name} is a standard field of type {field.type}"
                    place = ("org", "fields", object_, index, "type")
                    raise WrongOrg(place, f"{words}; leave its type out")
                name = field.name
            if kept:
                changes.append({"object": object_, **kept, "name": name})
    org = new_org(OrgSpec(fields=added, field_changes=changes))
    describes = {}
    for name in _OBJECTS:
        described = object_describe(org, org.object_type(name))
        describes[name] = described if isinstance(described, dict) else {}
    return facts_of_describes(describes, [dict(one) for one in STATUSES])


def _without_rights(document: JsonObject) -> JsonObject:
    return {key: value for key, value in document.items() if key not in _RIGHTS}
