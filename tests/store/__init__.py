"""What only the SQLite engine guarantees: its file, its processes, its speed. The port's contract
is in `contract`."""
