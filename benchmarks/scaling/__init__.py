"""What one org and one database carry, by arithmetic: figures that `benchmarks` measured, and
simulated days. `python -m benchmarks.scaling` prints the tables of docs/scaling.md."""
