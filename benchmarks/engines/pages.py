"""The console's pages over 1,000,000 entries in PostgreSQL: processor time, the server's included.
Measured only if asked for what takes long, since all entries are transferred first."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from benchmarks.console import ENTRIES, MAX_RESPONSE_MS, client_of, get_page, hold_some, pages
from benchmarks.engines.databases import POSTGRES, Databases
from benchmarks.fixtures import workspace
from benchmarks.harness import BenchmarkRow, Effort, progress, spread
from benchmarks.org import EmulatorProcess
from zsf_plugin.settings import Settings, from_environment
from zsf_plugin.store.transfer import transfer_to_postgres
from zsf_plugin.wiring.apps import CommandApp
from zsf_plugin.wiring.parts import Parts


def rows(both: Databases, org: EmulatorProcess, effort: Effort) -> list[BenchmarkRow]:
    """A row for each page."""
    if not effort.large:
        return []
    entries = effort.size(ENTRIES)
    with _transferred(both, org, entries) as app:
        client = client_of(app)
        found = []
        for name, (what, path) in pages(entries).items():
            get_page(client, path)  # fill the caches of the process
            progress(f"engines: {name}")
            times = []
            for _ in range(effort.rounds):
                started = both.processor_s(POSTGRES)
                get_page(client, path)
                times.append((both.processor_s(POSTGRES) - started) * 1000)
            found.append(_row(name, f"of {entries:,} entries: {what}", times))
        return found


def _row(name: str, what: str, times_ms: list[float]) -> BenchmarkRow:
    middle = spread(times_ms)
    shown = f"{middle[0]:.1f} ms"
    return BenchmarkRow(
        f"engine-{name}",
        f"{POSTGRES} {what}",
        shown,
        "",
        middle,
        MAX_RESPONSE_MS,
        "ms",
        rounds=len(times_ms),
    )


@contextmanager
def _transferred(both: Databases, org: EmulatorProcess, entries: int) -> Iterator[CommandApp]:
    """An application with this number of entries in PostgreSQL, a tenth of them held."""
    with workspace(org.url, history=entries, where=str(both.disk)) as app:
        hold_some(app.settings.database_file)
        app.close()
        with both.database() as url:
            progress(f"engines: transferring {entries:,} entries to {POSTGRES}")
            transfer_to_postgres(app.settings.database_file, url, lambda rows, of: None)
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute("VACUUM ANALYZE")
            moved = CommandApp(Parts(_beside(app.settings, url)))
            try:
                yield moved
            finally:
                moved.close()


def _beside(settings: Settings, url: str) -> Settings:
    """The settings with that database, and the key of the file as the variable's."""
    key = (settings.data_dir / "secret.key").read_text(encoding="utf-8").strip()
    return from_environment(
        {"ZSF_DATABASE_URL": url, "ZSF_SECRET_KEY": key},
        config_dir=settings.config_dir,
        data_dir=settings.data_dir,
        host_settings={"drain": "external"},
    )
