"""How a host mounts the console: how it identifies visitors, and the addresses where the console
answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, get_args
from urllib.parse import urlsplit

from zsf_plugin.errors import ConfigurationError

#: What a visitor may do: see everything and change nothing, or change it too.
Role = Literal["view", "edit"]
ROLES: tuple[Role, ...] = get_args(Role)


@dataclass(frozen=True, slots=True)
class Visitor:
    """A signed-in person: the one workspace they see, the name recorded with their changes, and
    whether they may change anything."""

    workspace: str
    name: str
    id: str = ""
    role: Role = "edit"

    def __post_init__(self) -> None:
        """Raises ConfigurationError for another role: a typing error must not let anyone edit."""
        if self.role not in ROLES:
            raise ConfigurationError(
                (f"a Visitor has the role {self.role!r}; it must be 'view' or 'edit'",)
            )

    @property
    def may_edit(self) -> bool:
        """Whether they may change anything."""
        return self.role == "edit"


#: From a WSGI environ to the visitor, or None without one. It must not trust anything a
#: browser can set by itself: read the host's own session, or a header that only the host's
#: proxy can set.
WhoIsIt: TypeAlias = "Callable[[Mapping[str, Any]], Visitor | None]"


@dataclass(frozen=True, slots=True)
class ConsoleOptions:
    """`public_url`: where a host mounts the console, with path; None takes it from requests (the
    host must then check the Host header, unless `hosts` lists the allowed ones: `name` or
    `name:port`). `frame_ancestors`: origins. `rehearsals`: whether a visitor may sign in to an
    emulator on the serving machine; None: only if the console is reached on that
    machine."""

    who: WhoIsIt
    public_url: str | None = None
    frame_ancestors: tuple[str, ...] = ()
    hosts: frozenset[str] | None = None
    rehearsals: bool | None = None

    def __post_init__(self) -> None:
        """Raises ConfigurationError for an invalid address."""
        if self.public_url is not None and not _is_address(self.public_url):
            raise ConfigurationError(
                (f"public_url is {self.public_url!r}; it must be http(s)://host[:port][/path]",)
            )
        for origin in self.frame_ancestors:
            if not _is_address(origin) or urlsplit(origin).path:
                raise ConfigurationError(
                    (f"frame_ancestors has {origin!r}; it must be an origin, http(s)://host",)
                )

    @property
    def allowed_hosts(self) -> frozenset[str] | None:
        """Host headers that are answered; None: any."""
        if self.hosts is None and self.public_url is not None:
            return frozenset({urlsplit(self.public_url).netloc.lower()})
        return self.hosts


def _is_address(url: str) -> bool:
    if not url.isprintable() or set(url) & set(" ;,'\"<>*@\\"):
        return False
    parts = urlsplit(url)
    if ".." in parts.path.split("/") or parts.query or parts.fragment:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)
