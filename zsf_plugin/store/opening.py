"""Opens the store that the settings name: reads the database URL and picks the engine."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from zsf_plugin.errors import ConfigurationError, Log
from zsf_plugin.forking import fork_guard
from zsf_plugin.messages.store import (
    KEY_OF_ONE_MACHINE,
    MADE_BESIDE_A_KEY,
    NO_PSYCOPG,
    ON_NETWORK,
    TRANSFERS_TO_POSTGRES,
)
from zsf_plugin.store.places import network_kind
from zsf_plugin.store.private_files import make_private_folder
from zsf_plugin.store.secrecy import Cipher, open_cipher
from zsf_plugin.store.sqlite import SqliteStore, make_database

if TYPE_CHECKING:
    from zsf_plugin.ports import Store
    from zsf_plugin.settings import Settings

_log = Log("zsf_plugin.store")

#: A key and a database that were made within this time were made together, by a first start.
_FIRST_START_S = 60.0

_EXPECTED = (
    "ZSF_DATABASE_URL must be sqlite:///PATH with an absolute PATH, or "
    "postgresql://USER:PASSWORD@HOST:PORT/NAME, or unset for a file in ZSF_DATA_DIR"
)
_POSTGRES = ("postgresql", "postgres")


def open_store(settings: Settings) -> Store:
    """Open the store that the settings name; creates the folder, key file and database if missing,
    in PostgreSQL the tables.

    Raises ConfigurationError for an unusable URL or secret key, StoreUnavailable if a file or a
    server cannot be used.
    """
    url = settings.database_url
    if url and _scheme(url) in _POSTGRES:
        return _open_postgres(settings, url)
    database = database_file(settings)
    make_private_folder(database.parent)
    is_new = not os.path.exists(database)  # a folder that cannot be searched: `make_database`
    make_database(database)
    kind = network_kind(database.parent)
    if kind is not None:
        _log.warning(ON_NETWORK, database.parent, kind)
    if is_new and settings.secret_key is None and _is_older(settings.key_file, database):
        _log.warning(MADE_BESIDE_A_KEY, database, settings.key_file)
    return SqliteStore(database, _cipher(settings))


def _open_postgres(settings: Settings, url: str) -> Store:
    with _loading_psycopg():
        from zsf_plugin.postgres import is_usable
        from zsf_plugin.store.postgres import PostgresStore
    if not is_usable(url):
        raise _invalid_url("names a PostgreSQL server in a way that libpq does not understand")
    if settings.secret_key is None:
        make_private_folder(settings.data_dir)
        _log.warning(KEY_OF_ONE_MACHINE, settings.key_file)
    return PostgresStore(url, _cipher(settings))


def transfer_database(
    settings: Settings, url: str, on_rows: Callable[[int, int], None]
) -> Mapping[str, int]:
    """Transfer the database file to the empty PostgreSQL database at that URL; returns how many
    rows each table had. Raises ConfigurationError, StoreUnavailable: then nothing was
    transferred."""
    is_file = not settings.database_url or _scheme(settings.database_url) not in _POSTGRES
    if not is_file or _scheme(url) not in _POSTGRES:
        raise ConfigurationError((TRANSFERS_TO_POSTGRES,))
    with _loading_psycopg():
        from zsf_plugin.postgres import is_usable
        from zsf_plugin.store.transfer import transfer_to_postgres
    if not is_usable(url):
        raise ConfigurationError((TRANSFERS_TO_POSTGRES,))
    return transfer_to_postgres(database_file(settings), url, on_rows)


@contextmanager
def _loading_psycopg() -> Iterator[None]:
    """Raises ConfigurationError if psycopg is not installed."""
    with fork_guard.inside():
        try:
            yield
        except ImportError as error:
            if (error.name or "").partition(".")[0] not in ("psycopg", "psycopg_pool"):
                raise
            raise ConfigurationError((NO_PSYCOPG,)) from error


def _cipher(settings: Settings) -> Cipher:
    cipher = open_cipher(settings)
    if cipher.short_key is not None:
        _log.warning("%s", cipher.short_key)
    return cipher


def _is_older(key: Path, database: Path) -> bool:
    """Whether the key was there long before the database: it was left behind, or put there."""
    if not key.exists():
        return False
    return database.stat().st_mtime - key.stat().st_mtime > _FIRST_START_S


def database_file(settings: Settings) -> Path:
    """The SQLite file that the settings name. Raises ConfigurationError if the URL names another
    kind of database.

    The path in a URL is absolute, with three slashes or four: the working directory of a service
    must not decide which database it writes to. Messages never quote the URL, which may contain a
    password.
    """
    url = settings.database_url
    if not url:
        return settings.database_file
    scheme = _scheme(url)
    if scheme != "sqlite":
        raise _invalid_url(f"has the scheme {scheme!r}")
    path = _path(url)
    if path in ("", ":memory:") or "?" in path:
        raise _invalid_url("names no database file")
    return Path("/") / path


def _invalid_url(words: str) -> ConfigurationError:
    return ConfigurationError((f"ZSF_DATABASE_URL {words}; {_EXPECTED}",))


def _path(url: str) -> str:
    """The path of an SQLite URL; empty if it has fewer than three slashes."""
    slashes = url[len("sqlite:") :]
    return slashes.lstrip("/") if slashes.startswith("///") else ""


def _scheme(url: str) -> str:
    try:
        return urlsplit(url).scheme
    except ValueError:
        return ""
