"""An org's setup in memory behind the `Metadata` port, with the `Crm` that sees what was granted.
Counts what it makes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from tests.fakes.crm import FakeCrm
from tests.fakes.org import describe, facts
from zsf_plugin.errors import DuplicateFound, Rejected
from zsf_plugin.model import (
    DESCRIBED_AS,
    CustomField,
    FieldDescribe,
    FieldGrant,
    FieldSpec,
    MetadataFound,
    ObjectDescribe,
    OrgFacts,
    PermissionSetSpec,
)

OBJECTS = ("Lead", "Contact", "Account", "Task", "Event")
SET_ID = "0PS000000000001AAA"


def shape_of(spec: FieldSpec, **changes: object) -> FieldDescribe:
    """The field of a spec as a describe shows it."""
    made = FieldDescribe(
        spec.name,
        spec.label,
        DESCRIBED_AS[spec.type],
        length=spec.length,
        custom=True,
        external_id=spec.external_id,
        unique=spec.unique,
        case_sensitive=spec.case_sensitive,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


@dataclass
class FakeSetup:
    """`inject_fault(what)` is called before each creation and may raise; the function that it
    returns is called after it, and may raise too."""

    fields: dict[tuple[str, str], FieldDescribe] = field(default_factory=dict)
    set_id: str | None = None
    grants: dict[str, FieldGrant] = field(default_factory=dict)
    assigned: bool = False
    visible: dict[tuple[str, str], FieldDescribe] = field(default_factory=dict)
    hidden_objects: frozenset[str] = frozenset()
    may_look: bool = True
    made: Counter[str] = field(default_factory=Counter)
    inject_fault: Callable[[str], Callable[[], None]] = field(default=lambda _: lambda: None)

    def crm(self) -> FakeCrm:
        """A CRM whose describes show what is granted to the connected user."""
        setup = self

        class GrantedCrm(FakeCrm):
            def facts(self, *, refresh: bool = False, thorough: bool = False) -> OrgFacts:
                return replace(
                    self.org, describes={n: d for n, d in setup.describes().items() if n != "Event"}
                )

        return GrantedCrm(facts(external_id=False))

    def describes(self) -> dict[str, ObjectDescribe]:
        """What the connected user sees."""
        return {name: self._describe(name) for name in OBJECTS if name not in self.hidden_objects}

    def state(self) -> object:
        """All of it, to be compared."""
        return (
            sorted(self.fields),
            self.set_id,
            sorted(self.grants),
            self.assigned,
            self.describes(),
        )

    def inspect(
        self, wanted: Sequence[FieldSpec], permission_set: PermissionSetSpec, facts: OrgFacts
    ) -> MetadataFound:
        if not self.may_look:
            return MetadataFound(None, self.describes(), permission_sets=False, calls=2)
        fields = tuple(
            CustomField(f"00N{at:012d}AAA", object_, name, name.removesuffix("__c"), None, shape)
            for at, ((object_, name), shape) in enumerate(self.fields.items())
        )
        grants = tuple(self.grants.values())
        return MetadataFound(fields, self.describes(), True, self.set_id, grants, self.assigned, 2)

    def create_field(self, spec: FieldSpec) -> None:
        def make() -> None:
            if (spec.object, spec.name) in self.fields:
                raise Rejected("DUPLICATE_DEVELOPER_NAME")
            self.fields[(spec.object, spec.name)] = shape_of(spec)

        self._make(f"field {spec.full_name}", make)

    def create_permission_set(self, spec: PermissionSetSpec) -> str:
        def make() -> None:
            if self.set_id is not None:
                raise Rejected("DUPLICATE_DEVELOPER_NAME")
            self.set_id = SET_ID

        self._make(f"set {spec.name}", make)
        return SET_ID

    def grant(self, permission_set_id: str, field: str, held: str | None) -> None:
        def make() -> None:
            assert permission_set_id == self.set_id
            if held is None and field in self.grants:
                raise DuplicateFound("DUPLICATE_VALUE", "", ())
            self.grants[field] = FieldGrant(f"01k{field}", field, read=True, edit=True)

        self._make(f"permission {field}", make)

    def assign(self, permission_set_id: str) -> None:
        def make() -> None:
            assert permission_set_id == self.set_id
            if self.assigned:
                raise DuplicateFound("DUPLICATE_VALUE", "", ())
            self.assigned = True

        self._make("assignment", make)

    def _make(self, what: str, make: Callable[[], None]) -> None:
        after = self.inject_fault(what)
        make()
        self.made[what] += 1
        after()

    def _describe(self, name: str) -> ObjectDescribe:
        stock = describe("Task" if name == "Event" else name, external_id=False)
        shown = {
            known: shape for (object_, known), shape in self.visible.items() if object_ == name
        }
        owner = "Activity" if name in ("Task", "Event") else name
        for (object_, known), shape in self.fields.items():
            grant = self.grants.get(f"{name}.{known}")
            if object_ == owner and self.assigned and grant is not None:
                shown[known] = replace(shape, createable=grant.edit, updateable=grant.edit)
        return replace(stock, name=name, fields={**stock.fields, **shown})
