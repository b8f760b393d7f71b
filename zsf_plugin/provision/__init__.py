"""Provisioning: the fields that we want an org to have, planned and made. Never changes or deletes
what is there."""

from zsf_plugin.provision.applying import ItemOutcome
from zsf_plugin.provision.manual import click_path
from zsf_plugin.provision.plan import ProvisionItem, ProvisionPlan
from zsf_plugin.provision.provisioner import Applied, Looked, Provisioner

__all__ = [
    "Applied",
    "ItemOutcome",
    "Looked",
    "ProvisionItem",
    "ProvisionPlan",
    "Provisioner",
    "click_path",
]
