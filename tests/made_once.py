"""What each test needs new, but a process needs to make only once: later tests get a copy.

Only the process of the tests is patched: processes that tests start make everything themselves.
"""

from __future__ import annotations

from functools import cache

from zsf_plugin.store.sqlite import database


@cache
def copy_new_databases() -> None:
    """Let all stores that this process makes from now on begin with the bytes of the first one's database: the
    migrations make the same each time. Their tests call them by their own names."""
    database.new_database = cache(database.new_database)
