"""A Salesforce emulator: real HTTP on the loopback, refusing what Salesforce refuses. Imports
nothing of ours.

with Emulator(OrgSpec.stock()) as org:
    print(org.url)
"""

from zsf_plugin.emulator.command import main
from zsf_plugin.emulator.org import Org
from zsf_plugin.emulator.server import Emulator
from zsf_plugin.emulator.spec import OrgSpec

__all__ = ["Emulator", "Org", "OrgSpec", "main"]
