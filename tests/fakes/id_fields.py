"""`Zaplify_Id__c` as provisioned: Text(64), external ID, unique, case-sensitive, on each object we
write."""

from __future__ import annotations

from typing import Any

KEY: dict[str, Any] = {
    "name": "Zaplify_Id__c",
    "type": "string",
    "length": 64,
    "externalId": True,
    "unique": True,
    "caseSensitive": True,
}
#: As `OrgSpec.fields` takes them.
FIELDS = tuple({"object": name, **KEY} for name in ("Lead", "Contact", "Account", "Activity"))
