"""The pure core: `admit`, `decide`, `reconcile`. Facts and rules in, plain data with reasons out.

No I/O, no clock, no chance: the same arguments give the same answer for ever.
"""
