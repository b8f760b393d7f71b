"""The objects of a stock org as data (salesforce-api.md §5)."""

from __future__ import annotations

from zsf_plugin.emulator.org.schema import Field, ObjectType

_INDUSTRY = [
    "Agriculture",
    "Apparel",
    "Banking",
    "Biotechnology",
    "Chemicals",
    "Communications",
    "Construction",
    "Consulting",
    "Education",
    "Electronics",
    "Energy",
    "Engineering",
    "Entertainment",
    "Environmental",
    "Finance",
    "Government",
    "Healthcare",
    "Hospitality",
    "Insurance",
    "Machinery",
    "Manufacturing",
    "Media",
    "Recreation",
    "Retail",
    "Shipping",
    "Technology",
    "Telecommunications",
    "Transportation",
    "Utilities",
    "Other",
]
_SUBTYPES = ("Task", "Email", "ListEmail", "Cadence", "Call", "LinkedIn")
_SOURCES = ("Web", "Phone Inquiry", "Partner Referral", "Purchased List", "Other")


def _string(name: str, length: int, **more: object) -> Field:
    return Field(name, "string", length, **more)  # type: ignore[arg-type]  # keywords of Field


def _picklist(name: str, *values: str, length: int = 255, **more: object) -> Field:
    return Field(name, "picklist", length, picklist=values, **more)  # type: ignore[arg-type]  # keywords of Field


def _reference(name: str, *to: str, **more: object) -> Field:
    relationship = name.removesuffix("Id")
    return Field(name, "reference", 18, references=to, relationship=relationship, **more)  # type: ignore[arg-type]


def _read_only(name: str, kind: str = "string", length: int = 0, **more: object) -> Field:
    return Field(name, kind, length, createable=False, updateable=False, **more)  # type: ignore[arg-type]


def _flag(name: str) -> Field:
    return Field(name, "boolean", defaulted=True, default=False)


def _address(prefix: str) -> list[Field]:
    """One address: its parts, and the compound field that shows them together."""
    compound = f"{prefix}Address"
    return [
        Field(f"{prefix}Street", "textarea", 255, compound=compound),
        _string(f"{prefix}City", 40, compound=compound),
        _string(f"{prefix}State", 80, compound=compound),
        _string(f"{prefix}PostalCode", 20, compound=compound),
        _string(f"{prefix}Country", 80, compound=compound),
        _read_only(compound, "address", filterable=False),
    ]


def _system() -> list[Field]:
    return [
        _read_only("Id", "id", 18),
        _read_only("IsDeleted", "boolean", default=False),
        _read_only("CreatedDate", "datetime"),
        _reference("CreatedById", "User", createable=False, updateable=False),
        _read_only("LastModifiedDate", "datetime"),
        _reference("LastModifiedById", "User", createable=False, updateable=False),
        _read_only("SystemModstamp", "datetime"),
    ]


def _person() -> list[Field]:
    return [
        _string("LastName", 80, required=True, compound="Name"),
        _string("FirstName", 40, compound="Name"),
        _picklist("Salutation", "Mr.", "Ms.", "Mrs.", "Dr.", "Prof.", length=40, compound="Name"),
        _read_only("Name", "string", 121),
        Field("Email", "email", 80),
        Field("Phone", "phone", 40),
        Field("MobilePhone", "phone", 40),
        Field("Fax", "phone", 40),
        _string("Title", 128),
        Field("Description", "textarea", 32000, filterable=False),
        _picklist("LeadSource", *_SOURCES, length=255),
        _flag("HasOptedOutOfEmail"),
        _flag("DoNotCall"),
        _read_only("LastActivityDate", "date"),
    ]


_LEAD = [
    *_person(),
    _string("Company", 255, required=True),
    Field("Website", "url", 255),
    *_address(""),
    _picklist(
        "Status",
        "Open - Not Contacted",
        "Working - Contacted",
        "Closed - Converted",
        "Closed - Not Converted",
        defaulted=True,
        default="Open - Not Contacted",
    ),
    _picklist("Industry", *_INDUSTRY),
    _picklist("Rating", "Hot", "Warm", "Cold"),
    Field("AnnualRevenue", "currency", precision=18),
    Field("NumberOfEmployees", "int", precision=8),
    _reference("OwnerId", "Group", "User", defaulted=True),
    _read_only("IsConverted", "boolean", default=False),
    _read_only("ConvertedDate", "date"),
    _reference("ConvertedAccountId", "Account", createable=False, updateable=False),
    _reference("ConvertedContactId", "Contact", createable=False, updateable=False),
    _reference("ConvertedOpportunityId", "Opportunity", createable=False, updateable=False),
    _reference("MasterRecordId", "Lead", createable=False, updateable=False),
]
_CONTACT = [
    *_person(),
    _reference("AccountId", "Account"),
    Field("HomePhone", "phone", 40),
    Field("OtherPhone", "phone", 40),
    _string("Department", 80),
    *_address("Mailing"),
    *_address("Other"),
    _reference("ReportsToId", "Contact"),
    Field("Birthdate", "date"),
    _reference("OwnerId", "User", defaulted=True),
    _reference("MasterRecordId", "Contact", createable=False, updateable=False),
]
_ACCOUNT = [
    _string("Name", 255, required=True),
    Field("Website", "url", 255),
    Field("Phone", "phone", 40),
    _picklist("Industry", *_INDUSTRY),
    _picklist("Type", "Prospect", "Customer - Direct", "Customer - Channel", "Other"),
    Field("NumberOfEmployees", "int", precision=8),
    Field("AnnualRevenue", "currency", precision=18),
    *_address("Billing"),
    *_address("Shipping"),
    _reference("ParentId", "Account"),
    Field("Description", "textarea", 32000, filterable=False),
    _picklist("AccountSource", *_SOURCES),
    _string("Site", 80),
    _reference("OwnerId", "User", defaulted=True),
    _read_only("LastActivityDate", "date"),
    _reference("MasterRecordId", "Account", createable=False, updateable=False),
]
_TASK = [
    _reference("WhoId", "Contact", "Lead"),
    _reference("WhatId", "Account", "Opportunity", "Campaign"),
    Field(
        "Subject", "combobox", 255, picklist=("Call", "Email", "Send Letter", "Send Quote", "Other")
    ),
    Field("Description", "textarea", 32000, filterable=False),
    _picklist("Status", length=40, defaulted=True, default="Not Started"),
    _picklist("Priority", "High", "Normal", "Low", length=40, defaulted=True, default="Normal"),
    Field("ActivityDate", "date"),
    _reference("OwnerId", "Group", "User", defaulted=True),
    _picklist("Type", "Call", "Email", "Meeting", "Other", length=40),
    _picklist(
        "TaskSubtype",
        *_SUBTYPES,
        length=40,
        restricted=True,
        updateable=False,
        default="Task",
    ),
    _picklist("CallType", "Internal", "Inbound", "Outbound", length=40),
    Field("CallDurationInSeconds", "int"),
    _read_only("IsClosed", "boolean", default=False),
    _read_only("IsArchived", "boolean", default=False),
    _reference("AccountId", "Account", createable=False, updateable=False),
    _read_only("CompletedDateTime", "datetime"),
]
_EVENT = [
    _reference("WhoId", "Contact", "Lead"),
    _reference("WhatId", "Account", "Opportunity", "Campaign"),
    Field("Subject", "combobox", 255, picklist=("Call", "Email", "Meeting", "Other")),
    Field("Description", "textarea", 32000, filterable=False),
    Field("StartDateTime", "datetime"),
    Field("EndDateTime", "datetime"),
    Field("DurationInMinutes", "int"),
    _flag("IsAllDayEvent"),
    _reference("OwnerId", "User", defaulted=True),
]
_OPPORTUNITY = [
    _string("Name", 120, required=True),
    _picklist("StageName", "Prospecting", "Closed Won", "Closed Lost", required=True),
    Field("CloseDate", "date", required=True),
    Field("Amount", "currency", precision=18, scale=2),
    _reference("AccountId", "Account"),
    _reference("OwnerId", "User", defaulted=True),
]
_CAMPAIGN = [
    _string("Name", 80, required=True),
    _flag("IsActive"),
    _picklist("Status", "Planned", "In Progress", "Completed"),
    _picklist("Type", "Email", "Webinar", "Other"),
    _reference("OwnerId", "User", defaulted=True),
]
_USER = [
    _string("Username", 80, required=True),
    Field("Email", "email", 128, required=True),
    _string("LastName", 80, required=True),
    _string("FirstName", 40),
    _read_only("Name", "string", 121),
    Field("IsActive", "boolean", defaulted=True, default=True),
    _picklist(
        "UserType", "Standard", "PowerPartner", "CsnOnly", defaulted=True, default="Standard"
    ),
    _picklist("TimeZoneSidKey", length=40, defaulted=True, default="Europe/London"),
    _picklist("LocaleSidKey", length=40, defaulted=True, default="en_GB"),
]
_GROUP = [
    _string("Name", 40),
    _string("DeveloperName", 80),
    _picklist("Type", "Queue", "Regular", length=40),
    Field("Email", "email", 255),
]
_ORGANIZATION = [
    _string("Name", 80),
    Field("IsSandbox", "boolean"),
    _string("OrganizationType", 40),
    _string("InstanceName", 5),
    _string("NamespacePrefix", 15),
]
_STATUS = [
    _string("ApiName", 255),
    _string("MasterLabel", 255),
    Field("SortOrder", "int"),
    Field("IsClosed", "boolean", default=False),
    Field("IsDefault", "boolean", default=False),
]
_PERMISSION_SET = [
    _string("Name", 80, required=True),
    _string("Label", 80, required=True),
    _string("Description", 255),
    _read_only("NamespacePrefix", "string", 15),
]
_FIELD_PERMISSIONS = [
    _reference("ParentId", "PermissionSet", required=True),
    _string("SobjectType", 255, required=True),
    _string("Field", 255, required=True),
    _flag("PermissionsRead"),
    _flag("PermissionsEdit"),
]
_RECORD_TYPE = [_string("Name", 80), _string("DeveloperName", 80), _string("SobjectType", 40)]
_ASSIGNMENT = [
    _reference("AssigneeId", "User", required=True),
    _reference("PermissionSetId", "PermissionSet", required=True),
]

_OBJECTS: tuple[tuple[str, str, list[Field], bool], ...] = (
    ("Lead", "00Q", _LEAD, True),
    ("Contact", "003", _CONTACT, True),
    ("Account", "001", _ACCOUNT, True),
    ("Task", "00T", _TASK, True),
    ("Event", "00U", _EVENT, True),
    ("Opportunity", "006", _OPPORTUNITY, True),
    ("Campaign", "701", _CAMPAIGN, True),
    ("User", "005", _USER, False),
    ("Group", "00G", _GROUP, False),
    ("Organization", "00D", _ORGANIZATION, False),
    ("TaskStatus", "01V", _STATUS, False),
    ("LeadStatus", "01J", [*_STATUS, Field("IsConverted", "boolean", default=False)], False),
    ("RecordType", "012", _RECORD_TYPE, False),
    ("PermissionSet", "0PS", _PERMISSION_SET, True),
    ("FieldPermissions", "01k", _FIELD_PERMISSIONS, True),
    ("PermissionSetAssignment", "0Pa", _ASSIGNMENT, True),
)


def stock_objects() -> dict[str, ObjectType]:
    """Fresh objects of a stock org, by name."""
    objects = {}
    for name, prefix, fields, writable in _OBJECTS:
        by_name = {one.name: one for one in (*_system(), *fields)}
        objects[name] = ObjectType(name, prefix, by_name, writable=writable)
    return objects
