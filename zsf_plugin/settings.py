"""Settings: where files live and who we are, from the host's call or the environment. Reads no
file."""

from __future__ import annotations

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
#: A search waits so many seconds for its badges; the rest is "unknown" and goes on warming.
BADGES_DEADLINE_S = 1.5
#: An answer of Salesforce is waited for so many seconds; what was asked for may still be done
#: later.
READ_TIMEOUT_S = 120.0
_READ_TIMEOUTS_S = (1.0, 600.0)


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
    drain = (host_settings or {}).get("drain", "background")
    if drain not in ("background", "external"):
        raise ConfigurationError(
            (f'settings["drain"] is {drain!r}; it must be "background" or "external"',)
        )
    return Settings(
        config_dir=Path(config_dir or environ.get("ZSF_CONFIG_DIR") or home / ".config" / "zsf"),
        data_dir=Path(data_dir or environ.get("ZSF_DATA_DIR") or home / ".local" / "share" / "zsf"),
        database_url=environ.get("ZSF_DATABASE_URL") or None,
        secret_key=environ.get("ZSF_SECRET_KEY") or None,
        client_id=environ.get("ZSF_CLIENT_ID") or None,
        client_secret=environ.get("ZSF_CLIENT_SECRET") or None,
        drain="external" if drain == "external" else "background",
        badges_deadline_s=_seconds(
            (host_settings or {}).get("badges_deadline_s", BADGES_DEADLINE_S)
        ),
        read_timeout_s=_read_timeout(environ.get("ZSF_READ_TIMEOUT_S")),
    )


def _seconds(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 60:
        raise ConfigurationError(
            (f'settings["badges_deadline_s"] is {value!r}; it must be 0 to 60 seconds',)
        )
    return float(value)


def _read_timeout(text: str | None) -> float:
    shortest, longest = _READ_TIMEOUTS_S
    try:
        seconds = float(text) if text else READ_TIMEOUT_S
    except ValueError:
        seconds = 0.0
    if not shortest <= seconds <= longest:
        raise ConfigurationError(
            (
                (
                    f"ZSF_READ_TIMEOUT_S is {text!r}; it must be {shortest:.0f} to {longest:.0f} "
                    f"seconds, or unset"
                ),
            )
        )
    return seconds
