"""Settings: folders, database, secrets and timeouts, from the host's call or the environment. Reads
no file."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from zsf_plugin.errors import ConfigurationError

DrainMode = Literal["background", "external"]

#: The keys of a host's settings that are ours; others are for other plugins.
HOST_KEYS = ("drain", "proxy", "ca_bundle", "badges_deadline_s")

#: Salesforce compares callbacks exactly, so the loopback redirect has one documented port (README,
#: "Connect").
REDIRECT_PORT = 17717
REDIRECT_PATH = "/oauth/callback"
#: How long a search waits for its badges, in seconds; later answers only fill the cache.
DEFAULT_BADGES_DEADLINE_S = 1.5
#: How long to wait for an answer from Salesforce, in seconds; the request may still succeed later.
DEFAULT_READ_TIMEOUT_S = 120.0
MIN_READ_TIMEOUT_S = 1.0
MAX_READ_TIMEOUT_S = 600.0
#: The most days that what has ended may be kept: a century.
MAX_RETENTION_DAYS = 36_500
#: An alert is sent when this many entries of a workspace are held.
DEFAULT_ALERTS_HELD = 100
MAX_ALERTS_HELD = 1_000_000
#: Settings that are text; an empty variable counts as unset.
_TEXT_VARIABLES = {
    "database_url": "ZSF_DATABASE_URL",
    "client_id": "ZSF_CLIENT_ID",
    "client_secret": "ZSF_CLIENT_SECRET",
    "alerts_url": "ZSF_ALERTS_URL",
    "alerts_secret": "ZSF_ALERTS_SECRET",
}
#: Taken unchanged: former versions read keys literally, so that `store.secrecy` reads both ways.
_KEY_VARIABLES = {
    "secret_key": "ZSF_SECRET_KEY",
    "secret_key_previous": "ZSF_SECRET_KEY_PREVIOUS",
}

#: In this order, the lower-case name of each first, as curl and `requests` do. Salesforce is https
#: only, so HTTP_PROXY never applies.
_PROXY_VARIABLES = ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
_NO_PROXY_VARIABLES = ("no_proxy", "NO_PROXY")
_QUOTES = ("'", '"')
_CA_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")


@dataclass(frozen=True, slots=True, repr=False)
class Network:
    """How Salesforce is reached, as `requests` and curl read it from the environment.

    `proxy` is a URL and `ca_bundle` a path, each "" if there is none; `no_proxy` lists the hosts
    that are reached without the proxy. The `…_from` say where a value was set. Has no repr: a
    proxy's URL may hold a password.
    """

    proxy: str = ""
    proxy_from: str = ""
    no_proxy: str = ""
    ca_bundle: str = ""
    ca_bundle_from: str = ""


DIRECT = Network()


@dataclass(frozen=True, slots=True, repr=False)
class Settings:
    """Everything that is configured outside of rules. Has no repr, since it may hold secrets."""

    config_dir: Path
    data_dir: Path
    database_url: str | None = None
    secret_key: str | None = None
    secret_key_previous: str | None = None
    client_id: str | None = None
    client_secret: str | None = None
    #: The engine that hands out drains on many machines; none by default.
    engine: str | None = None
    drain: DrainMode = "background"
    badges_deadline_s: float = DEFAULT_BADGES_DEADLINE_S
    read_timeout_s: float = DEFAULT_READ_TIMEOUT_S
    #: The days after which workers remove what has ended; None: never.
    retention_days: int | None = None
    #: Where alerts go, and the key that signs them; none by default. Checked when first used.
    alerts_url: str | None = None
    alerts_secret: str | None = None
    alerts_held: int = DEFAULT_ALERTS_HELD
    network: Network = DIRECT
    #: Whether ZSF_CONFIG_DIR names the folder; any other need not be there.
    is_config_dir_set: bool = False

    @property
    def database_file(self) -> Path:
        """The SQLite file, used if no database URL is set."""
        return self.data_dir / "zsf.sqlite3"

    @property
    def key_file(self) -> Path:
        """The file (0600) with the secret key, used if ZSF_SECRET_KEY is unset."""
        return self.data_dir / "secret.key"


def from_environment(
    environ: Mapping[str, str],
    *,
    config_dir: str | Path | None = None,
    data_dir: str | Path | None = None,
    host_settings: Mapping[str, object] | None = None,
) -> Settings:
    """Settings from the environment (ZSF_*); the host's folders and settings take precedence.

    The default folders are `zsf` in `XDG_CONFIG_HOME` (or `~/.config`) and `XDG_DATA_HOME` (or
    `~/.local/share`). Raises ConfigurationError for a value that is not accepted.
    """
    given = host_settings or {}
    return Settings(
        config_dir=Path(
            config_dir
            or _folder_in(environ, "ZSF_CONFIG_DIR")
            or _default_folder(environ, "XDG_CONFIG_HOME", ".config")
        ),
        data_dir=Path(
            data_dir
            or _folder_in(environ, "ZSF_DATA_DIR")
            or _default_folder(environ, "XDG_DATA_HOME", ".local/share")
        ),
        drain=_drain_mode(given.get("drain", "background")),
        engine=_engine(_text_in(environ, "ZSF_ENGINE"), _text_in(environ, "ZSF_DATABASE_URL")),
        badges_deadline_s=_deadline(given.get("badges_deadline_s", DEFAULT_BADGES_DEADLINE_S)),
        read_timeout_s=_read_timeout(_text_in(environ, "ZSF_READ_TIMEOUT_S")),
        retention_days=_whole_number(environ, "ZSF_RETENTION_DAYS", MAX_RETENTION_DAYS),
        alerts_held=_whole_number(environ, "ZSF_ALERTS_HELD", MAX_ALERTS_HELD)
        or DEFAULT_ALERTS_HELD,
        network=_network(environ, given),
        is_config_dir_set=not config_dir and bool(_folder_in(environ, "ZSF_CONFIG_DIR")),
        **{name: _text_in(environ, variable) or None for name, variable in _TEXT_VARIABLES.items()},
        **{name: environ.get(variable) or None for name, variable in _KEY_VARIABLES.items()},
    )


def _engine(name: str, database_url: str) -> str | None:
    if not name:
        return None
    if name != "procrastinate":
        raise ConfigurationError(("ZSF_ENGINE must be `procrastinate`, or unset",))
    if not database_url.startswith(("postgresql:", "postgres:")):
        words = "ZSF_ENGINE=procrastinate needs a PostgreSQL server in ZSF_DATABASE_URL"
        raise ConfigurationError((words,))
    return name


def unquoted(text: str) -> str:
    """The text without white space and a pair of quotes around it, which some tools keep of a line
    of an env file, and others take off."""
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] and text[0] in _QUOTES:
        text = text[1:-1].strip()
    return text


def _text_in(environ: Mapping[str, str], variable: str) -> str:
    """What the variable is set to; "" if it is not set."""
    return unquoted(environ.get(variable, ""))


def _folder_in(environ: Mapping[str, str], variable: str) -> str:
    """The folder that the variable names; "" if none. `~/` means what it means in a shell: each
    process must find one folder."""
    folder = _text_in(environ, variable)
    if folder == "~" or folder.startswith("~/"):
        return str(_home(environ) / folder[2:])
    return folder


def _default_folder(environ: Mapping[str, str], variable: str, below_home: str) -> Path:
    """The `zsf` folder in the XDG base directory that `variable` names.

    Relative paths are invalid and ignored
    (https://specifications.freedesktop.org/basedir-spec/latest/).
    """
    base = Path(environ.get(variable) or "")
    if not base.is_absolute():
        base = _home(environ) / below_home
    return base / "zsf"


def _home(environ: Mapping[str, str]) -> Path:
    """The home folder. Raises ConfigurationError where there is none, as for the user ids that
    container platforms make up."""
    try:
        return Path(environ.get("HOME") or "~").expanduser()
    except RuntimeError as error:
        words = (
            "this user has no home folder (HOME is not set, and the system knows none): set "
            "ZSF_CONFIG_DIR and ZSF_DATA_DIR"
        )
        raise ConfigurationError((words,)) from error


def _network(environ: Mapping[str, str], given: Mapping[str, object]) -> Network:
    """The proxy and the certificates to trust; the host's settings come before the environment, and
    an empty one means none.

    Only their type is checked here: an event must be stored whether or not its org can be reached.
    """
    proxy_from, proxy = _set_by(environ, given, "proxy", _PROXY_VARIABLES)
    ca_bundle_from, ca_bundle = _set_by(environ, given, "ca_bundle", _CA_VARIABLES)
    _, no_proxy = _first_set(environ, _NO_PROXY_VARIABLES)
    return Network(proxy, proxy_from, no_proxy, _absolute(ca_bundle), ca_bundle_from)


def _absolute(path: str) -> str:
    """The path from the root, since a daemon changes its working directory later; "" stays."""
    try:
        return os.path.abspath(path) if path else ""
    except OSError:  # the working directory is gone
        return path


def _set_by(
    environ: Mapping[str, str],
    given: Mapping[str, object],
    name: str,
    variables: tuple[str, ...],
) -> tuple[str, str]:
    """(where it is set, the value) of a setting that the host or a variable sets."""
    value = given.get(name)
    if value is None:
        return _first_set(environ, variables)
    if not isinstance(value, (str, Path)):
        raise ConfigurationError(
            (f'settings["{name}"] is of type {type(value).__name__}; it must be text',)
        )
    return f'settings["{name}"]', str(value).strip()


def _first_set(environ: Mapping[str, str], variables: tuple[str, ...]) -> tuple[str, str]:
    """The first of the variables that is set, and its value."""
    for name in variables:
        value = _text_in(environ, name)
        if value:
            return name, value
    return "", ""


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


def _read_timeout(text: str) -> float:
    seconds = _number(text) if text else DEFAULT_READ_TIMEOUT_S
    if not MIN_READ_TIMEOUT_S <= seconds <= MAX_READ_TIMEOUT_S:
        accepted = f"{MIN_READ_TIMEOUT_S:.0f} to {MAX_READ_TIMEOUT_S:.0f} seconds"
        raise ConfigurationError(
            (f"ZSF_READ_TIMEOUT_S is {text!r}; it must be {accepted}, or unset",)
        )
    return seconds


def _whole_number(environ: Mapping[str, str], variable: str, most: int) -> int | None:
    """The number that the variable is set to, from 1 to `most`; None if it is not set."""
    text = _text_in(environ, variable)
    if not text:
        return None
    number = _number(text)
    if not 1 <= number <= most or number != int(number):
        accepted = f"a whole number from 1 to {most}"
        raise ConfigurationError((f"{variable} is {text!r}; it must be {accepted}, or unset",))
    return int(number)


def _number(text: str) -> float:
    """The text as a number; NaN, which is in no range, if it is not one."""
    try:
        return float(text)
    except ValueError:
        return math.nan
