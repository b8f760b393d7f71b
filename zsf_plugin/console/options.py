"""How a console is put up: who its visitors are, and under which addresses it may be reached. Reads
nothing."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from zsf_plugin.console.visitors import WhoIsIt
from zsf_plugin.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class ConsoleOptions:
    """`public_url` with path where a host mounts it, None where requests tell (their Host header is
    then the host's to check, unless `hosts` names those that may be asked for: `name` or
    `name:port`). `frame_ancestors`: origins. `rehearsals`: whether a visitor may sign in to a
    stand-in on the machine that serves; None: where the console is reached on that machine
    alone."""

    who: WhoIsIt
    public_url: str | None = None
    frame_ancestors: tuple[str, ...] = ()
    hosts: frozenset[str] | None = None
    rehearsals: bool | None = None

    def __post_init__(self) -> None:
        """Raises ConfigurationError for an address that is none."""
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
    parts = urlsplit(url)
    clean = (
        url.isprintable()
        and not set(url) & set(" ;,'\"<>*@\\")
        and ".." not in parts.path.split("/")
    )
    return (
        clean
        and parts.scheme in ("http", "https")
        and bool(parts.hostname)
        and not (parts.query or parts.fragment)
    )
