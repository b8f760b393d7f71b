"""Intake: from a hook's arguments to a durable entry and a receipt.

It validates, admits and stores events; it never waits on Salesforce.
"""

from zsf_plugin.intake.intake import Intake
from zsf_plugin.intake.reading import copy_call, read_event

__all__ = ["Intake", "copy_call", "read_event"]
