"""Secrets at rest: the secret key, from the settings or from a file that only its owner can read
(`private_files`), and the keys derived from it.

The secret is any text. Each use derives its own 32 bytes from it (HKDF-SHA-256, RFC 5869): one for
tokens, one for event digests, one for cookies, one for browser state. So none reveals another.
Only the digests' key stays the same under another secret: the store keeps it, sealed.
"""

from __future__ import annotations

import base64
import errno
import hashlib
import hmac
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from zsf_plugin.errors import ConfigurationError, StoreUnavailable
from zsf_plugin.forking import fork_guard
from zsf_plugin.messages.keys import MIN_KEY_CHARACTERS, short_key_text
from zsf_plugin.settings import Settings, unquoted
from zsf_plugin.store.places import trouble_by
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
_AROUND_KEYS = " \t\r\n\ufeff'\""

#: Modification time and inode.
_Stamp: TypeAlias = tuple[int, int]


class _Keys:
    """What is derived from one secret. Nothing makes a short one longer: the derivation is fast."""

    def __init__(self, secret: str) -> None:
        self.is_short = len(secret) < MIN_KEY_CHARACTERS
        material = secret.encode("utf-8", "surrogatepass")
        self._root = hmac.digest(_SALT, material, hashlib.sha256)
        #: By use. Not by `cached_property`: in Python 3.11 all threads share a lock there, which a
        #: fork may leave locked.
        self._fernets: dict[bytes, Fernet] = {}

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

    def fernet(self, use: bytes) -> Fernet:
        """The library's cipher for one use."""
        made = self._fernets.get(use)
        if made is None:
            # Imported here: it loads a large library, and most events need no token.
            with fork_guard.inside():
                from cryptography.fernet import Fernet

            made = self._fernets[use] = Fernet(base64.urlsafe_b64encode(self.derived(use)))
        return made

    def derived(self, use: bytes) -> bytes:
        """32 bytes for one use."""
        # HKDF's expand step for one block: no use needs more than 32 bytes.
        return hmac.digest(self._root, use + b"\x01", hashlib.sha256)


@dataclass(frozen=True, slots=True)
class _Known:
    """What is derived from each known secret, the present one first; of a key file, with the stamp
    that it had before it was read.

    `former` are those that this process knew before: a value that was read just before it was
    sealed again can still be opened."""

    keys: Sequence[_Keys]
    stamp: _Stamp | None = None
    former: Sequence[_Keys] = ()

    def fitting(self, sealed: bytes) -> _Keys | None:
        """The keys that a value was sealed with."""
        return next((keys for keys in (*self.keys, *self.former) if keys.fits(sealed)), None)


class Cipher:
    """Encrypts tokens and derives the keys for digests and cookies. Its repr shows no content, and
    the secret cannot be recovered from it.

    `source` names where the key came from, for the message if it does not fit. `previous` are
    secrets that still open what was sealed with them. With `file`, the secrets are those of a key
    file, which had that `stamp` when they were read, and are read again whenever it was replaced.
    """

    def __init__(
        self,
        secret: str,
        source: str,
        previous: Sequence[str] = (),
        file: KeyFile | None = None,
        stamp: _Stamp | None = None,
    ) -> None:
        self._known = _Known([_Keys(secret), *map(_Keys, previous)], stamp)
        self._file = file
        self.source = source

    @property
    def short_key(self) -> str | None:
        """That the present key is too short to be one, and what to do; None if it is not."""
        if not self._present().is_short:
            return None
        return short_key_text(self.source, is_file=self._file is not None)

    def encrypt(self, text: str) -> bytes:
        """The text, encrypted and authenticated (Fernet); different bytes each time."""
        return self._present().fernet(_FOR_TOKENS).encrypt(text.encode())

    def decrypt(self, sealed: bytes) -> str:
        """The decrypted text. Raises ConfigurationError if no known key fits."""
        with fork_guard.inside():
            from cryptography.fernet import InvalidToken

        with suppress(InvalidToken):
            return self._known.keys[0].fernet(_FOR_TOKENS).decrypt(sealed).decode()
        keys = self._fitting(sealed)
        if keys is None:
            words = (
                f"the stored tokens were not encrypted with {self.source}: restore the key they "
                "were saved with, give it as ZSF_SECRET_KEY_PREVIOUS, or connect again with "
                "`zsf connect`"
            )
            raise ConfigurationError((words,))
        return keys.fernet(_FOR_TOKENS).decrypt(sealed).decode()

    def fits(self, sealed: bytes) -> bool:
        """Whether the present key or a previous one opens the value."""
        return self._fitting(sealed) is not None

    def fits_now(self, sealed: bytes) -> bool:
        """Whether the present key opens the value."""
        return self._present().fits(sealed)

    def _fitting(self, sealed: bytes) -> _Keys | None:
        """The keys that a value was sealed with; looks whether there are others now if none fit."""
        return self._known.fitting(sealed) or self._refreshed().fitting(sealed)

    def _present(self) -> _Keys:
        return self._refreshed().keys[0]

    def _refreshed(self) -> _Known:
        """The known secrets, taken from the key file again if it was replaced. One that cannot be
        used now changes nothing: a refreshed token must be stored, whatever someone does to the
        file meanwhile."""
        known = self._known
        if self._file is not None and self._file.stamp not in (known.stamp, None):
            with suppress(ConfigurationError, StoreUnavailable):
                stamp, secrets_now = self._file.read()
                # together: another thread must not find the new stamp beside the old keys
                former = (*known.keys, *known.former)
                self._known = _Known([_Keys(secret) for secret in secrets_now], stamp, former)
        return self._known

    def seal(self, text: str) -> str:
        """The text encrypted for a browser to hold: it can neither read nor change it."""
        return self._present().fernet(_FOR_BROWSER_STATE).encrypt(text.encode()).decode()

    def unseal(self, sealed: str) -> str | None:
        """The sealed text; None for anything that was not sealed with a known key."""
        with fork_guard.inside():
            from cryptography.fernet import InvalidToken

        for keys in self._refreshed().keys:
            with suppress(InvalidToken, UnicodeError):
                return keys.fernet(_FOR_BROWSER_STATE).decrypt(sealed.encode()).decode()
        return None

    def digest_key(self) -> bytes:
        """32 bytes that former versions made event digests with, the same for the same secret."""
        return self._known.keys[0].derived(_FOR_DIGESTS)

    def session_keys(self) -> list[bytes]:
        """32 bytes for each secret known now that sign the console's cookies, the same for the same
        secret; the present one first."""
        return [keys.derived(_FOR_SESSIONS) for keys in self._refreshed().keys]


def open_cipher(settings: Settings) -> Cipher:
    """The cipher of ZSF_SECRET_KEY, or else of the key file, which is created (0600) if missing.
    ZSF_SECRET_KEY_PREVIOUS and the key before the key file's open what was sealed with them.

    White space and quotes around a key are ignored, so a key file's content works in the variable
    too, and so does a line of an env file, whose quotes some tools keep and others take off. A key
    file that others can read is changed to 0600. Raises ConfigurationError if there is no usable
    key, StoreUnavailable if the data folder cannot be created.
    """
    given = settings.secret_key_previous or ""
    is_given = bool(given.strip(_AROUND_KEYS))
    previous = _readings(given, "ZSF_SECRET_KEY_PREVIOUS") if is_given else []
    if settings.secret_key is not None:
        secret, *unlike = _readings(settings.secret_key, "ZSF_SECRET_KEY")
        return Cipher(secret, "ZSF_SECRET_KEY", [*unlike, *previous])
    file = KeyFile(settings.key_file, previous)
    stamp, (secret, *others) = file.read()
    return Cipher(secret, f"the key in {settings.key_file}", others, file, stamp)


def previous_key_file(file: Path) -> Path:
    """The file of the key before that in a key file."""
    return file.with_name(f"{file.name}.previous")


def _previous_in(file: Path) -> list[str]:
    """The key before the key file's; none if it was never changed, or that file cannot be used."""
    previous = previous_key_file(file)
    try:
        make_private(previous)
        content = previous.read_text(encoding="utf-8")
        return _readings(content, f"the key file {previous}")
    except (OSError, UnicodeDecodeError, ConfigurationError):
        return []


class KeyFile:
    """The secrets of a key file: the one in it, the one before that, and `others`."""

    def __init__(self, path: Path, others: Sequence[str] = ()) -> None:
        self._path = path
        self._others = others

    @property
    def stamp(self) -> _Stamp | None:
        """What changes if the file is replaced; None if there is none."""
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_ino

    def read(self) -> tuple[_Stamp | None, Sequence[str]]:
        """The stamp from before the file was read, and the secrets. Raises as `open_cipher`."""
        stamp = self.stamp  # first: of a file replaced meanwhile, it is out of date at once
        present = _key_in(self._path)
        return stamp, [*present, *_previous_in(self._path), *self._others]


def replace_key_file(file: Path) -> None:
    """Make a new key, and keep the present one beside it as the previous. Each file appears whole
    or not at all. Raises ConfigurationError, OSError."""
    present, *_ = _key_in(file)
    replace_private_file(previous_key_file(file), f"{present}\n".encode())
    replace_private_file(file, _new_key())


def _new_key() -> bytes:
    """The content of a key file with a new key: 48 bytes from the system."""
    return base64.urlsafe_b64encode(os.urandom(48)) + b"\n"


def forget_previous_key(file: Path) -> None:
    """Remove the previous key, if there is one. Raises OSError."""
    previous_key_file(file).unlink(missing_ok=True)


def _key_in(file: Path) -> list[str]:
    """The readings of the key in the file, which is created if missing."""
    make_private_folder(file.parent)
    try:
        content = _read_key_file(file)
    except UnicodeDecodeError as error:
        words = f"the key file {file} is not text; restore it from your backup"
        raise ConfigurationError((words,)) from error
    except OSError as error:
        raise ConfigurationError((_unusable_key_file(file, error),)) from error
    return _readings(content, f"the key file {file}")


def _unusable_key_file(file: Path, error: OSError) -> str:
    """What is wrong and what to do: with its file system, or by whether there is a key file."""
    trouble = trouble_by(error)
    if trouble is not None:
        return f"the key file {file} {trouble}"
    wrong, advice = "created", "make its folder writable for this user"
    if os.path.lexists(file):
        wrong, advice = "used", "make it owned by this user with mode 0600"
    return (
        f"the key file {file} cannot be {wrong} ({error.strerror}): {advice}, or set ZSF_SECRET_KEY"
    )


def _read_key_file(file: Path) -> str:
    """The key file's content; creates the file if missing and makes it private if it is not."""
    if not file.exists():
        make_private_file(file, _new_key(), secret=True)
    if not file.is_file():  # a pipe would keep a hook waiting
        raise OSError(errno.EINVAL, "it is no file")
    make_private(file)
    return file.read_text(encoding="utf-8")


def _readings(text: str, source: str) -> list[str]:
    """The key in a text, without white space, a byte order mark and a pair of quotes around it;
    after it, if that differs, the key that former versions read there. Raises ConfigurationError if
    there is none."""
    former = text.strip()
    key = unquoted(former.strip("\ufeff"))
    if not key:
        raise ConfigurationError(
            (f"{source} is empty: restore the key that the tokens were saved with",)
        )
    return list(dict.fromkeys((key, former)))
