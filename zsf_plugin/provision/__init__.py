"""Provisioning: plans and creates the fields that an org should have. Never changes or deletes an
existing field."""

from zsf_plugin.provision.applying import ItemOutcome
from zsf_plugin.provision.manual import click_path
from zsf_plugin.provision.plan import ProvisionItem, ProvisionPlan
from zsf_plugin.provision.provisioner import ApplyResult, Inspection, Provisioner

__all__ = [
    "ApplyResult",
    "Inspection",
    "ItemOutcome",
    "ProvisionItem",
    "ProvisionPlan",
    "Provisioner",
    "click_path",
]
