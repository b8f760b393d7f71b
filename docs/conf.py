"""Sphinx settings of the documentation site: MyST pages, the Furo theme, no network.

Build it with `sphinx-build -W -n docs build/site`; `tests/docs/test_site.py` does the same.
"""

from __future__ import annotations

import sys
from importlib.metadata import version as installed_version
from pathlib import Path

DOCS = Path(__file__).parent
sys.path.insert(0, str(DOCS / "extensions"))

project = "zsf-plugin"
author = "Zaplify"
project_copyright = "Zaplify"
version = release = installed_version("zsf-plugin")

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "cli_reference",
    "docstrings",
    "repository_links",
]
exclude_patterns = ["extensions", "deploy"]

html_theme = "furo"
html_title = "zsf-plugin"
html_baseurl = "https://zaplify.github.io/zsf-plugin/"
html_theme_options = {
    "source_repository": "https://github.com/zaplify/zsf-plugin/",
    "source_branch": "main",
    "source_directory": "docs/",
}

myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3  # every heading that a link may name

default_role = "literal"  # docstrings quote code in single backticks
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
python_use_unqualified_type_names = True
nitpicky = True
# Types without a page here: the standard library's, Flask's, and aliases.
nitpick_ignore_regex = [
    (
        "py:class",
        r"collections\.abc\..*|(pathlib\.)?Path|Flask|Json|WhoIsIt|zsf_plugin\.settings\.Network",
    ),
    ("py:obj", r"typing\.Literal\[.*"),
]
