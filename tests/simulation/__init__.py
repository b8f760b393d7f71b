"""Deterministic simulation in one process: real drains, store and token refresher; a simulated org,
clock and faults; everything depends on one seed.

Several simulated processes share one SQLite file. Only one runs at a time and hands over at each
I/O step, so a seed always gives the same trace. At the end `oracle` compares the org with the
events that were fed: nothing lost, duplicated or blanked. Run it with
`python -m tests.simulation --seed N`.
"""
