"""From settings to a store: reads the database URL, picks the engine. Never how an engine works."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from zsf_plugin.errors import ConfigurationError
from zsf_plugin.ports import Store
from zsf_plugin.settings import Settings
from zsf_plugin.store.secrecy import make_private_folder, open_cipher
from zsf_plugin.store.sqlite import SqliteStore

_EXPECTED = (
    "ZSF_DATABASE_URL must be sqlite:///PATH with an absolute PATH, or unset for a "
    "file in ZSF_DATA_DIR"
)


def open_store(settings: Settings) -> Store:
    """The store that the settings name, ready for use; folder, key file and database are made where
    missing.

    Raises ConfigurationError for a URL or a secret key that cannot be used, StoreUnavailable where
    a file cannot be opened.
    """
    database = database_file(settings)
    make_private_folder(database.parent)
    return SqliteStore(database, open_cipher(settings))


def database_file(settings: Settings) -> Path:
    """The SQLite file of those settings. Raises ConfigurationError where the URL names another kind
    of database.

    The path of a URL is absolute, with three slashes as with four: where a service was started from
    must not decide which database it writes to. A message never quotes the URL, which may hold a
    password.
    """
    url = settings.database_url
    if not url:
        return settings.database_file
    scheme = _scheme(url)
    if scheme.partition("+")[0] in ("postgresql", "postgres"):
        raise _refused(f"names a {scheme}:// server, but PostgreSQL is not part of this release")
    if scheme != "sqlite":
        raise _refused(f"has the scheme {scheme!r}")
    path = _path(url)
    if path in ("", ":memory:") or "?" in path:
        raise _refused("names no database file")
    return Path("/") / path


def _refused(words: str) -> ConfigurationError:
    return ConfigurationError((f"ZSF_DATABASE_URL {words}; {_EXPECTED}",))


def _path(url: str) -> str:
    """What follows the slashes of a URL of SQLite; empty where there are not three."""
    slashes = url[len("sqlite:") :]
    return slashes.lstrip("/") if slashes.startswith("///") else ""


def _scheme(url: str) -> str:
    try:
        return urlsplit(url).scheme
    except ValueError:
        return ""
