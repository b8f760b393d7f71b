"""What only the SQLite engine promises: its file, its processes, its speed. The port's promises are
in `contract`."""
