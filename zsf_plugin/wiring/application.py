"""The one place that builds things: from settings to an application whose parts know only ports.

Nothing is decided here, and nothing outside this folder knows which engine stands behind a port.
"""

from __future__ import annotations

from zsf_plugin.settings import Settings


class Application:
    """Everything one process needs, built once from settings; parts are made when first used.

    Public surface (faces use nothing else):
      settings, clock, store: Store, rulebook: Rulebook, intake: Intake, login: Login
      crm(workspace) -> Crm                     raises ReconnectRequired where there is no connection
      drain(workspace, max_entries=None, seconds=None, on_progress=None) -> DrainReport
      close()
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
