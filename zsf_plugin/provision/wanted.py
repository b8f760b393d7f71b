"""What we want an org to have, as data: fields that join later are lines here. Decides nothing."""

from __future__ import annotations

from zsf_plugin.model import ACTIVITY, EXTERNAL_ID_FIELD, FieldSpec, PermissionSetSpec

#: The key that keeps each record single (design: the way of an event).
ID_FIELDS = tuple(
    FieldSpec(
        object=name,
        name=EXTERNAL_ID_FIELD,
        label="Zaplify Id",
        type="Text",
        length=64,
        unique=True,
        external_id=True,
        case_sensitive=True,
        description="Key of this record in Zaplify. Filled by the integration; do not edit.",
    )
    for name in ("Lead", "Contact", "Account", ACTIVITY)
)

PERMISSION_SET = PermissionSetSpec(
    name="Zaplify_Sync",
    label="Zaplify Sync",
    description=(
        "Lets the user that Zaplify is connected as see and fill the fields that Zaplify made."
    ),
)
