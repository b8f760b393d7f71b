"""A user's mistakes, each on a line that ends in `# wrong`: type checkers find these and no
others."""

from __future__ import annotations

from zsf_plugin.api import Session, drain, explain, status

print(status("acme").waiting)  # wrong
status("acme").pending = 0  # wrong
drain("acme", 60)  # wrong
drain("acme", seconds="60")  # wrong
explain("event.json")  # wrong
Session(settings={"drain": "background"})  # wrong
