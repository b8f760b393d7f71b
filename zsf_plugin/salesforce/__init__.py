"""Salesforce: implements the `Crm` and `Login` ports over its REST API and OAuth. Imported only by
`wiring`.

    adapter.SalesforceCrm(workspace, store=…, clock=…, client_secret=…, identity=…, …)
    login.SalesforceLogin(client_secret, clock)

Both read everything else from their arguments and the store. `identity` names lease owners
(`sync.leases.Owners`). `requests` is imported with the first call. Facts about Salesforce come from
salesforce-api.md; each module names its section.
"""
