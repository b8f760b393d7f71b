"""Who looks at the console: what a host's callable says of a request. Never how somebody signs in
there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias


@dataclass(frozen=True, slots=True)
class Visitor:
    """A signed-in person: the one workspace they see and change, and the name that is kept with
    their changes."""

    workspace: str
    name: str
    id: str = ""


#: From a WSGI environ to the visitor, or None for nobody who may see the console. It must not trust
#: what a browser can write by itself: read the host's own session, or a header that only the host's
#: proxy can set.
WhoIsIt: TypeAlias = "Callable[[Mapping[str, Any]], Visitor | None]"
