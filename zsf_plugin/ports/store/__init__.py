"""What the product stores: outbox, links, journal, leases, connections, console rules, facts, call
counts.

Each part is a Protocol; `Store` is all of them, and every implementation passes one contract suite
(`tests/contract/store_contract.py`). All times are seconds since the epoch and passed in: a store
has no clock. Every method may raise StoreUnavailable.
"""
