"""Secrets at rest: folders and files that only their owner can read, and the secret key, from the
settings or from such a file, with the keys derived from it.

The secret is any text. Each use derives its own 32 bytes from it (HKDF-SHA-256, RFC 5869): one for
tokens, one for event digests, one for cookies, one for browser state. So none reveals another.

A new file is private from the start and appears whole or not at all: it is written under a
temporary name and then linked to its own. So a second process never reads half a key, and we never
close a descriptor on a database that SQLite has locked (closing one drops all of the process's
POSIX locks on it: https://www.sqlite.org/howtocorrupt.html §2.2).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from zsf_plugin.errors import ConfigurationError, StoreUnavailable
from zsf_plugin.settings import Settings

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

_SALT = b"zsf-plugin"
_FOR_TOKENS = b"tokens at rest, Fernet"
_FOR_DIGESTS = b"event digests, HMAC-SHA-256"
_FOR_SESSIONS = b"console sessions, signed cookies"
_FOR_BROWSER_STATE = b"kept by a browser, Fernet"


class Cipher:
    """Encrypts tokens and derives the keys for digests and cookies. Its repr shows no content, and
    the secret cannot be recovered from it.

    `source` names where the key came from, for the message if it does not fit.
    """

    def __init__(self, secret: str, source: str) -> None:
        material = secret.encode("utf-8", "surrogatepass")
        self._root = hmac.digest(_SALT, material, hashlib.sha256)
        self.source = source

    def encrypt(self, text: str) -> bytes:
        """The text, encrypted and authenticated (Fernet); different bytes each time."""
        return self._fernet.encrypt(text.encode())

    def decrypt(self, sealed: bytes) -> str:
        """The decrypted text. Raises ConfigurationError if this key does not fit."""
        from cryptography.fernet import InvalidToken

        try:
            return self._fernet.decrypt(sealed).decode()
        except InvalidToken as error:
            words = (
                f"the stored tokens were not encrypted with {self.source}: restore the key they "
                "were saved with, or connect again with `zsf connect`"
            )
            raise ConfigurationError((words,)) from error

    def seal(self, text: str) -> str:
        """The text encrypted for a browser to hold: it can neither read nor change it."""
        return self._for_browsers.encrypt(text.encode()).decode()

    def unseal(self, sealed: str) -> str | None:
        """The sealed text; None for anything that was not sealed with this key."""
        from cryptography.fernet import InvalidToken

        try:
            return self._for_browsers.decrypt(sealed.encode()).decode()
        except (InvalidToken, UnicodeError):
            return None

    def digest_key(self) -> bytes:
        """32 bytes for keyed digests of events, the same for the same secret."""
        return self._derived(_FOR_DIGESTS)

    def session_key(self) -> bytes:
        """32 bytes that sign the console's cookies, the same for the same secret."""
        return self._derived(_FOR_SESSIONS)

    @cached_property
    def _fernet(self) -> Fernet:
        return self._fernet_for(_FOR_TOKENS)

    @cached_property
    def _for_browsers(self) -> Fernet:
        return self._fernet_for(_FOR_BROWSER_STATE)

    def _fernet_for(self, use: bytes) -> Fernet:
        # Imported here: it loads a large library, and most events need no token.
        from cryptography.fernet import Fernet

        return Fernet(base64.urlsafe_b64encode(self._derived(use)))

    def _derived(self, use: bytes) -> bytes:
        # HKDF's expand step for one block: no use needs more than 32 bytes.
        return hmac.digest(self._root, use + b"\x01", hashlib.sha256)


def open_cipher(settings: Settings) -> Cipher:
    """The cipher of ZSF_SECRET_KEY, or else of the key file, which is created (0600) if missing.

    White space around a key is ignored, so a key file's content works in the variable too. A key
    file that others can read is changed to 0600. Raises ConfigurationError if there is no usable
    key, StoreUnavailable if the data folder cannot be created.
    """
    if settings.secret_key is not None:
        return Cipher(_checked(settings.secret_key, "ZSF_SECRET_KEY"), "ZSF_SECRET_KEY")
    return Cipher(_key_in(settings.key_file), f"the key in {settings.key_file}")


def _key_in(file: Path) -> str:
    make_private_folder(file.parent)
    try:
        content = _read_key_file(file)
    except UnicodeDecodeError as error:
        words = f"the key file {file} is not text; restore it from your backup"
        raise ConfigurationError((words,)) from error
    except OSError as error:
        words = (
            f"the key file {file} cannot be used ({error.strerror}): make it owned by this user "
            "with mode 0600, or set ZSF_SECRET_KEY"
        )
        raise ConfigurationError((words,)) from error
    return _checked(content, f"the key file {file}")


def _read_key_file(file: Path) -> str:
    """The key file's content; creates the file if missing and makes it private if it is not."""
    if not file.exists():
        make_private_file(file, secrets.token_urlsafe(48).encode() + b"\n")
    if file.stat().st_mode & 0o077:
        file.chmod(0o600)
    return file.read_text(encoding="utf-8")


def _checked(secret: str, source: str) -> str:
    if not secret.strip():
        raise ConfigurationError(
            (f"{source} is empty: restore the key that the tokens were saved with",)
        )
    return secret.strip()


def make_private_folder(folder: Path) -> None:
    """Create the folder (0700) if missing; an existing one keeps its mode. Raises
    StoreUnavailable."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StoreUnavailable(
            f"the data folder {folder} cannot be created ({error.strerror}): make it writable for "
            "this user, or set ZSF_DATA_DIR to another"
        ) from error


def make_private_file(file: Path, content: bytes = b"") -> None:
    """Create the file (0600) with that content, durably; an existing file is left alone. Raises
    OSError."""
    temporary = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
    try:
        _write(temporary, content)
        try:
            os.link(temporary, file)
        except FileExistsError:
            return
    finally:
        temporary.unlink(missing_ok=True)
    _sync_folder(file.parent)


def _write(file: Path, content: bytes) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(content)
        opened.flush()
        os.fsync(descriptor)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
