"""The `zsf` command: one module per command family. Data goes to stdout, progress and errors to
stderr.

Exit codes: 0 success, 1 findings, 2 could not run. It parses, calls `wiring` and prints; it
decides nothing.
"""
