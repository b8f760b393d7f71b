"""What a host passes when it starts: folders and settings of any type, read at once. What cannot be
used is the reason in each receipt, until the host starts again."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from difflib import get_close_matches

from zsf_plugin.errors import ConfigurationError
from zsf_plugin.model.host_values import READING_ERRORS
from zsf_plugin.settings import HOST_KEYS, Settings, from_environment

#: How alike another key must be to be taken for a misspelt one of ours.
_MISSPELT = 0.8


@dataclass(frozen=True, slots=True)
class HostStart:
    """What the host passed; None and an empty text where the environment decides. `wrong` is what
    cannot be used, `misspelt` the keys that look like ours."""

    config_dir: str | None = None
    data_dir: str | None = None
    settings: Mapping[str, object] = field(default_factory=dict)
    wrong: tuple[str, ...] = ()
    misspelt: tuple[str, ...] = ()

    def settings_in(self, environ: Mapping[str, str]) -> Settings:
        """The settings, with those of the environment. Raises ConfigurationError."""
        if self.wrong:
            raise ConfigurationError(self.wrong)
        return from_environment(
            environ,
            config_dir=self.config_dir,
            data_dir=self.data_dir,
            host_settings=self.settings,
        )


#: A start of which nothing could be read: the host's folders are not known.
LOST_START = HostStart(
    wrong=("the start of the host ended before its folders were read: start it again",)
)


def read_start(config_dir: object, data_dir: object, settings: object) -> HostStart:
    """The arguments of `on_host_started`, copied: the host may change its own later."""
    wrong: list[str] = []
    config = _folder("config_dir", config_dir, wrong)
    data = _folder("data_dir", data_dir, wrong)
    ours, misspelt = _settings(settings, wrong)
    return HostStart(config, data, ours, tuple(wrong), misspelt)


def _folder(name: str, value: object, wrong: list[str]) -> str | None:
    """The folder's absolute path, since a daemon changes its working directory later."""
    if value is None:
        return None
    try:
        path = os.fsdecode(value) if isinstance(value, (str, bytes, os.PathLike)) else None
    except READING_ERRORS:  # a path of the host's own may do anything
        path = None
    if path is None or "\0" in path:
        wrong.append(f"{name} is no path (a value of type {type(value).__name__})")
        return None
    with suppress(OSError):  # the working directory is gone: an absolute path does not need it
        return os.path.abspath(path) if path else None
    return path


def _settings(given: object, wrong: list[str]) -> tuple[dict[str, object], tuple[str, ...]]:
    """(the settings with a name, which are for all plugins; keys that are ours misspelt)."""
    if given is None:
        return {}, ()
    try:
        # Not `isinstance(given, Mapping)` alone: a mapping of the host's may fail when read.
        copied = dict(given) if isinstance(given, Mapping) else None
    except READING_ERRORS:  # reported as unreadable
        copied = None
    if copied is None:
        kind = type(given).__name__
        wrong.append(f"settings is no readable mapping or None (a value of type {kind})")
        return {}, ()
    ours = {key: value for key, value in copied.items() if isinstance(key, str)}
    others = [key for key in ours if key not in HOST_KEYS]
    return ours, tuple(key for key in others if get_close_matches(key, HOST_KEYS, 1, _MISSPELT))
