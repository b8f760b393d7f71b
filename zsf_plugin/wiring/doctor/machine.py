"""Checks of this machine: folders, database, secret key, proxy and certificates. Makes no call."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

from zsf_plugin.errors import ConfigurationError
from zsf_plugin.messages.keys import unreadable_text
from zsf_plugin.wiring.doctor.found import DoctorFinding, Outcome, finding
from zsf_plugin.wiring.status import missing_config

if TYPE_CHECKING:
    from pathlib import Path

    from zsf_plugin.wiring.apps import ConsoleApp

#: With less free space, a disk is nearly full: a day of a busy workspace takes some 100 MB.
MIN_FREE_BYTES = 500_000_000


def folders(app: ConsoleApp) -> Outcome:
    """Where rules and data are. What is wrong with the folder of data, the database says."""
    settings = app.settings
    missing = missing_config(settings)
    found = [finding("CONFIG_MISSING", folder=settings.config_dir)] if missing else []
    return Outcome(found, {"config": settings.config_dir, "data": settings.data_dir})


def database(app: ConsoleApp) -> Outcome:
    """Whether the database opens, fits this version, and has room to grow."""
    health = app.health()
    if not health.ready:
        return Outcome([finding("DATABASE_UNUSABLE", reason=health.reason)])
    size = app.store.size()
    low = [] if app.settings.database_url else [*_low_disk(app.settings.data_dir)]
    return Outcome(low, {"megabytes": f"{size.total / 1e6:.1f}"})


def _low_disk(folder: Path) -> Iterator[DoctorFinding]:
    free = shutil.disk_usage(folder).free
    if free < MIN_FREE_BYTES:
        yield finding("DISK_NEARLY_FULL", folder=folder, free_mb=f"{free / 1e6:.0f}")


def unusable_key(app: ConsoleApp) -> Outcome | None:
    """That no secret key can be used, without which no database is opened; None if one can."""
    try:
        app.cipher  # noqa: B018 - opened on first use
    except ConfigurationError as error:
        return Outcome([finding("KEY_UNUSABLE", reason=error)])
    return None


def secret_key(app: ConsoleApp, workspace: str) -> Outcome:
    """Whether the key is long enough, and opens the stored sign-in of the workspace."""
    if workspace in app.store.unreadable_tokens():
        return Outcome([finding("TOKENS_UNREADABLE", advice=unreadable_text([workspace]))])
    short = app.cipher.short_key
    return Outcome([] if short is None else [finding("KEY_TOO_SHORT", advice=short)])


def network(app: ConsoleApp) -> Outcome:
    """Whether the settings of proxy and certificates can be used."""
    fault = app.network_fault()
    return Outcome([] if fault is None else [finding("NETWORK_UNUSABLE", reason=fault)])
