"""A world in one process: real drains, store and token refresher; a simulated org, clock and
misfortune; one seed decides.

Several simulated processes work on one SQLite file. Only one runs at a time, and gives the baton
back at each step of I/O, so the same seed is the same story. When the dust has settled, `judge`
compares what the org holds with what was fed: nothing lost, nothing twice, nothing blanked. Run it
with `python -m tests.simulation --seed N`.
"""
