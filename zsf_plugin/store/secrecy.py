"""What is secret at rest: folders and files that only their owner may read, the one key, from the
settings or from such a file, and what is derived from it. Never where that goes.

The key is any text. Each use gets its own 32 bytes of it (HKDF-SHA-256, RFC 5869): one for tokens,
one for the digests that tell events apart, one for what a browser keeps for us. So none of them
gives away another.

A file is made without a moment in which others could read it, and appears whole or not at all: it
is written under a passing name and then linked to its own. So a second process never reads half a
key, and no descriptor of ours is ever closed on a database that SQLite has locked (closing one
would drop all of the process's POSIX locks on it: https://www.sqlite.org/howtocorrupt.html §2.2).
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
_FOR_BROWSERS = b"kept by a browser, Fernet"


class Cipher:
    """Encrypts tokens and gives the key of event digests. Has no repr of its content, and no way
    back to the key.

    `source` says in words where the key came from, for the message when it does not fit.
    """

    def __init__(self, secret: str, source: str) -> None:
        material = secret.encode("utf-8", "surrogatepass")
        self._root = hmac.digest(_SALT, material, hashlib.sha256)
        self.source = source

    def encrypt(self, text: str) -> bytes:
        """The text, encrypted and authenticated (Fernet); each time other bytes."""
        return self._fernet.encrypt(text.encode())

    def decrypt(self, sealed: bytes) -> str:
        """The text back. Raises ConfigurationError where this key does not fit."""
        from cryptography.fernet import InvalidToken

        try:
            return self._fernet.decrypt(sealed).decode()
        except InvalidToken as error:
            words = (
                f"the stored tokens were not encrypted with {self.source}: bring back the key they "
                "were saved with, or connect again with `zsf connect`"
            )
            raise ConfigurationError((words,)) from error

    def seal(self, text: str) -> str:
        """The text as a browser may keep it for us: it can neither read nor change it."""
        return self._for_browsers.encrypt(text.encode()).decode()

    def unseal(self, sealed: str) -> str | None:
        """What was sealed; None for anything that was not sealed by this key."""
        from cryptography.fernet import InvalidToken

        try:
            return self._for_browsers.decrypt(sealed.encode()).decode()
        except (InvalidToken, UnicodeError):
            return None

    def digest_key(self) -> bytes:
        """32 bytes for keyed digests of events, the same as long as the secret is the same."""
        return self._derived(_FOR_DIGESTS)

    def session_key(self) -> bytes:
        """32 bytes that sign the console's cookies, the same in every process that shares the
        secret."""
        return self._derived(_FOR_SESSIONS)

    @cached_property
    def _fernet(self) -> Fernet:
        return self._fernet_for(_FOR_TOKENS)

    @cached_property
    def _for_browsers(self) -> Fernet:
        return self._fernet_for(_FOR_BROWSERS)

    def _fernet_for(self, use: bytes) -> Fernet:
        # Here: it loads a large library, and most events need no token.
        from cryptography.fernet import Fernet

        return Fernet(base64.urlsafe_b64encode(self._derived(use)))

    def _derived(self, use: bytes) -> bytes:
        # HKDF's expand step for one block; 32 bytes is all that any use asks for.
        return hmac.digest(self._root, use + b"\x01", hashlib.sha256)


def open_cipher(settings: Settings) -> Cipher:
    """The cipher of ZSF_SECRET_KEY, or else of the key file, which is made (0600) where missing.

    White space around a key does not count, so a key file's content may move into the variable. A
    key file that others may read is tightened to 0600. Raises ConfigurationError where no usable
    key is found, StoreUnavailable where the data folder cannot be made.
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
    """The key file's content: made where missing, closed to others where open."""
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
    """Make the folder (0700) where it is missing; one that exists keeps its mode. Raises
    StoreUnavailable."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StoreUnavailable(
            f"the data folder {folder} cannot be made ({error.strerror}): make it writable "
            f"for this user, "
            "or name another in ZSF_DATA_DIR"
        ) from error


def make_private_file(file: Path, content: bytes = b"") -> None:
    """Make the file (0600) with that content, durably, unless it exists: then nothing happens.
    Raises OSError."""
    passing = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
    try:
        _write(passing, content)
        try:
            os.link(passing, file)
        except FileExistsError:
            return
    finally:
        passing.unlink(missing_ok=True)
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
