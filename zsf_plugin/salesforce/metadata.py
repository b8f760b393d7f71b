"""Implements the `Metadata` port over the Tooling API and the setup objects (salesforce-api.md §8).
Decides nothing.

Reading takes two calls, and one more for each existing field that is hidden; creating anything
takes one. No request is repeated, except after a 401.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from zsf_plugin.errors import OutcomeUnknown, Rejected
from zsf_plugin.model import (
    CustomField,
    FieldDescribe,
    FieldSpec,
    Json,
    MetadataFound,
    ObjectDescribe,
    OrgFacts,
    PermissionSetSpec,
)
from zsf_plugin.salesforce import addresses, answers, custom_fields, describe, ids
from zsf_plugin.salesforce.answers import objects_in
from zsf_plugin.salesforce.composites import (
    Buildable,
    Composite,
    RestRequest,
    SubResponse,
    parse_composite,
)
from zsf_plugin.salesforce.http import HttpResponse
from zsf_plugin.salesforce.session import SalesforceSession

#: The connected user may not look into setup, as a 403, or as if what they ask for did not exist
#: (ground rule 4). Any other refusal says nothing about their rights.
_NO_ACCESS = frozenset({"INSUFFICIENT_ACCESS", "INVALID_TYPE", "NOT_FOUND", "HTTP_403"})


class SalesforceMetadata:
    """The setup of one workspace's org, with the connected user's permissions."""

    def __init__(self, session: SalesforceSession) -> None:
        self._session = session

    def inspect(
        self, wanted: Sequence[FieldSpec], permission_set: PermissionSetSpec, facts: OrgFacts
    ) -> MetadataFound:
        """Read what exists of the wanted fields and permissions. Raises as `Metadata.inspect`."""
        fields = self._fields(wanted)
        responses = self._setup(wanted, permission_set, facts)
        describes = {**facts.describes, **_describes(responses)}
        found = MetadataFound(None, describes, calls=2)
        if isinstance(fields, Rejected):
            refusal = "" if fields.code in _NO_ACCESS else fields.code
            found = replace(found, setup_refusal=refusal)
        else:
            found = self._with_shapes(replace(found, fields=tuple(fields)), wanted)
        return _with_permissions(found, responses)

    def _with_shapes(self, found: MetadataFound, wanted: Sequence[FieldSpec]) -> MetadataFound:
        """The result with the type of each hidden field added, one call for each."""
        shaped: list[CustomField] = []
        calls = found.calls
        for field in found.fields or ():
            if _is_shown(field, wanted, found.describes):
                shaped.append(field)
            else:
                shaped.append(replace(field, shape=self._shape(field)))
                calls += 1
        return replace(found, fields=tuple(shaped), calls=calls)

    def create_field(self, spec: FieldSpec) -> None:
        """Create a field. Raises as `Metadata`."""
        self._post("/tooling/sobjects/CustomField", custom_fields.field_body(spec))

    def create_permission_set(self, spec: PermissionSetSpec) -> str:
        """Create a permission set and return its id. Raises as `Metadata`."""
        body: Json = {"Name": spec.name, "Label": spec.label, "Description": spec.description}
        return self._post("/sobjects/PermissionSet", body)

    def grant(self, permission_set_id: str, field: str, held: str | None) -> None:
        """Grant read and edit on a field; `held` is the id of an existing grant to extend. Raises
        as `Metadata`."""
        rights: dict[str, Json] = {"PermissionsRead": True, "PermissionsEdit": True}
        if held is not None:
            self._write("PATCH", addresses.record("FieldPermissions", held), rights)
            return
        where = {
            "ParentId": permission_set_id,
            "SobjectType": field.partition(".")[0],
            "Field": field,
        }
        self._post("/sobjects/FieldPermissions", {**where, **rights})

    def assign(self, permission_set_id: str) -> None:
        """Assign the permission set to the connected user. Raises as `Metadata`."""
        user_id = self._session.connection().user_id
        body: Json = {"AssigneeId": user_id, "PermissionSetId": permission_set_id}
        self._post("/sobjects/PermissionSetAssignment", body)

    def _fields(self, wanted: Sequence[FieldSpec]) -> list[CustomField] | Rejected:
        """The wanted fields that exist, or why Salesforce does not say."""
        rows = self._tooling_rows(custom_fields.fields_query(wanted))
        if isinstance(rows, Rejected):
            return rows
        return list(map(custom_fields.parse_custom_field, rows))

    def _shape(self, field: CustomField) -> FieldDescribe | None:
        """The type and size of a hidden field, or None if the user cannot read them."""
        rows = self._tooling_rows(custom_fields.metadata_query(field.id))
        if isinstance(rows, Rejected) or not rows:
            return None
        return custom_fields.shape_of(field.name, rows[0].get("Metadata"))

    def _setup(
        self, wanted: Sequence[FieldSpec], permission_set: PermissionSetSpec, facts: OrgFacts
    ) -> dict[str, SubResponse]:
        """The permission set with its grants and assignments, and the describes that `facts` lacks,
        in one call."""
        user_id = self._session.connection().user_id
        reads = _undescribed(wanted, facts)
        for name, statement in custom_fields.setup_queries(permission_set.name, user_id).items():
            reads[name] = RestRequest("GET", addresses.query(statement))
        return parse_composite(self._read(Composite(reads)), reads, writes=False)

    def _tooling_rows(self, statement: str) -> list[Mapping[str, Json]] | Rejected:
        """The rows of a Tooling API query, or its refusal."""
        try:
            body = self._read(RestRequest("GET", addresses.tooling_query(statement)))
        except Rejected as refusal:
            return refusal
        return objects_in(body, "records")

    def _read(self, request: Buildable) -> Json:
        return _result(self._session.call(request, "upkeep"), writes=False)

    def _write(self, method: str, path: str, body: Json) -> Json:
        request = RestRequest(method, path, body)
        return _result(self._session.call(request, "upkeep", writes=True), writes=True)

    def _post(self, path: str, body: Json) -> str:
        """Create something and return its id. Without an id in the response, the outcome is
        unknown."""
        created = self._write("POST", path, body)
        if isinstance(created, dict) and created.get("success") is False:
            raise answers.record_error(created.get("errors"))
        record_id = created.get("id") if isinstance(created, dict) else None
        if not isinstance(record_id, str):
            raise OutcomeUnknown("no_id")
        return record_id


def _result(answer: HttpResponse, *, writes: bool) -> Json:
    """The body of a successful response. A 404 is a refusal here: to the API, hidden things do not
    exist (ground rule 4)."""
    return answers.result_of(answer, writes=writes, may_be_hidden=True)


def _undescribed(wanted: Sequence[FieldSpec], facts: OrgFacts) -> dict[str, RestRequest]:
    """The describes to read: of objects that the fields are granted on, if `facts` lacks them."""
    reads: dict[str, RestRequest] = {}
    for spec in wanted:
        for name in spec.granted_on:
            if name not in facts.describes:
                reads[name] = RestRequest("GET", addresses.describe(name))
    return reads


def _describes(responses: Mapping[str, SubResponse]) -> dict[str, ObjectDescribe]:
    """The describes among the responses; a hidden object has none."""
    found = {}
    for name in responses.keys() - set(custom_fields.SETUP):
        body = _or_none(responses[name])
        if isinstance(body, dict):
            found[name] = describe.parse_describe(body)
    return found


def _with_permissions(found: MetadataFound, responses: Mapping[str, SubResponse]) -> MetadataFound:
    """The result with permissions added, if all three setup queries were allowed."""
    bodies = {name: _or_none(responses[name]) for name in custom_fields.SETUP}
    if any(body is None for body in bodies.values()):
        return replace(found, permission_sets=False)
    sets = objects_in(bodies["sets"], "records")
    if not sets:
        return found
    set_id = str(sets[0].get("Id"))
    grants = _rows_of_set(bodies["grants"], "ParentId", set_id)
    return replace(
        found,
        permission_set_id=set_id,
        grants=tuple(map(custom_fields.grant_of, grants)),
        assigned=bool(_rows_of_set(bodies["assignments"], "PermissionSetId", set_id)),
    )


def _rows_of_set(body: Json, column: str, set_id: str) -> list[Mapping[str, Json]]:
    """The rows that have the permission set's id in that column."""
    rows = objects_in(body, "records")
    return [row for row in rows if ids.same_id(str(row.get(column)), set_id)]


def _or_none(answer: SubResponse) -> Json:
    try:
        return answer.result(writes=False)
    except Rejected:
        return None


def _is_shown(
    field: CustomField, wanted: Sequence[FieldSpec], describes: Mapping[str, ObjectDescribe]
) -> bool:
    """Whether a describe of one of the objects that the field is granted on shows it."""
    objects = {name for spec in wanted if spec.object == field.object for name in spec.granted_on}
    shown = (describes[name].field(field.name) for name in objects if name in describes)
    return any(one is not None for one in shown)
