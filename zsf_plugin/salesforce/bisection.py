"""Finds which items of a refused request are refused on their own, by sending parts of it. Pure.

One item costs at most log2(n) + 2 requests, rounded up, and every other item is sent exactly once
with success, in the given order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

_Item = TypeVar("_Item")


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
