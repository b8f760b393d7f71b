"""The `zsf` command: one module a command family. Data goes to stdout, progress and errors to
stderr.

Exit codes: 0 well, 1 findings, 2 could not run. It parses, asks `wiring`, prints; it decides
nothing.
"""
