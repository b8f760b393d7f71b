"""What operating the store takes: a look at all workspaces, backups, a transfer to PostgreSQL,
another secret key, and removing what is old."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from zsf_plugin.store import previous_key_file

if TYPE_CHECKING:
    import threading
    from contextlib import AbstractContextManager

    from zsf_plugin.sync.retention import Purged
    from zsf_plugin.wiring.alerts import Alerts
    from zsf_plugin.wiring.keys import KeyRotation
    from zsf_plugin.wiring.overview import Overview
    from zsf_plugin.wiring.parts import Parts


@dataclass(frozen=True, slots=True)
class BackupKeys:
    """What opens the tokens in a backup: key files, or the variable with the secret key."""

    files: tuple[Path, ...]
    variable: str | None


class Operations:
    """Operates the store of one process. Each method loads what it needs."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def overview(self) -> Overview:
        """Every workspace now, without a call to Salesforce. Raises StoreUnavailable."""
        from zsf_plugin.wiring.overview import overview_of

        found = overview_of(self._parts.store, self._parts.clock.now())
        fault, short_key = self._parts.network_fault(), self._parts.cipher.short_key
        return replace(found, network_fault=fault, short_key=short_key)

    def back_up(self, file: Path, on_step: Callable[[int, int], None]) -> BackupKeys:
        """Copy the store to a new file; returns what has to be kept with it. Raises
        ConfigurationError, StoreUnavailable."""
        self._parts.store.write_copy(file, on_step)
        settings = self._parts.settings
        if settings.secret_key is not None:
            return BackupKeys((), "ZSF_SECRET_KEY")
        files = (settings.key_file, previous_key_file(settings.key_file))
        return BackupKeys(tuple(one for one in files if one.exists()), None)

    def transfer_database(self, url: str, on_rows: Callable[[int, int], None]) -> Mapping[str, int]:
        """Transfer the database file to the empty PostgreSQL database at that URL; returns how many
        rows each table had. Raises ConfigurationError, StoreUnavailable. This process cannot use
        its store any more."""
        from zsf_plugin.store.opening import transfer_database

        self._parts.store.close()
        return transfer_database(self._parts.settings, url, on_rows)

    def rotate_key(self, *, finish: bool) -> KeyRotation:
        """Seal everything with another key. Raises ConfigurationError, StoreUnavailable."""
        from zsf_plugin.wiring.keys import rotate_key

        return rotate_key(self._parts.settings, self._parts.store, finish=finish)

    def purge(
        self, days: int, *, dry_run: bool = False, stopping: Callable[[], bool] = lambda: False
    ) -> Purged:
        """Remove what ended more than that number of days ago. Raises StoreUnavailable."""
        from zsf_plugin.sync.retention import purge

        return purge(self._parts.lease_parts(), days, dry_run=dry_run, stopping=stopping)

    def removing_old(
        self, ended: threading.Event, on_removed: Callable[[int, int], None]
    ) -> AbstractContextManager[None]:
        """While the block runs, remove what is older than the settings say, until `ended` is set;
        calls `on_removed(done, skipped)` if something was."""
        from zsf_plugin.wiring.retention import removing_old

        return removing_old(self.purge, self._parts.settings.retention_days, ended, on_removed)

    def alerts(self) -> Alerts | None:
        """Alerts to the webhook of the settings; None if they name none. Raises
        ConfigurationError."""
        from zsf_plugin.wiring.alerts import Alerts
        from zsf_plugin.wiring.webhooks import webhook_of

        settings = self._parts.settings
        webhook = webhook_of(settings)
        if webhook is None:
            return None
        return Alerts(self._parts.lease_parts(), webhook, settings.alerts_held)

    def sending_alerts(self, ended: threading.Event) -> AbstractContextManager[None]:
        """While the block runs, send alerts, until `ended` is set. Raises ConfigurationError."""
        from zsf_plugin.wiring.alerts import sending_alerts

        return sending_alerts(self.alerts(), ended)
