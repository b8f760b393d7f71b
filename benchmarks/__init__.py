"""Performance, measured as ratios of paired runs. `python -m benchmarks` prints a table;
docs/performance.md explains it."""
