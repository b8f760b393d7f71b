"""Salesforce: implements the `Crm` and `Login` ports over its REST API and OAuth. Imported only by
`wiring`.

    SalesforceLogin(client_secret, clock)
    SalesforceCrm(workspace, store=…, clock=…, client_secret=…, identity=…, calls_per_second=10.0)

Both read everything else from their arguments and the store. `identity` names lease owners
(`sync.leases.Owners`). `requests` is imported with the first call. Facts about Salesforce come from
salesforce-api.md; each module names its section.
"""

from zsf_plugin.salesforce.adapter import SalesforceCrm
from zsf_plugin.salesforce.addresses import PRODUCTION, SANDBOX
from zsf_plugin.salesforce.login import SalesforceLogin

__all__ = ["PRODUCTION", "SANDBOX", "SalesforceCrm", "SalesforceLogin"]
