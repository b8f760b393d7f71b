"""Which picklist values each record type offers: requests and responses. Pure.

A describe lists the values of all record types (salesforce-api.md §3.11); what one of them does not
offer is refused (§9 trap 62). The list of an object's layouts says what each offers, in some orgs;
without it every value counts as offered.
"""

from __future__ import annotations

from collections.abc import Mapping

from zsf_plugin.model import Json
from zsf_plugin.salesforce import addresses
from zsf_plugin.salesforce.answers import objects_in
from zsf_plugin.salesforce.composites import RestRequest, SubResponse

#: The objects whose records we write.
OBJECTS = ("Lead", "Contact", "Account", "Task")
#: Record types of an object beyond these are not read: a cached fact stays small.
MAX_RECORD_TYPES = 20
#: What a record type offers: value lists by picklist, by record type.
Offers = Mapping[str, Mapping[str, frozenset[str]]]


def requests() -> dict[str, RestRequest]:
    """The requests for the objects' layouts, by name, for the composite that reads describes."""
    return {_name(one): RestRequest("GET", addresses.layouts(one)) for one in OBJECTS}


def offered_in(responses: Mapping[str, SubResponse]) -> Json:
    """The values offered, by object, record type and picklist, small enough to cache. An object
    whose layouts are refused or say nothing is missing."""
    found: dict[str, Json] = {}
    for object_ in OBJECTS:
        response = responses.get(_name(object_))
        body = response.body if response is not None and response.status == 200 else None
        if isinstance(body, dict):
            found[object_] = dict(_by_record_type(body))
    return found


def offers(stored: Json, object_: str) -> Offers:
    """The values offered of one object's picklists, by record type, as cached."""
    of_object = stored.get(object_) if isinstance(stored, dict) else None
    found: dict[str, Mapping[str, frozenset[str]]] = {}
    for record_type, picklists in (of_object if isinstance(of_object, dict) else {}).items():
        if isinstance(picklists, dict):
            found[record_type] = {
                name: frozenset(map(str, values))
                for name, values in picklists.items()
                if isinstance(values, list)
            }
    return found


def _name(object_: str) -> str:
    return f"{object_}Layouts"


def _by_record_type(body: Mapping[str, Json]) -> dict[str, Json]:
    """The picklists of each record type but the master one, which offers everything."""
    found: dict[str, Json] = {}
    for kind in objects_in(body, "recordTypeMappings"):
        is_used = kind.get("available") is True and kind.get("master") is not True
        picklists = {
            str(one.get("picklistName")): _active(one)
            for one in objects_in(kind, "picklistsForRecordType")
        }
        if is_used and picklists and len(found) < MAX_RECORD_TYPES:
            found[str(kind.get("recordTypeId"))] = picklists
    return found


def _active(picklist: Mapping[str, Json]) -> Json:
    values = objects_in(picklist, "picklistValues")
    return [str(value.get("value")) for value in values if value.get("active") is not False]
