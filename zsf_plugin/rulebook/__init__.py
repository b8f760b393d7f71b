"""The rulebook: from files, and the console's document, to the rules in force; and every schema
that is checked.

It finds, reads, checks and layers; merging and evaluating are `decision/`'s.
"""

from zsf_plugin.rulebook.files import Finding
from zsf_plugin.rulebook.rulebook import Rulebook

__all__ = ["Finding", "Rulebook"]
