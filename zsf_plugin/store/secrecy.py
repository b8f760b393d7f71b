"""Secrets at rest: the secret key, from the settings or from a file that only its owner can read
(`private_files`), and the keys derived from it.

The secret is any text. Each use derives its own 32 bytes from it (HKDF-SHA-256, RFC 5869): one for
tokens, one for event digests, one for cookies, one for browser state. So none reveals another.
Only the digests' key stays the same under another secret: the store keeps it, sealed.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from zsf_plugin.errors import ConfigurationError
from zsf_plugin.settings import Settings
from zsf_plugin.store.private_files import (
    make_private,
    make_private_file,
    make_private_folder,
    replace_private_file,
)

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

_SALT = b"zsf-plugin"
_FOR_TOKENS = b"tokens at rest, Fernet"
_FOR_DIGESTS = b"event digests, HMAC-SHA-256"
_FOR_SESSIONS = b"console sessions, signed cookies"
_FOR_BROWSER_STATE = b"kept by a browser, Fernet"
#: Fernet ends with an HMAC-SHA-256 (https://github.com/fernet/spec/blob/master/Spec.md).
_SIGNATURE_BYTES = 32


class _Keys:
    """What is derived from one secret."""

    def __init__(self, secret: str) -> None:
        material = secret.encode("utf-8", "surrogatepass")
        self._root = hmac.digest(_SALT, material, hashlib.sha256)

    @cached_property
    def tokens(self) -> Fernet:
        return self._fernet_for(_FOR_TOKENS)

    @cached_property
    def browsers(self) -> Fernet:
        return self._fernet_for(_FOR_BROWSER_STATE)

    def fits(self, sealed: bytes) -> bool:
        """Whether a value was sealed with the key for tokens: Fernet's signature over all before
        it, checked without the library, in constant time."""
        try:
            content = base64.b64decode(sealed, b"-_", validate=True)
        except ValueError:
            return False
        signed, signature = content[:-_SIGNATURE_BYTES], content[-_SIGNATURE_BYTES:]
        expected = hmac.digest(self.derived(_FOR_TOKENS)[:16], signed, hashlib.sha256)
        return hmac.compare_digest(expected, signature)

    def _fernet_for(self, use: bytes) -> Fernet:
        # Imported here: it loads a large library, and most events need no token.
        from cryptography.fernet import Fernet

        return Fernet(base64.urlsafe_b64encode(self.derived(use)))

    def derived(self, use: bytes) -> bytes:
        """32 bytes for one use."""
        # HKDF's expand step for one block: no use needs more than 32 bytes.
        return hmac.digest(self._root, use + b"\x01", hashlib.sha256)


class Cipher:
    """Encrypts tokens and derives the keys for digests and cookies. Its repr shows no content, and
    the secret cannot be recovered from it.

    `source` names where the key came from, for the message if it does not fit. `previous` are
    secrets that still open what was sealed with them. `reread` gives the secrets again, the
    present one first, if they may have changed since (a key file); else None.
    """

    def __init__(
        self,
        secret: str,
        source: str,
        previous: Sequence[str] = (),
        reread: Callable[[], Sequence[str] | None] = lambda: None,
    ) -> None:
        self._keys = [_Keys(secret), *map(_Keys, previous)]
        self._reread = reread
        self.source = source

    def encrypt(self, text: str) -> bytes:
        """The text, encrypted and authenticated (Fernet); different bytes each time."""
        self._refresh()
        return self._keys[0].tokens.encrypt(text.encode())

    def decrypt(self, sealed: bytes) -> str:
        """The decrypted text. Raises ConfigurationError if no known key fits."""
        from cryptography.fernet import InvalidToken

        with suppress(InvalidToken):
            return self._keys[0].tokens.decrypt(sealed).decode()
        keys = self._fitting(sealed)
        if keys is None:
            words = (
                f"the stored tokens were not encrypted with {self.source}: restore the key they "
                "were saved with, give it as ZSF_SECRET_KEY_PREVIOUS, or connect again with "
                "`zsf connect`"
            )
            raise ConfigurationError((words,))
        return keys.tokens.decrypt(sealed).decode()

    def fits(self, sealed: bytes) -> bool:
        """Whether the present key or a previous one opens the value."""
        return self._fitting(sealed) is not None

    def fits_now(self, sealed: bytes) -> bool:
        """Whether the present key opens the value."""
        self._refresh()
        return self._keys[0].fits(sealed)

    def _fitting(self, sealed: bytes) -> _Keys | None:
        """The keys that a value was sealed with; looks whether there are others now if none fit."""
        found = next((keys for keys in self._keys if keys.fits(sealed)), None)
        if found is None and self._refresh():
            found = next((keys for keys in self._keys if keys.fits(sealed)), None)
        return found

    def _refresh(self) -> bool:
        """Take other secrets, if there are any now."""
        given = self._reread()
        if given is None:
            return False
        self._keys = [_Keys(secret) for secret in given]
        return True

    def seal(self, text: str) -> str:
        """The text encrypted for a browser to hold: it can neither read nor change it."""
        return self._keys[0].browsers.encrypt(text.encode()).decode()

    def unseal(self, sealed: str) -> str | None:
        """The sealed text; None for anything that was not sealed with a known key."""
        from cryptography.fernet import InvalidToken

        for keys in self._keys:
            with suppress(InvalidToken, UnicodeError):
                return keys.browsers.decrypt(sealed.encode()).decode()
        return None

    def digest_key(self) -> bytes:
        """32 bytes that former versions made event digests with, the same for the same secret."""
        return self._keys[0].derived(_FOR_DIGESTS)

    def session_keys(self) -> list[bytes]:
        """32 bytes for each secret that sign the console's cookies, the same for the same secret;
        the present one first."""
        return [keys.derived(_FOR_SESSIONS) for keys in self._keys]


def open_cipher(settings: Settings) -> Cipher:
    """The cipher of ZSF_SECRET_KEY, or else of the key file, which is created (0600) if missing.
    ZSF_SECRET_KEY_PREVIOUS and the key before the key file's open what was sealed with them.

    White space around a key is ignored, so a key file's content works in the variable too. A key
    file that others can read is changed to 0600. Raises ConfigurationError if there is no usable
    key, StoreUnavailable if the data folder cannot be created.
    """
    given = [settings.secret_key_previous] if settings.secret_key_previous else []
    previous = [_checked(secret, "ZSF_SECRET_KEY_PREVIOUS") for secret in given]
    if settings.secret_key is not None:
        secret = _checked(settings.secret_key, "ZSF_SECRET_KEY")
        return Cipher(secret, "ZSF_SECRET_KEY", previous)
    file = settings.key_file
    present = _key_in(file)
    source = f"the key in {file}"
    return Cipher(present, source, [*_previous_in(file), *previous], _Rereading(file, previous))


def previous_key_file(file: Path) -> Path:
    """The file of the key before that in a key file."""
    return file.with_name(f"{file.name}.previous")


def _previous_in(file: Path) -> list[str]:
    """The key before the key file's; none if it was never changed."""
    try:
        return [previous_key_file(file).read_text(encoding="utf-8").strip()]
    except (OSError, UnicodeDecodeError):
        return []


class _Rereading:
    """The secrets of a key file, once for each time that it was replaced."""

    def __init__(self, file: Path, others: Sequence[str]) -> None:
        self._file = file
        self._others = others
        self._seen = _stamp(file)

    def __call__(self) -> Sequence[str] | None:
        stamp = _stamp(self._file)
        if stamp == self._seen or stamp is None:
            return None
        self._seen = stamp
        present = _key_in(self._file)
        return [present, *_previous_in(self._file), *self._others]


def _stamp(file: Path) -> tuple[int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino


def replace_key_file(file: Path) -> None:
    """Make a new key, and keep the present one beside it as the previous. Each file appears whole
    or not at all. Raises ConfigurationError, OSError."""
    present = _key_in(file)
    replace_private_file(previous_key_file(file), f"{present}\n".encode())
    replace_private_file(file, secrets.token_urlsafe(48).encode() + b"\n")


def forget_previous_key(file: Path) -> bool:
    """Remove the previous key, if there is one. Raises OSError."""
    try:
        previous_key_file(file).unlink()
    except FileNotFoundError:
        return False
    return True


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
