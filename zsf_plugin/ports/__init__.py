"""The borders as Protocols: what deciding and syncing need of a CRM, a store and a clock.

Engines live elsewhere (`salesforce/`, `store/`, the tests' fakes) and are put together by `wiring`
alone.
"""
