"""TEMP until the mapping is merged."""

from collections.abc import Mapping

from zsf_plugin.model.json import JsonObject
from zsf_plugin.wiring import Application


def drafted_document(app: Application, workspace: str, _: Mapping[str, str]) -> JsonObject:
    """The saved document."""
    return app.store.console_rule(workspace)[0]
