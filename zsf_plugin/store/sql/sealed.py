"""Values sealed with the secret key: the keys of event digests, which tokens can be read, and
sealing all again with another key."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from zsf_plugin import ports
from zsf_plugin.store.sql.database import (
    EVERYTHING,
    Database,
    SqlConnection,
    StorePart,
    execute,
)
from zsf_plugin.store.sql.rows import Row

if TYPE_CHECKING:
    from zsf_plugin.ports import DigestKey, Resealed
    from zsf_plugin.store.secrecy import Cipher

#: Every sealed column, with the key of its table. A test compares them with the schema.
SEALED = (
    ("tokens", "workspace", "access"),
    ("tokens", "workspace", "refresh"),
    ("tokens", "workspace", "key"),
    ("digest_keys", "name", "sealed"),
)

_KEYS = "SELECT name, sealed FROM digest_keys"
_ADD_KEY = "INSERT INTO digest_keys (name, sealed) VALUES (?, ?)"
_HAS_ENTRIES = "SELECT EXISTS (SELECT 1 FROM entries)"
_TOKENS = """
    SELECT workspace, access, refresh, key FROM tokens WHERE access IS NOT NULL ORDER BY workspace
"""
#: The name of the key that former versions made from the secret key.
FORMER = ""


class Sealed(StorePart):
    """What is sealed with the secret key."""

    def __init__(self, database: Database, cipher: Cipher) -> None:
        super().__init__(database)
        self._cipher = cipher

    def digest_keys(self) -> Sequence[DigestKey]:
        """The keys of event digests that can be unsealed, that for new digests first; made if there
        is none."""
        known = self._unsealed(self._database.rows(_KEYS))
        if known:
            return known
        with self._database.writing(EVERYTHING) as connection:
            # another process may have made one since
            rows = execute(connection, _KEYS).fetchall()
            known = self._unsealed(rows)
            if not known:
                known = [self._add_key(connection, is_first=not rows)]
        return known

    def _unsealed(self, rows: Sequence[Row]) -> list[DigestKey]:
        keys = []
        for name, sealed in rows:
            if self._cipher.fits(sealed):
                keys.append(ports.DigestKey(name, bytes.fromhex(self._cipher.decrypt(sealed))))
        # the same order in every process; keys of this version before that of a former one
        return sorted(keys, key=_by_name, reverse=True)

    def _add_key(self, connection: SqlConnection, *, is_first: bool) -> DigestKey:
        """Store and return a new key. The first one of a store with entries of a former version is
        the one that their digests were made with."""
        has_entries = bool(execute(connection, _HAS_ENTRIES).fetchone()[0])
        made = ports.DigestKey(os.urandom(4).hex(), os.urandom(32))
        if is_first and has_entries and not self.unreadable_tokens():
            made = ports.DigestKey(FORMER, self._cipher.digest_key())
        execute(connection, _ADD_KEY, made.name, self._cipher.encrypt(made.key.hex()))
        return made

    def unreadable_tokens(self) -> Sequence[str]:
        """The workspaces whose stored tokens no known secret key fits."""
        rows = self._database.rows(_TOKENS)
        return [workspace for workspace, *sealed in rows if not self._fit(sealed)]

    def _fit(self, sealed: Iterable[bytes | None]) -> bool:
        """Whether all values can be opened: a session is sealed again more often than the key that
        renews it."""
        return all(map(self._cipher.fits, filter(None, sealed)))

    def reseal(self, change: Callable[[], None] | None = None) -> Resealed:
        """Seal every value with the present secret key, in one transaction. What no known key fits
        stays as it is.

        `change` replaces the secret key, or forgets the previous one. It is called only if nothing
        had to be sealed again and all tokens can be read; then every value is sealed with the key
        that is present after it. Nobody else seals anything meanwhile. So if the process is killed
        at any moment, the values need no other key than the two that are left.
        """
        with self._database.writing(EVERYTHING) as connection:
            resealed = self._sealed_again(connection)
            if change is None or resealed.sealed or resealed.unreadable:
                return resealed
            change()
            return replace(self._sealed_again(connection), has_changed=True)

    def _sealed_again(self, connection: SqlConnection) -> Resealed:
        sealed, kept, lost = 0, 0, 0
        unreadable: dict[str, None] = {}
        for table, key, column in SEALED:
            for name, value in execute(connection, _values(table, key, column)).fetchall():
                if self._cipher.fits_now(value):
                    kept += 1
                elif self._cipher.fits(value):
                    again = self._cipher.encrypt(self._cipher.decrypt(value))
                    execute(connection, _set(table, key, column), again, name)
                    sealed += 1
                elif table == "digest_keys":
                    lost += 1
                else:
                    unreadable[str(name)] = None
        return ports.Resealed(sealed, kept, tuple(unreadable), lost)


def _by_name(key: DigestKey) -> str:
    return key.name


def _values(table: str, key: str, column: str) -> str:
    return f"SELECT {key}, {column} FROM {table} WHERE {column} IS NOT NULL ORDER BY {key}"


def _set(table: str, key: str, column: str) -> str:
    return f"UPDATE {table} SET {column} = ? WHERE {key} = ?"
