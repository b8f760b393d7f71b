"""A Salesforce emulator: real HTTP on the loopback interface, with Salesforce's own refusals.

It imports nothing from the rest of the package.

with Emulator(OrgSpec.stock()) as org:
    print(org.url)
"""

from zsf_plugin.emulator.command import main
from zsf_plugin.emulator.org.org import Org
from zsf_plugin.emulator.org.spec import OrgSpec
from zsf_plugin.emulator.server import Emulator

__all__ = ["Emulator", "Org", "OrgSpec", "main"]
