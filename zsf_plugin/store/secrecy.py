"""Secrets at rest: the secret key, from the settings or from a file that only its owner can read
(`private_files`), and the keys derived from it.

The secret is any text. Each use derives its own 32 bytes from it (HKDF-SHA-256, RFC 5869): one for
tokens, one for event digests, one for cookies, one for browser state. So none reveals another.
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

from zsf_plugin.errors import ConfigurationError
from zsf_plugin.settings import Settings
from zsf_plugin.store.private_files import make_private, make_private_file, make_private_folder

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
        raise ConfigurationError((_unusable_key_file(file, error),)) from error
    return _checked(content, f"the key file {file}")


def _unusable_key_file(file: Path, error: OSError) -> str:
    """What is wrong and what to do, by whether there is a key file."""
    wrong, advice = "created", "make its folder writable for this user"
    if os.path.lexists(file):
        wrong, advice = "used", "make it owned by this user with mode 0600"
    return (
        f"the key file {file} cannot be {wrong} ({error.strerror}): {advice}, or set ZSF_SECRET_KEY"
    )


def _read_key_file(file: Path) -> str:
    """The key file's content; creates the file if missing and makes it private if it is not."""
    if not file.exists():
        content = secrets.token_urlsafe(48).encode() + b"\n"
        make_private_file(file, content, secret=True)
    make_private(file)
    return file.read_text(encoding="utf-8")


def _checked(secret: str, source: str) -> str:
    if not secret.strip():
        raise ConfigurationError(
            (f"{source} is empty: restore the key that the tokens were saved with",)
        )
    return secret.strip()
