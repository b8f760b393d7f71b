"""Values of the types that hosts have at hand: what is meant is taken, and is the same event as its
JSON; what is not JSON in any sense is ignored at its very place, and the rest is kept."""

from __future__ import annotations

import array
import datetime as dt
import enum
import itertools
import json
import uuid
from collections import ChainMap, OrderedDict, UserDict, UserList, UserString, defaultdict, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType, SimpleNamespace
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zsf_plugin.decision import copying
from zsf_plugin.decision.copying import copy_as_json
from zsf_plugin.intake.reading import copy_call

UTC = dt.UTC
STOCKHOLM = dt.timezone(dt.timedelta(hours=1))
ID = uuid.UUID("12345678-1234-5678-1234-567812345678")


class Plan(enum.Enum):
    PRO = "pro"
    SIZES = (1, 2)


class Size(enum.IntEnum):
    LARGE = 3


class Kind(enum.StrEnum):
    LEAD = "lead"


class Flags(enum.Flag):
    A = 1


class Text(str):
    pass


class Whole(int):
    pass


class Real(float):
    pass


class Pair(NamedTuple):
    first: int
    second: int


class Indexed:
    """A whole number of another library's."""

    def __index__(self) -> int:
        return 7


class Scalar:
    """A truth value of an array library's, which is no bool."""

    shape = ()

    def item(self) -> bool:
        return True


class Proxy:
    """Stands for a value that is looked up late, and says that it is of its type."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __getattribute__(self, name: str) -> Any:
        value = object.__getattribute__(self, "value")
        return type(value) if name == "__class__" else value

    def __str__(self) -> str:
        return str(self.value)

    def __bool__(self) -> bool:
        return bool(self.value)

    def __int__(self) -> int:
        return int(self.value)


class Translation:
    """A text that is translated when it is read, with the methods of one; it is no `str`."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __str__(self) -> str:
        return self.text

    def __len__(self) -> int:
        return len(self.text)

    def __iter__(self) -> Iterator[str]:
        return iter(self.text)

    def __contains__(self, part: object) -> bool:
        return str(part) in self.text


class LateDict(dict[str, object]):
    """A dict that holds nothing itself: a row whose values are loaded late."""

    def items(self) -> Any:
        return {"a": 1}.items()


class LateRow(Mapping[str, object]):
    """A row one column of which cannot be loaded."""

    def __getitem__(self, key: str) -> object:
        if key == "b":
            raise LookupError("CANARY")
        return key

    def __iter__(self) -> Iterator[str]:
        return iter("abc")

    def __len__(self) -> int:
        return 3


class Triples(dict[str, object]):
    """A dict whose items are not pairs."""

    def items(self) -> Any:
        return [(key, value, 1) for key, value in super().items()]


class Timeless(dt.datetime):
    """A time whose ISO text is none."""

    def isoformat(self, *_: Any) -> Any:
        return 5


class NoTime(dt.datetime):
    """No time at all, which a library shows by being unequal to itself, as pandas' `NaT` is."""

    def __ne__(self, _: object) -> bool:
        return True

    def isoformat(self, *_: Any) -> Any:
        return "NaT"


class NoReal(float):
    """A float that turns into none when it is read."""

    def __float__(self) -> float:
        return float("nan")


@dataclass
class Company:
    name: str = "CANARY"


def type_name(value: object) -> str:
    return type(value).__name__


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        (MappingProxyType({"a": 1}), {"a": 1}),
        (UserDict({"a": UserDict({"b": 1})}), {"a": {"b": 1}}),
        (ChainMap({"a": 1}, {"a": 2, "b": 3}), {"a": 1, "b": 3}),
        (OrderedDict(b=1, a=2), {"b": 1, "a": 2}),
        (defaultdict(list, {"a": [1]}), {"a": [1]}),
        ((1, "two", None), [1, "two", None]),
        (Pair(1, 2), [1, 2]),
        (deque([1, 2]), [1, 2]),
        (UserList([1, (2,)]), [1, [2]]),
        (range(3), [0, 1, 2]),
        (array.array("d", [0.5, 2.0]), [0.5, 2.0]),
        ({"b", "a"}, ["a", "b"]),
        (frozenset({3, 1, 2}), [1, 2, 3]),
        ({"a": 1}.keys(), ["a"]),
        (UserString("text"), "text"),
        (dt.datetime(2026, 11, 20, 10, tzinfo=UTC), "2026-11-20T10:00:00+00:00"),
        (dt.datetime(2026, 11, 20, 10, 0, 0, 5, STOCKHOLM), "2026-11-20T10:00:00.000005+01:00"),
        (dt.datetime(2026, 11, 20, 10), "2026-11-20T10:00:00"),
        (dt.date(2026, 11, 20), "2026-11-20"),
        (dt.time(10, 30), "10:30:00"),
        (ID, "12345678-1234-5678-1234-567812345678"),
        (Decimal("1200"), 1200),
        (Decimal("1200.00"), 1200),
        (Decimal("0.1"), 0.1),
        (Decimal("-1E+3"), -1000),
        (Decimal("12345678901234567.89"), "12345678901234567.89"),
        (Fraction(1, 4), 0.25),
        (Fraction(8, 4), 2),
        (Plan.PRO, "pro"),
        (Plan.SIZES, [1, 2]),
        (Size.LARGE, 3),
        (Kind.LEAD, "lead"),
        (Flags.A, 1),
        (Text("text"), "text"),
        (Whole(5), 5),
        (Real(2.5), 2.5),
        (Indexed(), 7),
        (Scalar(), True),
        (Proxy("text"), "text"),
        (Proxy(True), True),
        (Proxy(False), False),
        (Proxy(5), 5),
        (Translation("Enterprise"), "Enterprise"),
        (Translation(""), ""),
        (deque("ab"), ["a", "b"]),
        (LateDict(), {"a": 1}),
        (Triples(a=1), {"a": 1}),
        (10**40, 10**40),
        ("\ud83d", "\ud83d"),
        (
            {1: "a", Size.LARGE: "b", Plan.PRO: "c", ID: "d", Kind.LEAD: "e"},
            {"1": "a", "3": "b", "pro": "c", str(ID): "d", "lead": "e"},
        ),
    ],
    ids=type_name,
)
def test_what_is_meant_is_taken_however_deep(value: object, meant: object) -> None:
    assert copy_as_json({"a": [value]}) == ({"a": [meant]}, [])
    assert copy_as_json(MappingProxyType({"a": value})) == ({"a": meant}, [])
    copied, _ = copy_as_json(MappingProxyType({"a": value}))
    assert type_names(copied) == type_names(json.loads(json.dumps(copied)))


def type_names(document: object) -> list[str]:
    """The types in a document: plain ones, or the host could change ours."""
    inner = list(document.values()) if isinstance(document, dict) else document
    names = [type(document).__name__]
    for each in inner if isinstance(inner, list) else ():
        names += type_names(each)
    return names


class Loop(dict[str, Any]):
    """A dictionary that contains itself."""

    def __init__(self) -> None:
        super().__init__(name="kept")
        self["again"] = self


class Failing(Mapping[str, object]):
    """A mapping of the host's that fails when read, as one that asks a database."""

    def __getitem__(self, key: str) -> object:
        raise LookupError("CANARY")

    def __iter__(self) -> Iterator[str]:
        yield "a"

    def __len__(self) -> int:
        return 1


NOT_JSON: list[Any] = [
    b"CANARY",
    bytearray(b"CANARY"),
    memoryview(b"CANARY"),
    float("nan"),
    float("-inf"),
    Decimal("NaN"),
    Decimal("Infinity"),
    Decimal("1E+100000"),
    10**5000,
    1 + 2j,
    object(),
    SimpleNamespace(name="CANARY"),
    Company(),
    Company,
    print,
    (number for number in (1, 2)),
    iter([1]),
    dt.timedelta(1),
    Timeless(2026, 11, 20),
    NoTime(2026, 11, 20),
    NoReal(1.5),
    Failing(),
    10**400,
    range(copying.MAX_VALUES + 1),
]


@pytest.mark.parametrize("value", NOT_JSON, ids=type_name)
def test_what_is_not_json_is_ignored_at_its_very_place_and_the_rest_is_kept(value: Any) -> None:
    document = {
        "a": {"b": [{"c": {"d": {"e": value, "f": 1}}}, 2]},
        "g": MappingProxyType({"h": 3}),
    }
    copied, ignored = copy_as_json(document)
    assert copied == {"a": {"b": [{"c": {"d": {"e": None, "f": 1}}}, 2]}, "g": {"h": 3}}
    fault = "too_many_values" if isinstance(value, range) else "not_json"
    assert [(one["place"], one["fault"]) for one in ignored] == [("/a/b/0/c/d/e", fault)]  # type: ignore[index, call-overload]
    assert "CANARY" not in str(ignored)


@pytest.mark.parametrize("key", [None, 1.5, True, ("a", "b"), b"CANARY", object()], ids=type_name)
def test_a_key_that_is_no_text_costs_its_value_alone(key: Any) -> None:
    copied, ignored = copy_as_json(MappingProxyType({key: 1, "b": 2, "c": b""}))
    assert isinstance(copied, dict)
    assert copied["b"] == 2
    assert "CANARY" not in str(ignored)
    is_taken = key is None or isinstance(key, (float, bool))  # as JSON's own encoder has it
    assert len(ignored) == (1 if is_taken else 2)


def test_two_keys_of_one_text_cost_the_second() -> None:
    copied, ignored = copy_as_json(MappingProxyType({"1": "a", 1: "b", "c": b""}))
    assert copied == {"1": "a", "c": None}
    assert [one["place"] for one in ignored] == ["/1", "/c"]  # type: ignore[index, call-overload]


def places(ignored: list[Any]) -> list[str]:
    return [one["place"] for one in ignored]


def test_two_keys_of_one_text_cost_the_second_in_a_dict_too() -> None:
    copied, ignored = copy_as_json({"a": {"1": "a", 1: "b"}})
    assert copied == {"a": {"1": "a"}}
    assert places(ignored) == ["/a/1"]


def test_a_value_that_cannot_be_loaded_costs_itself_alone() -> None:
    copied, ignored = copy_as_json({"row": LateRow()})
    assert copied == {"row": {"a": "a", "b": None, "c": "c"}}
    assert places(ignored) == ["/row/b"]
    assert "CANARY" not in str(ignored)


class Endless(Mapping[str, object]):
    """An object graph without end: each part is new."""

    def __getitem__(self, key: str) -> object:
        return Endless()

    def __iter__(self) -> Iterator[str]:
        return iter("ab")

    def __len__(self) -> int:
        return 2


class EndlessList(list[int]):
    """A list without an end, whatever its length says."""

    def __iter__(self) -> Iterator[int]:
        return itertools.count()


class EndlessTable(dict[str, int]):
    """A table without an end."""

    def items(self) -> Any:
        return ((str(number), number) for number in itertools.count())


@pytest.mark.parametrize("value", [EndlessList([1]), EndlessTable(a=1)], ids=type_name)
def test_what_has_no_end_is_ignored(value: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copying, "MAX_VALUES", 1_000)
    copied, ignored = copy_as_json({"a": {"b": value, "c": 1}})
    assert copied == {"a": {"b": None, "c": 1}}
    assert places(ignored) == ["/a/b"]


def shared(levels: int) -> list[Any]:
    """Ten lists, each of which has the next ten times."""
    values: list[Any] = [1] * 10
    for _ in range(levels):
        values = [values] * 10
    return values


@pytest.mark.parametrize("value", [Endless(), shared(9), {"a": shared(9)}], ids=type_name)
def test_what_multiplies_is_ignored_alone_before_it_costs_much(value: Any) -> None:
    document = {"prospect": {"id": "p", "custom": {"much": value, "k": [1]}}, "user": {"id": "u"}}
    copy = copying._Copy(_left=1_000)
    copied = copy.of(document, "")
    assert copied == {
        "prospect": {"id": "p", "custom": {"much": None, "k": [1]}},
        "user": {"id": "u"},
    }
    assert places(copy.ignored) == ["/prospect/custom/much"]


@pytest.mark.parametrize("loop", [Loop(), MappingProxyType(Loop())], ids=["dict", "proxy"])
def test_a_cycle_costs_the_place_where_it_closes(loop: Any) -> None:
    copied, ignored = copy_as_json({"a": loop})
    assert ignored
    assert isinstance(copied, dict)
    assert copied["a"]["name"] == "kept"
    assert {one["fault"] for one in ignored} == {"not_json"}  # type: ignore[index, call-overload]


def test_one_value_in_two_places_is_no_cycle() -> None:
    shared = MappingProxyType({"a": 1})
    assert copy_as_json({"b": shared, "c": [shared, shared]}) == (
        {"b": {"a": 1}, "c": [{"a": 1}, {"a": 1}]},
        [],
    )


def test_a_list_in_a_list_in_a_list_ends_at_the_deepest_level() -> None:
    endless: list[Any] = []
    endless.append(endless)
    copied, ignored = copy_as_json({"a": endless, "b": 1})
    assert copied == {"a": [None], "b": 1}
    assert len(ignored) == 1


plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=12,
)
anything = st.recursive(
    st.none()
    | st.integers()
    | st.floats()
    | st.text()
    | st.binary()
    | st.datetimes()
    | st.decimals()
    | st.fractions()
    | st.uuids()
    | st.complex_numbers()
    | st.sampled_from([Plan.PRO, Size.LARGE, Failing(), object, Loop()]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text() | st.integers() | st.none() | st.binary(), inner, max_size=3)
        | st.dictionaries(st.text(), inner, max_size=3).map(MappingProxyType)
        | st.frozensets(st.integers() | st.text(), max_size=3)
    ),
    max_leaves=12,
)


def frozen(value: object) -> object:
    """The same document of other types: proxies and tuples."""
    if isinstance(value, dict):
        return MappingProxyType({key: frozen(inner) for key, inner in value.items()})
    return tuple(map(frozen, value)) if isinstance(value, list) else value


@given(plain)
def test_a_document_is_the_same_however_its_host_holds_it(document: Any) -> None:
    assert copy_as_json(frozen(document)) == copy_as_json(document) == (document, [])


@given(anything)
def test_a_copy_is_always_json_and_never_raises(value: Any) -> None:
    copied, ignored = copy_as_json(value)
    assert json.loads(json.dumps(copied, allow_nan=False)) == copied
    assert json.loads(json.dumps(ignored)) == ignored


@given(anything)
def test_a_copy_of_a_copy_is_the_copy(value: Any) -> None:
    copied, _ = copy_as_json(value)
    assert copy_as_json(copied) == (copied, [])


# --- ids ------------------------------------------------------------------------------------------

CALL: dict[str, Any] = {
    "workspace": "w",
    "event_id": "e1",
    "occurred_at": "2026-11-01T10:00:00Z",
    "prospect": {"id": "p1", "company": {"id": "c1"}},
    "touchpoint": {"id": "t1", "channel": "email", "campaign": {"id": "k1"}},
    "user": {"id": "u1"},
}
IDS = [
    ("workspace",),
    ("event_id",),
    ("prospect", "id"),
    ("prospect", "company", "id"),
    ("touchpoint", "id"),
    ("touchpoint", "campaign", "id"),
    ("user", "id"),
]


def with_id(path: tuple[str, ...], value: object) -> dict[str, Any]:
    call = json.loads(json.dumps(CALL))
    table = call
    for name in path[:-1]:
        table = table[name]
    table[path[-1]] = value
    return dict(call)


@pytest.mark.parametrize("path", IDS, ids="/".join)
@pytest.mark.parametrize(
    "value", [17, Whole(17), Decimal(17), Indexed(), ID, Size.LARGE], ids=type_name
)
def test_an_id_is_text_whatever_its_type(path: tuple[str, ...], value: Any) -> None:
    text = {"Indexed": "7", "Size": "3"}.get(type(value).__name__, str(value))
    assert copy_call(with_id(path, value)) == (with_id(path, text), [])


@pytest.mark.parametrize("path", IDS, ids="/".join)
@pytest.mark.parametrize("value", [True, 1.5, None, [1], {"id": 1}])
def test_what_is_no_id_is_left_to_the_schema(path: tuple[str, ...], value: Any) -> None:
    assert copy_call(with_id(path, value)) == (with_id(path, value), [])


LONG = copying.MAX_VALUES * copying.CHARACTERS_OF_A_VALUE // 2


@pytest.mark.parametrize("also", ["", dt.date(2026, 11, 20)], ids=["plain", "beside a date"])
def test_a_text_larger_than_any_field_is_ignored_alone(also: object) -> None:
    small = {"id": "p1", "last_name": "B", "also": also}
    document = {**small, "about": "x" * (LONG + 100), "custom": {"note": "y" * 1_000}}
    copied, ignored = copy_as_json({"prospect": document})
    assert ignored == [{"place": "/prospect/about", "fault": "too_long", "limit": LONG}]
    assert copied == {
        "prospect": {**document, "about": None, "also": copy_as_json(also)[0]},
    }
    kept, nothing = copy_as_json({"prospect": {**small, "about": "x" * (LONG - 1_000)}})
    assert nothing == []
    assert len(kept["prospect"]["about"]) == LONG - 1_000  # type: ignore[index, call-overload]


def test_a_key_longer_than_any_name_is_ignored_alone() -> None:
    copied, ignored = copy_as_json({"prospect": {"id": "p1", "custom": {"k" * 20_000: 1, "a": 2}}})
    assert copied == {"prospect": {"id": "p1", "custom": {"a": 2}}}
    assert ignored == [{"place": "/prospect/custom/?", "fault": "too_long", "limit": 10_000}]


def test_any_number_of_long_texts_ends_and_the_rest_is_kept() -> None:
    texts = {f"k{number}": "x" * 2_000_000 for number in range(50)}
    custom: dict[str, object] = {"many": ["x" * 900] * 30_000, **texts}
    copied, ignored = copy_as_json({"prospect": {"custom": custom, "id": "p1"}})
    assert len(json.dumps(copied)) < 2 * LONG
    assert copied["prospect"]["id"] == "p1"  # type: ignore[index, call-overload]
    assert {one["fault"] for one in ignored} == {"too_many_values", "too_long"}  # type: ignore[index, call-overload]


def test_after_a_value_that_is_too_large_half_as_many_values_are_left() -> None:
    sizes = {"fits": 600, "is too large": 500, "would have fitted": 300, "fits still": 10}
    copy = copying._Copy(_left=1_000)
    custom = {name: [1] * size for name, size in sizes.items()}
    copied = copy.of({"prospect": {"id": "p1", "custom": custom}}, "")
    kept = [name for name, value in copied["prospect"]["custom"].items() if value]  # type: ignore[index, call-overload]
    assert kept == ["fits", "fits still"]
    assert {one["fault"] for one in copy.ignored} == {"too_many_values"}  # type: ignore[index, call-overload]
