"""The rulebook: from files and the console's document to the rules in force, and every schema
check.

It finds, reads, checks and layers rules; merging and evaluating them is up to `decision/`.
"""

from zsf_plugin.rulebook.files import Finding
from zsf_plugin.rulebook.rulebook import Rulebook

__all__ = ["Finding", "Rulebook"]
