"""The call budget as data: each operation, how to run it, and the API calls it costs. A test counts
them with the emulator; docs/call-budget.md is generated from them. Benchmarks count some again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.end_to_end.bench import MeteredBench
from zsf_plugin.emulator.org.by_hand import merge
from zsf_plugin.wiring.doctor.examine import examine

_REFERENCE = "Byron @{w0.id}"
PHONE = "+46 8 123 456"


def _nothing(_: MeteredBench) -> None:
    """No preparation."""


@dataclass(frozen=True, slots=True)
class Operation:
    """The calls of `work` are counted, after `before` has run. `lead` and `contact`: the exact number
    of calls in each mode.

    `warm`: the describes are cached; `key`: the org has `Zaplify_Id__c`.
    """

    name: str
    what: str
    lead: int
    contact: int
    work: Callable[[MeteredBench], None]
    before: Callable[[MeteredBench], None] = _nothing
    warm: bool = True
    key: bool = True

    def calls(self, mode: str) -> int:
        """The calls in that mode."""
        return self.lead if mode == "lead" else self.contact


def _buy(numbers: range, prefix: str = "", **changes: object) -> Callable[[MeteredBench], None]:
    def work(bench: MeteredBench) -> None:
        bench.purchase(*numbers, prefix=prefix, **changes)
        bench.drain()

    return work


def _touch(numbers: range, times: int) -> Callable[[MeteredBench], None]:
    def work(bench: MeteredBench) -> None:
        for number in numbers:
            bench.touch(number, times)
        bench.drain()

    return work


def _mixed(bench: MeteredBench) -> None:
    bench.purchase(*range(200))
    for number in range(200):
        bench.touch(number, 2)
    bench.drain()


def _search(numbers: range, badge: str) -> Callable[[MeteredBench], None]:
    def work(bench: MeteredBench) -> None:
        assert bench.search(*numbers) == {badge}

    return work


def _preview(bench: MeteredBench) -> None:
    """A live preview, repeated after each edit of the title's mapping."""
    for source in ("prospect.title", "prospect.first_name", "prospect.last_name"):
        bench.preview(1, source)


def _examine(bench: MeteredBench) -> None:
    """What `zsf doctor` does."""
    assert examine(bench.app.console(), "default").calls == 3


def _exists(bench: MeteredBench) -> None:
    bench.people_exist(1)


def _hundred_exist(bench: MeteredBench) -> None:
    bench.people_exist(*range(100))


def _ours(bench: MeteredBench) -> tuple[str, dict[str, object]]:
    """The record created by a purchase: its object and its row."""
    rows = (
        (name, row)
        for name in ("Lead", "Contact")
        for row in bench.emulator.org.rows[name].values()
    )
    return next((name, dict(row)) for name, row in rows if row["LastName"] == "Byron 1")


def _merged(bench: MeteredBench) -> None:
    bench.purchase(1)
    bench.drain()
    object_, row = _ours(bench)
    company = {"Company": "Elsewhere"} if object_ == "Lead" else {}
    winner = bench.emulator.org.seed(object_, {"LastName": "Winner", **company})
    merge(bench.emulator.org, object_, winner, str(row["Id"]))


def _deleted(bench: MeteredBench) -> None:
    bench.purchase(1)
    bench.drain()
    object_, row = _ours(bench)
    bench.emulator.org.edit(object_, str(row["Id"]), {"IsDeleted": True})


def _bought_an_hour_ago(numbers: range) -> Callable[[MeteredBench], None]:
    def before(bench: MeteredBench) -> None:
        bench.purchase(*numbers)
        bench.drain()
        bench.links_grow_old()

    return before


def _deleted_an_hour_ago(bench: MeteredBench) -> None:
    _deleted(bench)
    bench.links_grow_old()


def _held(bench: MeteredBench) -> None:
    """A purchase refused by Salesforce."""
    staged = {
        "code": "FIELD_CUSTOM_VALIDATION_EXCEPTION",
        "message": "No.",
        "fields": [],
        "status": 400,
        "times": 1,
    }
    for name in ("Lead", "Contact"):
        bench.emulator.control.answer("POST", ["refusals"], {**staged, "object": name})
    bench.purchase(1)
    bench.app.drains.drain("default")
    assert bench.app.store.counts("default").held == 1


def _stranger_touched(bench: MeteredBench) -> None:
    """An activity whose person was never purchased: it waits, possibly forever."""
    bench.touch(1, 1)
    bench.app.drains.drain("default")
    assert bench.app.store.counts("default").held == 1


def _check_held_entries(bench: MeteredBench) -> None:
    """The check of held entries by a drain one hour later."""
    bench.an_hour_passes()
    bench.drain()


ONE, HUNDRED, TWO_HUNDRED, FOUR_HUNDRED = range(1, 2), range(100), range(200), range(400)

BUDGET: tuple[Operation, ...] = (
    Operation(
        "lone-cold", "a single new prospect, describes not cached yet", 3, 3, _buy(ONE), warm=False
    ),
    Operation("lone", "a single new prospect", 2, 2, _buy(ONE)),
    Operation(
        "lone-known",
        "a single prospect who is already in the org, and is linked",
        2,
        2,
        _buy(ONE),
        _exists,
    ),
    Operation(
        "unchanged",
        "the same purchase again, nothing changed",
        0,
        0,
        _buy(ONE, "again-"),
        _buy(ONE),
    ),
    Operation(
        "filled",
        "the same prospect again, with a phone number that the record lacks",
        2,
        2,
        _buy(ONE, "b-", phone=PHONE),
        _buy(ONE),
    ),
    Operation(
        "kept",
        "the same prospect again, with another title; the record keeps its own",
        1,
        1,
        _buy(ONE, "b-", title="Countess"),
        _buy(ONE),
    ),
    Operation(
        "merged",
        "a phone number is added, but the record was merged into another",
        4,
        4,
        _buy(ONE, "b-", phone=PHONE),
        _merged,
    ),
    Operation(
        "deleted",
        "a phone number is added, but the record was deleted",
        3,
        3,
        _buy(ONE, "b-", phone=PHONE),
        _deleted,
    ),
    Operation("backlog-200", "a backlog of 200 new prospects", 3, 4, _buy(TWO_HUNDRED)),
    Operation("backlog-400", "a backlog of 400 new prospects", 4, 5, _buy(FOUR_HUNDRED)),
    Operation(
        "backlog-again",
        "a backlog of 200, nothing changed",
        0,
        0,
        _buy(TWO_HUNDRED, "again-"),
        _buy(TWO_HUNDRED),
    ),
    Operation(
        "unchanged-later",
        "the same purchase an hour later, nothing changed",
        1,
        1,
        _buy(ONE, "later-"),
        _bought_an_hour_ago(ONE),
    ),
    Operation(
        "backlog-later",
        "a backlog of 200 an hour later, nothing changed",
        1,
        1,
        _buy(TWO_HUNDRED, "later-"),
        _bought_an_hour_ago(TWO_HUNDRED),
    ),
    Operation(
        "deleted-later",
        "the same purchase an hour later, but the record was deleted",
        3,
        3,
        _buy(ONE, "later-"),
        _deleted_an_hour_ago,
    ),
    Operation("activity", "a single activity on a linked person", 1, 1, _touch(ONE, 1), _buy(ONE)),
    Operation(
        "activity-later",
        "the same an hour later: its owner is looked up again, and a Lead may be converted",
        2,
        2,
        _touch(ONE, 1),
        _bought_an_hour_ago(ONE),
    ),
    Operation(
        "activity-merged",
        "a single activity, but the person's record was merged into another",
        5,
        5,
        _touch(ONE, 1),
        _merged,
    ),
    Operation(
        "activities",
        "1,000 activities on linked people",
        1,
        1,
        _touch(HUNDRED, 10),
        _buy(HUNDRED),
    ),
    Operation("mixed", "a backlog of 200 new prospects with two activities each", 4, 5, _mixed),
    Operation(
        "search",
        "a search of 100 results, none linked or cached",
        1,
        1,
        _search(HUNDRED, "grey"),
    ),
    Operation(
        "search-existing",
        "the same, all of them in the org",
        1,
        1,
        _search(HUNDRED, "black"),
        _hundred_exist,
    ),
    Operation(
        "search-again",
        "the same search again",
        0,
        0,
        _search(HUNDRED, "grey"),
        _search(HUNDRED, "grey"),
    ),
    Operation(
        "search-ours",
        "a search of 100 purchased prospects",
        0,
        0,
        _search(HUNDRED, "black"),
        _buy(HUNDRED),
    ),
    Operation(
        "preview",
        "the live preview of a new prospect, and two edits of its mapping",
        1,
        1,
        _preview,
    ),
    Operation(
        "preview-known",
        "the same for a prospect who is in the org, owner included",
        2,
        2,
        _preview,
        _exists,
    ),
    Operation("doctor", "`zsf doctor`, if nothing is hidden", 3, 3, _examine),
    Operation(
        "held-look",
        "the hourly check of held entries, nothing changed",
        1,
        1,
        _check_held_entries,
        _held,
    ),
    Operation(
        "held-stranger",
        "the same, if all of them wait for a purchase",
        0,
        0,
        _check_held_entries,
        _stranger_touched,
    ),
    Operation("lone-no-key", "a single new prospect", 2, 2, _buy(ONE), key=False),
    Operation(
        "unchanged-no-key",
        "the same purchase again",
        0,
        0,
        _buy(ONE, "again-"),
        _buy(ONE),
        key=False,
    ),
    Operation(
        "backlog-no-key", "a backlog of 200 new prospects", 2, 3, _buy(TWO_HUNDRED), key=False
    ),
    Operation(
        "activity-no-key",
        "a single activity on a linked person",
        2,
        2,
        _touch(ONE, 1),
        _buy(ONE),
        key=False,
    ),
    Operation(
        "activities-no-key",
        "400 activities on linked people",
        2,
        2,
        _touch(HUNDRED, 4),
        _buy(HUNDRED),
        key=False,
    ),
    Operation(
        "reference",
        "a single new prospect whose name contains `@{…}`",
        2,
        3,
        _buy(ONE, last_name=_REFERENCE),
    ),
    Operation(
        "references",
        "200 new prospects whose names contain `@{…}`",
        3,
        4,
        _buy(TWO_HUNDRED, last_name=_REFERENCE),
    ),
)


#: What each refusal costs is stated beside its words, in tests/sync/test_refusals.py: at once, or
#: after a second lookup. These invalidate the adapter's describes: one call to describe again,
#: once, before the second lookup.
DESCRIBED_AGAIN = frozenset({"INVALID_FIELD", "INVALID_FIELD_FOR_INSERT_UPDATE", "INVALID_TYPE"})
_LOOKUP_AND_WRITE = 2


def calls_until_held(code: str, *, second: bool) -> int:
    """The calls of a single prospect that Salesforce refuses with this code, until it is held.
    `second`: it is looked up twice."""
    return _LOOKUP_AND_WRITE * (2 if second else 1) + (1 if code in DESCRIBED_AGAIN else 0)
