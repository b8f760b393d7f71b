"""An audit from outside: the org's records and the fed events, and nothing of the product."""
