"""Another secret key: sealing with it all that a former one sealed.

Killed at any step, everything stays readable: the former key is beside the new one before anything
is sealed with the latter, and sealing is one transaction.
"""

from __future__ import annotations

from dataclasses import dataclass

from zsf_plugin.errors import ConfigurationError
from zsf_plugin.ports import Store
from zsf_plugin.settings import Settings
from zsf_plugin.store import forget_previous_key, replace_key_file


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
    resealed = store.reseal()  # first: the key before the previous one is forgotten below
    has_key_file = settings.secret_key is None
    made, removed = False, False
    try:
        if has_key_file and finish and not resealed.unreadable:
            removed = forget_previous_key(settings.key_file)
        elif has_key_file and not finish:
            if resealed.unreadable:
                names = ", ".join(resealed.unreadable)
                raise ConfigurationError((_UNREADABLE.format(names=names),))
            replace_key_file(settings.key_file)
            made, resealed = True, store.reseal()
    except OSError as error:
        words = f"the key file {settings.key_file} cannot be replaced ({error.strerror})"
        raise ConfigurationError((words,)) from error
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
