"""Settings: where files live and who we are, from the host's call or the environment. Reads no
file."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from zsf_plugin.errors import ConfigurationError

DrainMode = Literal["background", "external"]

#: Salesforce compares callbacks exactly, so the loopback redirect has one documented port (README,
#: "Connect").
REDIRECT_PORT = 17717
REDIRECT_PATH = "/oauth/callback"
#: A search waits this many seconds for its badges; the rest is "unknown" and goes on warming.
BADGES_DEADLINE_S = 1.5
#: An answer of Salesforce is waited for this many seconds; what was asked for may still be done
#: later.
READ_TIMEOUT_S = 120.0
MIN_READ_TIMEOUT_S = 1.0
MAX_READ_TIMEOUT_S = 600.0
#: Settings that are taken from the environment as they are; an empty one is none.
_TEXTS = {
    "database_url": "ZSF_DATABASE_URL",
    "secret_key": "ZSF_SECRET_KEY",
    "client_id": "ZSF_CLIENT_ID",
    "client_secret": "ZSF_CLIENT_SECRET",
}


@dataclass(frozen=True, slots=True, repr=False)
class Settings:
    """All that is configured outside of rules. Has no repr: it may hold secrets."""

    config_dir: Path
    data_dir: Path
    database_url: str | None = None
    secret_key: str | None = None
    client_id: str | None = None
    client_secret: str | None = None
    drain: DrainMode = "background"
    badges_deadline_s: float = BADGES_DEADLINE_S
    read_timeout_s: float = READ_TIMEOUT_S

    @property
    def database_file(self) -> Path:
        """The SQLite file, used where no database URL is set."""
        return self.data_dir / "zsf.sqlite3"

    @property
    def key_file(self) -> Path:
        """The 0600 file that holds the secret key, used where ZSF_SECRET_KEY is unset."""
        return self.data_dir / "secret.key"


def from_environment(
    environ: Mapping[str, str],
    *,
    config_dir: str | Path | None = None,
    data_dir: str | Path | None = None,
    host_settings: Mapping[str, object] | None = None,
) -> Settings:
    """Settings from the environment (ZSF_*), with the host's folders and settings on top where it
    gave them.

    Without either, files live in `~/.config/zsf` and `~/.local/share/zsf`. Raises
    ConfigurationError for a value that is not one of those accepted.
    """
    home = Path(environ.get("HOME") or "~").expanduser()
    chosen = host_settings or {}
    return Settings(
        config_dir=Path(config_dir or environ.get("ZSF_CONFIG_DIR") or home / ".config" / "zsf"),
        data_dir=Path(data_dir or environ.get("ZSF_DATA_DIR") or home / ".local" / "share" / "zsf"),
        drain=_drain_mode(chosen.get("drain", "background")),
        badges_deadline_s=_deadline(chosen.get("badges_deadline_s", BADGES_DEADLINE_S)),
        read_timeout_s=_read_timeout(environ.get("ZSF_READ_TIMEOUT_S")),
        **{name: environ.get(variable) or None for name, variable in _TEXTS.items()},
    )


def _drain_mode(value: object) -> DrainMode:
    if value == "background":
        return "background"
    if value == "external":
        return "external"
    raise ConfigurationError(
        (f'settings["drain"] is {value!r}; it must be "background" or "external"',)
    )


def _deadline(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 60:
        raise ConfigurationError(
            (f'settings["badges_deadline_s"] is {value!r}; it must be 0 to 60 seconds',)
        )
    return float(value)


def _read_timeout(text: str | None) -> float:
    seconds = _number(text) if text else READ_TIMEOUT_S
    if not MIN_READ_TIMEOUT_S <= seconds <= MAX_READ_TIMEOUT_S:
        accepted = f"{MIN_READ_TIMEOUT_S:.0f} to {MAX_READ_TIMEOUT_S:.0f} seconds"
        raise ConfigurationError(
            (f"ZSF_READ_TIMEOUT_S is {text!r}; it must be {accepted}, or unset",)
        )
    return seconds


def _number(text: str) -> float:
    """The number that it says; NaN, which is in no range, where it says none."""
    try:
        return float(text)
    except ValueError:
        return math.nan
