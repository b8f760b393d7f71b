"""Which picklist values each record type offers: requests and responses. Pure.

A describe lists the values of all record types (salesforce-api.md §3.11); what one of them does not
offer is refused (§9 trap 62). The list of an object's layouts says what each offers, in some orgs;
where there are several record types, it may say so only when asked for one of them. Until it is
known, every value counts as offered.
"""

from __future__ import annotations

from collections.abc import Mapping

from zsf_plugin.model import Json
from zsf_plugin.salesforce import addresses
from zsf_plugin.salesforce.answers import objects_in
from zsf_plugin.salesforce.composites import RestRequest, SubResponse
from zsf_plugin.salesforce.ids import long_id

#: The objects whose records we write.
OBJECTS = ("Lead", "Contact", "Account", "Task")
#: Record types of an object beyond these are not read: a cached fact stays small.
MAX_RECORD_TYPES = 20
#: Record types whose layouts are read one by one in a call; layouts are large.
MAX_TYPES_PER_CALL = 8
_LAYOUT_OF = "Layout_"
_OK, _MIN_FAILURE = 200, 500
#: What a record type offers: value lists by picklist, by record type.
Offers = Mapping[str, Mapping[str, frozenset[str]]]


def requests() -> dict[str, RestRequest]:
    """The requests for the objects' layouts, by name, for the composite that reads describes."""
    return {_name(one): RestRequest("GET", addresses.layouts(one)) for one in OBJECTS}


def requests_by_type(described: Mapping[str, Json], known: Json) -> dict[str, RestRequest]:
    """The requests for the layouts of single record types, by name, for the same composite: those
    in these describes that are not in `known`, default ones first, as many as it may carry."""
    wanted: list[tuple[bool, str, str]] = []
    for object_ in OBJECTS:
        of_object = known.get(object_) if isinstance(known, dict) else None
        read = of_object if isinstance(of_object, dict) else {}
        for kind in objects_in(described.get(object_, {}), "recordTypeInfos"):
            record_type = str(kind.get("recordTypeId"))
            if long_id(record_type) and _is_used(kind) and record_type not in read:
                is_default = kind.get("defaultRecordTypeMapping") is True
                wanted.append((not is_default, object_, record_type))
    return {
        _name(object_, record_type): RestRequest("GET", addresses.layouts(object_, record_type))
        for _, object_, record_type in sorted(wanted)[:MAX_TYPES_PER_CALL]
    }


def offered_in(responses: Mapping[str, SubResponse], known: Json = None) -> Json:
    """The values offered, by object, record type and picklist, small enough to cache: those that
    are `known`, and those in the responses. An object whose layouts are refused or say nothing is
    missing; a record type that was asked for alone and says nothing offers everything."""
    found: dict[str, dict[str, Json]] = {}
    for object_ in OBJECTS:
        before = known.get(object_) if isinstance(known, dict) else None
        if isinstance(before, dict):
            found[object_] = dict(before)
        body = _body(responses, _name(object_))
        if isinstance(body, dict):
            found.setdefault(object_, {}).update(_by_record_type(body))
    for name, response in responses.items():
        object_, _, record_type = name.partition(_LAYOUT_OF)
        if record_type and response.status < _MIN_FAILURE:
            of_type = _by_record_type(_as_list(response.body, record_type))
            found.setdefault(object_, {}).setdefault(record_type, of_type.get(record_type, {}))
    return {object_: dict(of_object) for object_, of_object in found.items()}


def _body(responses: Mapping[str, SubResponse], name: str) -> Json:
    response = responses.get(name)
    return response.body if response is not None and response.status == _OK else None


def _as_list(body: Json, record_type: str) -> Mapping[str, Json]:
    """The response about one record type, as if it was one of a list; it may be on its own."""
    if not isinstance(body, dict) or objects_in(body, "recordTypeMappings"):
        return body if isinstance(body, dict) else {}
    alone: dict[str, Json] = {**body, "recordTypeId": record_type, "available": True}
    return {"recordTypeMappings": [alone]}


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


def _name(object_: str, record_type: str = "") -> str:
    return f"{object_}{_LAYOUT_OF}{record_type}" if record_type else f"{object_}Layouts"


def _is_used(kind: Mapping[str, Json]) -> bool:
    """Whether the connected user may give records that type; the master one offers everything."""
    return kind.get("available") is True and kind.get("master") is not True


def _by_record_type(body: Mapping[str, Json]) -> dict[str, Json]:
    """The picklists of each record type but the master one, which offers everything."""
    found: dict[str, Json] = {}
    for kind in objects_in(body, "recordTypeMappings"):
        picklists = {
            str(one.get("picklistName")): _active(one)
            for one in objects_in(kind, "picklistsForRecordType")
        }
        if _is_used(kind) and picklists and len(found) < MAX_RECORD_TYPES:
            found[str(kind.get("recordTypeId"))] = picklists
    return found


def _active(picklist: Mapping[str, Json]) -> Json:
    values = objects_in(picklist, "picklistValues")
    return [str(value.get("value")) for value in values if value.get("active") is not False]
