"""Chaos that can be repeated: by a seed and a request's number it is settled which of them meet a
fault, and which.

Two runs that send the same requests in the same order have the same bad day.
"""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import cast

from zsf_plugin.emulator.errors import Json
from zsf_plugin.emulator.faults import KINDS, Fault, Met, could_meet

#: Kinds that need a person afterwards, or a body to be told, are met only where they are asked for.
_BY_NAME_ONLY = ("grant_revoked", "rotation_lost", "status")
USUAL: tuple[str, ...] = tuple(kind for kind in KINDS if kind not in _BY_NAME_ONLY)
#: What may meet a call of the token endpoint without costing the grant (§1.4); `rotation_lost` does
#: cost it.
_OF_TOKENS = ("drop_before", "html_503", "html_page", "delay", "token_busy", "rotation_lost")
_LATE_MS = 300
_SLOW_MS = 50
#: A session lives for so many requests: one that ends at once asks for a person, and is no matter
#: of chance (§1.7).
_SESSIONS_LIVE = 3


class Chaos:
    """A share of all API and token requests meets a fault of those kinds."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._number = 0
        self._seen: Counter[str] = Counter()
        self.begin({"share": 0.0})

    def begin(self, document: Mapping[str, Json]) -> None:
        """Start anew: `seed` (1), `share` (0.2), `kinds` (`USUAL`), `late_ms` (the longest wait of
        a late commit).

        Raises ValueError.
        """
        share, kinds = document.get("share", 0.2), document.get("kinds", list(USUAL))
        if isinstance(share, bool) or not isinstance(share, (int, float)) or not 0 <= share <= 1:
            raise ValueError(f"share is {share!r}; it must be between 0 and 1")
        if not isinstance(kinds, list) or not kinds or any(kind not in KINDS for kind in kinds):
            raise ValueError(f"kinds is {kinds!r}; name some of {', '.join(KINDS)}")
        with self._lock:
            self._seed = str(document.get("seed", 1))
            self._share = float(share)
            self._kinds = cast(Sequence[str], kinds)
            self._late_ms = int(cast(int, document.get("late_ms", _LATE_MS)))
            self._number = 0
            self._seen.clear()

    def end(self) -> None:
        """No request meets a fault by chance any more."""
        self.begin({"share": 0.0})

    def due(self, met: Met) -> Fault | None:
        """The fault of the next request, by its number; or None."""
        if not (met.is_token or "/services/data/v" in met.path):
            return None
        with self._lock:
            self._number += 1
            self._seen[met.bearer] += 1
            chance = random.Random(f"{self._seed}/{self._number}")  # noqa: S311 - to be repeated, not to be secret
            if chance.random() >= self._share:
                return None
            kinds = [kind for kind in self._kinds if _may_meet(kind, met)]
            if self._seen[met.bearer] <= _SESSIONS_LIVE:
                kinds = [kind for kind in kinds if kind != "session_expired"]
            return self._drawn(chance, chance.choice(kinds), met) if kinds else None

    def _drawn(self, chance: random.Random, kind: str, met: Met) -> Fault:
        may_act = (
            kind in ("html_page", "sub_failure") and not met.is_token
        )  # a token that rotated unheard is lost
        waits = {"late_commit": self._late_ms, "delay": _SLOW_MS}
        return Fault(
            kind,
            times=0,
            status=chance.choice((200, 500, 502))
            if kind == "html_page"
            else chance.choice((400, 500, 503)),
            delay_ms=chance.randint(0, waits.get(kind, 0)),
            committed=may_act and chance.random() < 0.5,
            sub=chance.randrange(1000),
        )


def _may_meet(kind: str, met: Met) -> bool:
    return could_meet(kind, met) and (not met.is_token or kind in _OF_TOKENS)
