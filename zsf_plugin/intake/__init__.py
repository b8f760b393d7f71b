"""Intake: from a hook's arguments to a durable entry and a receipt.

It validates, admits and keeps; it never waits on Salesforce.
"""

from zsf_plugin.intake.intake import Intake

__all__ = ["Intake"]
