"""Another secret key: sealing with it all that a former one sealed.

Killed at any step, everything stays readable: the former key is beside the new one before anything
is sealed with the latter, and sealing is one transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from zsf_plugin.errors import ConfigurationError
from zsf_plugin.ports import Resealed, Store
from zsf_plugin.settings import Settings
from zsf_plugin.store import forget_previous_key, previous_key_file, replace_key_file


@dataclass(frozen=True, slots=True)
class KeyRotation:
    """What was done: whether a new key file was made, how many values are sealed with its key now
    (`sealed` of them again, `kept` already), the workspaces whose tokens no known key fits, how
    many keys of event digests are lost, and whether the previous key file was removed."""

    made_key: bool
    sealed: int
    kept: int
    unreadable: tuple[str, ...]
    lost_digest_keys: int
    removed_previous: bool = False


def rotate_key(settings: Settings, store: Store, *, finish: bool) -> KeyRotation:
    """Seal everything with ZSF_SECRET_KEY if that is set, else with a new key in the key file, or
    with the present one and remove the previous one (`finish`).

    Raises ConfigurationError if a key file cannot be written, StoreUnavailable.
    """
    if settings.secret_key is not None:
        return _rotation(store.reseal())
    file = settings.key_file
    change = partial(forget_previous_key if finish else replace_key_file, file)
    has_previous = previous_key_file(file).exists()
    try:
        resealed = store.reseal(change)
        while not resealed.has_changed and not resealed.unreadable:
            resealed = store.reseal(change)  # what had to be sealed again is committed now
    except OSError as error:
        words = f"the key file {file} cannot be replaced ({error.strerror})"
        raise ConfigurationError((words,)) from error
    if resealed.unreadable and not finish:
        names = ", ".join(resealed.unreadable)
        raise ConfigurationError((_UNREADABLE.format(names=names),))
    removed = finish and has_previous and resealed.has_changed
    return _rotation(resealed, made=not finish, removed=removed)


def _rotation(resealed: Resealed, *, made: bool = False, removed: bool = False) -> KeyRotation:
    return KeyRotation(
        made,
        resealed.sealed,
        resealed.kept,
        resealed.unreadable,
        resealed.lost_digest_keys,
        removed,
    )


_UNREADABLE = (
    "no key was made, because no known key fits the tokens of {names}: give the key they were "
    "saved with as ZSF_SECRET_KEY_PREVIOUS, or connect these workspaces again, then repeat"
)
