"""Finds which items of a refused request are refused on their own, by sending parts of it, and
counts the refusals. Pure.

One item costs at most log2(n) + 2 requests, rounded up, and every other item is sent exactly once
with success, in the given order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

_Item = TypeVar("_Item")

#: Requests of one delivery or search that a gateway may refuse while others get through.
MAX_REFUSED = 200


@dataclass(slots=True)
class RefusalCount(Generic[_Item]):
    """Counts the requests that a gateway refused, the first one included, and the items that it
    refused alone: one that refuses everything must not be asked forever."""

    max_alone: int
    max_refused: int = MAX_REFUSED
    refused: int = 0
    alone: list[_Item] = field(default_factory=list)
    has_got_through: bool = False

    def note(self, items: Sequence[_Item] = ()) -> None:
        """Count a refusal of these items; a lone one is refused for good."""
        self.refused += 1
        if len(items) == 1:
            self.alone += items

    def restart(self) -> None:
        """What follows is another kind of item; the requests are counted on."""
        self.alone, self.has_got_through = [], False

    @property
    def is_spent(self) -> bool:
        """Whether more requests were refused than it is worth."""
        return self.refused > self.max_refused

    @property
    def is_closed(self) -> bool:
        """Whether enough items were refused alone, and none got through, to say that it is not
        about what they hold."""
        return len(self.alone) >= self.max_alone and not self.has_got_through


def send_in_parts(items: Sequence[_Item], passes: Callable[[Sequence[_Item]], bool]) -> None:
    """Send the items of a request that was refused as a whole, until each was sent with success or
    refused alone. A lone item is sent once more: what refused it may have passed.

    `passes` sends some of them and returns whether they got through. An item is given up once it
    was refused alone, which the caller remembers.
    """
    suspects, rest = list(items), list[_Item]()
    is_refused = len(suspects) > 1  # whether the suspects were sent exactly like this
    while suspects:
        if len(suspects) == 1:
            if not is_refused:
                passes(suspects)
            suspects, rest = rest, []
            if not suspects or passes(suspects):
                return
            is_refused = True
            continue
        middle = (len(suspects) + 1) // 2
        first, second = suspects[:middle], suspects[middle:]
        if passes(first):
            suspects, is_refused = second, False
        else:
            suspects, rest, is_refused = first, [*second, *rest], True
