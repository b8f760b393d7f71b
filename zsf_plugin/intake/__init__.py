"""Intake: from a hook's arguments to a durable entry and a receipt.

It validates, admits and stores events; it never waits on Salesforce.
"""

from zsf_plugin.intake.intake import Intake
from zsf_plugin.intake.reading import as_json, read_event

__all__ = ["Intake", "as_json", "read_event"]
