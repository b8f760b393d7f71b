"""The pure core: `admit`, `decide`, `reconcile`. Facts and rules in, plain data with reasons out.

No I/O, no clock, no randomness: the same arguments always give the same result.
"""
